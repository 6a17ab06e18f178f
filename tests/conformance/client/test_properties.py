"""Properties: an honest client is never accused, and of what breaks another one the smallest call is told."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from mock_server import MockServer
from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.client import properties
from mock_server.conformance.client.properties import check, listed
from mock_server.conformance.protocol import Outcome, Request, operations
from mock_server.conformance.report import Check
from mock_server.remote import Remote
from tests.conformance.client.speaking import Form, Speaking, asking_otherwise
from tests.miniatures.adapters.honest import Client

Params = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Remote]:
    with MockServer() as running, closing(Remote(running.url)) as remote:
        yield remote


def proved(adapter: Adapter, server: Remote, operation: str, *, examples: int = 40, seed_number: int = 0) -> Check:
    """Return the check of an operation, made with as much time as there is."""
    until = time.monotonic() + 60
    return check(adapter, server, operation, seed_number=seed_number, until=until, examples=examples)


def call_of(found: Check) -> Params:
    """Return the args of the smallest call that a failed check tells."""
    [line] = (line for line in found.detail.splitlines() if line.startswith("Smallest call: "))
    told = json.loads(line.removeprefix("Smallest call: "))
    args: Params = told["args"]
    return args


@pytest.mark.parametrize("operation", operations())
def test_an_honest_client_is_not_accused(server: Remote, operation: str) -> None:
    found = proved(Speaking(), server, operation, examples=3)
    assert (found.outcome, found.detail) == ("passed", "")
    assert found.id == f"property-{operation}"
    assert 1 <= found.count <= 3


@pytest.mark.parametrize("operation", ["identifyUser", "storeResponse", "tagResponse"])
def test_nor_is_one_that_sends_forms(server: Remote, operation: str) -> None:
    found = proved(Speaking(Form), server, operation, examples=8)
    assert (found.outcome, found.detail) == ("passed", "")


@pytest.mark.soak
@pytest.mark.parametrize("seed_number", range(5))
@pytest.mark.parametrize("operation", operations())
@pytest.mark.parametrize("client", [Client, Form])
def test_the_honest_are_not_accused_of_anything_drawn(
    server: Remote, client: type[Client], operation: str, seed_number: int
) -> None:
    found = proved(Speaking(client), server, operation, examples=100, seed_number=seed_number)
    assert (found.outcome, found.detail) == ("passed", "")


def texts_through(change: Callable[[str], str]) -> Callable[[Params], Params]:
    def changed(given: Params) -> Params:
        return {name: change(value) if isinstance(value, str) else value for name, value in given.items()}

    return changed


def flattened(given: Params) -> Params:
    account = given.pop("account", {})
    return {**{name: value for name, value in account.items() if name != "id"}, **given} | (
        {"account": {"id": account["id"]}} if account else {}
    )


WRONG: Mapping[str, tuple[str, Callable[[Params], Params], Callable[[Params], bool]]] = {
    "cuts an event's name": (
        "trackEvent",
        lambda given: {**given, "event": given["event"][:50]},
        lambda args: len(args["event"]) > 50,
    ),
    "leaves out emoji": (
        "trackEvent",
        texts_through(lambda text: "".join(sign for sign in text if ord(sign) < 0x10000)),
        lambda args: max(args["event"]) > "\uffff",
    ),
    "trims a name": (
        "duplicateForm",
        texts_through(str.strip),
        lambda args: args["name"] != args["name"].strip(),
    ),
    "writes booleans as text": (
        "identifyUser",
        lambda given: {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()},
        lambda args: any(isinstance(value, bool) for value in args["traits"].values()),
    ),
    "never erases a trait": (
        "identifyUser",
        lambda given: {name: value for name, value in given.items() if value is not None},
        lambda args: None in args["traits"].values(),
    ),
    "puts the account's traits on the contact": (
        "identifyUser",
        flattened,
        lambda args: args["account"]["traits"] != {},
    ),
    "leaves out the end of a range": (
        "listResponses",
        lambda given: {name: value for name, value in given.items() if name != "date_range_end"},
        lambda args: "date_range_end" in args,
    ),
}


@pytest.mark.parametrize("way", WRONG)
def test_what_breaks_a_client_is_told_as_a_small_call(
    server: Remote, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation, change, shows = WRONG[way]
    monkeypatch.setattr(properties, "_SHRINKING", 1.0)
    found = proved(asking_otherwise(change), server, operation, examples=80, seed_number=1)
    assert (found.outcome, found.level) == ("failed", "MUST")
    assert shows(call_of(found)), found.detail
    assert f"--seed-number 1 --case property-{operation}" in found.detail
    assert found.curl is not None
    assert found.curl.startswith("curl")


def test_the_smallest_call_is_small(server: Remote) -> None:
    found = proved(asking_otherwise(lambda given: {**given, "name": given["name"][:3]}), server, "duplicateForm")
    assert len(call_of(found)["name"]) == 4


def test_a_plus_that_is_not_encoded_is_found(server: Remote) -> None:
    class Unencoded(Client):
        def query(self, given: Mapping[str, Any]) -> str:
            return super().query(given).replace("%2B", "+")

    found = proved(Speaking(Unencoded), server, "getContact")
    assert "+" in "".join(call_of(found).values())
    assert found.outcome == "failed"


def test_a_second_page_that_is_forgotten_is_found(server: Remote) -> None:
    class FirstPage(Client):
        def next_page(self, page: Mapping[str, Any]) -> Mapping[str, Any]:
            return {}

    for operation in ("listContacts", "listForms"):
        found = proved(Speaking(FirstPage), server, operation, examples=3)
        assert found.outcome == "failed"
        assert call_of(found) == {}


class Now(Speaking):
    """Fails when it is asked for the n-th time, for some n."""

    def __init__(self, *times: int) -> None:
        super().__init__()
        self.times = times

    def run(self, request: Request) -> Outcome:
        answer = super().run(request)
        return Outcome("error", kind="server", message="busy") if len(self.asked) in self.times else answer


def test_a_failure_that_does_not_come_again_is_no_accusation(server: Remote) -> None:
    found = proved(Now(3), server, "getContact", examples=6)
    assert found.outcome == "passed"
    assert "One of 6 calls failed, but not when it was made again" in found.detail


def test_failures_that_come_now_and_then_are_one(server: Remote) -> None:
    found = proved(Now(3, 6), server, "getContact", examples=6)
    assert found.outcome == "failed"
    assert "2 of 6 calls failed, but not when they were made again" in found.detail


def test_a_client_that_fails_by_chance_is_told_without_a_traceback(server: Remote) -> None:
    found = proved(Now(3, 4, 6, 9, 10, 13), server, "getContact", examples=8)
    assert found.outcome == "failed"
    assert call_of(found)


def test_an_adapter_that_dies_of_some_call_is_not_asked_again(server: Remote) -> None:
    class Dying(Speaking):
        def run(self, request: Request) -> Outcome:
            if "+" in json.dumps(request.args):
                raise AdapterFailed("crash", "It ended with 139.")
            return super().run(request)

    adapter = Dying()
    found = proved(adapter, server, "getContact")
    assert found.outcome == "could-not-run"
    assert found.detail.startswith("It ended with 139.")
    assert "+" in found.detail.splitlines()[1], "the call is told"


def test_what_an_adapter_cannot_do_is_skipped(server: Remote) -> None:
    class Little(Speaking):
        def run(self, request: Request) -> Outcome:
            return Outcome("unsupported", message="not by uuid") if "uuid" in request.args else super().run(request)

    found = proved(Little(), server, "getContact", examples=20)
    assert (found.outcome, found.detail) == ("skipped", "The adapter cannot do (all of) it: not by uuid")


def test_the_same_number_asks_the_same(server: Remote) -> None:
    def asked(seed_number: int) -> list[Mapping[str, Any]]:
        adapter = Speaking()
        proved(adapter, server, "trackEvent", examples=8, seed_number=seed_number)
        return [request.args for request in adapter.asked]

    assert asked(3) == asked(3)
    assert asked(3) != asked(4)


def test_several_at_once_do_not_disturb_each_other(server: Remote) -> None:
    names = ("identifyUser", "trackEvent", "getContact", "storeResponse")

    def alone(operation: str) -> Check:
        with closing(Remote(server.url)) as remote:
            return proved(Speaking(), remote, operation, examples=6)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(alone, names))
    assert [(each.outcome, each.count) for each in found] == [("passed", 6)] * 4


def test_without_time_nothing_is_asked(server: Remote) -> None:
    adapter = Speaking()
    found = check(adapter, server, "trackEvent", until=time.monotonic() - 1)
    assert (found.outcome, found.detail) == ("skipped", "There was no time left for it.")
    assert adapter.asked == []


def test_without_hypothesis_it_is_skipped_and_how_to_get_it_is_said(
    server: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mock_server.strategies", None)
    found = proved(Speaking(), server, "trackEvent")
    assert found.outcome == "skipped"
    assert found.detail


def test_every_operation_of_the_protocol_is_listed() -> None:
    assert [each.id for each in listed()] == [f"property-{operation}" for operation in operations()]
    assert {each.level for each in listed()} == {"MUST"}
    assert None not in {each.evidence for each in listed()}
