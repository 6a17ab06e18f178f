"""Single values: what is accepted in which spelling, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.document import load
from mock_server.contract.readers import ABSENT, Refused, expectation, is_time, reader

CONTRACT = load()


def read(schema: dict[str, Any], raw: object, *, clamp: bool = False) -> object:
    return reader(schema, CONTRACT.resolve, clamp=clamp)(raw)


def refusal(schema: dict[str, Any], raw: object) -> Refused:
    with pytest.raises(Refused) as caught:
        read(schema, raw)
    return caught.value


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a b", "a b"),
        (5, "5"),
        (-7, "-7"),
        (5.0, "5"),
        (2.5, "2.5"),
        (True, "1"),
        (False, "0"),
        (2**64 - 1, str(2**64 - 1)),
    ],
)
def test_text_takes_numbers_and_booleans_as_php_writes_them(raw: object, text: str) -> None:
    assert read({"type": "string"}, raw) == text


@pytest.mark.parametrize("raw", [[], ["a"], {}, {"a": "b"}, 10**30])
def test_text_is_no_list_no_map_and_nothing_endless(raw: object) -> None:
    assert refusal({"type": "string"}, raw).expected == "text"


def test_text_has_its_length_and_its_pattern() -> None:
    assert refusal({"type": "string", "maxLength": 3}, "four").expected == "text of at most 3 characters"
    assert refusal({"type": "string", "minLength": 1}, "").expected == "text"
    assert refusal({"type": "string", "pattern": "^a"}, "b").expected == "text that matches ^a"
    assert read({"type": "string", "pattern": "^a"}, "ab") == "ab"


def test_a_choice_is_one_of_its_own() -> None:
    schema = {"type": "string", "enum": ["all", "published"]}
    assert read(schema, "published") == "published"
    assert refusal(schema, "Published").expected == "one of all, published"


@pytest.mark.parametrize("raw", ["0da50780-f886-11ef-94b9-279ef2a74de4", "0DA50780-F886-11EF-94B9-279EF2A74DE4"])
def test_a_uuid_is_known_in_either_case(raw: str) -> None:
    assert read({"$ref": "#/components/schemas/Uuid"}, raw) == raw.lower()


@pytest.mark.parametrize(
    "raw", ["", "x", "0da50780f88611ef94b9279ef2a74de4", "{0da50780-f886-11ef-94b9-279ef2a74de4}", 7]
)
def test_what_is_no_uuid_is_refused(raw: object) -> None:
    assert refusal({"$ref": "#/components/schemas/Uuid"}, raw).expected == "a UUID"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01",
        "2026-01-01 10:00",
        "2026-01-01 10:00:00",
        "2026-01-01T10:00:00",
        "2026-01-01T10:00:00Z",
        "2026-01-01T10:00:00.123456Z",
        "2026-01-01T10:00:00+02:00",
        "2026-01-01T10:00:00-0530",
        "2024-02-29",
        "9999-12-31",
    ],
)
def test_a_time_is_iso_8601(text: str) -> None:
    """(a) Inputs: ISO 8601 date or date-time, with a space or `T`, with or without offset [W6W, KB-js, KB-tr]."""
    assert is_time(text)
    assert read({"$ref": "#/components/schemas/InputTime"}, text) == text


@pytest.mark.parametrize(
    "text",
    [
        "today",
        "2026-13-01",
        "2026-02-30",
        "2025-02-29",
        "0000-01-01",
        "2026-1-1",
        "01.02.2026",
        "2026-01-01T25:00:00",
        "2026-01-01T10:60",
        "2026-01-01T",
        "2026-01-01T10:00:00 02:00",
        "1735689600",
        "2026-01-01\n",
        "\u0662\u0660\u0662\u0666-01-01",
    ],
)
def test_what_the_calendar_does_not_have_is_no_time(text: str) -> None:
    assert not is_time(text)
    assert refusal({"$ref": "#/components/schemas/InputTime"}, text).expected.startswith("an ISO 8601")


@given(st.dates() | st.datetimes(), st.sampled_from(["", "Z", "+02:00", "-1130"]))
def test_every_time_of_the_calendar_is_a_time_and_fits_the_contract(when: Any, zone: str) -> None:
    text = when.isoformat() + (zone if "T" in when.isoformat() else "")
    assert is_time(text)
    assert CONTRACT.validator("#/components/schemas/InputTime").is_valid(text)


@pytest.mark.parametrize(("raw", "value"), [(5, 5), ("5", 5), (" +5 ", 5), ("-3", -3), (5.0, 5), ("007", 7)])
def test_a_whole_number_is_read_from_number_or_digits(raw: object, value: int) -> None:
    assert read({"type": "integer"}, raw) == value


@pytest.mark.parametrize("raw", [True, "5.0", "1e3", "0x5", "\u0663", "", "five", 5.5, float("nan"), [5], "9" * 400])
def test_what_is_no_whole_number_is_refused(raw: object) -> None:
    assert refusal({"type": "integer", "minimum": 1}, raw).expected == "a whole number from 1 on"


def test_a_number_stays_within_its_range_or_is_clamped() -> None:
    """(b) Pagination: page_length above 1000 is clamped (assumed); below 1 it is refused (assumed, g1)."""
    length = {"type": "integer", "minimum": 1, "maximum": 1000}
    assert refusal(length, 1001).expected == "a whole number from 1 to 1000"
    assert read(length, "1001", clamp=True) == 1000
    assert read(length, float("inf"), clamp=True) == 1000
    assert read({"type": "integer"}, 10**30) == 2**63 - 1
    for raw in (0, "-5", "0"):
        with pytest.raises(Refused):
            read(length, raw, clamp=True)


def test_a_number_may_have_a_fraction() -> None:
    assert read({"type": "number"}, "2.5e1") == 25.0
    assert read({"type": "number"}, 2.5) == 2.5
    assert refusal({"type": "number"}, "much").expected == "a number"


@pytest.mark.parametrize(
    ("raw", "value"), [("1", True), ("0", False), ("true", True), ("false", False), (1, True), (0, False), (True, True)]
)
def test_a_flag_has_four_spellings(raw: object, value: bool) -> None:
    """(b) 11: the documented form is 1/0; true/false as in Laravel (assumed, g12)."""
    assert read({"$ref": "#/components/schemas/Flag"}, raw) is value


@pytest.mark.parametrize("raw", ["yes", "True", "2", 2, 1.5, [], {}])
def test_what_is_no_flag_is_refused(raw: object) -> None:
    assert refusal({"$ref": "#/components/schemas/Flag"}, raw).expected == "1 or 0"


def test_a_list_comes_from_a_list_only() -> None:
    """(a) Arrays use `key[]=a&key[]=b` [W6W]: a scalar or comma list is none."""
    tags = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": 2}
    assert read(tags, ["a", 5]) == ["a", "5"]
    for raw in ("a", "a,b", [], ["a", "b", "c"], {"0": "a"}, [""], [["a"]], 5):
        assert refusal(tags, raw).expected == "a list of 1 to 2 items, each text"
    assert expectation({"type": "array", "items": {"type": "string"}}, CONTRACT.resolve) == "a list, each text"
    assert "of at least one item" in expectation({**tags, "maxItems": None}, CONTRACT.resolve)


def test_an_empty_item_of_a_list_was_not_given() -> None:
    """(e) an empty list means all: a form writes it as `form_uuids[]=`."""
    assert read({"type": "array", "items": {"type": "string", "format": "uuid"}}, ["", None]) == []


def test_a_map_comes_from_a_map_only_and_its_values_become_text() -> None:
    """(b) 16: `response_data[key]` maps compare for equality [W6W]; forms know only text."""
    schema = {"$ref": "#/components/schemas/EqualityFilter"}
    assert read(schema, {"nps": 9, "plan": "pro", "empty": "", "null": None}) == {"nps": "9", "plan": "pro"}
    assert refusal(schema, "nps=9").expected == "a map of names to values"
    assert refusal(schema, ["nps"]).inside == ""
    assert refusal(schema, {"a[b": "1"}).inside == ""
    assert refusal(schema, {"nps": ["9"]}).inside == ".nps"


@pytest.mark.parametrize("raw", [{}, []])
def test_an_empty_map_is_not_given(raw: object) -> None:
    assert read({"$ref": "#/components/schemas/EqualityFilter"}, raw) is ABSENT
    assert read({"$ref": "#/components/schemas/AccountInput"}, raw) is ABSENT


def test_an_account_needs_its_id_and_keeps_its_traits_as_they_came() -> None:
    """(b) 3: `account.id` required inside it, other keys become account traits [W6W, COMP, MIND]."""
    schema = {"$ref": "#/components/schemas/AccountInput"}
    given_ = {"id": 9, "size": 120, "beta": True}
    assert read(schema, given_) == {"id": "9", "size": 120, "beta": True}
    assert given_["id"] == 9, "what came in is not changed"
    for raw in ({"name": "Holt"}, {"id": ""}, {"id": None}):
        assert (refusal(schema, raw).inside, refusal(schema, raw).missing) == (".id", True)
    assert refusal(schema, {"id": ["a"]}).inside == ".id"
    assert refusal(schema, "acc-9").inside == ""


def test_what_is_optional_inside_a_map_may_be_empty() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert read(schema, {"a": "", "b": 1}) == {"a": "", "b": 1}


def test_what_is_expected_is_said_in_words() -> None:
    assert expectation({"type": "boolean"}, CONTRACT.resolve) == "1 or 0"
    assert expectation({"type": "integer"}, CONTRACT.resolve) == "a whole number"
    assert expectation({}, CONTRACT.resolve) == "text"


def test_a_value_without_a_type_passes_as_it_is() -> None:
    value = object()
    assert read({}, value) is value
