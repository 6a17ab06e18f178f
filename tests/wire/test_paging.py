from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Invalid
from mock_server.state.records import Slice, SortKey, Window
from mock_server.wire import paging

SIGNED = st.integers(-(2**63), 2**63 - 1)
KEYS: st.SearchStrategy[SortKey] = st.tuples(SIGNED | st.text(st.characters(exclude_categories=["Cs"])), SIGNED)


def pagination(rows: Slice[Any], window: Window, cursor: str | None = None) -> Any:
    return paging.envelope(list(rows.items), rows, window, cursor=cursor)["pagination"]


def test_without_inputs_a_list_starts_at_page_1_of_50() -> None:
    """(b) pagination: `page` from 1 (docs); 50 rows (conflict f1)."""
    assert paging.window({}, "first_seen_at") == Window(page=1, length=50)
    assert paging.window({"page": None, "page_length": None, "page_cursor": ""}, "x") == Window(page=1, length=50)


def test_page_and_page_length_are_taken_as_they_are() -> None:
    """(b) pagination inputs (docs: W6W, COMP)."""
    assert paging.window({"page": 3, "page_length": 20}, "first_seen_at") == Window(page=3, length=20)


def test_a_page_beyond_all_numbers_is_the_last_number() -> None:
    window = paging.window({"page": 10**30}, "first_seen_at")
    assert window.page == 2**53 - 1, "what every JSON reader can hold"
    orjson.dumps(pagination(Slice((), 0, 0, None), window))


@pytest.mark.parametrize("values", [{"page": 0}, {"page": -1}, {"page_length": 0}, {"page": "2"}, {"page": True}])
def test_what_is_no_number_from_1_on_is_invalid(values: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        paging.window(values, "first_seen_at")
    assert refused.value.name in values


def test_the_envelope_has_the_documented_keys() -> None:
    """(b) envelope `items` and `pagination` (docs: W6W, COMP, FSPY, AIRB, PIPE)."""
    rows = Slice(("a", "b"), total=5, start=2, next_after=(7, 1))
    answer = paging.envelope(["A", "B"], rows, Window(page=2, length=2), cursor="first_seen_at")
    assert list(answer) == ["items", "pagination"]
    assert answer["items"] == ["A", "B"]
    assert answer["pagination"] == {
        "items_count": 5,
        "current_page": 2,
        "last_page": 3,
        "page_length": 2,
        "next_page_cursor": paging.cursor_text("first_seen_at", (7, 1)),
    }


def test_a_list_without_cursors_has_no_key_for_them_and_the_last_page_has_null() -> None:
    """(b) `next_page_cursor`: on contacts and responses only (f9), null on the last page (inferred: W6W, COMP)."""
    rows = Slice(("a",), total=1, start=0, next_after=None)
    assert "next_page_cursor" not in pagination(rows, Window(1, 50))
    assert pagination(rows, Window(1, 50), cursor="first_seen_at")["next_page_cursor"] is None


@pytest.mark.parametrize(("total", "last"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (101, 3)])
def test_the_last_page_is_at_least_1(total: int, last: int) -> None:
    """(b) `last_page` >= 1 even when empty (assumed)."""
    assert pagination(Slice((), total, 0, None), Window(1, 50))["last_page"] == last


def test_a_page_past_the_end_is_empty_and_says_its_own_number() -> None:
    """(b) `page` past the end: empty items (assumed)."""
    answer = paging.envelope([], Slice((), 3, 450, None), Window(page=10, length=50))
    assert answer["items"] == []
    assert answer["pagination"] == {"items_count": 3, "current_page": 10, "last_page": 1, "page_length": 50}


def test_a_cursor_wins_over_a_page_and_pages_are_counted_from_the_start() -> None:
    """(b) cursor mode (assumed, g8)."""
    cursor = paging.cursor_text("email", ("a", 4))
    window = paging.window({"page": 9, "page_length": 2, "page_cursor": cursor}, "email")
    assert window.after == ("a", 4)
    assert pagination(Slice(("b",), 5, 4, None), window)["current_page"] == 3


@given(order=st.sampled_from(["first_seen_at", "email"]), key=KEYS)
def test_a_cursor_gives_its_key_back_and_needs_no_escaping(order: str, key: SortKey) -> None:
    """(b) cursor text: opaque, URL-safe (assumed, g8)."""
    cursor = paging.cursor_text(order, key)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert paging.window({"page_cursor": cursor}, order).after == key


def test_a_cursor_of_another_order_is_invalid() -> None:
    cursor = paging.cursor_text("first_seen_at", (1, 2))
    with pytest.raises(Invalid, match="given out for the order first_seen_at, not for email") as refused:
        paging.window({"page_cursor": cursor}, "email")
    assert refused.value.name == "page_cursor"


def _encoded(value: object) -> str:
    return urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "garbage",
        "é",
        "\ud800",
        "A",
        "2",
        7,
        ["x"],
        "e30",
        _encoded(None),
        _encoded(["first_seen_at", 1, 2]),
        _encoded(["first_seen_at", 1, 2, 3]),
        _encoded(["first_seen_at", True, 2, 0]),
        _encoded(["first_seen_at", 1, 2.0, 0]),
        _encoded(["first_seen_at", [], 2, 0]),
        _encoded([{}, 1, 2, 0]),
        paging.cursor_text("first_seen_at", (1, 2)) + "=",
        paging.cursor_text("first_seen_at", (1, 2)) + " ",
        paging.cursor_text("first_seen_at", (1, 2)).lower(),
        paging.cursor_text("first_seen_at", (1, 2))[:-1],
    ],
)
def test_a_cursor_we_have_not_given_out_is_invalid(cursor: object) -> None:
    with pytest.raises(Invalid, match="not one that this API has given out"):
        paging.window({"page_cursor": cursor}, "first_seen_at")


