"""Free names and what may stand under them; what they share with the room that stores traits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.document import load
from mock_server.contract.verdict.traits import free_of_account, free_of_call, is_trait_time, keeps_kind, slug
from mock_server.state import traits
from mock_server.state.clock import parse_time

CALLS = load().operations


@given(name=st.text() | st.from_regex(r"[a-zA-Z]{1,5}([A-Z_ -][a-zA-Z]{1,5}){0,3}", fullmatch=True))
def test_a_slug_is_what_the_traits_of_an_environment_make_of_a_name(name: str) -> None:
    assert slug(name) == traits.slug(name)


@given(
    value=st.text()
    | st.datetimes().map(str)
    | st.dates().map(str)
    | st.integers(-(10**15), 10**15)
    | st.integers(-(10**13), 10**13).map(str)
    | st.floats(-1e13, 1e13)
    | st.sampled_from(["2025-03-14T10:00:00+02:00", " 1741944000 ", "2025-02-30", "9999-12-31T23:59:59-01:00"])
)
def test_a_time_is_what_the_clock_of_an_environment_can_read(value: str | float) -> None:
    if isinstance(value, float) and not value.is_integer():
        value = float(int(value))  # whether the last second of 9999 has microseconds is of no interest

    assert is_trait_time(value) == (parse_time(value) is not None)


@pytest.mark.parametrize("value", [True, None, [], {}])
def test_other_things_are_no_times(value: object) -> None:
    assert not is_trait_time(value)


def test_only_identify_and_store_take_free_names_and_only_traits_are_times_by_name() -> None:
    free = {id: free_of_call(load(), call) for id, call in CALLS.items() if not call.mock_only}
    taking = {id: each for id, each in free.items() if each is not None}

    assert taking.keys() == {"identifyUser", "storeResponse"}
    assert taking["identifyUser"].is_time("createdAt")
    assert not taking["storeResponse"].is_time("createdAt")
    assert free_of_account(load(), CALLS["storeResponse"])["account"].is_time("renewal_date")
    assert free_of_account(load(), CALLS["trackEvent"]) == {}


def test_reserved_names_are_those_that_never_become_traits() -> None:
    names = load().document["x-facts"]["reserved-traits"]["names"]

    assert {*names, *CALLS["identifyUser"].parameters, *load().credential_names} == traits.RESERVED


@pytest.mark.parametrize(
    ("kind", "suits", "strange"),
    [
        ("integer", [3, "14", "-2", 4.5, "1.5"], ["many", True, "1.2.3", "0x1", [1]]),
        ("boolean", [True, "0", "true", 1], ["perhaps", 2, "yes"]),
        ("string", ["x", 3, True], []),
        ("date", ["x"], []),
        (None, ["x"], []),
    ],
)
def test_a_trait_keeps_its_kind(kind: str | None, suits: list[object], strange: list[object]) -> None:
    assert all(keeps_kind(kind, value) for value in suits)
    assert not any(keeps_kind(kind, value) for value in strange)
