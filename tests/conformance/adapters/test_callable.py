"""Clients in Python: classes, functions, async ones; what they return and raise."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from mock_server.conformance import CallableAdapter
from mock_server.conformance.protocol import Hello, Outcome
from mock_server.errors import UsageError
from mock_server.remote import RemoteEnvironment
from tests.conformance.adapters.attaching import asked, failing
from tests.miniatures.adapters.honest import CALLS
from tests.miniatures.adapters.honest import Client as Honest

EVENT = {"id": "ada", "event": "x"}


class Shop:
    """A client as teams write them."""

    made: list[tuple[str, str]]
    closed = 0

    def __init__(self, base_url: str, api_key: str) -> None:
        self.place = base_url, api_key

    def track_event(self, id: str, event: str) -> None:
        """Track."""

    def listForms(self) -> list[dict[str, str]]:  # noqa: N802 - an operationId
        return [{"uuid": "a"}]


def of(**functions: Callable[..., Any]) -> CallableAdapter:
    """Return an adapter of functions by operationId."""
    return CallableAdapter(lambda *_: functions, name="functions")


def told(value: Any, operation: str = "verifyKey") -> Any:
    """Return what comes of a value that a function returned."""
    with closing(of(**{operation: lambda **_: value})) as adapter:
        return asked(adapter, operation).value


def outcome_of(raised: BaseException, **others: Any) -> Outcome:
    def fail() -> None:
        raise raised

    with closing(CallableAdapter(lambda *_: {"verifyKey": fail}, **others)) as adapter:
        return asked(adapter)


def test_an_honest_client_does_what_it_is_asked(refiner: RemoteEnvironment) -> None:
    def make(base_url: str, api_key: str) -> dict[str, Callable[..., Any]]:
        def calling(operation: str) -> Callable[..., Any]:
            return lambda **args: Honest(base_url, api_key).call(operation, args)

        return {operation: calling(operation) for operation in CALLS}

    with closing(CallableAdapter(make)) as adapter:
        contact = asked(adapter, "identifyUser", {"id": "ada"}, of=refiner).value["contact_uuid"]
        assert [each["uuid"] for each in asked(adapter, "listContacts", of=refiner).value["items"]] == [contact]
        missing = asked(adapter, "getContact", {"id": "nobody"}, of=refiner)
    assert (missing.outcome, missing.kind, missing.status) == ("error", "not-found", 404)
    assert missing.message.startswith("Failure: ")


def test_a_class_says_what_it_offers_without_being_made() -> None:
    adapter = CallableAdapter(Shop)
    assert adapter.subject == "Shop"
    assert adapter.hello() == Hello("Shop", "Python", ("trackEvent", "listForms"))
    assert CallableAdapter(Shop, name="Ours", operations=["verifyKey"]).hello() == Hello(
        "Ours", "Python", ("verifyKey",)
    )
    assert of().hello() is None


def test_what_it_cannot_do_is_unsupported() -> None:
    with closing(CallableAdapter(Shop)) as adapter:
        assert asked(adapter, "trackEvent", EVENT) == Outcome("ok")
        assert asked(adapter, "listForms").value == {"items": [{"uuid": "a"}]}
        assert asked(adapter, "verifyKey") == Outcome("unsupported", message="it has no verifyKey and no verify_key")
        by_email = asked(adapter, "trackEvent", {"email": "a@example.org", "event": "x"})
    assert by_email.outcome == "unsupported"
    assert by_email.message.startswith("it cannot be called with email, event: missing a required argument")
    assert outcome_of(NotImplementedError("one day")) == Outcome("unsupported", message="NotImplementedError: one day")


def test_one_client_is_made_for_each_environment_and_closed() -> None:
    log: list[str] = []

    class Logging:
        def __init__(self, base_url: str, api_key: str) -> None:
            log.append(f"made {api_key[:1]}")

        def verify_key(self) -> None:
            log.append("asked")

        def close(self) -> None:
            log.append("closed")
            raise RuntimeError("it is not judged by that")

    with closing(CallableAdapter(Logging)) as adapter:
        for key in "aab":
            assert asked(adapter, key=key * 20).outcome == "ok"
    assert log == ["made a", "asked", "asked", "closed", "made b", "asked", "closed"]


def test_values_are_taken_in_whatever_form_is_handy() -> None:
    def some() -> Iterator[int]:
        yield from (1, 2)

    assert told([1, 2], "listForms") == told((1, 2), "listForms") == told(some(), "listForms") == {"items": [1, 2]}
    assert told({"items": (1, 2)}, "listForms") == {"items": [1, 2]}
    assert told("u", "identifyUser") == told({"contact_uuid": "u"}, "identifyUser") == {"contact_uuid": "u"}
    assert told("u", "storeResponse") == {"uuid": "u"}
    assert told(None, "listForms") is told(None) is None
    assert told("done") == "done"


def test_async_clients_live_in_one_loop_and_one_thread() -> None:
    places: list[tuple[object, object]] = []

    class Async:
        def note(self) -> None:
            places.append((asyncio.get_running_loop(), threading.current_thread()))

        async def verify_key(self) -> None:
            self.note()

        async def list_forms(self) -> AsyncIterator[int]:
            self.note()
            for number in (1, 2):
                await asyncio.sleep(0)
                yield number

        async def aclose(self) -> None:
            self.note()

    async def make(base_url: str, api_key: str) -> Async:
        places.append((asyncio.get_running_loop(), threading.current_thread()))
        return Async()

    with closing(CallableAdapter(make)) as adapter:
        assert asked(adapter) == Outcome("ok")
        assert asked(adapter, "listForms").value == {"items": [1, 2]}
    assert len(places) == 4
    assert len(set(places)) == 1
    assert places[0][1] is not threading.current_thread()


def test_a_client_that_cannot_be_made_is_an_error() -> None:
    def make(base_url: str, api_key: str) -> None:
        raise ValueError(f"no client for {api_key}")

    with closing(CallableAdapter(make)) as adapter:
        outcome = asked(adapter)
    assert (outcome.outcome, outcome.kind) == ("error", "other")
    assert outcome.message == "ValueError: no client for 0f6d…"


def test_somebody_may_say_what_kind_an_exception_is() -> None:
    assert outcome_of(KeyError("x"), error=lambda _: "auth").kind == "auth"
    assert outcome_of(TimeoutError(), error=lambda _: None).kind == "timeout"
    with pytest.raises(UsageError, match="error= said 'missing' of KeyError; the kinds are auth, rate-limited, "):
        outcome_of(KeyError("x"), error=lambda _: "missing")


def test_a_hang_is_left_to_itself_and_the_next_request_made_elsewhere() -> None:
    hold, hangs = threading.Event(), iter([True, False])

    def verify() -> str:
        return "late" if next(hangs) and hold.wait(60) else "in time"

    adapter = of(verifyKey=verify)
    failure = failing(adapter, deadline_ms=30)
    assert (failure.how, failure.detail) == ("hang", "verifyKey did not return within 2.0 s")
    assert (asked(adapter).value, adapter.restarts) == ("in time", 1)
    hold.set()
    adapter.close()


def test_what_json_cannot_hold_is_garbage() -> None:
    for value in (object(), {"a": {1, 2}}, b"x"):
        failure = failing(of(verifyKey=lambda value=value: value))
        assert failure.how == "garbage"
        assert failure.detail.startswith("verifyKey returned what JSON cannot hold: ")


def test_leaving_python_is_a_crash_and_cancelling_an_error() -> None:
    def leave() -> None:
        raise SystemExit(3)

    failure = failing(of(verifyKey=leave))
    assert (failure.how, failure.detail) == ("crash", "verifyKey raised SystemExit(3)")
    assert outcome_of(asyncio.CancelledError()).kind == "other"


def test_args_can_be_changed_without_harm() -> None:
    args = {"uuid": "a", "tags": ["x"]}
    with closing(of(tagResponse=lambda tags, **_: tags.clear())) as adapter:
        assert asked(adapter, "tagResponse", args).outcome == "ok"
    assert args == {"uuid": "a", "tags": ["x"]}


def test_another_one_has_clients_of_its_own() -> None:
    made: list[str] = []

    def make(base_url: str, api_key: str) -> dict[str, Callable[[], None]]:
        made.append(api_key)
        return {"verifyKey": lambda: None}

    first = CallableAdapter(make, name="x")
    second = first.another()
    assert (second.subject, asked(first).outcome, asked(second).outcome, len(made)) == ("x", "ok", "ok", 2)
    first.close()
    second.close()


def test_an_operation_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="track: no such operation; there are verifyKey, "):
        CallableAdapter(Shop, operations=["track", "verifyKey"])
