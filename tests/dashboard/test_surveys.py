"""Surveys: lists, making one, and the page of one with its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Outline, Pages

QUESTIONS = [
    {"identifier": "nps", "text": "How likely?", "type": "nps"},
    {"identifier": "csat", "text": "How satisfied?", "type": "csat"},
    {"identifier": "ease", "text": "How easy?", "type": "rating"},
    {"identifier": "why", "text": "Why?", "type": "text"},
]


def answer(pages: Pages, form: str, **data: object) -> None:
    rank = len(pages.refiner.control("GET", "/snapshot").json["contacts"])
    pages.refiner.simulate("Completed Survey", contact={"id": f"u-{rank}"}, form_uuid=form, data=data)


def labels(outline: Outline) -> list[str]:
    return outline.attributes("svg", "aria-label")


def test_without_any_it_says_how_to_make_one(pages: Pages) -> None:
    outline = pages.open("/surveys")
    assert "There is no survey yet" in outline.one("empty")
    assert_whole(outline)


def test_a_survey_is_made_with_its_questions(pages: Pages) -> None:
    fields = {"text0": "How likely?", "type0": "nps", "identifier0": "nps", "text2": "Why?", "type2": "text"}
    outline = done(pages, "/surveys", do="create", name="Spring NPS", published="yes", **fields)

    assert "The survey is there." in outline.one("notice")
    assert outline.one("questions") == "How likely? nps · nps Why? why · text"
    (row,) = pages.open("/surveys", list="published").all("survey")
    assert row.startswith("Spring NPS")
    assert "published 2 0 0" in row


def test_a_draft_is_one_that_is_not_published(pages: Pages) -> None:
    assert "draft" in done(pages, "/surveys", do="create", name="Later").all("state")
    assert pages.open("/surveys", list="published").all("survey") == []


def test_what_is_refused_is_said_and_kept(pages: Pages) -> None:
    outline = refused(pages, "/surveys", do="create", name="", text0="Kept?", type0="csat")
    assert "The field name is missing." in outline.one("refusal")
    assert "Kept?" in outline.attributes("input", "value")
    assert "csat" in [given.get("value") for _, given in outline.elements if "selected" in given]
    assert not any("checked" in given for _, given in outline.elements if given.get("name") == "published")
    assert_whole(outline)


def test_it_is_taken_back_published_copied_and_archived(pages: Pages) -> None:
    path = "/surveys/" + pages.refiner.form_uuid("NPS", questions=QUESTIONS)

    assert "draft" in done(pages, path, do="withdraw").all("state")
    assert "published" in done(pages, path, do="publish").all("state")
    copy = done(pages, path, do="duplicate", name="NPS again")
    assert (copy.one("name"), copy.all("state")[0]) == ("NPS again", "draft")
    assert "archived" in done(pages, path, do="archive").all("state")
    assert "archived" in refused(pages, path, do="publish").one("refusal")
    assert "name field is required" in refused(pages, path, do="duplicate", name="").one("refusal")
    assert [row.split()[0] for row in pages.open("/surveys", list="archived").all("survey")] == ["NPS"]


def test_an_unknown_survey_is_not_found(pages: Pages) -> None:
    assert_whole(pages.open("/surveys/none", status=404))
    assert_whole(refused(pages, "/surveys/none", 404, do="archive"))


def test_its_report_is_drawn_and_said(pages: Pages) -> None:
    form = pages.refiner.form_uuid("NPS", questions=QUESTIONS)
    for nps, csat, ease in ((10, 2, 5), (9, 1, 4), (8, 0, 4), (2, -2, 1)):
        answer(pages, form, nps=nps, csat=csat, ease=ease, why="<i>Fast</i>")

    outline = pages.open(f"/surveys/{form}")

    assert outline.all("headline") == ["25", "50 %", "3.5"]
    assert "NPS 25: 1 detractors, 1 passives, 2 promoters" in labels(outline)
    figures = outline.all("figure")
    assert "detractors 1 25 % passives 1 25 % promoters 2 50 %" in figures[0]
    assert "very satisfied 1 satisfied 1 neutral 1 unsatisfied 0 very unsatisfied 1" in figures[1]
    assert figures[2].endswith("5 1 4 2 1 1")
    assert figures[3].endswith("<i>Fast</i> 4")
    assert "4 responses with answers" in outline.one("answered")
    assert "Responses per day: 4 in all, at most 4" in labels(outline)
    widths = [given["width"] for tag, given in outline.elements if given.get("class") in ("promoters", "detractors")]
    assert {"50.0", "25.0"} <= set(widths)
    assert_whole(outline)


def test_the_range_of_the_report_is_that_which_was_chosen(pages: Pages) -> None:
    pages.refiner.freeze("2026-01-01T10:00:00Z")
    form = pages.refiner.form_uuid("NPS", questions=QUESTIONS)
    answer(pages, form, nps=10)
    pages.refiner.freeze("2026-04-20T10:00:00Z")
    answer(pages, form, nps=0)

    found = {days: pages.open(f"/surveys/{form}", days=days) for days in ("7", "30", "90", "all", "nonsense")}

    answered = {days: outline.one("answered").split()[0] for days, outline in found.items()}
    assert answered == {"7": "1", "30": "1", "90": "1", "all": "2", "nonsense": "1"}
    assert "2026-01-01" in found["all"].one("over-time")
    assert "Responses per 3 days: 2 in all, at most 1" in labels(found["all"])


def test_a_survey_that_nobody_answered_says_so(pages: Pages) -> None:
    outline = pages.open("/surveys/" + pages.refiner.form_uuid("NPS", questions=QUESTIONS))
    assert [text.endswith("Nobody answered in this range.") for text in outline.all("figure")] == [True] * 4
    assert "Responses per day: 0 in all, at most 0" in labels(outline)
    assert_whole(outline)


@pytest.mark.parametrize("count", [13, 40])
def test_a_chart_of_choices_has_a_row_for_the_rest(pages: Pages, count: int) -> None:
    form = pages.refiner.form_uuid("Words", questions=QUESTIONS[3:])
    for rank in range(count):
        answer(pages, form, why=f"reason {rank}")
    (figure,) = pages.open(f"/surveys/{form}").all("figure")
    assert figure.endswith(f"all others {count - 12}")
