"""What one environment holds is bounded, and what is refused for that changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mock_server.errors import LimitReached
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Identity, Window
from mock_server.state.responses import ResponseQuery
from mock_server.state.snapshots import read

NOON = 1_741_953_600_000_000
MIRA, JON = Identity(id="u-1"), Identity(id="u-2")
QUERY = ResponseQuery()


@pytest.fixture
def small() -> Environment:
    """Full of everything: All Users and one more segment, two surveys, two responses, two accounts, two tags."""
    bounds = Settings(max_accounts=2, max_responses=2, max_definitions=2)
    environment = Environment("small", settings=bounds, now=NOON)
    environment.create_segment("Friends")
    first, second = (environment.create_form(name).uuid for name in "AB")
    for form in (first, second):
        environment.store_response(MIRA, form, {"nps": 9}, tags=["called", "vip"], account=AccountInput("acme", {}))
    environment.identify(MIRA, {}, AccountInput("other", {}))
    return environment


def form_of(environment: Environment) -> str:
    return environment.all_forms()[0].uuid


def response_of(environment: Environment) -> str:
    return next(environment.matching(QUERY)).uuid


REFUSED: dict[str, tuple[str, Callable[[Environment], object]]] = {
    "contact": ("max_accounts", lambda world: world.identify(JON, {"new": "trait"})),
    "account": ("max_accounts", lambda world: world.identify(MIRA, {"new": "trait"}, AccountInput("third", {"a": 1}))),
    "show": ("max_responses", lambda world: world.see_survey(JON, form_of(world))),
    "completion": ("max_responses", lambda world: world.complete_survey(MIRA, form_of(world), {"nps": 1})),
    "stored": ("max_responses", lambda world: world.store_response(JON, form_of(world), {"nps": 1})),
    "tag": ("max_definitions", lambda world: world.tag_response(response_of(world), ["vip", "new"])),
    "segment": ("max_definitions", lambda world: world.create_segment("Third")),
    "survey": ("max_definitions", lambda world: world.create_form("C")),
    "copy": ("max_definitions", lambda world: world.duplicate_form(form_of(world), "C")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_beyond_a_bound_is_refused_and_nothing_changes(small: Environment, what: str) -> None:
    setting, call = REFUSED[what]
    before = small.snapshot()

    with pytest.raises(LimitReached, match=setting):
        call(small)

    assert small.snapshot() == before


def test_what_needs_no_room_is_still_done(small: Environment) -> None:
    small.identify(MIRA, {"plan": "pro"}, AccountInput("acme", {}))
    small.tag_response(response_of(small), ["vip"])
    small.delete_contact(MIRA)
    stored = small.store_response(MIRA, form_of(small), {"nps": 1}, account=AccountInput("acme", {}))

    assert small.contact(MIRA).uuid == stored.contact_uuid


@pytest.mark.parametrize("setting", ["max_accounts", "max_responses", "max_definitions"])
def test_a_snapshot_beyond_a_bound_is_refused(small: Environment, setting: str) -> None:
    other = Environment("other", settings=replace(Settings(), **{setting: 1}), now=NOON)  # type: ignore[arg-type]

    with pytest.raises(LimitReached, match=setting):
        other.restore(read(small.snapshot()))


def test_the_history_of_a_survey_is_a_ring(environment: Environment) -> None:
    form = environment.create_form("A").uuid
    for number in range(1_002):
        environment.publish_form(form, bool(number % 2))

    history = environment.form_history(form, Window(1, 5_000))

    assert (history.total, history.items[-1].action) == (1_000, "unpublish")


def test_a_contact_keeps_the_answers_that_became_traits(environment: Environment) -> None:
    form = environment.create_form("A").uuid
    for number in range(0, 3_000, 1_000):
        environment.store_response(MIRA, form, {f"q_{number + rank}": "x" for rank in range(1_000)} | {"email": "x"})

    contact = environment.contact(MIRA)

    assert len(contact.traces.answers) == len(contact.traces.answered_at) == 999  # and the trait `name`
    assert "email" not in contact.traces.answers
