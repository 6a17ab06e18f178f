"""Values as they are shown: text that steers nothing, short and plain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_server.dashboard import showing

BIDI = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(st.text(st.characters(), max_size=200))
def test_nothing_that_steers_is_left(text: str) -> None:
    shown = showing.visible(text)
    assert not set(shown) & set(BIDI)
    assert all(one.isprintable() or one in "\n\t\u200c\u200d" for one in shown)
    shown.encode("utf-8")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_a_brief_value_is_one_line(value: object) -> None:
    shown = showing.brief(value, 20)
    assert "\n" not in shown
    assert len(shown) <= 20 * len("\\U00000000")


def test_what_is_cut_off_is_counted() -> None:
    assert showing.visible("x" * 30, 10) == "x" * 10 + "… (20 more characters)"


def test_letters_and_emoji_stay_as_they_are() -> None:
    assert showing.visible("größe 👩‍👩‍👧 שלום") == "größe 👩‍👩‍👧 שלום"


def test_times_and_numbers_are_for_people() -> None:
    assert showing.clock("2026-01-31T10:00:00.250000Z") == "10:00:00.250"
    assert showing.day("2026-01-31T10:00:00.250000Z") == "2026-01-31"
    assert [showing.latency(value) for value in (0, 420, 12_300, 1_500_000)] == ["", "0.4 ms", "12 ms", "1.50 s"]
    assert showing.plural(1, "entry") == "1 entry"
    assert showing.plural(2_000, "entry") == "2,000 entries"
    assert showing.size(1) == "1 byte"
