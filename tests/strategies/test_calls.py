"""Calls as the strategies draw them: the contract allows them, and the server answers them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import strategies
from mock_server.contract.coercion import coerce
from mock_server.contract.document import load
from mock_server.contract.operations import Operation
from mock_server.contract.verdict import judge
from mock_server.errors import UsageError
from mock_server.settings import Settings
from mock_server.state.clock import parse_time
from mock_server.strategies import Call, accounts, answers, calls, events, identities, payloads, traits
from mock_server.wire.decoding import decode
from tests.api.door import Client, Door
from tests.strategies.finding import find_any, least

OWN = [each for each in load().operations.values() if not each.mock_only]
TODAY = parse_time("2026-01-31T10:00:00Z") or 0


@pytest.fixture(scope="module")
def refiner() -> Iterator[Client]:
    """A client of a server that is not asked what it remembers."""
    door = Door(Settings(api_key="5b2f8a1c-3d4e-4f60-9a7b-1c2d3e4f5a6b"))
    yield Client(door, door.rooms.environments.get("default"))
    door.close()


def pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield what a form or a query has for one argument."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from pairs(f"{name}[{key}]", each)
    elif isinstance(value, list):
        for each in value:
            yield from pairs(f"{name}[]", each)
    elif isinstance(value, bool):
        yield name, str(int(value))
    else:
        yield name, "" if value is None else str(value)


def written(call: Call) -> str:
    return urlencode([pair for name, value in call.arguments.items() for pair in pairs(name, value)])


@dataclass(frozen=True)
class Sent:
    """A call as bytes."""

    query: str = ""
    media_type: str = ""
    body: bytes = b""


WAYS: dict[str, Callable[[Call], Sent]] = {
    "json": lambda call: Sent(media_type="application/json", body=json.dumps(call.arguments).encode()),
    "form": lambda call: Sent(media_type="application/x-www-form-urlencoded", body=written(call).encode()),
    "query": lambda call: Sent(written(call)),
}


@pytest.mark.parametrize("way", WAYS)
@given(call=calls())
def test_a_call_is_never_refused_for_its_arguments(refiner: Client, way: str, call: Call) -> None:
    operation, sent = load().operations[call.operation], WAYS[way](call)
    reply = refiner.send(operation.method, operation.path, sent.media_type, sent.body, query=sent.query)
    assert reply.status in (operation.success, 404), reply.body


@pytest.mark.parametrize("way", WAYS)
@given(call=calls())
def test_a_call_is_never_accused(way: str, call: Call) -> None:
    operation, sent = load().operations[call.operation], WAYS[way](call)
    headers = [(b"content-type", sent.media_type.encode())] if sent.media_type else []
    request = decode(
        operation.method, operation.path, sent.query.encode(), headers, sent.body, max_nesting=32, max_parameters=1_000
    )
    coerced = coerce(load(), operation, request)
    assert judge(load(), operation, request, coerced, None, TODAY, refused=False) == ()


@pytest.mark.parametrize("operation", OWN, ids=lambda each: each.id)
def test_a_call_has_what_is_required_and_nothing_else(operation: Operation) -> None:
    @given(calls(operation.id))
    def check(call: Call) -> None:
        assert call.operation == operation.id
        assert set(operation.required) <= call.arguments.keys()
        assert not operation.one_of or call.arguments.keys() & set(operation.one_of)
        assert operation.open or call.arguments.keys() <= operation.parameters.keys()

    check()


@pytest.mark.parametrize("name", ["page", "form_uuids", "response_data", "date_range_end", "with_attributes", "search"])
def test_every_parameter_is_drawn_at_times(name: str) -> None:
    find_any(calls("listResponses"), lambda call: name in call.arguments)


@pytest.mark.parametrize("wanted", ["🎉", "ש", "[]", '"', "%", "&", "+"])
def test_hard_characters_are_drawn(wanted: str) -> None:
    find_any(calls("trackEvent"), lambda call: wanted in call.arguments["event"])


def test_texts_are_as_long_as_they_may_be_and_no_longer() -> None:
    find_any(calls("trackEvent"), lambda call: len(call.arguments["event"]) == 255)
    find_any(payloads(), lambda body: any(len(text) == 10_000 for text in texts(body)))


def texts(value: object) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts(each)


@given(calls("listContacts"))
def test_a_cursor_is_not_invented(call: Call) -> None:
    assert "page_cursor" not in call.arguments


def test_a_cursor_can_be_given() -> None:
    assert least(calls("listContacts", page_cursor="c")).arguments == {"page_cursor": "c"}


def test_a_range_that_is_given_stays_as_it_is() -> None:
    given_range = {"date_range_start": "2025-03-15", "date_range_end": "2025-03-01"}
    assert least(calls("listResponses", **given_range)).arguments == given_range


def test_a_call_shrinks_to_the_least() -> None:
    assert least(calls()) == Call("verifyKey", {})
    assert least(calls("tagResponse", uuid="u")) == Call("tagResponse", {"uuid": "u", "tags": ["a"]})


def test_parts_are_always_there() -> None:
    known = st.sampled_from(["one", "two"])
    stored = least(calls("storeResponse", form_uuid=known, id="u-204", nps=9))
    assert stored.arguments == {"form_uuid": "one", "id": "u-204", "nps": 9}
    taken = find_any(calls(form_uuid="mine"), lambda call: "form_uuid" in call.arguments)
    assert taken.arguments["form_uuid"] == "mine"
    assert least(identities(email="mira@example.org")) == {"email": "mira@example.org"}
    assert least(accounts(id="acc-9", plan="pro")) == {"id": "acc-9", "plan": "pro"}
    assert least(traits(plan=None)) == {"plan": None}
    assert least(answers(nps=st.integers(3, 5))) == {"nps": 3}


@given(identities(), traits(), accounts(), events(), answers())
def test_parts_make_calls(who: Any, what: Any, company: Any, event: str, said: Any) -> None:
    schemas = "#/components/schemas"
    assert load().validator(f"{schemas}/IdentifyUser").is_valid({**what, **who, "account": company})
    assert load().validator(f"{schemas}/TrackEvent").is_valid({**who, "event": event})
    assert (
        load()
        .validator(f"{schemas}/StoreResponse")
        .is_valid({**said, **who, "form_uuid": "34de57da-fd12-11ef-83b6-81e7e8e25d94"})
    )


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: calls("identify"), "did you mean identifyUser"),
        (lambda: calls("createWebhook"), "no operation of Refiner's"),
        (lambda: calls("trackEvent", properties={}), "'properties'; choose among email, event, id"),
        (lambda: calls(form_uid="x"), "'form_uid'; choose among"),
        (lambda: identities(uuid="x"), "choose among email, id"),
        (lambda: payloads("Survey Completed"), "choose from Completed Survey, Saw Survey"),
    ],
)
def test_what_cannot_be_drawn_is_said_at_once(draw: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        draw()


def test_without_hypothesis_it_says_what_to_install() -> None:
    probe = "import sys; sys.modules['hypothesis'] = None; import mock_server.strategies"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert 'ImportError: mock_server.strategies needs Hypothesis: pip install "refiner-mock[kit]"' in run.stderr


def test_every_strategy_is_described_where_the_module_is() -> None:
    assert strategies.__doc__ is not None
    assert [name for name in strategies.__all__ if f"`{name}" not in strategies.__doc__] == []
