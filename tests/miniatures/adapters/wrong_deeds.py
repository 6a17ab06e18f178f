"""Clients that do something else than they are told: drop, nest, add, call the wrong thing, or more than one thing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tests.miniatures.adapters.honest import CALLS, Client, Params
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["DEEDS"]

DEEDS = Wrongs()

Args = dict[str, Any]


def given(operation: str, change: Callable[[Args], Args]) -> type[Client]:
    """Return a client that sends something else in one operation; `change` gets Refiner's parameters."""

    class Gives(Client):
        def given(self, named: str, args: Params) -> Args:
            sent = super().given(named, args)
            return change(sent) if named == operation else sent

    return Gives


def told(operation: str, change: Callable[[Args], Args]) -> type[Client]:
    """Return a client that hears something else in one operation; `change` gets the args."""

    class Hears(Client):
        def given(self, named: str, args: Params) -> Args:
            return super().given(named, change(dict(args)) if named == operation else args)

    return Hears


def without(operation: str, *names: str) -> type[Client]:
    """Return a client that never sends some parameters of one operation."""
    return given(operation, lambda sent: {name: value for name, value in sent.items() if name not in names})


def calling(**routes: str) -> type[Client]:
    """Return a client that calls other routes."""

    class Calls(Client):
        def request(self, method: str, path: str, given: Params) -> Args:
            named = next(name for name, route in CALLS.items() if route == f"{method} {path}")
            method, path = routes.get(named, f"{method} {path}").split()
            return super().request(method, path, given)

    return Calls


def keyed(headers: Callable[[Client], dict[str, str]]) -> type[Client]:
    """Return a client that sends headers of its own."""

    class Keyed(Client):
        def headers(self) -> dict[str, str]:
            return {"Content-Type": "application/json", **headers(self)}

    return Keyed


def account(change: Callable[[Args], Args]) -> type[Client]:
    """Return a client that is told of another account."""
    return told("identifyUser", lambda args: args | {"account": change(args["account"])} if "account" in args else args)


def nested(sent: Args, name: str, *kept: str) -> Args:
    """Return parameters, all but those that are kept below one name."""
    inner = {key: value for key, value in sent.items() if key not in kept}
    return {key: value for key, value in sent.items() if key in kept} | ({name: inner} if inner else {})


def flat(sent: Args) -> Args:
    of_account = sent.pop("account", {})
    return {**{f"account_{name}": value for name, value in of_account.items()}, **sent}


def whole(sent: Args) -> Args:
    """Return parameters without what is nothing."""
    return {name: value for name, value in sent.items() if value}


def set_only(sent: Args) -> Args:
    return {name: value for name, value in sent.items() if value is not None}


