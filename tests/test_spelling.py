"""What is said of a word that is none of those there are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.spelling import advice, nearest

FEW = ("empty", "demo", "crowded")


@pytest.mark.parametrize(
    ("word", "meant"), [("dmo", "demo"), ("DEMO", "demo"), ("crowd", "crowded"), ("", None), ("forest", None)]
)
def test_the_nearest_choice_is_named(word: str, meant: str | None) -> None:
    assert nearest(word, FEW) == meant


@settings(max_examples=50, deadline=None)
@given(st.lists(st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True), min_size=1, unique=True), st.data())
def test_capitals_blanks_and_underscores_make_no_other_word(choices: list[str], data: st.DataObject) -> None:
    choice = data.draw(st.sampled_from(choices))
    for written in (choice, choice.upper(), choice.replace("-", " "), choice.replace("-", "_")):
        assert nearest(written, choices) == choice


def test_of_few_choices_all_are_listed_and_of_many_only_the_nearest() -> None:
    assert advice("dmo", FEW) == "did you mean demo? (choose from empty, demo, crowded)"
    assert advice("forest", FEW) == "choose from empty, demo, crowded"
    assert advice("choice-7x", [f"choice-{number}" for number in range(50)]).startswith("did you mean choice-")
    assert "(" not in advice("choice-7x", [f"choice-{number}" for number in range(50)])
    assert advice(None, ["50", "100"]) == "choose from 50, 100"


def test_of_very_many_choices_the_first_are_listed() -> None:
    choices = [f"choice-{number:03}" for number in range(100)]

    said = advice("xyzzy", choices)

    assert said == f"choose from {', '.join(choices[:60])}, ..."
