"""Tracked events: newest first, searched, in parts, and tracked by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages


def test_without_any_it_says_where_they_come_from(pages: Pages) -> None:
    outline = pages.open("/events")
    assert "Nothing was tracked yet" in outline.one("empty")
    assert_whole(outline)


def test_they_stand_newest_first_with_who_sent_them(pages: Pages) -> None:
    pages.refiner.freeze("2026-01-31T10:00:00Z")
    for rank in range(60):
        pages.refiner.post("/track-event", {"id": "u-1", "event": f"Did {rank}"})

    outline = pages.open("/events")

    assert outline.all("event")[0] == "Did 59 u-1 2026-01-31 10:00"
    assert "1 to 50 of 60 events" in outline.one("count")
    assert pages.open("/events", page=2).all("event")[-1].startswith("Did 0 ")
    assert len(pages.open("/events", q="DID 5").all("event")) == 11
    assert "No event has that in its name" in pages.open("/events", q="zzz").one("empty")
    assert "The list ends" in pages.open("/events", page=9).one("empty")


def test_the_events_of_a_deleted_contact_stay(pages: Pages) -> None:
    pages.refiner.post("/track-event", {"id": "u-1", "event": "Did"})
    pages.refiner.delete("/contact", id="u-1")
    assert "deleted contact" in pages.open("/events").one("event")


def test_one_is_tracked_by_the_form_and_it_is_no_traffic(pages: Pages) -> None:
    outline = done(pages, "/events", do="track", event="Exported <b>Report</b>", id="u-1", email="")
    assert "The event is tracked." in outline.one("notice")
    assert outline.one("event").startswith("Exported <b>Report</b> u-1")
    assert pages.refiner.control("GET", "/journal").json["items"] == []

    outline = refused(pages, "/events", do="track", event="Kept", id="", email="")
    assert "id" in outline.one("refusal")
    assert "Kept" in outline.attributes("input", "value")
    assert_whole(outline)


def test_it_is_the_chosen_environment_that_is_shown_and_changed(pages: Pages) -> None:
    pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}')
    outline = done(pages, "/events", "env=shop", do="track", event="Did", id="u-1")
    assert outline.all("event") != []
    assert pages.open("/events").all("event") == []
