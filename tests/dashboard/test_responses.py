"""Responses: filters, parts, tags; and tracked events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages


@pytest.fixture
def forms(pages: Pages) -> tuple[str, str]:
    """Two surveys: the first completed by u-1 on one day and seen by u-2, the second dismissed by u-1 the day after."""
    first, second = pages.refiner.form_uuid("First"), pages.refiner.form_uuid("Second")
    pages.refiner.freeze("2026-01-30T10:00:00Z")
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=first, data={"nps": 9})
    pages.refiner.simulate("Saw Survey", contact={"id": "u-2"}, form_uuid=first)
    pages.refiner.freeze("2026-01-31T10:00:00Z")
    pages.refiner.simulate("Dismissed Survey", contact={"id": "u-1"}, form_uuid=second)
    return first, second


def found(pages: Pages, **query: Any) -> list[str]:
    return [" ".join(text.split()[:4]) for text in pages.open("/responses", **query).all("response")]


def test_without_any_it_says_how_to_get_one(pages: Pages) -> None:
    outline = pages.open("/responses")
    assert "There is no response yet" in outline.one("empty")
    assert_whole(outline)


def test_they_stand_newest_first_and_are_filtered(pages: Pages, forms: tuple[str, str]) -> None:
    dismissed, seen, completed = "dismissed u-1 on Second", "seen u-2 on First", "completed u-1 on First"
    segment = pages.refiner.segment_uuid("Two")
    pages.refiner.post("/sync-segment", {"id": "u-2", "segment_uuid": segment})

    assert found(pages) == [dismissed, seen, completed]
    assert found(pages, form_uuid=forms[0]) == [seen, completed]
    assert found(pages, q="u-2") == [seen]
    assert found(pages, include="completed") == [completed]
    assert found(pages, segment_uuid=segment) == [seen]
    assert found(pages, until="2026-01-30") == [seen, completed]
    assert found(pages, since="2026-01-31", until="2026-01-31") == [dismissed]
    assert found(pages, include="nonsense") == [dismissed, seen, completed]
    assert "No response meets the filters" in pages.open("/responses", q="zzz").one("empty")


def test_a_step_of_satisfaction_is_told_in_words_too(pages: Pages) -> None:
    form = pages.refiner.form_uuid("CSAT", questions=[{"identifier": "csat", "text": "Happy?", "type": "csat"}])
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"csat": -1, "other": 1})
    said = pages.open("/responses").one("response")
    assert "Happy? -1 unsatisfied other 1" in said
    assert "other 1 satisfied" not in said


def test_a_day_that_is_none_is_said_and_kept(pages: Pages, forms: tuple[str, str]) -> None:
    for text in ("yesterday", "2026-02-31", "<b>", "1769767200"):
        outline = pages.open("/responses", status=400, since=text)
        assert "must be a day, such as 2026-01-31" in outline.one("refusal")
        assert text in outline.attributes("input", "value")
        assert_whole(outline)


@pytest.mark.parametrize("name", ["segment_uuid", "form_uuid"])
def test_an_unknown_survey_or_segment_is_not_found(pages: Pages, name: str) -> None:
    assert_whole(pages.open("/responses", status=404, **{name: "nope"}))


def test_the_list_comes_in_parts_that_keep_the_filters(pages: Pages) -> None:
    form = pages.refiner.form_uuid("NPS")
    for rank in range(60):
        pages.refiner.simulate("Saw Survey", contact={"id": f"u-{rank}"}, form_uuid=form)
    outline = pages.open("/responses", form_uuid=form)
    assert "1 to 50 of 60 responses" in outline.one("count")
    assert f"/_mock/responses?form_uuid={form}&page=2" in outline.attributes("a", "href")
    assert len(pages.open("/responses", page=2).all("response")) == 10


def test_one_is_tagged_and_the_filters_stay(pages: Pages, forms: tuple[str, str]) -> None:
    pages.refiner.control("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Tag Added"]})
    uuid = pages.refiner.control("GET", "/snapshot").json["responses"][0]["uuid"]

    outline = done(pages, "/responses", f"form_uuid={forms[0]}", do="tag", response_uuid=uuid, tags="pricing")

    assert outline.all("tag") == ["pricing"]
    assert len(outline.all("response")) == 2
    assert outline.one("thread-link") == "See what followed: 1 webhook"

    outline = refused(pages, "/responses", 400, do="tag", response_uuid=uuid, tags="")
    assert "list of 1 to 20 texts" in outline.one("refusal")
    assert_whole(outline)
    assert "No response" in refused(pages, "/responses", 404, do="tag", response_uuid="gone", tags="x").one("refusal")
