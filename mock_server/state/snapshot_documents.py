"""Snapshot documents: reading one into what a world holds.

Its shape was checked before (see `snapshots`); here everything that is named must be there, and nothing there twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

from mock_server.errors import Invalid, UsageError
from mock_server.state.records import (
    NO_TRACES,
    Account,
    Contact,
    EventTally,
    Form,
    FormRevision,
    Membership,
    Micros,
    Question,
    Response,
    Segment,
    Tag,
    Traces,
    TrackedEvent,
)
from mock_server.state.segments import parse_rule
from mock_server.state.shapes import shaped
from mock_server.state.traits import RESERVED
from mock_server.state.world import Content

__all__ = ["Reading"]

Node = Mapping[str, Any]

_LEFT: Final = [part.name for part in fields(Traces)]


class Reading:
    """One reading of one document whose shape is right. Every list is read after those that it names things of."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self._traits: Mapping[str, Mapping[str, str]] = document["traits"]
        self._accounts: dict[str, Account] = {}
        self._segments: dict[str, Segment] = {}
        self._contacts: dict[str, Contact] = {}
        self._forms: dict[str, Form] = {}
        self._tags: dict[str, Tag] = {}

    def content(self) -> Content:
        """Return what it says. Raises UsageError where it does not hold together; the message names the place."""
        document, usage = self._document, self._document["usage"]
        for kind, slugs in self._traits.items():
            _check_slugs(f"traits.{kind}", slugs)
        for path, node in self._nodes("accounts", "serial", "remote_id"):
            self._check_traits(path, node, "account")
            self._accounts[node["uuid"]] = Account(**node)
        self._segments = {node["uuid"]: self._segment(path, node) for path, node in self._nodes("segments")}
        if sum(segment.silent for segment in self._segments.values()) != 1:
            raise UsageError("segments: exactly one is silent, the one that every contact enters")
        for path, node in self._nodes("contacts", "serial", "remote_id"):
            self._contacts[node["uuid"]] = self._contact(path, node)
        self._check_people()
        self._forms = {node["uuid"]: _form(node) for _, node in self._nodes("forms")}
        for rank, form in enumerate(self._forms.values()):
            if form.serial != rank + 1:  # the next one's serial is told by how many there are
                raise UsageError(f"forms[{rank}].serial: surveys are numbered from 1 in the order of their making")
        self._tags = {node["name"]: Tag(**node) for _, node in self._nodes("tags", "name")}
        responses = tuple(self._response(path, node) for path, node in self._nodes("responses", "serial"))
        self._check_seats(responses)
        return Content(
            self._traits["contact"],
            self._traits["account"],
            tuple(self._accounts.values()),
            tuple(self._segments.values()),
            tuple(self._contacts.values()),
            tuple(self._forms.values()),
            {node["uuid"]: tuple(_revision(line) for line in node["history"]) for node in document["forms"]},
            tuple(self._tags.values()),
            responses,
            tuple(TrackedEvent(**node) for node in document["events"]),
            (usage["month"], usage["mtu"], usage["mte"], usage["msr"]),
        )

    def _nodes(self, kind: str, *unique: str) -> Iterable[tuple[str, Node]]:
        """Yield path and value of each item of a list; no two may share their uuid or another `unique` field."""
        seen: set[tuple[str, object]] = set()
        for rank, node in enumerate(self._document[kind]):
            path = f"{kind}[{rank}]"
            for name in ("uuid", *unique):
                place = (name, node.get(name))
                if place in seen:
                    raise UsageError(f"{path}.{name}: {node[name]!r} is there already, and may be only once")
                if node.get(name) is not None:
                    seen.add(place)
            yield path, node

    def _segment(self, path: str, node: Node) -> Segment:
        try:
            rule = None if node["rule"] is None else parse_rule(node["rule"])
        except Invalid as error:
            raise UsageError(f"{path}.rule: {error}") from None
        if node["is_manual"] != (rule is None):
            raise UsageError(f"{path}.rule: a manual segment has none, every other has one")
        return Segment(**{**node, "rule": rule})

    def _contact(self, path: str, node: Node) -> Contact:
        if node["account_uuid"] not in self._accounts:
            raise UsageError(f"{path}.account_uuid: the snapshot has no such account")
        self._check_traits(path, node, "contact")
        first = node["first_seen_at"]
        places = [
            self._membership(f"{path}.memberships[{rank}]", one, first) for rank, one in enumerate(node["memberships"])
        ]
        if len({place.segment.uuid for place in places}) < len(places):
            raise UsageError(f"{path}.memberships: a contact is in a segment only once")
        parts = {**node, "memberships": tuple(places), "traits": shaped(node["traits"])}
        left = {name: parts.pop(name) for name in _LEFT if name in parts}
        if "events" in left:
            left["events"] = {name: EventTally(**tally) for name, tally in left["events"].items()}
        return Contact(**parts, traces=Traces(**left) if any(left.values()) else NO_TRACES)

    def _check_traits(self, path: str, node: Node, kind: str) -> None:
        if unknown := set(node["traits"]) - set(self._traits[kind]):
            raise UsageError(f"{path}.traits: {min(unknown)!r} is not among traits.{kind}")

    def _membership(self, path: str, node: Node, first_seen_at: Micros) -> Membership:
        segment = self._segments.get(node["segment_uuid"])
        if segment is None:
            raise UsageError(f"{path}.segment_uuid: the snapshot has no such segment")
        return Membership.begun(segment, node["created_at"], node["updated_at"], first_seen_at)

    def _check_people(self) -> None:
        """Hold what accounts and identities rely on."""
        sizes = Counter(contact.account_uuid for contact in self._contacts.values())
        for rank, account in enumerate(self._accounts.values()):
            if account.remote_id is None and sizes[account.uuid] != 1:
                raise UsageError(f"accounts[{rank}].remote_id: an account without one belongs to exactly one contact")
        nameless: set[str] = set()
        for rank, contact in enumerate(self._contacts.values()):
            if contact.remote_id:
                continue
            if not (contact.email or contact.traces.cookie_uuid):
                raise UsageError(f"contacts[{rank}]: a contact has a remote_id, an email or a cookie_uuid")
            email = (contact.email or "").lower()
            if email in nameless:
                raise UsageError(f"contacts[{rank}].email: of the contacts without a remote_id no two share an email")
            if email:
                nameless.add(email)

    def _response(self, path: str, node: Node) -> Response:
        for name, kept in (("form_uuid", self._forms), ("contact_uuid", self._contacts)):
            if node[name] not in kept:
                raise UsageError(f"{path}.{name}: the snapshot has no such {name.partition('_')[0]}")
        if missing := set(node.get("tags", ())) - set(self._tags):
            raise UsageError(f"{path}.tags: {min(missing)!r} is not among tags")
        if (node.get("data") or node.get("completed_at") is not None) and node.get("last_data_reception_at") is None:
            raise UsageError(f"{path}.last_data_reception_at: a response with data, or a completed one, has it")
        return Response(**{**node, "tags": tuple(self._tags[name] for name in node.get("tags", ()))})

    def _check_seats(self, responses: Iterable[Response]) -> None:
        """Hold that a contact has one open response to a survey at most."""
        seats: set[tuple[str, str]] = set()
        for rank, row in enumerate(responses):
            seat = (row.contact_uuid, row.form_uuid)
            if row.completed_at is not None and row.dismissed_at is not None:
                raise UsageError(f"responses[{rank}].dismissed_at: a completed response cannot be dismissed")
            if row.completed_at is None and row.dismissed_at is None:
                if seat in seats:
                    raise UsageError(f"responses[{rank}]: the contact has an open response to this survey already")
                seats.add(seat)


def _check_slugs(path: str, slugs: Mapping[str, str]) -> None:
    if "name" not in slugs:
        raise UsageError(f"{path}: the trait 'name' is always known")
    if reserved := RESERVED & set(slugs):
        raise UsageError(f"{path}: {min(reserved)!r} is reserved, so it is no trait")


def _form(node: Node) -> Form:
    parts = {name: value for name, value in node.items() if name != "history"}
    questions = tuple(Question(**question) for question in node["questions"])
    return Form(**{**parts, "questions": questions, "channels": tuple(node.get("channels", ("web",)))})


def _revision(node: Node) -> FormRevision:
    return FormRevision(**{**node, "form": _form(node["form"])})
