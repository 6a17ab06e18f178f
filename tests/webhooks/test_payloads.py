"""Payloads against the captured ones (RUD-cap) and the vendor's pages, as the dossier (d) and (c) have them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.state.environment import Environment
from mock_server.state.records import Identity, Membership, Question, Segment, Traces
from mock_server.webhooks.payloads import encoded, payload

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent

SURVEY_EVENTS = ("Completed Survey", "Saw Survey", "Dismissed Survey")
TRIAL = Segment("603947ee-fc29-11ef-8606-95315d9dc9f8", "Trial", True, None, 0)
MICRO_Z = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z")
NOON = 1_741_953_600_000_000


def lived() -> dict[str, Any]:
    """Return the payload that a real environment makes of a completed survey."""
    environment = Environment("payloads", now=NOON)
    form = environment.create_form("Spring NPS", [Question("nps", "How likely?", "nps")])
    group = environment.create_segment("Trial")
    environment.identify(Identity(id="u-204", email="mira@example.org"), {"plan": "pro", "nps_hint": ""})
    environment.add_to_segment(Identity(id="u-204"), group.uuid)
    environment.identify(Identity(id="other"), {"city": "Ghent"})
    environment.outbox.clear()
    environment.clock.advance_to(NOON + 90_000_000)
    environment.complete_survey(Identity(id="u-204"), form.uuid, {"nps": 9})
    [event] = (event for event in environment.outbox if event.kind == "Completed Survey")
    return cast("dict[str, Any]", json.loads(encoded(event)))


def test_keys_come_in_the_captured_order(make_event: MakeEvent) -> None:
    """(d) Payload, survey interaction: key order as captured (RUD-cap)."""
    assert list(payload(make_event())) == [
        "uuid",
        "project_uuid",
        "remote_id",
        "email",
        "display_name",
        "first_seen_at",
        "last_seen_at",
        "attributes",
        "segments",
        "account",
        "triggered_event",
        "form",
        "response",
    ]


def test_cookie_uuid_is_there_only_with_a_browser_and_follows_uuid(make_event: MakeEvent) -> None:
    """(d) `cookie_uuid`: key absent unless a browser client was involved (RUD-cap #2)."""
    with_browser = replace(make_event().contact, traces=Traces(cookie_uuid="c00c1e00-0000-7000-3000-000000000000"))
    assert list(payload(make_event(contact=with_browser)))[:3] == ["uuid", "cookie_uuid", "project_uuid"]


def test_the_response_has_the_captured_keys(make_event: MakeEvent) -> None:
    """(d) `response`: `dismissed_at` before `received_at`, `show_counter` null, tags, no contact or form inside."""
    response = cast("dict[str, Any]", payload(make_event())["response"])
    assert list(response) == [
        "uuid",
        "first_shown_at",
        "last_shown_at",
        "show_counter",
        "first_data_reception_at",
        "last_data_reception_at",
        "completed_at",
        "dismissed_at",
        "received_at",
        "data",
        "tags",
    ]
    assert response["show_counter"] is None
    assert response["tags"] == []
    assert response["data"] == {"nps": "8"}
    assert response["dismissed_at"] is None


def test_the_form_is_uuid_and_name(make_event: MakeEvent) -> None:
    """(d) `form` is `{uuid,name}` (RUD-cap)."""
    event = make_event()
    assert event.form is not None
    assert payload(event)["form"] == {"uuid": event.form.uuid, "name": "Spring NPS"}


def test_times_are_whole_seconds_with_six_zeros_in_utc(make_event: MakeEvent) -> None:
    """(a) Webhook timestamps `YYYY-MM-DDTHH:MM:SS.000000Z`, truncated to whole seconds (RUD-cap)."""
    event = make_event()
    event = replace(event, contact=replace(event.contact, first_seen_at=NOON + 999_999))
    body = cast("dict[str, Any]", payload(event))
    assert body["first_seen_at"] == "2025-03-14T12:00:00.000000Z"
    shown = [body["last_seen_at"], body["account"]["first_seen_at"], body["response"]["completed_at"]]
    assert all(MICRO_Z.fullmatch(time) for time in shown)


def test_an_unknown_display_name_is_empty_text(make_event: MakeEvent) -> None:
    """(c) Contact and Account: `display_name` is `""` when unknown (RUD-cap)."""
    body = cast("dict[str, Any]", payload(make_event()))
    assert (body["display_name"], body["account"]["display_name"]) == ("", "")


def test_segments_carry_the_times_of_the_membership(make_event: MakeEvent) -> None:
    """(c) Segments: in webhooks `created_at` and `updated_at` are those of the membership (RUD-cap)."""
    joined = Membership(TRIAL, NOON, NOON + 60_000_000)
    body = payload(make_event(contact=replace(make_event().contact, memberships=(joined,))))
    assert body["segments"] == [
        {
            "uuid": TRIAL.uuid,
            "name": "Trial",
            "created_at": "2025-03-14T12:00:00.000000Z",
            "updated_at": "2025-03-14T12:01:00.000000Z",
        }
    ]


def test_an_ungrouped_account_is_there_with_nulls(make_event: MakeEvent) -> None:
    """(d) `account`: present even if ungrouped, `remote_id` and `domain` null (RUD-cap)."""
    account = cast("dict[str, Any]", payload(make_event())["account"])
    assert list(account) == [
        "uuid",
        "remote_id",
        "domain",
        "display_name",
        "first_seen_at",
        "last_seen_at",
        "attributes",
    ]
    assert (account["remote_id"], account["domain"]) == (None, None)


@pytest.mark.parametrize("kind", SURVEY_EVENTS)
def test_a_survey_event_names_itself_with_form_and_response(make_event: MakeEvent, kind: str) -> None:
    """(d) `triggered_event` strings: `Completed Survey` (RUD-cap); `Saw`, `Dismissed Survey` (KB-segint)."""
    body = payload(make_event(kind))
    assert body["triggered_event"] == kind
    assert {"form", "response"} <= set(body)


def test_a_segment_entry_has_neither_form_nor_response(make_event: MakeEvent) -> None:
    """(d) Segment entry: the same without `form` and `response` (KB-wh)."""
    body = payload(make_event("Entered Segment", segment=TRIAL))
    assert list(body)[-1] == "triggered_event"
    assert TRIAL.uuid not in str(body)


def test_a_tag_event_looks_like_a_survey_event_with_the_tag(make_event: MakeEvent) -> None:
    """(d) Tag added: the interaction shape with the tags (assumed)."""
    body = cast("dict[str, Any]", payload(make_event("Tag Added", tags=("praise",))))
    assert list(body) == list(payload(make_event()))
    assert [tag["name"] for tag in body["response"]["tags"]] == ["praise"]


def test_attributes_show_every_trait_sorted_with_nulls_and_counts_as_text() -> None:
    """(c) `attributes`: every trait of the environment, null where unset, sorted; counts and answers text (RUD-cap)."""
    attributes = lived()["attributes"]
    assert list(attributes) == sorted(attributes)
    assert attributes["city"] is None
    assert attributes["plan"] == "pro"
    assert attributes["nps"] == "9"
    assert attributes["form_views_count"] == attributes["form_submissions_count"] == "1"
    assert attributes["email"] == "mira@example.org"
    assert {"first_seen_at", "last_seen_at"} <= set(attributes)


def test_a_completed_survey_does_not_move_last_seen_at() -> None:
    """(c) Contact: `last_seen_at` did not move when a survey was shown or completed (RUD-cap)."""
    body = lived()
    assert body["last_seen_at"] == "2025-03-14T12:00:00.000000Z"
    assert body["response"]["completed_at"] == "2025-03-14T12:01:30.000000Z"
    assert body["response"]["completed_at"] == body["response"]["received_at"]


@given(st.text(max_size=50).map(lambda text: f"{text} \ud83d") | st.text(max_size=50))
def test_any_text_can_be_sent(text: str) -> None:
    """Half a surrogate pair too, which JSON can say by an escape only."""
    environment = Environment("text", now=NOON)
    segment = environment.create_segment("Trial")
    environment.identify(Identity(id="u"), {"name": "x"})
    environment.add_to_segment(Identity(id="u"), segment.uuid)
    event = environment.outbox[-1]
    event = replace(event, contact_attributes={**event.contact_attributes, "name": text})
    assert json.loads(encoded(event))["attributes"]["name"] == text