WHO = ("id", "email", "account")
ANSWERED = ("id", "email", "uuid", "form_uuid", "date", "tags")
DEEDS |= {
    "nests traits": Wrong(
        given("identifyUser", lambda sent: nested(sent, "traits", *WHO)), "identify-user-plain", "traits"
    ),
    "calls traits attributes": Wrong(
        given("identifyUser", lambda sent: nested(sent, "attributes", *WHO)), "identify-user-plain", "attributes"
    ),
    "nests answers": Wrong(
        given("storeResponse", lambda sent: nested(sent, "data", *ANSWERED)), "store-response-plain", "data"
    ),
    "drops what is nothing": Wrong(given("identifyUser", whole), "trait-zero", "seats never arrived"),
    "drops what is false": Wrong(given("identifyUser", whole), "trait-false", "beta"),
    "drops null": Wrong(given("identifyUser", set_only), "trait-erased-by-null", "plan"),
    "drops empty texts": Wrong(
        given("identifyUser", lambda sent: {name: value for name, value in sent.items() if value != ""}),
        "trait-erased-by-empty-text",
        "plan",
    ),
    "drops the answer 0": Wrong(given("storeResponse", whole), "answer-zero", "nps never arrived"),
    "sends 1 for any flag": Wrong(
        given("publishForm", lambda sent: {**sent, "published": 1}), "publish-form-off", "published"
    ),
    "sends no flag that is off": Wrong(given("publishForm", whole), "publish-form-off", "published"),
    "drops the account": Wrong(without("identifyUser", "account"), "identify-user-account", "account never arrived"),
    "flattens the account": Wrong(given("identifyUser", flat), "identify-user-account", "account"),
    "nests the account's traits": Wrong(
        given("identifyUser", lambda sent: sent | ({"account": nested(sent["account"], "traits", "id")}
                                                   if "account" in sent else {})),
        "account-new", "account",
    ),
    "sends the account's id alone": Wrong(account(lambda one: {"id": one["id"]}), "account-values", "account"),
    "makes a number of the account's id": Wrong(
        account(lambda one: one | {"id": one["id"].lstrip("0")}), "account-leading-zeros", "account"
    ),
    "gives the account the user's traits": Wrong(
        given("identifyUser", lambda sent: sent | ({"account": {**sent["account"], "name": sent["name"]}}
                                                   if {"account", "name"} <= set(sent) else {})),
        "account-beside-traits", "account",
    ),
    "sends e-mails in lower case": Wrong(
        told("identifyUser", lambda args: args | ({"email": args["email"].lower()} if "email" in args else {})),
        "identify-user-case",
        "email",
    ),
    "sends the e-mail only where there is no id": Wrong(
        given("identifyUser", lambda sent: nested(sent, "x", *sent) if "id" not in sent
              else {name: value for name, value in sent.items() if name != "email"}),
        "identify-user-both", "email never arrived",
    ),
    "cuts what is behind a plus": Wrong(
        told("identifyUser", lambda args: args | {"email": args.get("email", "").replace("+news", "")}),
        "identify-user-plus", "email",
    ),
    "writes names of traits in snake case": Wrong(
        told("identifyUser", lambda args: args | {"traits": {"".join(f"_{one.lower()}" if one.isupper() else one
             for one in name).replace("-", "_"): value for name, value in args.get("traits", {}).items()}}),
        "trait-camel-case", "userCountry",
    ),
    "writes names of traits in ASCII": Wrong(
        told("identifyUser", lambda args: args | {"traits": {name.encode("ascii", "ignore").decode() or "x": value
                                                             for name, value in args.get("traits", {}).items()}}),
        "property-identifyUser", "never arrived",
    ),
    "sends fifty traits at most": Wrong(
        told("identifyUser", lambda args: args | {"traits": dict([*args.get("traits", {}).items()][:50])}),
        "trait-many", "never arrived",
    ),
    "sends a date without its time": Wrong(
        given("storeResponse", lambda sent: sent | ({"date": sent["date"][:10]} if "date" in sent else {})),
        "response-date-time", "date",
    ),
    "sends a date without its zone": Wrong(
        given("storeResponse", lambda sent: sent | ({"date": sent["date"][:19]} if "date" in sent else {})),
        "response-date-zone", "date",
    ),
    "forgets the date": Wrong(without("storeResponse", "date"), "response-date", "date never arrived"),
    "forgets the tags": Wrong(without("storeResponse", "tags"), "response-tags", "tags never arrived"),
    "joins tags": Wrong(
        given("tagResponse", lambda sent: sent | {"tags": ",".join(sent["tags"])}), "tag-response-plain", "tags"
    ),
    "sends one tag": Wrong(
        given("tagResponse", lambda sent: sent | {"tags": sent["tags"][:1]}), "tag-response-plain", "tags"
    ),
    "sends ten tags": Wrong(
        given("tagResponse", lambda sent: sent | {"tags": sent["tags"][:10]}), "tags-twenty", "tags"
    ),
    "joins several choices": Wrong(
        given("storeResponse", lambda sent: {name: ", ".join(value) if name == "uses" else value
                                             for name, value in sent.items()}),
        "answer-several", "uses",
    ),
    "says where it comes from": Wrong(
        given("identifyUser", lambda sent: sent | {"source": "sdk"}), "identify-user-plain", "source"
    ),
    "asks for more than it is told": Wrong(
        given("listResponses", lambda sent: {"include": "all", **sent}), "list-responses-plain", "include"
    ),
    "asks for recent responses only": Wrong(
        given("listResponses", lambda sent: {"date_range_start": "2025-02-20", **sent}), "list-responses-plain",
        "date_range_start",
    ),
    "asks for archived forms as well": Wrong(
        given("listForms", lambda sent: {"list": "all_with_archived", **sent}), "list-forms-plain", "list"
    ),
    "publishes by PUT": Wrong(calling(publishForm="PUT /forms/publish"), "publish-form-plain", "PUT"),
    "deletes by POST": Wrong(calling(deleteContact="POST /contact"), "delete-contact-plain", "POST"),
    "identifies at /users": Wrong(calling(identifyUser="POST /users"), "identify-user-plain", "/users"),
    "lists at /surveys": Wrong(calling(listForms="GET /surveys"), "list-forms-plain", "/surveys"),
    "tracks at the old address": Wrong(calling(trackEvent="POST /track"), "track-event-plain", "/track"),
    "asks for a report by POST": Wrong(calling(getReporting="POST /reporting"), "get-reporting-plain", "POST"),
    "sends no key": Wrong(keyed(lambda _: {}), "verify-key-plain", "error"),
    "sends its key as a Token": Wrong(
        keyed(lambda client: {"Authorization": f"Token {client.api_key}"}), "verify-key-plain", "error"
    ),
    "sends its key in a header of its own": Wrong(
        keyed(lambda client: {"X-Api-Key": client.api_key}), "list-contacts-plain", "error"
    ),
    "sends its key with a blank behind it": Wrong(
        keyed(lambda client: {"Authorization": f'Bearer "{client.api_key}"'}), "get-account-plain", "error"
    ),
    **{
        f"forgets {name} in {operation}": Wrong(without(operation, name), case, name)
        for operation, name, case in (
            ("listContacts", "order_by", "contacts-by-last-seen-at"),
            ("listContacts", "form_uuid", "contacts-of-form"),
            ("listContacts", "segment_uuid", "contacts-of-segment"),
            ("listContacts", "search", "contacts-search-nobody"),
            ("listForms", "list", "forms-archived"),
            ("listResponses", "form_uuid", "responses-of-form"),
            ("listResponses", "segment_uuid", "responses-of-segment"),
            ("listResponses", "date_range_start", "responses-from"),
            ("listResponses", "date_range_end", "responses-until"),
            ("listResponses", "include", "responses-partials"),
            ("listResponses", "search", "responses-search"),
            ("getReporting", "form_uuids", "report-one-form"),
            ("getReporting", "segment_uuids", "report-one-segment"),
            ("getReporting", "tag_uuids", "report-one-tag"),
            ("getReporting", "question_identifiers", "report-one-question"),
            ("getReporting", "date_range_start", "report-start"),
            ("getReporting", "date_range_end", "report-nps-range"),
        )
    },
}  # fmt: skip


