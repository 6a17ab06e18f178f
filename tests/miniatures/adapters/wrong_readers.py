"""Clients that read answers wrongly: that want what need not be there, and hand out what was not sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.miniatures.adapters.honest import Client, Failure, Params, Reply
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["READERS"]

READERS = Wrongs()

Value = dict[str, Any]


def handing(operation: str, change: Callable[[Value], Value]) -> type[Client]:
    """Return a client that hands out something else than it has read."""

    class Hands(Client):
        def call(self, named: str, args: Params) -> Value:
            value = super().call(named, args)
            return change(value) if named == operation else value

    return Hands


def demanding(path: str, fits: Callable[[Value], bool], status: tuple[int, ...] = ()) -> type[Client]:
    """Return a client that refuses answers from a path that do not fit, or have another status."""

    class Demands(Client):
        def request(self, method: str, called: str, given: Params) -> Value:
            answer = super().request(method, called, given)
            if called == path and not fits(answer):
                raise Failure("other", "the answer is not as it should be")
            return answer

        def read(self, reply: Reply) -> Value:
            if status and 200 <= reply.status < 300 and reply.status not in status:
                raise Failure("other", f"status {reply.status}", reply.status)
            return super().read(reply)

    return Demands


def has(*names: str) -> Callable[[Value], bool]:
    """Return what wants names in each item, or in the answer."""
    return lambda answer: all(item.get(name) is not None for item in answer.get("items", [answer]) for name in names)


def knows(*names: str) -> Callable[[Value], bool]:
    """Return what wants no other names than these."""
    return lambda answer: all(set(item) <= set(names) for item in answer.get("items", [answer]))


def counts(answer: Value) -> bool:
    return answer["attributes"].get("form_submissions_count") is not None


def rounded(value: Value) -> Value:
    whole: Value = json.loads(json.dumps(value), parse_float=lambda text: int(float(text)))
    return whole


CHANGED: list[tuple[str, str, Callable[[Value], Value], str, str]] = [
    ("leaves traits out", "getContact", lambda value: {**value, "attributes": {}}, "get-contact-plain", "attributes"),
    ("hands out a uuid only", "getContact", lambda value: {"uuid": value["uuid"]}, "get-contact-email", "email"),
    ("writes e-mails in lower case", "getContact", lambda value: {**value, "email": str(value["email"]).upper()},
     "get-contact-plain", "email"),
    ("flattens what it reads", "getContact", lambda value: {**value.pop("attributes"), **value},
     "get-contact-plain", "attributes"),
    ("loses the account", "getContact", lambda value: {**value, "account": None}, "get-contact-plain", "account"),
    ("loses the segments", "getContact", lambda value: {**value, "segments": []}, "get-contact-plain", "segments"),
    ("makes text of nothing", "getContact", lambda value: {name: part or "" for name, part in value.items()},
     "get-contact-nulls", "Refiner sent null"),
    ("makes text of numbers", "getReporting", lambda value: {name: str(part) for name, part in value.items()},
     "get-reporting-plain", "Refiner sent"),
    ("rounds reports", "getReporting", rounded,
     "get-reporting-ratings", "Refiner sent"),
    ("hands out nothing for an account", "getAccount", lambda _: {}, "get-account-plain", "plan"),
    ("hands out its own uuid", "identifyUser", lambda _: {"contact_uuid": "00000000-0000-1000-8000-000000000000"},
     "identify-user-plain", "contact_uuid"),
    ("hands out no uuid", "identifyUser", lambda _: {"contact_uuid": None}, "identify-user-odd", "contact_uuid"),
    ("hands out the wrong uuid", "storeResponse", lambda value: {"id": value["uuid"]}, "store-response-plain", "uuid"),
    ("loses the answers", "listResponses", lambda value: {"items": [{**item, "data": {}} for item in value["items"]]},
     "list-responses-plain", "data"),
]  # fmt: skip
READERS |= {name: Wrong(handing(operation, change), case, word) for name, operation, change, case, word in CHANGED}

CONTACT = ("uuid", "remote_id", "email", "display_name", "first_seen_at", "last_seen_at", "attributes", "segments",
           "account", "last_form_submission_at", "last_tracking_at")  # fmt: skip
DEMANDED: list[tuple[str, str, Callable[[Value], bool], str]] = [
    ("needs counters", "/contact", counts, "get-contact-lean"),
    ("needs an account", "/contact", lambda answer: bool(answer["account"]["remote_id"]), "get-contact-nulls"),
    ("needs a name", "/contact", has("display_name"), "get-contact-bare"),
    ("needs times of surveys", "/forms", has("created_at"), "list-forms-lean"),
    ("needs a remote id", "/contacts", has("remote_id"), "list-contacts-plain"),
    ("needs e-mails", "/contacts", has("email"), "list-contacts-bare"),
    ("knows what a contact has", "/contact", knows(*CONTACT), "get-contact-odd"),
    ("knows what a list has", "/segments", lambda answer: set(answer) <= {"items", "pagination"}, "list-segments-odd"),
    ("needs what it need not", "/responses", has("completed_at"), "list-responses-nulls"),
    ("needs certain words", "/", lambda answer: answer["message"].startswith("Auth"), "verify-key-odd"),
    ("knows what is answered", "/identify-user", knows("contact_uuid", "message"), "identify-user-odd"),
]
READERS |= {name: Wrong(demanding(path, fits), case, "error") for name, path, fits, case in DEMANDED}
BETTING: list[tuple[str, str, Callable[[Value], bool], str]] = [
    ("bets on names", "/contacts", has("display_name"), "display-name"),
    (
        "bets on times without a zone",
        "/responses",
        lambda answer: "Z'" not in str(answer.get("items")),
        "response-times",
    ),
    (
        "bets on booleans",
        "/segments",
        lambda answer: "1" not in str([one["is_manual"] for one in answer["items"]]),
        "is-manual",
    ),
]
READERS |= {
    name: Wrong(demanding(path, fits), f"dialect-{switch}", "It bets on", "SHOULD")
    for name, path, fits, switch in BETTING
}
READERS |= {
    "accepts 200 only": Wrong(demanding("", bool, (200,)), "identify-user-201", "201"),
    "accepts 201 only for what is new": Wrong(demanding("", bool, (201,)), "identify-user-200", "200"),
}


@READERS.caught("get-contact-plus", "uuid")
class TakesTheFirstThatIsFound(Client):
    """Looks for an e-mail among all contacts, with a search that finds similar ones as well."""

    def call(self, operation: str, args: Params) -> Value:
        value = super().call(operation, args)
        if operation == "getContact":
            found: Value = super().call("listContacts", {"search": "example.org"})["items"][0]
            return found
        return value


@READERS.caught("list-segments-lean", "error")
class CountsOnATotal(Client):
    def next_page(self, page: Params) -> Params:
        if "total" not in (page.get("pagination") or {}):
            raise Failure("other", "there is no total")
        return super().next_page(page)


@READERS.caught("verify-key-odd", "error")
class ComparesBytes(Client):
    """Looks for a text in the body as one server happens to write it."""

    def read(self, reply: Reply) -> Value:
        if reply.status == 200 and b'":' in reply.body and b'": ' in reply.body:
            raise Failure("other", "there are blanks in the answer")
        return super().read(reply)
