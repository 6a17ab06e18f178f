"""Which requests are the ones that were meant."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.remote.matching import ABSENT, departures

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(-1e9, 1e9).map(lambda x: round(x, 3))
    | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def written(value: Any) -> Any:
    """Return what an honest form client makes of a value."""
    if isinstance(value, dict):
        return {name: written(each) for name, each in value.items()}
    if isinstance(value, list):
        return [written(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@settings(max_examples=50, deadline=None)
@given(fields=st.dictionaries(st.text(), VALUES, max_size=3), more=st.dictionaries(st.text(), VALUES, max_size=2))
def test_what_was_sent_as_wanted_has_no_departure_in_json_or_form(fields: dict[str, Any], more: dict[str, Any]) -> None:
    sent = {**more, **fields}

    assert not [*departures(fields, sent)]
    assert not [*departures(fields, written(sent))]
    assert not [*departures(written(fields), sent)]


@settings(max_examples=50, deadline=None)
@given(wanted=st.integers() | st.text(), sent=st.integers() | st.text())
def test_another_number_or_text_is_a_departure(wanted: int | str, sent: int | str) -> None:
    alike = not [*departures({"it": wanted}, {"it": sent})]

    assert alike or str(wanted) != str(sent)
    assert not alike or type(wanted) is not type(sent) or wanted == sent
    if alike and wanted != sent:
        assert int(wanted) == int(sent)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (5, "5"),
        ("5", 5),
        (5, "5.0"),
        (0.5, "0.50"),
        (True, "1"),
        (False, "0"),
        (True, "TRUE"),
        (None, ""),
        (ANY, "whatever"),
        (str, "text"),
        (re.compile("^pr"), "pro"),
        (re.compile("ed$"), "Report: exported"),
        (lambda value: value > 3, 5),
        ([1, "b"], ["1", "b"]),
        (("a",), ["a"]),
        ({"id": "acc-9"}, {"id": "acc-9", "name": "Holt"}),
        ([{"id": 1}], [{"id": "1", "more": 2}]),
    ],
)
def test_what_is_alike(wanted: Any, sent: Any) -> None:
    assert not [*departures({"it": wanted}, {"it": sent})]


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("5", "5.0"),
        (5, "five"),
        (5, "1e9999"),
        (5, ""),
        (True, "yes"),
        (None, "null"),
        (int, "5"),
        (re.compile("^exported"), "Report: exported"),
        (re.compile("5"), 5),
        (["a", "b"], ["b", "a"]),
        (["a"], ["a", "b"]),
        (["a"], "a"),
        ("abc", ["a", "b", "c"]),
        ({"id": 1}, "1"),
        ([], {}),
    ],
)
def test_what_is_not_alike(wanted: Any, sent: Any) -> None:
    assert [(one.name, one.sent) for one in departures({"it": wanted}, {"it": sent})] == [("it", sent)]


def test_a_departure_is_named_by_its_place() -> None:
    found = [*departures({"account": {"id": "b", "name": "x"}, "id": 1}, {"account": {"id": "a"}})]

    assert [(one.name, one.wanted, one.sent) for one in found] == [
        ("account.id", "b", "a"),
        ("account.name", "x", ABSENT),
        ("id", 1, ABSENT),
    ]


def test_a_function_that_stumbles_is_a_departure_with_its_reason() -> None:
    (only,) = departures({"seats": lambda seats: seats > 3}, {"seats": "many"})

    assert only.reason.startswith("TypeError: ")
