"""getReporting: refiner-api.md (e). The arithmetic itself is tested with `state.reporting`."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.state.records import Identity
from tests.api.door import Client

QUESTIONS = [
    {"identifier": "nps", "text": "How likely?", "type": "nps"},
    {"identifier": "csat", "text": "How satisfied?", "type": "csat"},
    {"identifier": "stars", "text": "How many stars?", "type": "rating"},
    {"identifier": "role", "text": "Your role?", "type": "choice"},
]


def report(refiner: Client, type: str, **query: Any) -> dict[str, Any]:
    reply = refiner.get("/reporting", type=type, **query)
    assert reply.status == 200, reply.body
    figures: dict[str, Any] = reply.json
    return figures


@pytest.fixture
def form(refiner: Client) -> str:
    """A survey with three completed responses of today, one of a month ago, and one view."""
    uuid = refiner.form_uuid(questions=QUESTIONS)
    answers = [
        {"nps": 10, "csat": 2, "stars": 5, "role": "Design"},
        {"nps": 8, "csat": 0, "stars": 4, "role": "Sales"},
        {"nps": 3, "csat": 1, "stars": 4, "role": "Design"},
    ]
    for rank, data in enumerate(answers):
        refiner.simulate("Completed Survey", contact={"id": f"u-{rank}"}, form_uuid=uuid, data=data)
    refiner.post("/responses", {"id": "u-9", "form_uuid": uuid, "nps": 0, "date": "2026-01-01"})
    refiner.simulate("Saw Survey", contact={"id": "u-8"}, form_uuid=uuid)
    return uuid


def test_nps(refiner: Client, form: str) -> None:
    """(e), docs: data, count, nps; the range is 7 days ago to the end of today by default."""
    assert report(refiner, "nps") == {
        "data": {"detractors": 1, "passives": 1, "promoters": 1},
        "count": 3,
        "nps": 0,
        "date_range_start": "2026-01-24T00:00:00.000000Z",
        "date_range_end": "2026-02-01T00:00:00.000000Z",
    }


def test_csat(refiner: Client, form: str) -> None:
    """(e), docs: the five columns; percent satisfied = positives of all."""
    figures = report(refiner, "csat")

    assert list(figures["data"]) == ["very_unsatisfied", "unsatisfied", "neutral", "satisfied", "very_satisfied"]
    assert (figures["count"], figures["csat"]) == (3, 67)


def test_ratings(refiner: Client, form: str) -> None:
    """(e), docs: data by value, count, sum, average."""
    figures = report(refiner, "ratings")

    assert (figures["data"], figures["count"], figures["sum"]) == ({"4": 2, "5": 1}, 3, 13)
    assert figures["average"] == pytest.approx(4.33)


def test_distribution(refiner: Client, form: str) -> None:
    """(e), docs: data by value, datapoints, responses."""
    figures = report(refiner, "distribution", question_identifiers=["role"])

    assert (figures["data"], figures["datapoints"], figures["responses"]) == ({"Design": 2, "Sales": 1}, 3, 3)


def test_count(refiner: Client, form: str) -> None:
    """(e), docs: views and responses."""
    figures = report(refiner, "count")

    assert (figures["views"], figures["responses"]) == (4, 3)


def test_the_range_is_inclusive_and_exclusive(refiner: Client, form: str) -> None:
    """(e), docs: from `date_range_start` on, before `date_range_end`; the effective range is told."""
    figures = report(refiner, "nps", date_range_start="2026-01-01", date_range_end="2026-01-31 10:00:00")

    assert (figures["count"], figures["nps"]) == (1, -100)
    assert figures["date_range_start"] == "2026-01-01T00:00:00.000000Z"
    assert figures["date_range_end"] == "2026-01-31T10:00:00.000000Z"


def test_reports_are_filtered(refiner: Client, form: str) -> None:
    """(e), docs: form_uuids[], segment_uuids[], tag_uuids[], question_identifiers[], and the data maps."""
    segment, other = refiner.segment_uuid(), refiner.form_uuid("Other", questions=QUESTIONS)
    refiner.post("/sync-segment", {"id": "u-0", "segment_uuid": segment})
    first = refiner.get("/responses", search="u-0").json["items"][0]["uuid"]
    refiner.post("/responses/tags", {"uuid": first, "tags": ["called"]})
    [tag] = refiner.environment.response(first).tags

    assert report(refiner, "nps", form_uuids=[form])["count"] == 3
    assert report(refiner, "nps", form_uuids=[other])["count"] == 0
    assert report(refiner, "nps", segment_uuids=[segment])["nps"] == 100
    assert report(refiner, "nps", tag_uuids=[tag.uuid])["nps"] == 100
    assert report(refiner, "nps", question_identifiers=["stars"])["count"] == 3
    assert report(refiner, "nps", **{"response_data[role]": "Design"})["count"] == 2


def test_a_question_that_no_survey_defines_is_counted_when_named(refiner: Client) -> None:
    """Issue "Whole API", 3."""
    refiner.post("/responses", {"id": "u-1", "form_uuid": refiner.form_uuid(), "mood": 9})

    assert report(refiner, "nps")["count"] == 0
    assert report(refiner, "nps", question_identifiers=["mood"])["count"] == 1


def test_the_type_is_required_and_one_of_five(refiner: Client) -> None:
    """(e), docs: `type` is required; the refusal is assumed (g1)."""
    assert "type" in refiner.get("/reporting").json["message"]
    assert refiner.get("/reporting", type="median").status == 400


def test_an_empty_report_is_a_report(refiner: Client) -> None:
    for kind in ("nps", "csat", "ratings", "distribution", "count"):
        assert report(refiner, kind)["date_range_start"] == "2026-01-24T00:00:00.000000Z"


def test_views_are_of_their_time_and_responses_of_theirs(refiner: Client) -> None:
    """(b) 16 and (e): the range is over the time of data; for views it is over that of showing (assumed)."""
    uuid = refiner.form_uuid(questions=QUESTIONS)
    refiner.freeze("2026-01-10T10:00:00Z")
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=uuid)
    refiner.freeze("2026-01-31T10:00:00Z")
    refiner.environment.complete_survey(Identity(id="u-1"), uuid, {"nps": 9})

    january = report(refiner, "count", date_range_start="2026-01-01")
    assert (january["views"], january["responses"]) == (1, 1)
    week = report(refiner, "count")
    assert (week["views"], week["responses"], report(refiner, "nps")["count"]) == (0, 1, 1)


@pytest.mark.parametrize(("choice", "views"), [("at-date", 2), ("never", 1)])
def test_a_stored_response_is_a_view_everywhere_or_nowhere(refiner: Client, choice: str, views: int) -> None:
    """(g9): whether it was shown is a point of the dialect, `stored-response-shown`."""
    refiner.environment.dialect = {**refiner.environment.dialect, "stored-response-shown": choice}
    uuid = refiner.form_uuid()
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=uuid)
    refiner.post("/responses", {"id": "u-1", "form_uuid": uuid, "nps": 9})

    [form] = refiner.get("/forms", include_info=1).json["items"]
    attributes = refiner.get("/contact", id="u-1").json["attributes"]
    assert (form["views_count"], report(refiner, "count")["views"]) == (views, views)
    assert attributes["form_views_count"] == str(views)


@pytest.mark.parametrize("now", ["1900-01-01T00:00:00Z", "2899-12-31T23:59:59Z"])
def test_reports_are_made_at_the_ends_of_the_clock(refiner: Client, now: str) -> None:
    refiner.freeze(now)

    assert report(refiner, "nps")["count"] == 0
