"""Clients that do something else than they are told: drop, nest, add, do more than one thing, or keep what is past."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from tests.miniatures.adapters.honest import Client, Params
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["DEEDS"]

Args = dict[str, Any]


def sending(operation: str, change: Callable[[Args], Args]) -> type[Client]:
    """Return a client that sends something else in one operation; `change` gets Refiner's parameters."""

    class Sends(Client):
        def given(self, named: str, args: Params) -> Args:
            sent = super().given(named, args)
            return change(sent) if named == operation else sent

    return Sends


def changing(operation: str, name: str, change: Callable[[Any], Any]) -> type[Client]:
    """Return a client that sends another value of a parameter of one operation, where it has one."""
    return sending(operation, lambda sent: sent | ({name: change(sent[name])} if name in sent else {}))


def adding(operation: str, **more: Any) -> type[Client]:
    """Return a client that sends more than it is told, unless it is told so."""
    return sending(operation, lambda sent: more | sent)


def hearing(change: Callable[[Any], Args]) -> type[Client]:
    """Return a client that hears of other traits."""

    class Hears(Client):
        def given(self, operation: str, args: Params) -> Args:
            return super().given(operation, {**args, "traits": change(args["traits"])} if "traits" in args else args)

    return Hears


def nesting(name: str, *kept: str) -> Callable[[Args], Args]:
    """Return what puts all but some parameters below one name."""

    def nested(sent: Args) -> Args:
        inner = {key: value for key, value in sent.items() if key not in kept}
        return {key: value for key, value in sent.items() if key in kept} | ({name: inner} if inner else {})

    return nested


def but(*unwanted: Any) -> Callable[[Args], Args]:
    """Return what drops parameters with such values."""
    spelt = {repr(one) for one in unwanted}  # 0 is not False here
    return lambda sent: {name: value for name, value in sent.items() if repr(value) not in spelt}


def truthy(sent: Args) -> Args:
    return {name: value for name, value in sent.items() if value}


def flat(sent: Args) -> Args:
    """Return parameters with the account's among them."""
    of_account = sent.pop("account", {})
    return {**{f"account_{name}": value for name, value in of_account.items()}, **sent}


def mingled(sent: Args) -> Args:
    """Return parameters with the user's name for the account's."""
    return sent | ({"account": sent["account"] | {"name": sent["name"]}} if {"account", "name"} <= set(sent) else {})


def without_email(sent: Args) -> Args:
    return {name: value for name, value in sent.items() if name != "email" or "id" not in sent}


def snake(traits: Args) -> Args:
    """Return traits with names in snake case."""
    spelt = {name: "".join(f"_{one.lower()}" if one.isupper() else one for one in name) for name in traits}
    return {spelt[name].replace("-", "_"): value for name, value in traits.items()}


def in_ascii(traits: Args) -> Args:
    """Return traits with names in ASCII."""
    return {name.encode("ascii", "replace").decode(): value for name, value in traits.items()}


def first(most: int) -> Callable[[Args], Args]:
    """Return what leaves out all traits but the first."""
    return lambda traits: dict([*traits.items()][:most])


def unpadded(account: Args) -> Args:
    return account | {"id": account["id"].lstrip("0")}


def plain_only(tags: list[str]) -> list[str]:
    return [tag for tag in tags if "," not in tag]


