"""How true the mock is: section (e), reporting.

Each test is one fact with its section and its sources' tags; facts marked `client` or `guess` are not listed here.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.door import Client

KEYS = {
    "nps": ["data", "count", "nps"],
    "csat": ["data", "count", "csat"],
    "ratings": ["data", "count", "sum", "average"],
    "distribution": ["data", "datapoints", "responses"],
    "count": ["views", "responses"],
}


def answered(refiner: Client, identifier: str, *values: object, **more: Any) -> str:
    """Store one response for each value, each of a new user, and return the survey."""
    form = refiner.form_uuid(questions=[{"identifier": identifier, "text": "How?", "type": identifier}])
    for rank, value in enumerate(values):
        refiner.post("/responses", {"form_uuid": form, "id": f"{form}-{rank}", identifier: value, **more})
    return form


def report(refiner: Client, type: str, **query: Any) -> dict[str, Any]:
    reply = refiner.get("/reporting", type=type, **query)
    assert reply.status == 200, reply.body
    body: dict[str, Any] = reply.json
    return body


@pytest.mark.parametrize("type", KEYS)
def test_types_and_keys(refiner: Client, type: str) -> None:
    """(e) five types with their keys, each with the effective range [W6W, COMP, MIND, SLATES, ERD]."""
    assert list(report(refiner, type)) == [*KEYS[type], "date_range_start", "date_range_end"]


def test_type_is_required(refiner: Client) -> None:
    """(e) `type` required, one of five [W6W, COMP, MIND, SLATES]."""
    assert [refiner.get("/reporting").status, refiner.get("/reporting", type="sum").status] == [400, 400]


def test_nps(refiner: Client) -> None:
    """(e) nps: detractors, passives, promoters; 5/21/40 → 53, rounded to an integer [W6W]."""
    answered(refiner, "nps", *[0] * 5, *[8] * 21, *[10] * 40)
    figures = report(refiner, "nps")

    assert figures["data"] == {"detractors": 5, "passives": 21, "promoters": 40}
    assert (figures["count"], figures["nps"]) == (66, 53)


def test_csat(refiner: Client) -> None:
    """(e) csat: five columns [ERD], stored as −2..2, percent = positives ÷ all × 100 [KB-csat]."""
    answered(refiner, "csat", -2, -1, 0, 1, 2)
    figures = report(refiner, "csat")

    assert list(figures["data"]) == ["very_unsatisfied", "unsatisfied", "neutral", "satisfied", "very_satisfied"]
    assert (set(figures["data"].values()), figures["count"], figures["csat"]) == ({1}, 5, 40)


def test_ratings(refiner: Client) -> None:
    """(e) ratings: data by value, count, sum, average [W6W, COMP]."""
    answered(refiner, "rating", 3, 5, 5)
    figures = report(refiner, "ratings")

    assert (figures["data"], figures["count"], figures["sum"]) == ({"3": 1, "5": 2}, 3, 13)
    assert figures["average"] == pytest.approx(13 / 3, abs=0.01)


def test_distribution(refiner: Client) -> None:
    """(e) distribution: data by value, datapoints, responses [W6W, COMP]."""
    answered(refiner, "team", "Design", "Design", "Sales")
    figures = report(refiner, "distribution")
    assert (figures["data"], figures["datapoints"], figures["responses"]) == ({"Design": 2, "Sales": 1}, 3, 3)


def test_count(refiner: Client) -> None:
    """(e) count: views, responses [W6W, COMP]."""
    form = refiner.form_uuid()
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form)
    refiner.simulate("Completed Survey", contact={"id": "u-2"}, form_uuid=form, data={"nps": 9})
    figures = report(refiner, "count")
    assert (figures["views"], figures["responses"]) == (2, 1)


def test_default_range(refiner: Client) -> None:
    """(e) date_range_start defaults to 7 days ago, date_range_end to the end of today; told as ISO [W6W, COMP]."""
    answered(refiner, "nps", 9)
    answered(refiner, "nps", 9, date="2026-01-20")
    figures = report(refiner, "nps")

    assert figures["count"] == 1
    assert figures["date_range_start"].startswith("2026-01-24T")
    assert figures["date_range_end"] in ("2026-01-31T23:59:59.000000Z", "2026-02-01T00:00:00.000000Z")


def test_range(refiner: Client) -> None:
    """(e) start inclusive, end "before" [W6W, COMP, MIND]."""
    answered(refiner, "nps", 9, date="2026-01-20T00:00:00Z")
    counts = [
        report(refiner, "nps", date_range_start=start, date_range_end=end)["count"]
        for start, end in (("2026-01-20", "2026-01-21"), ("2026-01-19", "2026-01-20"))
    ]
    assert counts == [1, 0]


def test_of_surveys(refiner: Client) -> None:
    """(e) `form_uuids[]`, empty = all; no singular form_uuid here [W6W, COMP, MIND, SLATES]."""
    form = answered(refiner, "nps", 9)
    answered(refiner, "nps", 9, 9)
    counts = [report(refiner, "nps", **query)["count"] for query in ({}, {"form_uuids": [form]}, {"form_uuid": form})]
    assert counts == [3, 1, 3]


def test_of_segments(refiner: Client) -> None:
    """(e) `segment_uuids[]` [W6W, COMP, MIND, SLATES]."""
    form, segment = answered(refiner, "nps", 9, 8), refiner.segment_uuid()
    refiner.post("/sync-segment", {"id": f"{form}-0", "segment_uuid": segment})
    assert report(refiner, "nps", segment_uuids=[segment])["count"] == 1


def test_of_tags(refiner: Client) -> None:
    """(e) `tag_uuids[]` [W6W, COMP, MIND]."""
    answered(refiner, "nps", 9, tags=["called"])
    answered(refiner, "nps", 9)
    tagged = refiner.get("/responses").json["items"]
    tags = [tag for item in tagged for tag in refiner.environment.response(item["uuid"]).tags]
    assert report(refiner, "nps", tag_uuids=[tags[0].uuid])["count"] == 1


def test_of_questions(refiner: Client) -> None:
    """(e) `question_identifiers[]`, empty = every question fitting the type [W6W, COMP, MIND, SLATES]."""
    answered(refiner, "nps", 9, other=3)
    counts = [
        report(refiner, "ratings", **query)["count"]
        for query in ({}, {"question_identifiers": ["other"]}, {"question_identifiers": ["nps", "other"]})
    ]
    assert counts == [0, 1, 2]


@pytest.mark.parametrize("name", ["response_data[nps]", "contact_data[plan]", "account_data[tier]"])
def test_of_data(refiner: Client, name: str) -> None:
    """(e) response_data[], contact_data[], account_data[] maps [W6W]."""
    form = answered(refiner, "nps", 9, 8)
    refiner.identify(f"{form}-0", plan="pro", account={"id": "acc-9", "tier": "gold"})
    values = {"response_data[nps]": "9", "contact_data[plan]": "pro", "account_data[tier]": "gold"}

    assert report(refiner, "nps", **{name: values[name]})["count"] == 1
    assert report(refiner, "nps", **{name: "x"})["count"] == 0