@given(KEYS, st.data())
def test_a_cursor_changed_on_the_way_is_invalid(key: SortKey, data: st.DataObject) -> None:
    cursor = paging.cursor_text("email", key)
    at = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("aZ0_-+/= ").filter(lambda letter: letter != cursor[at]))
    with pytest.raises(Invalid):
        paging.window({"page_cursor": cursor[:at] + letter + cursor[at + 1 :]}, "email")


@given(st.text(max_size=40) | st.binary(max_size=30).map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_no_text_whatever_fails_otherwise_than_invalid(cursor: str) -> None:
    try:
        window = paging.window({"page_cursor": cursor}, "email")
    except Invalid:
        return
    assert window.after is None


def test_a_cursor_is_readable_to_who_looks_into_it() -> None:
    cursor = paging.cursor_text("email", ("a@example.org", 4))
    assert orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[:3] == ["email", "a@example.org", 4]


@given(st.tuples(st.integers(-(2**53), 2**53) | st.text(max_size=20), st.integers(0, 2**31)))
def test_a_plain_base64_cursor_leads_back_too_but_not_unencoded(key: tuple[int | str, int]) -> None:
    """(g) 8: the cursor format is unknown; GAS does not encode it, and the dialect can punish that."""
    cursor = paging.cursor_text("email", key, url_safe=False)

    assert paging.window({"page_cursor": cursor}, "email").after == key
    with pytest.raises(Invalid):
        paging.window({"page_cursor": cursor.replace("+", " ")}, "email")


def test_a_page_can_win_over_a_cursor() -> None:
    """(g) 8: what happens when both are given is unknown."""
    values = {"page": 2, "page_cursor": paging.cursor_text("email", ("a", 1))}

    assert paging.window(values, "email", page_wins=True) == Window(page=2, length=50)
    del values["page"]
    assert paging.window(values, "email", page_wins=True).after == ("a", 1)