@DEEDS.caught("track-event-plain", "identifyUser")
class IdentifiesBeforeEachEvent(Client):
    def call(self, operation: str, args: Params) -> Args:
        if operation == "trackEvent":
            super().call("identifyUser", {name: args[name] for name in args if name != "event"})
        return super().call(operation, args)


@DEEDS.caught("get-contact-plain", "trackEvent")
class TracksWhatItReads(Client):
    def call(self, operation: str, args: Params) -> Args:
        value = super().call(operation, args)
        if operation == "getContact":
            super().call("trackEvent", {"id": "ada", "event": "read"})
        return value


@DEEDS.caught("track-event-plain", "once more")
class MakesSure(Client):
    def call(self, operation: str, args: Params) -> Args:
        super().call(operation, args)
        return super().call(operation, args)


@DEEDS.caught("add-to-segment-plain", "never called it")
class DoesNotBother(Client):
    def call(self, operation: str, args: Params) -> Args:
        return {} if operation == "addToSegment" else super().call(operation, args)


@DEEDS.caught("delete-contact-email", "eve")
class DeletesTheFirstThatIsFound(Client):
    def call(self, operation: str, args: Params) -> Args:
        if operation == "deleteContact" and "email" in args:
            args = {"uuid": super().call("listContacts", {})["items"][0]["uuid"]}
        return super().call(operation, args)


@DEEDS.caught("event-emoji", "crash")
class BreaksOnEmoji(Client):
    def body(self, given: Params) -> bytes:
        assert all(ord(one) < 65_536 for one in str(given)), "one character, two units"
        return super().body(given)


class Remembers(Client):
    """Keeps what it was given at first."""

    kept: ClassVar[dict[type[Client], Any]] = {}

    def first(self, value: Any) -> Any:
        return self.kept.setdefault(type(self), value)


@DEEDS.caught("key-good-after-bad", "auth")
class KeepsTheFirstKey(Remembers):
    def headers(self) -> dict[str, str]:
        return super().headers() | {"Authorization": f"Bearer {self.first(self.api_key)}"}


@DEEDS.caught("read-after-write", "not what Refiner sent")
class RemembersAnswers(Client):
    answers: ClassVar[dict[str, Args]] = {}

    def call(self, operation: str, args: Params) -> Args:
        asked = json.dumps([self.base_url, operation, args])
        if operation.startswith("get"):
            return self.answers.get(asked) or self.answers.setdefault(asked, super().call(operation, args))
        return super().call(operation, args)


@DEEDS.caught("track-event-twice", "trackEvent")
class TracksTheSameOnce(Remembers):
    def call(self, operation: str, args: Params) -> Args:
        done: set[str] = self.first(set())
        asked = json.dumps([self.base_url, operation, args])
        if operation == "trackEvent" and asked in done:
            return {}
        done.add(asked)
        return super().call(operation, args)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@DEEDS.caught("trait-erased-among-others", "country")
class SendsTraitsOneByOne(Client):
    def given(self, operation: str, args: Params) -> Args:
        traits = _mapping(args.get("traits"))
        return super().given(operation, {**args, "traits": dict([*traits.items()][:1])} if traits else args)
