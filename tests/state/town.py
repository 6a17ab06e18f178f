"""Three contacts of two accounts, for the tests of responses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from mock_server.state.queries import Position
from mock_server.state.records import Account, Contact, Membership, Micros, Response, Segment, Window
from mock_server.state.responses import ResponseQuery, Responses

NOW = 1_741_944_011_000_000
SECOND = 1_000_000
ALL = Window(page=1, length=1_000)
TIMES = ("first_data_reception_at", "last_data_reception_at", "completed_at", "received_at", "dismissed_at")
NPS, CSAT = "form-nps", "form-csat"


class Town:
    """Three contacts of two accounts, as the environment shows them to a search."""

    trial = Segment("segment-trial", "Trial", True, None, NOW)

    def __init__(self) -> None:
        self.contacts = {
            "mira": contact("mira", 1, "u-204", "mira@example.org", {"name": "Mira Holt"}),
            "jon": contact("jon", 2, "u-205", "jon@example.org", {"name": "Jon Reed", "seats": 14}),
            "anon": contact("anon", 3, None, "anon@example.org", {}),
        }
        place = Membership(self.trial, NOW, NOW)
        self.contacts["jon"] = replace(self.contacts["jon"], memberships=(place,))

    def contact_by_uuid(self, uuid: str) -> Contact:
        return self.contacts[uuid]

    def account_of(self, contact: Contact) -> Account:
        return Account(contact.account_uuid, contact.serial, None, None, {"size": contact.serial}, NOW, NOW)

    def contact_value(self, contact: Contact, name: str) -> object:
        seats = contact.traits.get("seats")
        return {
            "email": contact.email,
            "seats": None if seats is None else str(seats),
            "tools": ["pen", "ink"] if contact.uuid == "mira" else None,
        }.get(name)

    def account_value(self, account: Account, name: str) -> object:
        return {"size": str(account.traits["size"])}.get(name)

    def position(self) -> Position:
        return 0, 0, None

    def changed(self, since: Position) -> Collection[str] | None:
        return ()

    def candidates(self, query: ResponseQuery) -> Collection[str] | None:
        return None


def contact(uuid: str, serial: int, remote_id: str | None, email: str, traits: Mapping[str, str | int]) -> Contact:
    return Contact(uuid, serial, remote_id, email, traits, f"account-of-{uuid}", NOW, NOW)


def times(row: Response) -> dict[str, Micros]:
    return {name: getattr(row, name) for name in TIMES if getattr(row, name) is not None}


def found(responses: Responses, **filters: object) -> list[str]:
    query = ResponseQuery(**filters)  # type: ignore[arg-type]
    return [row.uuid for row in responses.search(query, ALL, Town()).items]
