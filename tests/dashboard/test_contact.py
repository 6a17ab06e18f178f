"""One contact: what is shown of it, and what is done as it, through to state and webhooks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import HOSTILE, assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Outline, Pages
    from tests.miniatures.running import Receiver

QUESTIONS = [
    {"identifier": "nps", "text": "How likely?", "type": "nps"},
    {"identifier": "csat", "text": "How satisfied?", "type": "csat"},
    {"identifier": "ease", "text": "How easy?", "type": "rating"},
    {"identifier": "which", "text": "Which ones?", "type": "multiple_choice"},
    {"identifier": "role", "text": "Your role?", "type": "single_choice"},
    {"identifier": "why", "text": "Why?", "type": "text"},
]


@pytest.fixture
def mira(pages: Pages) -> str:
    return "/contacts/" + pages.refiner.identify("u-1", name="Mira Holt", email="mira@example.org", plan="pro")


def snapshot(pages: Pages, part: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pages.refiner.control("GET", "/snapshot").json[part]
    return found


def test_it_shows_attributes_account_segments_and_events(pages: Pages, mira: str) -> None:
    pages.refiner.post("/track-event", {"id": "u-1", "event": "Exported Report"})
    outline = pages.open(mira)

    assert outline.one("name") == "Mira Holt"
    assert "plan pro" in outline.one("attributes")
    assert "Exported Report 1" in outline.one("events")
    assert "All Users everybody" in outline.one("segments")
    assert "/_mock/?env=default&q=u-1" in outline.attributes("a", "href")
    assert_whole(outline)


def test_an_unknown_contact_is_not_found(pages: Pages) -> None:
    assert "Not Found" in pages.open("/contacts/nobody", status=404).one("error")
    assert "Not Found" in refused(pages, "/contacts/nobody", 404, do="track", event="x").one("error")


def test_a_survey_is_completed_with_a_field_that_suits_each_question(pages: Pages, mira: str) -> None:
    form = pages.refiner.form_uuid("All kinds", questions=QUESTIONS)
    fields = [given for tag, given in pages.open(mira, form_uuid=form).elements if tag in ("input", "textarea")]
    assert [given["value"] for given in fields if given.get("name") == "answer0"] == ["", *map(str, range(11))]
    assert [given["value"] for given in fields if given.get("name") == "answer1"] == ["", "-2", "-1", "0", "1", "2"]
    assert [given["value"] for given in fields if given.get("name") == "answer2"] == ["", *map(str, range(1, 6))]

    sent = {"answer0": "9", "answer1": "", "answer2": "4", "answer3": "Boards\r\nReports\r\n", "answer5": "Fast"}
    outline = done(pages, mira, do="complete", form_uuid=form, **sent)

    (response,) = snapshot(pages, "responses")
    assert response["data"] == {"nps": "9", "ease": "4", "which": ["Boards", "Reports"], "why": "Fast"}
    assert "is completed as this contact. No webhook went out for it, so the timeline" in outline.one("notice")
    said = outline.one("response")
    assert "completed All kinds" in said
    assert "How likely? 9" in said
    assert "Which ones? Boards, Reports" in said
    assert len(pages.open("/").all("row")) == 1  # only identify-user


def test_the_notice_leads_to_the_webhook_that_followed(pages: Pages, mira: str, receiver: Receiver) -> None:
    form = pages.refiner.form_uuid("NPS", questions=QUESTIONS[:1])
    pages.refiner.control("POST", "/webhooks", {"url": receiver.url, "events": ["Completed Survey"]})

    outline = done(pages, mira, do="complete", form_uuid=form, answer0="3")
    pages.refiner.control("POST", "/settle", {})

    assert outline.one("thread-link") == "See what followed: 1 webhook"
    (link,) = [href for href in outline.attributes("a", "href") if "#row-" in href]
    found = re.fullmatch(r"/_mock/\?env=default&q=(control-\d+)#row-default-\1", link)
    assert found is not None
    timeline = pages.open("/", env="default", q=found[1])
    assert f"row-default-{found[1]}" in timeline.attributes("li", "id")
    assert "Completed Survey" in timeline.one("row")


@pytest.mark.parametrize(
    ("do", "event", "time"), [("see", "Saw Survey", "last_shown_at"), ("dismiss", "Dismissed Survey", "dismissed_at")]
)
def test_a_survey_is_seen_or_dismissed(pages: Pages, mira: str, do: str, event: str, time: str) -> None:
    form = pages.refiner.form_uuid("NPS", questions=QUESTIONS[:1])
    pages.refiner.control("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "events": [event]})

    outline = done(pages, mira, do=do, form_uuid=form, answer0="3")

    (response,) = snapshot(pages, "responses")
    assert response[time]
    assert response["data"] == {}
    assert [one["event"] for one in pages.refiner.control("GET", "/deliveries").json["items"]] == [event]
    assert outline.all("thread-link") == ["See what followed: 1 webhook"]


def test_what_an_archived_survey_refuses_is_said_and_the_answers_stay(pages: Pages, mira: str) -> None:
    form = pages.refiner.form_uuid("Old", questions=QUESTIONS)
    pages.refiner.delete("/forms", form_uuid=form)

    outline = refused(pages, mira, do="complete", form_uuid=form, answer0="7", answer5="because <b>")

    assert "archived" in outline.one("refusal")
    checked = [given for tag, given in outline.elements if tag == "input" and "checked" in given]
    assert "7" in [given["value"] for given in checked if given["name"] == "answer0"]
    assert "because <b>" in outline.text
    assert_whole(outline)


def test_segments_are_entered_and_left(pages: Pages, mira: str) -> None:
    beta = pages.refiner.segment_uuid("Beta")

    entered = done(pages, mira, do="enter", segment_uuid=beta)
    assert "Beta" in entered.one("segments").split("Enter a segment")[0]
    assert pages.refiner.walk("/contacts", segment_uuid=beta) != []

    left = done(pages, mira, do="leave", segment_uuid=beta)
    assert "The contact has left the segment." in left.one("notice")
    assert pages.refiner.walk("/contacts", segment_uuid=beta) == []


def test_who_is_in_a_segment_by_rule_cannot_leave_it(pages: Pages, mira: str) -> None:
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    pro = pages.refiner.segment_uuid("Pro", rule=rule)
    assert "trait plan is pro" in pages.open(mira).one("segments")
    assert "filled by a rule" in refused(pages, mira, do="leave", segment_uuid=pro).one("refusal")


def test_a_response_is_tagged(pages: Pages, mira: str) -> None:
    form = pages.refiner.form_uuid("NPS")
    uuid = pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form)["response_uuid"]

    outline = done(pages, mira, do="tag", response_uuid=uuid, tags="pricing, <b>bold</b>,")
    assert outline.all("tag") == ["pricing", "<b>bold</b>"]

    again = refused(pages, mira, do="tag", response_uuid=uuid, tags=" , ")
    assert "must be a list of 1 to 20 texts" in again.one("refusal")
    assert "must be" in refused(pages, mira, do="tag", response_uuid="gone", tags="").one("refusal")


def test_traits_are_set_and_erased(pages: Pages, mira: str) -> None:
    outline = done(pages, mira, do="identify", traits="role = lead\nplan =")
    assert "role lead" in outline.one("attributes")
    assert "plan" not in outline.one("attributes")
    assert "write one trait per line" in refused(pages, mira, do="identify", traits="x").one("refusal").lower()


def test_an_event_is_tracked_as_the_contact(pages: Pages, mira: str) -> None:
    outline = done(pages, mira, do="track", event="Exported Report")
    assert "Exported Report 1" in outline.one("events")
    assert "event field is required" in refused(pages, mira, do="track", event="").one("refusal")


def test_a_contact_is_deleted_with_its_responses(pages: Pages, mira: str) -> None:
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=pages.refiner.form_uuid("NPS"))
    outline = done(pages, mira, do="delete")
    assert "The contact is deleted" in outline.one("notice")
    assert outline.all("contact") == []
    assert snapshot(pages, "responses") == []


def test_a_visitor_without_id_and_email_can_only_answer(pages: Pages) -> None:
    form = pages.refiner.form_uuid("NPS")
    told = pages.refiner.simulate("Saw Survey", contact={"cookie_uuid": "c-1"}, form_uuid=form)
    outline = pages.open("/contacts/" + told["contact_uuid"])
    assert "neither user id nor e-mail" in outline.text
    assert (outline.all("track"), outline.all("traits")) == ([], [])
    assert_whole(outline)


def test_nothing_hostile_gets_through(pages: Pages) -> None:
    questions = [{"text": text, "type": kind} for text in HOSTILE for kind in ("text", "nps", "single_choice")]
    form = pages.refiner.form_uuid(HOSTILE[0], questions=questions)
    uuid = pages.refiner.identify("u-1", name=HOSTILE[1], **{f"t{rank}": text for rank, text in enumerate(HOSTILE)})
    for text in HOSTILE:
        pages.refiner.post("/track-event", {"id": "u-1", "event": text})
        pages.refiner.simulate(
            "Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={text[:200]: text, "x": [text]}
        )
        pages.refiner.segment_uuid(text)
    for path in (f"/contacts/{uuid}", f"/surveys/{form}", "/responses", "/events", "/segments", "/surveys"):
        assert_harmless(pages.open(path), path)


def assert_harmless(outline: Outline, path: str) -> None:
    assert_whole(outline)
    assert {tag for tag, _ in outline.elements} & {"b9", "iframe", "object"} == set(), path
    assert not any(name.startswith("on") or name == "style" for _, given in outline.elements for name in given), path
    assert "\u202e" not in outline.text
    assert "\x1b" not in outline.text
    assert "<script>alert(1)</script>" in outline.text


def test_its_responses_are_the_newest_ones_and_nobody_elses(pages: Pages, mira: str) -> None:
    forms = [pages.refiner.form_uuid(f"Survey {rank}", questions=QUESTIONS[:1]) for rank in range(22)]
    for who in ("mira", "somebody-else"):
        for form in forms:
            contact = {"uuid": mira.rpartition("/")[2]} if who == "mira" else {"id": who}
            told = {"event": "Saw Survey", "form_uuid": form, "contact": contact}
            assert pages.refiner.control("POST", "/simulate", told).status == 200

    outline = pages.open(mira)

    seen = [" ".join(text.split()[:3]) for text in outline.all("response")]
    assert seen == [f"seen Survey {rank}" for rank in range(21, 1, -1)]
    assert "All of them" in outline.text
