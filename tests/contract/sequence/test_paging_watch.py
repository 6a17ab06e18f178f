"""How lists are read: each rule with clients that break it, and with honest ones that look alike."""

from __future__ import annotations

import pytest

from mock_server.state.records import Identity
from tests.contract.sequence.sequences import Miniature


@pytest.mark.parametrize("seconds", [0, 0.05, 0.2])
def test_a_loop_that_never_leaves_page_1_is_found_at_the_end(mini: Miniature, seconds: float) -> None:
    """However long it takes to handle a page."""
    mini.people(6)

    for _ in range(3):
        mini.get("/contacts", page=1, page_length=2)
        mini.wait(seconds)

    assert mini.found() == [], "another page may follow"
    (violation,) = mini.violations(closing=True)
    assert (violation["rule"], violation["code"], violation["severity"]) == ("page-repeated", "paging", "warning")
    assert violation["where"] == {"in": "sequence", "name": "page"}
    assert (violation["got"], violation["suggestion"]) == ("page 1 of 3, 3 times in a row", "page_cursor")
    assert violation["operation"] == "listContacts"
    assert violation["request"] == mini.control("GET", "/journal").json["items"][-1]["id"]
    assert mini.violations(closing=True) == [violation], "asking changes nothing"


def test_a_loop_is_found_once_and_only_where_it_went_round_as_often_as_there_are_pages(mini: Miniature) -> None:
    mini.people(8)

    mini.pages("/contacts", *[1] * 3, page_length=2)
    assert mini.found(closing=True) == []

    mini.pages("/contacts", *[1] * 6, page_length=2)
    assert mini.found() == []
    assert mini.found(closing=True) == ["page-repeated"]


def test_an_endless_loop_is_found_at_once_and_once(mini: Miniature) -> None:
    mini.people(8)

    mini.pages("/contacts", *[1] * 10, page_length=2)
    assert [one["got"] for one in mini.violations()] == ["page 1 of 4, 10 times in a row"]

    mini.pages("/contacts", *[1] * 10, page_length=2)
    mini.identify("p-1")
    mini.pages("/contacts", *[1] * 5, page_length=2)
    assert mini.found(closing=True) == ["page-repeated"]


@pytest.mark.parametrize("page_length", [2, 3])
def test_whoever_turns_the_page_after_all_is_not_stuck(mini: Miniature, page_length: int) -> None:
    """Three readers in step, and tests that begin with the same page; one of them turns it, or has done so."""
    mini.people(6)

    mini.pages("/contacts", 1, 1, 1, 2, 2, 2, 3, 3, 3, page_length=2)
    mini.identify("p-1")
    mini.pages("/contacts", 1, 1, 1, page_length=page_length)

    assert mini.found(closing=True) == []


def test_readers_on_several_connections_are_no_loop(mini: Miniature) -> None:
    mini.people(6)

    for connection in range(12):
        mini.port = 50_000 + connection
        mini.pages("/contacts", 1, page_length=2)

    assert mini.found(closing=True) == []


def test_a_list_without_cursors_is_told_the_page(mini: Miniature) -> None:
    for name in ("A", "B", "C"):
        mini.environment.create_form(name)

    mini.pages("/forms", 1, 1, 1, page_length=1)

    (violation,) = mini.violations(closing=True)
    assert (violation["rule"], violation["suggestion"]) == ("page-repeated", "page")
    assert "page_cursor" not in violation["message"]


def test_a_cursor_that_never_changes_is_found_and_nothing_is_said_of_the_pages_it_leaves_out(mini: Miniature) -> None:
    mini.people(8)
    second = list(mini.follow("/contacts", most=2, page_length=2))[-1].json

    for _ in range(4):
        mini.get("/contacts", page_length=2, page_cursor=second["pagination"]["next_page_cursor"])

    (violation,) = mini.violations(closing=True)
    assert violation["where"]["name"] == "page_cursor"
    assert violation["got"] == "page 3 of 4, 4 times in a row"


def test_a_cursor_that_is_always_empty_is_found(mini: Miniature) -> None:
    mini.people(6)

    for _ in range(3):
        mini.get("/contacts", page_length=2, page_cursor="")

    (violation,) = mini.violations(closing=True)
    assert (violation["rule"], violation["where"]["name"]) == ("page-repeated", "page_cursor")


def test_whoever_asks_for_no_page_wants_the_newest(mini: Miniature) -> None:
    """Triggers of automation services read the first page and no other, by design."""
    mini.people(6)

    for _ in range(20):
        mini.get("/contacts", page_length=2)

    assert mini.found(closing=True) == []


def test_whoever_polls_the_first_page_waits_in_between(mini: Miniature) -> None:
    mini.people(6)

    for _ in range(20):
        mini.pages("/contacts", 1, page_length=2)
        mini.wait(0.3)

    assert mini.found(closing=True) == []


def test_whoever_polls_on_the_environments_clock_waits_too(mini: Miniature) -> None:
    mini.people(6)

    for _ in range(10):
        mini.get("/contacts", page=1, page_length=2)
        mini.advance("5s")

    assert mini.found(closing=True) == []


