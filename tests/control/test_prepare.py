"""Surveys, segments and webhooks made beforehand: design 3.2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.control.conftest import Control

TARGET = {"url": "http://127.0.0.1:9/hook", "events": ["Completed Survey"]}


def test_a_contact_is_made_and_changed_without_a_call(control: Control) -> None:
    """The same parameters as those of identifyUser, and what follows from it: a webhook tells of the segment."""
    control.post("/segments", {"name": "Pro", "rule": {"trait": "plan", "operator": "equals", "value": "pro"}})
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Entered Segment"]})

    made = control.post("/contacts", {"id": "u-1", "plan": "pro", "account": {"id": "acc-9", "name": "Holt Ltd"}})
    changed = control.post("/contacts", {"id": "u-1", "email": "mira@example.org", "plan": None})

    assert made["attributes"]["plan"] == "pro"
    assert made["account"]["attributes"]["name"] == "Holt Ltd"
    assert [place["name"] for place in made["segments"]] == ["All Users", "Pro"]
    assert changed == control.refiner.get("/contact", id="u-1").json
    assert [one["event"] for one in control.get("/deliveries")["items"]] == ["Entered Segment"]
    assert [one["operation"] for one in control.get("/journal")["items"]] == ["getContact"]


@pytest.mark.parametrize("body", [{}, {"plan": "pro"}, {"id": ["u-1"]}, {"id": "u-1", "account": {"name": "Holt"}}])
def test_a_contact_without_identity_is_refused(control: Control, body: dict[str, Any]) -> None:
    status, reason = control.refused("POST", "/contacts", body)
    assert (status, reason[:4]) == (400, "The ")


def test_a_survey_is_published_unless_told_otherwise(control: Control) -> None:
    made = control.post("/forms", {"name": "NPS"})
    draft = control.post("/forms", {"name": "Draft", "published": False})

    assert (made["published_at"], draft["published_at"]) == ("2026-01-31T10:00:00.000000Z", None)
    published = control.refiner.get("/forms", list="published").json["items"]
    assert [form["uuid"] for form in published] == [made["uuid"]]


def test_an_identifier_is_made_from_the_text_where_none_is_given(control: Control) -> None:
    """(c) Form, docs: lower case, apostrophes dropped, other runs become `_`."""
    questions = [{"text": "What's your job role?"}, {"identifier": "nps", "text": "How likely?", "type": "nps"}]

    made = control.post("/forms", {"name": "NPS", "questions": questions})

    assert [element["id"] for element in made["config"]["form_elements"]] == ["whats_your_job_role", "nps"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"name": ""},
        {"name": 7},
        {"name": "NPS", "questions": {}},
        {"name": "NPS", "questions": ["How likely?"]},
        {"name": "NPS", "questions": [{"type": "nps"}]},
        {"name": "NPS", "questions": [{"text": "How likely?", "kind": "nps"}]},
        {"name": "NPS", "published": "maybe"},
    ],
)
def test_what_is_no_survey_is_refused(control: Control, value: dict[str, Any]) -> None:
    assert control.refused("POST", "/forms", value)[0] == 400


def test_a_segment_is_manual_or_has_a_rule(control: Control) -> None:
    rule = {
        "all": [{"trait": "plan", "operator": "equals", "value": "pro"}, {"event": "Exported", "operator": "is_set"}]
    }

    assert control.post("/segments", {"name": "Trial"})["is_manual"] is True
    assert control.post("/segments", {"name": "Pro", "rule": rule})["is_manual"] is False
    odd: list[dict[str, Any]] = [
        {"is_manual": True, "rule": rule},
        {"is_manual": False},
        {"rule": {"plan": "pro"}},
        {"rule": []},
    ]
    for value in odd:
        assert control.refused("POST", "/segments", {"name": "Odd", **value})[0] == 400


def test_whom_a_new_rule_takes_in_fires_nothing(control: Control) -> None:
    """(c) Segments, docs: bulk evaluation after creating a segment fires no integrations."""
    control.refiner.identify("u-1", plan="pro")
    control.post("/webhooks", {**TARGET, "events": ["Entered Segment"]})

    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    segment = control.post("/segments", {"name": "Pro", "rule": rule})["uuid"]

    assert len(control.refiner.get("/contacts", segment_uuid=segment).json["items"]) == 1
    assert control.get("/deliveries")["items"] == []


def test_a_webhook_is_registered_changed_and_removed_without_being_judged(control: Control) -> None:
    made = control.post("/webhooks", {**TARGET, "auth_token": "a-secret-token"})
    path = f"/environments/default/webhooks/{made['uuid']}"

    assert (made["name"], made["has_auth_token"]) == (TARGET["url"], True)
    assert control.get("/webhooks")["items"] == [made]
    assert control.call("PATCH", path, {"active": False, "auth_token": None}).json == {
        **made, "active": False, "has_auth_token": False,
    }  # fmt: skip
    assert control.call("DELETE", path).status == 204
    assert control.call("DELETE", path).status == 404
    assert control.call("PATCH", path, {"active": True}).status == 404
    assert control.get("/webhooks")["items"] == []
    assert control.get("/journal")["items"] == []


@pytest.mark.parametrize(
    "value", [{}, {"url": TARGET["url"]}, {**TARGET, "events": ["x"]}, {**TARGET, "url": "x"}, {**TARGET, "token": "x"}]
)
def test_what_is_no_webhook_is_refused(control: Control, value: dict[str, Any]) -> None:
    assert control.refused("POST", "/webhooks", value)[0] == 400


def test_webhooks_have_a_bound(control: Control) -> None:
    for _ in range(control.door.rooms.settings.max_webhooks):
        control.post("/webhooks", TARGET)

    status, sentence = control.refused("POST", "/webhooks", TARGET)

    assert (status, "max_webhooks" in sentence) == (409, True)


def test_surveys_and_segments_are_listed_without_a_trace_in_the_journal(control: Control) -> None:
    made = [control.post("/forms", {"name": name, "published": name != "B"}) for name in ("B", "A", "C")]
    segment = control.post("/segments", {"name": "Beta"})
    control.refiner.delete("/forms", form_uuid=made[2]["uuid"])
    before = len(control.get("/journal")["items"])

    assert control.get("/forms")["items"] == [made[1], made[0]]
    assert [one["name"] for one in control.get("/segments")["items"]] == ["All Users", "Beta"]
    assert segment in control.get("/segments")["items"]
    assert len(control.get("/journal")["items"]) == before


def test_the_query_of_an_address_is_only_shown_to_those_who_list_webhooks(control: Control) -> None:
    control.post("/forms", {"name": "NPS"})
    url = "http://127.0.0.1:9/hook?secret=abcdefgh"
    made = control.post("/webhooks", {"url": url, "events": ["Saw Survey"]})
    assert (made["url"], made["name"]) == (url, "http://127.0.0.1:9/hook?…")
    control.post("/simulate", {"event": "Saw Survey", "contact": {"id": "u-1"}})
    control.post("/settle")

    [delivery] = control.get("/deliveries")["items"]
    assert delivery["url"] == "http://127.0.0.1:9/hook?…"
    assert "abcdefgh" not in str(delivery)
    assert control.put("/snapshot", control.get("/snapshot"))["tokens_missing"] == []
    assert control.get("/webhooks")["items"][0]["url"] == url


def test_a_webhook_without_a_name_is_called_by_as_much_of_its_address_as_a_name_may_have(control: Control) -> None:
    made = control.post("/webhooks", {"url": f"http://127.0.0.1:9/{'x' * 300}", "events": ["Saw Survey"]})

    assert made["name"] == made["url"][:255]
    assert control.put("/snapshot", control.get("/snapshot"))["tokens_missing"] == []
