"""Cursors of the journal: what was looked at once is not looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.control.conftest import Control


def test_a_filter_that_matches_nothing_moves_the_cursor_all_the_same(control: Control) -> None:
    for number in range(3):
        control.refiner.identify(f"u-{number}")

    page = control.get("/journal", operation="showContact")
    assert (page["items"], page["next_since"]) == ([], 3)

    control.refiner.post("/track-event", {"id": "u-1", "event": "Exported"})
    page = control.get("/journal", operation="trackEvent", since=page["next_since"])
    assert [entry["seq"] for entry in page["items"]] == [4]


def test_a_full_page_goes_on_after_its_last_item(control: Control) -> None:
    for number in range(5):
        control.refiner.identify(f"u-{number}")

    first = control.get("/journal", limit=2)
    second = control.get("/journal", limit=2, since=first["next_since"])

    assert [entry["seq"] for entry in first["items"] + second["items"]] == [1, 2, 3, 4]
    assert (first["next_since"], second["next_since"]) == (2, 4)
