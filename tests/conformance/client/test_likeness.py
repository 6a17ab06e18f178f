"""What is told alike in two worlds, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.conformance.client.likeness import ABSENT, Likeness, Texts, moment

OLD, NEW, TWIN, OTHER = (f"{number}1b9d7c2-1555-11f1-8bfe-239552878577" for number in "abcd")


def differing(got: Any, want: Any, **how: Any) -> list[str]:
    likeness = Likeness(Texts({"contacts": [{"uuid": OLD}]}), **how)
    return [place for place, _, _ in likeness.differences(got, want)]


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (5, 5.0),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": None}, {}),
        ({}, []),
        ({"uuid": OLD.upper()}, {"uuid": OLD}),
        ([{"uuid": NEW}, {"of": NEW}], [{"uuid": TWIN}, {"of": TWIN}]),
        (2**70, 2**70),
    ],
)
def test_the_same_in_another_spelling_is_alike(got: Any, want: Any) -> None:
    assert differing(got, want) == []


@pytest.mark.parametrize(
    ("got", "want", "place"),
    [
        (5, "5", ""),
        (True, 1, ""),
        (True, "true", ""),
        ("a", "b", ""),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "/a/b"),
        ([1, 2], [1], "/1"),
        ([1], [1, 2], "/1"),
        ({"new": 1}, {}, "/new"),
        ({"added_later": None, "x": ""}, {"x": None}, "/x"),
        ({"uuid": OLD}, {"uuid": NEW}, "/uuid"),
        ([NEW, NEW], [TWIN, OTHER], "/1"),
        ([NEW, OTHER], [TWIN, TWIN], "/1"),
        ({"a": 2**70}, {"a": 2**70 + 1}, "/a"),
    ],
)
def test_what_means_something_else_is_told_with_its_place(got: Any, want: Any, place: str) -> None:
    assert differing(got, want) == [place]


@pytest.mark.parametrize(
    ("got", "want"), [("5", 5), ("1", True), ("true", True), ("0", False), ("", False), ("", None), ("2.5", 2.5)]
)
def test_text_is_as_good_as_what_it_says_where_all_went_as_text(got: Any, want: Any) -> None:
    assert differing({"a": got}, {"a": want}, as_text=True) == []
    assert differing({"a": got}, {"a": want}) == ["/a"]


def test_text_that_says_something_else_is_no_spelling_of_it() -> None:
    assert differing(["6", "yes", "5.0"], [5, True, 5], as_text=True) == ["/0", "/1", "/2"]


def test_times_of_the_call_are_alike_only_where_clocks_run() -> None:
    pairs = [("2026-03-02T10:00:01.000000Z", "2026-03-02 10:00:03"), (1772445601000000, 1772445603000000)]
    for got, want in pairs:
        assert differing(got, want, since=1772445600.0) == []
        assert differing(got, want) == [""]
        assert differing(got, want, since=1772445700.0) == [""]


def test_a_typed_client_need_not_know_what_the_contract_does_not_name() -> None:
    answer = {"uuid": OLD, "added_later": [1], "attributes": {"plan": "pro"}}
    assert differing({"uuid": OLD, "attributes": {"plan": "pro"}}, answer, typed=True) == []
    assert differing({"uuid": OLD, "attributes": {}}, answer, typed=True) == ["/attributes/plan"]
    assert differing({"uuid": OLD, "attributes": {"plan": "pro"}}, answer) == ["/added_later"]


def test_a_moment_is_read_in_every_form_that_refiner_writes() -> None:
    assert moment("1970-01-02") == moment("1970-01-02T02:00:00+02:00") == moment("1970-01-02 00:00:00") == 86_400.0
    assert moment("5") is moment("1970-13-01") is moment("") is None
    assert repr(ABSENT) == "nothing"
