"""The retry ladder as data and the reading of `Retry-After`; both are assumed (g5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.webhooks.schedule import LADDERS, LONGEST_RETRY_AFTER, next_due, retry_after

SECOND = 1_000_000
NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)


def test_the_ladder_is_as_designed() -> None:
    waits = [0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600]
    assert dict(LADDERS) == {"ladder": tuple(wait * SECOND for wait in waits), "none": (0,)}


@pytest.mark.parametrize(("ladder", "attempts"), [("ladder", 7), ("none", 1), ("of another dialect", 7)])
def test_a_ladder_ends(ladder: str, attempts: int) -> None:
    assert next_due(ladder, attempts - 1, 0) is not None
    assert next_due(ladder, attempts, 0) is None


@given(attempts=st.integers(1, 6), now=st.integers(0, 10**16), asked=st.integers(0, 10**15))
def test_the_longer_wait_counts_within_a_day(attempts: int, now: int, asked: int) -> None:
    due = next_due("ladder", attempts, now, asked)
    assert due is not None
    assert due - now == max(LADDERS["ladder"][attempts], min(asked, LONGEST_RETRY_AFTER))


@given(attempts=st.integers(1, 6), asked=st.integers(0, 10**12), stretch=st.floats(0, 1))
def test_a_stretched_wait_is_never_shorter_and_at_most_twice_as_long(attempts: int, asked: int, stretch: float) -> None:
    plain, due = next_due("ladder", attempts, 0, asked), next_due("ladder", attempts, 0, asked, stretch)
    assert plain is not None
    assert due is not None
    assert plain <= due <= 2 * plain


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("90", 90),
        (" 1 ", 1),
        ("0", 0),
        ("Fri, 14 Mar 2025 12:02:00 GMT", 120),
        ("Fri, 14 Mar 2025 11:00:00 GMT", 0),
        ("Fri, 14 Mar 2025 12:02:00 -0000", 0),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("9" * 400, 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_else_nothing(value: str, seconds: int) -> None:
    assert retry_after(value, NOON) == seconds * SECOND


@given(st.text())
def test_no_retry_after_header_can_break_the_engine(value: str) -> None:
    assert retry_after(value, NOON) >= 0
