"""Bets: a client that is right under some of the ways in which Refiner may be is told so, the honest never."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from mock_server import MockServer
from mock_server.conformance.adapters.base import AdapterFailed
from mock_server.conformance.client.bets import checks, listed
from mock_server.conformance.protocol import Outcome, Request, operations
from mock_server.conformance.report import Check
from mock_server.contract.dialects import dialects
from mock_server.remote import Remote
from tests.conformance.client.speaking import Form, Speaking
from tests.miniatures.adapters.honest import Client, Failure, Reply

Params = Mapping[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Remote]:
    with MockServer() as running, closing(Remote(running.url)) as remote:
        yield remote


def found(
    client: type[Client] | Speaking,
    server: Remote,
    operations: Collection[str],
    switches: Collection[str] | None = None,
    *,
    seconds: float = 100,
) -> dict[str, Check]:
    """Return the checks of a client by the switch."""
    adapter = client if isinstance(client, Speaking) else Speaking(client)
    told = checks(adapter, server, operations, until=time.monotonic() + seconds, switches=switches)
    return {check.id.removeprefix("dialect-"): check for check in told}


def test_an_honest_client_never_bets(server: Remote) -> None:
    told = found(Client, server, operations())
    assert {check.outcome for check in told.values()} == {"passed"}
    noticed = {"page-length", "identify-status", "track-status", "segment-key", "response-times", "is-manual"}
    assert noticed | {"cursor-text", "empty-map", "error-key", "date-order", "display-name"} <= told.keys()
    assert not {"webhook-retries", "segment-event-name", "track-alias", "flags"} & told.keys(), "it cannot notice them"


def test_a_client_that_sends_forms_does_not_bet_on_them(server: Remote) -> None:
    """The vendor's samples send forms; from the possibility that only JSON counts nobody can be safe."""
    told = found(Form, server, ["identifyUser", "trackEvent", "deleteContact", "storeResponse", "publishForm"])
    assert {check.outcome for check in told.values()} == {"passed"}
    assert "bodies" not in told


class Only202(Client):
    """Takes nothing but 202 for the success of what is accepted."""

    def read(self, reply: Reply) -> dict[str, Any]:
        if reply.status in (200, 201):
            raise Failure("other", "not accepted", reply.status)
        return super().read(reply)


class FullPages(Client):
    """Reads on while pages have fifty rows."""

    full = 50

    def next_page(self, page: Params) -> Params:
        whole = len(page["items"]) == self.full
        return {"page": page["pagination"]["current_page"] + 1} if whole else {}


class BiggerPages(FullPages):
    full = 100


class Typed(Client):
    """Decodes answers into the types that a sample shows."""

    def read(self, reply: Reply) -> dict[str, Any]:
        value = super().read(reply)
        for item in value.get("items", ()):
            if not isinstance(item.get("is_manual", True), bool):
                raise Failure("other", "is_manual: a boolean was expected")
        if not isinstance(value.get("display_name", ""), str):
            raise Failure("other", "display_name: a text was expected")
        return value


class PlainTimes(Client):
    """Parses times in the form that the documented sample has."""

    def read(self, reply: Reply) -> dict[str, Any]:
        value = super().read(reply)
        for item in value.get("items", ()):
            if not re.fullmatch(r"[-0-9]{10} [:0-9]{8}", item.get("last_shown_at", "2025-01-01 00:00:00")):
                raise Failure("other", "last_shown_at: a time was expected")
        return value


class OneSpelling(Client):
    """Needs the segment's uuid under one of its two names."""

    def read(self, reply: Reply) -> dict[str, Any]:
        value = super().read(reply)
        if "contact_uuid" in value and "segment_uuid" not in value:
            raise Failure("other", "segment_uuid is missing")
        return value


class Sorts(Client):
    """Puts the newest first by itself."""

    def all_items(self, path: str, filters: Params) -> list[Any]:
        items = super().all_items(path, filters)
        if path == "/contacts" and not filters:
            items.sort(key=lambda item: str(item["first_seen_at"]), reverse=True)
        return items


class NeedsMessage(Client):
    """Takes whatever has no message for a success."""

    def read(self, reply: Reply) -> dict[str, Any]:
        try:
            return super().read(reply)
        except Failure:
            if b'"message"' in reply.body:
                raise
            return {}


class RawCursor(Client):
    """Puts a cursor into the URL as it comes."""

    def query(self, given: Params) -> str:
        rest = super().query({name: value for name, value in given.items() if name != "page_cursor"})
        return f"{rest}&page_cursor={given['page_cursor']}" if "page_cursor" in given else rest


class OldName(Client):
    """Tracks under the name of 2022."""

    def written(self, method: str, path: str, given: Params) -> tuple[str, bytes | None]:
        return super().written(method, path.replace("track-event", "track"), given)


