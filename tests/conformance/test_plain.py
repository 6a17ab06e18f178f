from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.conformance.plain import columns, cut, harmless
from tests.conformance.reports import ENEMY


@given(st.text(st.characters()))
def test_whatever_was_sent_shows_as_one_line_that_steers_nothing(text: str) -> None:
    shown = harmless(text + ENEMY + text)
    assert shown.isprintable()
    assert "##[" not in shown
    assert shown.encode("utf-8")


@given(st.text(st.characters(categories=("L", "N", "P", "S"))).filter(lambda text: "##[" not in text))
def test_plain_text_in_any_script_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@given(st.text(max_size=300), st.integers(30, 200))
def test_long_text_says_how_much_of_it_is_missing(text: str, most: int) -> None:
    short = cut(text, most)
    assert len(short) <= most
    assert cut(short, most) == short
    if short != text:
        start, _, missing = short.rpartition("… (")
        assert text.startswith(start)
        assert missing == f"{len(text) - len(start)} more characters)"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("😀", 2), ("", 0)])
def test_columns_are_those_of_a_terminal(text: str, width: int) -> None:
    assert columns(text) == width
