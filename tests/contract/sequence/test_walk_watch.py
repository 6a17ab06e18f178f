"""How lists are walked through: each rule with clients that break it, and with honest ones that look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.door import Reply
    from tests.contract.sequence.sequences import Miniature


def walk(mini: Miniature, *, by_cursor: bool, page_length: int = 2, **query: Any) -> Iterator[Reply]:
    """Read all contacts, two at a time, as an honest client does."""
    query["page_length"] = page_length
    if by_cursor:
        yield from mini.follow("/contacts", **query)
        return
    page, last = 0, 1
    while page < last:
        page += 1
        reply = mini.get("/contacts", page=page, **query)
        last = reply.json["pagination"]["last_page"]
        yield reply


@pytest.mark.parametrize("by_cursor", [True, False])
def test_honest_walks_are_silent_however_often_and_however_mixed(mini: Miniature, by_cursor: bool) -> None:
    mini.people(7)
    first, second = mini.answers(5, "A"), mini.answers(3, "B")
    filters: list[dict[str, Any]] = [{}, {"form_uuid": first}, {"form_uuid": second}, {}, {"form_uuid": first}]

    walks = [walk(mini, by_cursor=by_cursor, **query) for query in filters]
    while walks:
        walks = [one for one in walks if next(one, None) is not None]

    assert mini.found(closing=True) == []


def test_a_walk_that_stops_before_the_last_page_is_found_at_the_end(mini: Miniature) -> None:
    """One walk may be a coincidence, so it is a note."""
    mini.people(7)

    mini.pages("/contacts", 1, 2, 3, page_length=2)
    last = mini.control("GET", "/journal").json["items"][-1]

    assert mini.found() == [], "it may go on"
    (violation,) = mini.violations(closing=True)
    assert (violation["rule"], violation["severity"]) == ("last-page-unread", "note")
    assert (violation["got"], violation["operation"]) == ("pages 1 to 3 of 4", "listContacts")
    assert (violation["id"], violation["request"], violation["entry"]) == (f"{last['id']}.end", last["id"], last)
    assert mini.found(closing=True) == ["last-page-unread"], "asking changes nothing"

    mini.pages("/contacts", 4, page_length=2)
    assert mini.found(closing=True) == []


def test_a_walk_by_cursor_that_stops_before_the_last_page_is_found(mini: Miniature) -> None:
    mini.people(7)

    list(mini.follow("/contacts", most=3, page_length=2))

    (violation,) = mini.violations(closing=True)
    assert (violation["rule"], violation["suggestion"]) == ("last-page-unread", "page_cursor")


@pytest.mark.parametrize(
    ("read", "rows"),
    [((1,), 7), ((1, 2), 7), ((1,), 3), ((3,), 7), ((2, 3), 7), ((1, 2), 5), ((1, 2) * 4, 5)],
    ids=[
        "the first alone",
        "half of them",
        "the first of two",
        "one in the middle",
        "from the middle on",
        "two of three",
        "two of three each time",
    ],
)
def test_whoever_may_have_found_what_it_looked_for_is_let_alone(
    mini: Miniature, read: tuple[int, ...], rows: int
) -> None:
    mini.people(rows)

    mini.pages("/contacts", *read, page_length=2)

    assert mini.found(closing=True) == []


@pytest.mark.parametrize("by_cursor", [True, False])
def test_walks_of_different_lengths_that_stop_before_the_last_page_are_a_pattern(
    mini: Miniature, by_cursor: bool
) -> None:
    mini.people(7)

    for length, pages in ((3, 2), (2, 3)):
        for _ in zip(range(pages), walk(mini, by_cursor=by_cursor, page_length=length), strict=False):
            pass

    (violation,) = mini.violations(closing=True)
    assert (violation["rule"], violation["severity"]) == ("last-page-unread", "warning")
    assert violation["got"] == "pages 1 to 3 of 4"
    assert "(3, 4 pages)" in violation["message"]


def test_whoever_stops_anywhere_has_not_miscounted(mini: Miniature) -> None:
    mini.people(11)

    mini.pages("/contacts", 1, 2, 3, page_length=3)
    mini.pages("/contacts", 1, 2, 3, page_length=2)

    assert mini.found(closing=True) == []


def test_whoever_comes_to_the_end_elsewhere_has_not_miscounted(mini: Miniature) -> None:
    mini.people(7)

    mini.pages("/contacts", 1, 2, 3, page_length=2)
    mini.pages("/contacts", 1, 2, 3, 4, page_length=2, order_by="email")

    assert mini.found(closing=True) == []


@pytest.mark.parametrize("kind", ["garble", "status"])
def test_a_last_page_that_was_asked_for_in_vain_is_no_fault_of_the_client(mini: Miniature, kind: str) -> None:
    mini.people(7)
    mini.pages("/contacts", 1, 2, 3, page_length=2)

    mini.fault(kind, **({"status": 503} if kind == "status" else {}))
    mini.door.call("GET", "/v1/contacts", query="page=4&page_length=2", headers=mini.bearer)

    assert mini.found(closing=True) == []


def test_two_readers_of_one_list_do_not_disturb_each_other(mini: Miniature) -> None:
    mini.people(5)

    mini.pages("/contacts", 1, 2, 1, 3, 2, 3, page_length=2)

    assert mini.found(closing=True) == []


def test_a_list_that_is_read_from_end_to_end_three_times_is_noted(mini: Miniature) -> None:
    """Nothing forbids it: a note, since that it is unwise is our own opinion."""
    mini.answers(3)

    for _ in range(2):
        list(mini.follow("/responses", page_length=2))
    assert mini.found() == []

    for _ in range(4):
        list(mini.follow("/responses", page_length=2))
    (violation,) = mini.violations()
    assert (violation["rule"], violation["code"], violation["severity"]) == ("rescan", "paging", "note")
    assert violation["suggestion"] == "date_range_start"


def test_to_ask_for_what_is_new_is_no_rescan(mini: Miniature) -> None:
    mini.answers(3)

    for _ in range(5):
        list(mini.follow("/responses", page_length=2, date_range_start="2026-01-01"))

    assert mini.found() == []


def test_a_list_that_cannot_be_narrowed_down_by_date_may_be_read_again(mini: Miniature) -> None:
    mini.people(3)

    for _ in range(5):
        list(mini.follow("/contacts", page_length=2))

    assert mini.found() == []


def test_a_list_of_one_page_may_be_polled(mini: Miniature) -> None:
    mini.answers(2)

    for _ in range(5):
        mini.get("/responses", page_length=2)

    assert mini.found() == []