def test_a_list_of_one_page_may_be_read_as_often_as_wanted(mini: Miniature) -> None:
    mini.people(2)

    for _ in range(20):
        mini.get("/contacts", page=1, page_length=2)

    assert mini.found(closing=True) == []


def test_the_last_page_may_be_read_as_often_as_wanted(mini: Miniature) -> None:
    mini.people(5)

    for _ in range(10):
        mini.pages("/contacts", 3, page_length=2)

    assert mini.found() == []


def test_many_tests_may_read_the_same_first_page(mini: Miniature) -> None:
    mini.people(6)

    for _ in range(10):
        mini.identify("p-1", plan="pro")
        mini.get("/contacts", page=1, page_length=2)

    assert mini.found(closing=True) == []


def test_reading_until_something_changes_is_no_loop(mini: Miniature) -> None:
    """A client that waits for a new contact sees another first page as soon as there is one."""
    mini.people(6)

    for number in range(10):
        mini.get("/contacts", page=1, page_length=2)
        mini.get("/contacts", page=1, page_length=2)
        mini.environment.identify(Identity(id=f"new-{number}"), {})

    assert mini.found(closing=True) == []


def test_calls_that_differ_in_anything_are_not_the_same_page(mini: Miniature) -> None:
    mini.people(6)

    for number in range(10):
        mini.get("/contacts", page=1, page_length=2, _=number)

    assert mini.found(closing=True) == []


def test_a_cursor_with_other_filters_is_found(mini: Miniature) -> None:
    form = mini.answers(5)
    first = mini.get("/responses", form_uuid=form, page_length=2).json

    mini.get("/responses", page_length=2, page_cursor=first["pagination"]["next_page_cursor"])

    (violation,) = mini.violations()
    assert (violation["rule"], violation["severity"], violation["evidence"]) == (
        "cursor-with-other-filters", "warning", "inferred",
    )  # fmt: skip
    assert violation["got"] == "page_cursor with no filters"


def test_a_cursor_with_other_filters_is_found_also_where_it_is_refused(mini: Miniature) -> None:
    mini.answers(5)
    first = mini.get("/responses", include="all", page_length=2).json

    reply = mini.get("/responses", page_length=2, page_cursor=first["pagination"]["next_page_cursor"])

    assert reply.status == 400
    assert mini.found() == ["cursor-with-other-filters"]


def test_a_cursor_with_its_own_filters_is_fine_whatever_the_page_length(mini: Miniature) -> None:
    form = mini.answers(5)
    cursor = mini.get("/responses", form_uuid=form, page_length=2).json["pagination"]["next_page_cursor"]

    mini.get("/responses", form_uuid=form, page_length=3, page_cursor=cursor)

    assert mini.found() == []


def test_two_lists_may_give_out_the_same_cursor(mini: Miniature) -> None:
    form = mini.answers(5)
    cursors = {
        mini.get("/responses", page_length=2, **query).json["pagination"]["next_page_cursor"]
        for query in ({}, {"form_uuid": form})
    }
    assert len(cursors) == 1

    mini.get("/responses", page_length=2, page_cursor=cursors.pop())

    assert mini.found() == []


def test_pages_after_the_last_one_are_found(mini: Miniature) -> None:
    mini.people(3)

    mini.pages("/contacts", 1, 2, 3, 4, 5, 6, page_length=2)

    (violation,) = mini.violations()
    assert (violation["rule"], violation["severity"]) == ("pages-past-the-end", "warning")
    assert (violation["got"], violation["suggestion"]) == ("page 5 of 2", "last_page")


def test_a_loop_on_the_page_after_the_last_one_is_found(mini: Miniature) -> None:
    mini.people(3)

    mini.pages("/contacts", 1, 2, 3, 3, 3, page_length=2)

    assert mini.found() == ["pages-past-the-end"]


def test_one_empty_page_is_how_a_loop_learns_that_it_is_over(mini: Miniature) -> None:
    mini.people(3)

    for _ in range(5):
        mini.pages("/contacts", 1, 2, 3, page_length=2)
        mini.wait(1)

    assert mini.found(closing=True) == []


def test_a_page_far_away_is_a_look(mini: Miniature) -> None:
    mini.people(3)

    mini.pages("/contacts", 99, 99, 99, 99, page_length=2)

    assert mini.found() == []


def test_pages_that_were_asked_for_all_at_once_are_no_loop(mini: Miniature) -> None:
    mini.people(3)

    for page in range(1, 7):
        mini.port = 50_000 + page
        mini.pages("/contacts", page, page_length=2)

    assert mini.found() == []


def test_page_numbers_beyond_10_000_rows_are_found_once(mini: Miniature) -> None:
    """(b) Pagination, docs: the vendor advises cursors beyond about 10,000 rows (W6W)."""
    mini.people(12_001)

    mini.pages("/contacts", *range(1, 14), page_length=1000)

    (violation,) = mini.violations()
    assert (violation["rule"], violation["severity"], violation["suggestion"]) == (
        "deep-page",
        "warning",
        "page_cursor",
    )
    assert violation["got"] == "page 11 of 1000 rows each"


def test_cursors_lead_anywhere(mini: Miniature) -> None:
    mini.people(12_001)

    assert len(list(mini.follow("/contacts", page_length=1000))) == 13

    assert mini.found(closing=True) == []
