from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import UsageError
from mock_server.state.clock import Clock, iso, parse_duration, parse_time, plain
from mock_server.state.records import Micros

HOUR = 3_600_000_000
MARCH = 1_741_944_011_000_000  # 2025-03-14T09:20:11Z


def test_a_new_clock_shows_real_time() -> None:
    clock = Clock()
    before = time.time_ns() // 1_000
    assert clock.mode == "real"
    assert before <= clock.now() <= time.time_ns() // 1_000


def test_a_frozen_clock_stands_still_and_can_be_set() -> None:
    clock = Clock()
    clock.freeze(MARCH)
    assert (clock.mode, clock.now(), clock.now()) == ("frozen", MARCH, MARCH)
    clock.set(MARCH - HOUR)
    assert (clock.mode, clock.now()) == ("frozen", MARCH - HOUR)


def test_freezing_without_a_time_stops_the_clock_where_it_is() -> None:
    clock = Clock()
    clock.freeze()
    assert clock.now() == clock.now()
    assert abs(clock.now() - time.time_ns() // 1_000) < HOUR


def test_a_running_clock_that_is_set_runs_on_from_there() -> None:
    clock = Clock()
    clock.set(MARCH)
    first = clock.now()
    assert clock.mode == "offset"
    assert MARCH <= first < MARCH + HOUR
    while clock.now() == first:
        pass


def test_advancing_never_goes_back_and_turns_real_into_offset() -> None:
    clock = Clock()
    clock.advance_to(MARCH)
    assert clock.mode == "real"
    clock.advance_to(clock.now() + HOUR)
    assert clock.mode == "offset"
    clock.freeze(MARCH)
    clock.advance_to(MARCH - 1)
    assert clock.now() == MARCH
    clock.advance_to(MARCH + 1)
    assert (clock.mode, clock.now()) == ("frozen", MARCH + 1)


def test_resuming_shows_real_time_again() -> None:
    clock = Clock()
    clock.set(MARCH)
    clock.freeze()
    clock.resume()
    assert clock.mode == "real"
    assert abs(clock.now() - time.time_ns() // 1_000) < HOUR


@pytest.mark.parametrize("at", [-(1 << 62), -2_208_988_800_000_001, 29_348_179_200_000_000, 1 << 62])
def test_a_time_too_near_the_ends_of_the_calendar_is_refused(at: Micros) -> None:
    clock = Clock()
    with pytest.raises(UsageError, match="years 1900 to 2899"):
        clock.freeze(at)
    with pytest.raises(UsageError, match="years 1900 to 2899"):
        clock.set(at)


def test_times_are_written_in_whole_seconds_with_six_zeros() -> None:
    """(a) Timestamps: `YYYY-MM-DDTHH:MM:SS.000000Z`, truncated (RUD-cap, live)."""
    assert iso(MARCH + 567_000) == "2025-03-14T09:20:11.000000Z"


def test_the_zoneless_form_is_that_of_the_documented_sample() -> None:
    """(a) Timestamps, (f6): GET /responses shows `YYYY-MM-DD HH:MM:SS` (PIPE, ERD, docs)."""
    assert plain(MARCH + 567_000) == "2025-03-14 09:20:11"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-01-01", "2026-01-01T00:00:00.000000Z"),
        ("2026-01-01 10:00:00", "2026-01-01T10:00:00.000000Z"),
        ("2026-01-01T10:00:00", "2026-01-01T10:00:00.000000Z"),
        ("2026-01-01 10:00", "2026-01-01T10:00:00.000000Z"),
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00.000000Z"),
        ("2026-01-01T10:00:00.123456789Z", "2026-01-01T10:00:00.000000Z"),
        ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00.000000Z"),
        ("2026-01-01T10:00-0330", "2026-01-01T13:30:00.000000Z"),
        (" 1700000000 ", "2023-11-14T22:13:20.000000Z"),
        (1_700_000_000, "2023-11-14T22:13:20.000000Z"),
        (1_700_000_000.9, "2023-11-14T22:13:20.000000Z"),
        ("0", "1970-01-01T00:00:00.000000Z"),
        ("-1", "1969-12-31T23:59:59.000000Z"),
    ],
)
def test_every_documented_form_of_a_time_is_read(text: str | float, shown: str) -> None:
    """(a) Inputs: ISO dates and date-times, `YYYY-MM-DD HH:MM`, Unix seconds (W6W, KB-js, KB-tr, docs)."""
    at = parse_time(text)
    assert at is not None
    assert iso(at) == shown


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "2026-13-01", "2026-02-30", "2026-1-1", "2026-01-01x10:00", "2026-01-01T25:00", "10:00",
        "1700000000000", "9" * 5_000, "0000-01-01", "0001-01-01T00:00+05:00", "9999-12-31T23:00-05:00",
        "\uff12026-01-01", float("nan"), float("inf"), -1e300,
    ],
)  # fmt: skip
def test_what_is_no_time_gives_none(text: str | float) -> None:
    assert parse_time(text) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_written_time_reads_back_as_its_second(moment: datetime) -> None:
    at = parse_time(moment.isoformat())
    assert at is not None
    assert parse_time(iso(at)) == parse_time(plain(at)) == at - at % 1_000_000
    assert iso(at) == f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}.000000Z"


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_reading_a_time_never_fails(text: str | float) -> None:
    at = parse_time(text)
    if at is not None:
        iso(at)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("6h", 6 * HOUR), ("30m", HOUR // 2), ("5s", 5_000_000), ("1d", 24 * HOUR), ("250ms", 250_000),
        ("1h30m", HOUR * 3 // 2), (" 2d6h ", 54 * HOUR),
    ],
)  # fmt: skip
def test_durations_are_read(text: str, length: Micros) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "6", "h", "6x", "-1h", "1.5h", "1h 30m", "\uff19h", "9" * 60 + "h"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="such as 30m"):
        parse_duration(text)