account = partial(changing, "identifyUser", "account")
email = partial(changing, "identifyUser", "email")
date = partial(changing, "storeResponse", "date")
tags = partial(changing, "tagResponse", "tags")
IDENTIFIED, ANSWERED = ("id", "email", "account"), ("id", "email", "uuid", "form_uuid", "date", "tags")
ROWS: list[tuple[str, type[Client], str, str]] = [
    ("nests traits", sending("identifyUser", nesting("traits", *IDENTIFIED)), "identify-user-plain", "traits"),
    ("calls traits attributes", sending("identifyUser", nesting("attributes", *IDENTIFIED)),
     "trait-true", "attributes"),
    ("nests answers", sending("storeResponse", nesting("data", *ANSWERED)), "store-response-plain", "data"),
    ("drops what is nothing", sending("identifyUser", truthy), "trait-zero", "seats never arrived"),
    ("drops what is false", sending("identifyUser", but(False)), "trait-false", "beta never arrived"),
    ("drops null", sending("identifyUser", but(None)), "trait-erased-by-null", "plan"),
    ("drops empty texts", sending("identifyUser", but("")), "trait-erased-by-empty-text", "plan"),
    ("drops the answer 0", sending("storeResponse", truthy), "answer-zero", "nps never arrived"),
    ("sends no flag that is off", sending("publishForm", truthy), "publish-form-off", "published"),
    ("sends 1 for any flag", changing("publishForm", "published", lambda _: 1), "publish-form-off", "published"),
    ("flattens the account", sending("identifyUser", flat), "identify-user-account", "account"),
    ("sends the account's id alone", account(lambda one: {"id": one["id"]}), "account-values", "account"),
    ("sends the account as its id", account(lambda one: one["id"]), "account-id-only", "account"),
    ("nests the account's traits", account(nesting("traits", "id")), "account-new", "account"),
    ("drops nothing of an account", account(truthy), "account-values", "account"),
    ("makes a number of the account's id", account(unpadded), "account-leading-zeros", "account"),
    ("mingles user and account", sending("identifyUser", mingled), "account-beside-traits", "account"),
    ("sends e-mails in lower case", email(str.lower), "identify-user-case", "email"),
    ("cuts what is behind a plus", email(lambda email: email.replace("+news", "")), "identify-user-plus", "email"),
    ("sends the e-mail where there is no id", sending("identifyUser", without_email),
     "identify-user-both", "email never arrived"),
    ("writes names of traits in snake case", hearing(snake), "trait-camel-case", "userCountry"),
    ("sends fifty traits at most", hearing(first(50)), "trait-many", "never arrived"),
    ("sends the first trait", hearing(first(1)), "trait-erased-among-others", "country"),
    ("sends a date without its time", date(lambda date: date[:10]), "response-date-time", "date"),
    ("sends a date without its zone", date(lambda date: date[:19]), "response-date-zone", "date"),
    ("joins tags", tags(",".join), "tag-response-plain", "tags"),
    ("sends one tag", tags(lambda tags: tags[:1]), "tag-response-plain", "tags"),
    ("sends ten tags", tags(lambda tags: tags[:10]), "tags-twenty", "tags"),
    ("sorts tags out", tags(plain_only), "tags-mixed", "tags"),
    ("says where it comes from", adding("identifyUser", source="sdk"), "identify-user-plain", "source"),
    ("asks for all responses", adding("listResponses", include="all"), "list-responses-plain", "include"),
    ("asks for recent responses", adding("listResponses", date_range_start="2025-02-20"),
     "list-responses-plain", "date_range_start"),
    ("asks for archived forms", adding("listForms", list="all_with_archived"), "list-forms-plain", "list"),
]  # fmt: skip
DEEDS = Wrongs({name: Wrong(client, case, word) for name, client, case, word in ROWS})
DEEDS["writes names of traits in ASCII"] = Wrong(
    hearing(in_ascii), "trait-unicode-name", "größe never arrived", "SHOULD"
)


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


@DEEDS.caught("delete-contact-email", "uuid")
class DeletesTheFirstThatItFinds(Client):
    def call(self, operation: str, args: Params) -> Args:
        if operation == "deleteContact" and "email" in args:
            args = {"uuid": super().call("listContacts", {})["items"][0]["uuid"]}
        return super().call(operation, args)


class Remembers(Client):
    """Keeps what it was given at first."""

    kept: ClassVar[dict[type[Client], Any]] = {}

    def first(self, value: Any) -> Any:
        return self.kept.setdefault(type(self), value)


@DEEDS.caught("key-good-after-bad", "auth", "SHOULD")
class KeepsTheFirstKey(Remembers):
    def headers(self) -> dict[str, str]:
        return super().headers() | {"Authorization": f"Bearer {self.first(self.api_key)}"}


@DEEDS.caught("read-after-write", "not what Refiner sent")
class RemembersAnswers(Remembers):
    def call(self, operation: str, args: Params) -> Args:
        answers: dict[str, Args] = self.first({})
        asked = json.dumps([self.base_url, self.api_key, operation, args])
        if operation.startswith("get") and asked in answers:
            return answers[asked]
        return answers.setdefault(asked, super().call(operation, args))


@DEEDS.caught("track-event-twice", "never called it")
class TracksTheSameOnce(Remembers):
    def call(self, operation: str, args: Params) -> Args:
        done: set[str] = self.first(set())
        asked = json.dumps([self.base_url, self.api_key, operation, args])
        if operation == "trackEvent" and asked in done:
            return {}
        done.add(asked)
        return super().call(operation, args)
