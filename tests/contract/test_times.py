"""Times have one grammar: what the contract's reader lets in, the state's clock can read, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_server.contract.document import load
from mock_server.contract.readers import is_time
from mock_server.state.clock import parse_time

YEARS = ["0000", "0001", "0002", "1900", "2024", "2025", "9999"]
DAYS = ["01-01", "02-28", "02-29", "06-31", "12-31", "13-01", "1-1"]
HOURS = ["", "T", "T00:00", "T23:59:59", "t10:00:00", " 10:00", "  10:00", "T24:00:00", "T10:60", "T10", "T10:00:60"]
FRACTIONS = ["", ".", ".1", ".123456", ".123456789", ".1234567890", ",5"]
ZONES = ["", "Z", "z", "+00:00", "-0530", "+14:00", "-14:00", "+24:00", "+5", " 02:00", "+02:00:30"]


@given(*(st.sampled_from(parts) for parts in (YEARS, DAYS, HOURS, FRACTIONS, ZONES)))
@example("2026", "01-01", "t00:00:00", "", "z")
@example("2026", "01-01", "T00:00:00", ".1234567890", "Z")
@example("0001", "01-01", "T00:00:00", "", "+14:00")
@example("9999", "12-31", "T23:59:59", "", "-14:00")
def test_the_reader_takes_exactly_the_times_that_the_clock_reads(
    year: str, day: str, hour: str, fraction: str, zone: str
) -> None:
    """`contract` and `state` may not import each other, so each has the pattern (issue "Whole API", times)."""
    text = f"{year}-{day}{hour}{fraction}{zone}"

    assert is_time(text) == (parse_time(text) is not None), text


@given(*(st.sampled_from(parts) for parts in (YEARS, DAYS, HOURS, FRACTIONS, ZONES)))
@example("2026", "01-01", "T00:00:00", ".1234567890", "Z")
def test_what_the_reader_takes_fits_the_schema(year: str, day: str, hour: str, fraction: str, zone: str) -> None:
    text = f"{year}-{day}{hour}{fraction}{zone}"

    if is_time(text):
        assert load().validator("#/components/schemas/InputTime").is_valid(text)


@pytest.mark.parametrize("text", ["2026-01-01t00:00:00z", "2026-01-01T00:00:00.1234567890Z"])
def test_what_the_reader_refuses_does_not_fit_the_schema(text: str) -> None:
    """RFC 3339 allows both; nobody shows Refiner taking them."""
    assert not is_time(text)
    assert not load().validator("#/components/schemas/InputTime").is_valid(text)
