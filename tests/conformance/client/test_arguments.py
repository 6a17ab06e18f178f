"""What an adapter is asked: what the protocol allows, what every language can carry, and the traps among that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from mock_server import MockServer
from mock_server.conformance.client.arguments import Known, arguments
from mock_server.conformance.client.everyday import populated
from mock_server.conformance.protocol import misasked, operations
from mock_server.state.clock import parse_time
from mock_server.state.traits import slug

QUIET = settings(max_examples=30, deadline=None, database=None, derandomize=True, suppress_health_check=[*HealthCheck])


@pytest.fixture(scope="module")
def known() -> Known:
    with MockServer() as server:
        return Known.of(server.create_environment(seed=populated()).snapshot())


def drawn(operation: str, known: Known, examples: int = 25) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    @settings(QUIET, max_examples=examples)
    @given(arguments(operation, known))
    def draw(args: dict[str, Any]) -> None:
        found.append(args)

    draw()
    return found


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


@pytest.mark.parametrize("operation", operations())
def test_args_are_what_the_protocol_wants_and_any_language_can_carry(operation: str, known: Known) -> None:
    for args in drawn(operation, known):
        request = {"v": 1, "case": "c", "operation": operation, "args": args}
        assert misasked({**request, "base_url": "http://127.0.0.1:9/v1", "api_key": "k", "deadline_ms": 1}) is None
        for text in texts(args):
            assert "\0" not in text
            text.encode()  # no half of a surrogate pair


@pytest.mark.parametrize("operation", ["identifyUser", "storeResponse"])
def test_no_language_reads_a_map_otherwise(operation: str, known: Known) -> None:
    def look(held: dict[str, Any], prefix: str = "") -> Iterator[str]:
        for name, value in held.items():
            assert value not in ({}, []), "PHP writes both alike"
            assert not (isinstance(value, float) and value.is_integer()), "5.0 is 5 in JavaScript"
            assert not isinstance(value, int | float) or abs(value) < 2**53
            if isinstance(value, dict):
                yield from look(value, f"{prefix}{slug(name)}_")
            else:
                yield prefix + slug(name)

    for args in drawn(operation, known):
        for held in (args.get("traits", {}), args.get("answers", {}), args.get("account", {}).get("traits", {})):
            names = list(look(held))
            assert len(names) == len({*names}), "which one counts goes by the order, and Go's maps have none"


@given(st.data())
@QUIET
def test_a_range_is_not_empty(data: st.DataObject) -> None:
    moments = ("2025-02-10", "2025-02-10T10:00:00+00:00")
    args = data.draw(arguments("listResponses", Known(moments=moments)))
    start, end = (parse_time(args.get(name, "")) for name in ("date_range_start", "date_range_end"))
    assert start is None or end is None or start < end


def test_most_that_is_named_exists_but_not_all(known: Known) -> None:
    forms = [args["form_uuid"] for args in drawn("archiveForm", known)]
    exist = sum(uuid in known.forms for uuid in forms)
    assert len(forms) / 2 < exist < len(forms)
    tagged = {args["uuid"] for args in drawn("tagResponse", known)}
    assert tagged & {*known.responses}, "of a response, not of a contact"
    assert not tagged & {each["uuid"] for each in known.contacts}


def test_id_and_email_of_one_call_are_of_one_person(known: Known) -> None:
    people = {(each.get("id"), each.get("email")) for each in known.contacts}
    ids, emails = ({each.get(name) for each in known.contacts} for name in ("id", "email"))
    both = [args for args in drawn("identifyUser", known) if {"id", "email"} <= args.keys()]
    assert both
    for args in both:
        same = (args["id"], args["email"]) in people
        assert same or (args["id"] not in ids and args["email"] not in emails)


def test_the_traps_are_among_it(known: Known) -> None:
    events = [args["event"] for args in drawn("trackEvent", known, 100)]
    said = "\n".join(events)
    assert {*"+&=%#;\"'/\\<>[]😀"} <= {*said}
    assert any(event != event.strip() for event in events)
    assert any(len(event) > 200 for event in events)
    values = [value for args in drawn("identifyUser", known, 200) for value in args.get("traits", {}).values()]
    assert {type(value) for value in values} >= {str, int, bool, type(None)}
    assert {"true", "007", "1.0", "None"} & {value for value in values if isinstance(value, str)}
    emails = {args.get("email", "") for args in drawn("getContact", known, 100)}
    assert any("+" in email for email in emails)


def test_args_are_json_and_nothing_else(known: Known) -> None:
    for args in drawn("storeResponse", known):
        assert json.loads(json.dumps(args)) == args


@pytest.mark.parametrize("trap", ["😀", "größe"])
def test_what_stumbles_over_one_trap_is_shown_little_more_than_that(trap: str, known: Known) -> None:
    thorough = settings(QUIET, max_examples=500, phases=[Phase.generate, Phase.shrink])
    smallest = find(arguments("trackEvent", known), lambda args: trap in args["event"], settings=thorough)

    assert len(smallest["event"]) <= len(trap) + 2