class TrueFlag(Client):
    """Writes a flag as true and false."""

    def body(self, given: Params) -> bytes:
        flags = {"published": bool(given["published"])} if "published" in given else {}
        return super().body({**given, **flags})


BETTING = [
    (Only202, "identifyUser", "identify-status", "202 (inferred)", "201 (inferred) and identify-status=200 (assumed)"),
    (Only202, "trackEvent", "track-status", "202 (inferred)", "200 (assumed)"),
    (FullPages, "listContacts", "page-length", "50 (documented)", "100 (documented)"),
    (BiggerPages, "listResponses", "page-length", "100 (documented)", "50 (documented)"),
    (Typed, "listSegments", "is-manual", "boolean (assumed)", "number (assumed)"),
    (Typed, "getContact", "display-name", "empty (observed)", "null (inferred)"),
    (PlainTimes, "listResponses", "response-times", "plain (documented)", "iso (inferred)"),
    (OneSpelling, "addToSegment", "segment-key", "segment_uuid (documented)", "segment_uid (documented)"),
    (Sorts, "listContacts", "date-order", "newest-first (assumed)", "oldest-first (assumed)"),
    (NeedsMessage, "getContact", "error-key", "message (assumed)", "error (assumed)"),
    (RawCursor, "listContacts", "cursor-text", "url-safe (inferred)", "base64 (assumed)"),
    (OldName, "trackEvent", "track-alias", "served (inferred)", "gone (assumed)"),
    (TrueFlag, "publishForm", "flags", "words (assumed)", "numbers (documented)"),
]


@pytest.mark.parametrize(("client", "operation", "switch", "works", "fails"), BETTING)
def test_a_bet_is_told(
    server: Remote, client: type[Client], operation: str, switch: str, works: str, fails: str
) -> None:
    [(named, check)] = found(client, server, [operation], [switch]).items()
    assert (named, check.outcome, check.level) == (switch, "failed", "SHOULD")
    first, *_, last = check.detail.splitlines()
    assert first.startswith("It bets on ")
    assert f"{switch}={works}; it goes wrong under {switch}={fails}." in first
    assert f'"operation":"{operation}"' in check.detail
    assert last == f"To be safe: {dialects()[switch].safe}"
    assert check.curl is not None


def test_what_goes_wrong_under_every_choice_is_no_bet(server: Remote) -> None:
    class Broken(Client):
        def body(self, given: Params) -> bytes:
            return super().body({**given, "plan": "mine"})

    [check] = found(Broken, server, ["identifyUser"], ["identify-status"]).values()
    assert (check.outcome, check.level) == ("skipped", "SHOULD")
    assert check.detail == "What shows it goes wrong under every choice; the cases say why."


def test_a_crash_under_one_choice_is_a_bet_and_nothing_more_is_asked(server: Remote) -> None:
    class Fragile(Speaking):
        def run(self, request: Request) -> Outcome:
            answer = super().run(request)
            if request.case == "dialect-identify-status":
                raise AdapterFailed("crash", "It ended with 134.")
            return answer

    told = found(Fragile(), server, ["identifyUser"], ["identify-status", "track-status"])
    assert told["identify-status"].outcome == "failed"
    assert "It ended with 134." in told["identify-status"].detail
    assert (told["track-status"].outcome, told["track-status"].detail) == (
        "skipped",
        "The adapter failed 2 times before.",
    )


def test_what_goes_wrong_once_is_no_bet(server: Remote) -> None:
    class Once(Speaking):
        spoilt = False

        def run(self, request: Request) -> Outcome:
            answer = super().run(request)
            if request.case and request.case.startswith("dialect-") and not self.spoilt:
                self.spoilt = True
                return Outcome("error", kind="timeout")
            return answer

    [check] = found(Once(), server, ["trackEvent"], ["track-status"]).values()
    assert check.outcome == "passed"


def test_what_an_adapter_cannot_do_shows_nothing(server: Remote) -> None:
    class Unable(Speaking):
        def run(self, request: Request) -> Outcome:
            return Outcome("unsupported")

    assert found(Unable(), server, operations()) == {}
    assert found(Client, server, []) == {}


def test_without_time_it_is_said_that_nothing_was_looked_at(server: Remote) -> None:
    adapter = Speaking()
    [check] = found(adapter, server, ["trackEvent"], ["track-status"], seconds=-1).values()
    assert (check.outcome, check.detail) == ("skipped", "There was no time left for it.")
    assert adapter.asked == []


def test_the_switches_that_a_client_can_be_safe_from_are_listed() -> None:
    ids = [check.id for check in listed()]
    assert ids == [f"dialect-{id}" for id, dialect in dialects().items() if dialect.safe]
    assert not {"dialect-bodies", "dialect-delete-parameters", "dialect-webhook-retries"} & {*ids}
    assert {check.level for check in listed()} == {"SHOULD"}
