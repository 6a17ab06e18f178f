"""Faults that wait for their calls: counted, scoped, in the order of their arming, never by dice."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import LimitReached, NotFound, UsageError
from mock_server.faults import Fault, Faults
from mock_server.state.environment import Environment

SECOND = 1_000_000
CALLS = (None, "identifyUser", "trackEvent", "listContacts")


@pytest.fixture
def environment() -> Environment:
    return Environment("shop", now=1_769_853_600 * SECOND)


@pytest.fixture
def faults() -> Faults:
    return Faults(most=100)


def struck(faults: Faults, environment: Environment, *operations: str | None) -> list[str | None]:
    """Return the kinds that strike these calls."""
    strikes = [faults.strike(environment, operation) for operation in operations]
    return [None if strike is None else strike.kind for strike in strikes]


def told(faults: Faults, environment: Environment) -> dict[str, tuple[int, int | None]]:
    """Return of each fault how often it struck and will strike."""
    return {armed.name: (armed.fired, armed.left) for armed in faults.of(environment)}


def test_a_fault_strikes_once_unless_it_is_told_otherwise(faults: Faults, environment: Environment) -> None:
    faults.arm(environment, Fault(kind="drop"))
    faults.arm(environment, Fault(kind="reset", times=2))

    assert struck(faults, environment, *["identifyUser"] * 4) == ["drop", "reset", "reset", None]
    assert told(faults, environment) == {"drop-1": (1, 0), "reset-2": (2, 0)}


def test_a_fault_of_an_operation_lets_all_others_alone(faults: Faults, environment: Environment) -> None:
    faults.arm(environment, Fault(kind="drop", operation="trackEvent"))

    assert struck(faults, environment, "identifyUser", None, "trackEvent") == [None, None, "drop"]


def test_a_fault_of_no_operation_strikes_unknown_calls_too(faults: Faults, environment: Environment) -> None:
    faults.arm(environment, Fault(kind="drop"))

    assert struck(faults, environment, None) == ["drop"]


def test_another_environment_and_none_at_all_are_let_alone(faults: Faults, environment: Environment) -> None:
    faults.arm(environment, Fault(kind="drop"))

    assert faults.strike(Environment("other"), "identifyUser") is None
    assert faults.strike(None, "identifyUser") is None
    assert told(faults, environment) == {"drop-1": (0, 1)}


faults_told = st.lists(
    st.builds(
        Fault,
        kind=st.sampled_from(["drop", "reset", "garble"]),
        operation=st.sampled_from(CALLS),
        times=st.none() | st.integers(1, 4),
    ),
    max_size=6,
)


@given(faults_told, st.lists(st.sampled_from(CALLS), max_size=20))
def test_each_call_is_struck_by_the_first_armed_that_fits_and_is_not_spent(
    wanted: list[Fault], calls: list[str | None]
) -> None:
    environment, faults = Environment("shop"), Faults(most=100)
    for fault in wanted:
        faults.arm(environment, fault)
    left = [fault.times or 1 for fault in wanted]

    for call in calls:
        fits = (rank for rank, fault in enumerate(wanted) if left[rank] and fault.operation in (None, call))
        first = next(fits, None)
        strike = faults.strike(environment, call)
        assert (strike and strike.kind) == (None if first is None else wanted[first].kind)
        if first is not None:
            left[first] -= 1

    assert [armed.left for armed in faults.of(environment)] == left
    assert faults.armed == any(left)


def test_nothing_is_asked_where_nothing_is_armed(faults: Faults, environment: Environment) -> None:
    """What nearly every request pays for faults is one look at an attribute."""
    seen = [faults.armed]
    faults.arm(environment, Fault(kind="drop"))
    seen.append(faults.armed)
    faults.strike(environment, None)
    seen.append(faults.armed)
    faults.arm(environment, Fault(kind="drop", name="again"))
    seen.append(faults.armed)
    faults.remove(environment, "again")
    seen.append(faults.armed)

    assert seen == [False, True, False, True, False]


def test_what_never_struck_is_visible(faults: Faults, environment: Environment) -> None:
    for name in ("met", "missed"):
        faults.arm(environment, Fault(kind="drop", name=name))
    faults.strike(environment, None)

    assert [armed.name for armed in faults.unfired(environment)] == ["missed"]


def test_names_are_made_where_none_is_given_and_none_is_given_twice(faults: Faults, environment: Environment) -> None:
    faults.arm(environment, Fault(kind="drop", name="drop-1"))
    faults.arm(environment, Fault(kind="drop"))
    faults.arm(environment, Fault(kind="garble"))

    assert list(told(faults, environment)) == ["drop-1", "drop-2", "garble-3"]
    with pytest.raises(UsageError, match="drop-2"):
        faults.arm(environment, Fault(kind="reset", name="drop-2"))


def test_faults_are_removed_by_name_or_all_at_once(faults: Faults, environment: Environment) -> None:
    for name in ("a", "b", "c"):
        faults.arm(environment, Fault(kind="drop", name=name))

    faults.remove(environment, "b")
    assert list(told(faults, environment)) == ["a", "c"]
    with pytest.raises(NotFound, match="'b'"):
        faults.remove(environment, "b")
    for _ in range(2):
        faults.remove(environment)
        assert told(faults, environment) == {}


def test_the_oldest_spent_one_makes_room_and_armed_ones_are_kept(environment: Environment) -> None:
    faults = Faults(most=2)
    faults.arm(environment, Fault(kind="drop", name="waits", operation="trackEvent"))
    faults.arm(environment, Fault(kind="drop", name="spent"))
    faults.strike(environment, None)

    faults.arm(environment, Fault(kind="drop", name="new"))

    assert list(told(faults, environment)) == ["waits", "new"]
    with pytest.raises(LimitReached, match="max_faults"):
        faults.arm(environment, Fault(kind="drop"))


def test_a_reset_is_the_end_of_faults_and_names_begin_anew(faults: Faults, environment: Environment) -> None:
    faults.arm(environment, Fault(kind="drop"))

    environment.reset()

    assert struck(faults, environment, "identifyUser") == [None]
    assert (faults.of(environment), faults.unfired(environment)) == ((), ())
    faults.remove(environment)
    assert faults.arm(environment, Fault(kind="drop")).name == "drop-1"


def test_faults_go_with_their_environment(faults: Faults) -> None:
    environment = Environment("shop")
    faults.arm(environment, Fault(kind="drop"))
    del environment
    gc.collect()

    faults.remove(Environment("other"))
    faults.arm(other := Environment("other"), Fault(kind="drop"))
    faults.remove(other)

    assert not faults.armed


def limited(faults: Faults, environment: Environment, calls: int) -> list[int | None]:
    """Return of so many calls how long each is asked to wait."""
    strikes = [faults.strike(environment, "trackEvent") for _ in range(calls)]
    return [None if strike is None else strike.retry_after for strike in strikes]


def test_a_rate_limit_lets_its_quota_through_in_each_window_of_the_clock(
    faults: Faults, environment: Environment
) -> None:
    faults.arm(environment, Fault(kind="rate_limit", quota=2, seconds=30))
    clock, start = environment.clock, environment.clock.now()

    assert limited(faults, environment, 4) == [None, None, 30, 30]
    clock.freeze(start + 29 * SECOND + 1)
    assert limited(faults, environment, 1) == [1]
    clock.freeze(start + 30 * SECOND)
    assert limited(faults, environment, 3) == [None, None, 30]
    assert told(faults, environment) == {"rate_limit-1": (4, None)}


def test_a_clock_that_is_set_back_begins_another_window(faults: Faults, environment: Environment) -> None:
    faults.arm(environment, Fault(kind="rate_limit", quota=1))
    assert limited(faults, environment, 2) == [None, 60]

    environment.clock.freeze(environment.clock.now() - 3_600 * SECOND)

    assert limited(faults, environment, 2) == [None, 60]


def test_a_rate_limit_is_spent_after_so_many_refusals_and_hides_nothing(
    faults: Faults, environment: Environment
) -> None:
    faults.arm(environment, Fault(kind="rate_limit", quota=1, times=2))
    faults.arm(environment, Fault(kind="drop"))

    assert struck(faults, environment, *["trackEvent"] * 4) == ["drop", "rate_limit", "rate_limit", None]


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (Fault(kind="drop"), {"times": 1, "left": 1}),
        (Fault(kind="rate_limit", quota=3), {"times": None, "left": None, "quota": 3, "seconds": 60}),
        (Fault(kind="delay", seconds=0.5, times=2), {"times": 2, "left": 2, "seconds": 0.5}),
        (Fault(kind="garble"), {"times": 1, "left": 1, "body": "page"}),
        (Fault(kind="status", status=503, retry_after=7), {"status": 503, "retry_after": 7, "times": 1, "left": 1}),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_a_fault_is_shown_with_what_holds_for_it(
    faults: Faults, environment: Environment, fault: Fault, shown: dict[str, Any]
) -> None:
    nothing = dict.fromkeys(("operation", "status", "retry_after", "seconds", "quota", "body"))
    named = {"name": f"{fault.kind}-1", "kind": fault.kind, "fired": 0}

    assert faults.arm(environment, fault).record() == nothing | named | shown
