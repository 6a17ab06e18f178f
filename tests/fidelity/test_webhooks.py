"""How true the mock is: section (d), webhooks, as they arrive at a receiver.

Each test is one fact with its section and its sources' tags; facts marked `client` or `guess` are not listed here.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.door import Client
from tests.miniatures.running import Receiver, receiving

OUT_OF_REACH = (
    (
        "(d) webhooks are configured in the dashboard only [KB-wh]",
        "there is none: /v1/webhooks and the control API are ours",
    ),
    (
        "(d) #2 `cookie_uuid` where a browser client was involved [RUD-cap]",
        "no browser client; see test_fixture_answers",
    ),
)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z")
CONTACT = "uuid project_uuid remote_id email display_name first_seen_at last_seen_at attributes segments account"
ACCOUNT = ["uuid", "remote_id", "domain", "display_name", "first_seen_at", "last_seen_at", "attributes"]
RESPONSE = """uuid first_shown_at last_shown_at show_counter first_data_reception_at last_data_reception_at completed_at
dismissed_at received_at data tags"""
SURVEY_EVENTS = ["Completed Survey", "Saw Survey", "Dismissed Survey"]
ALL_EVENTS = [*SURVEY_EVENTS, "Entered Segment", "Tag Added"]


def subscribe(refiner: Client, receiver: Receiver, events: list[str], **more: Any) -> None:
    refiner.control("POST", "/webhooks", {"name": "CRM", "url": receiver.url, "events": events, **more})


def arrived(refiner: Client, receiver: Receiver, event: str) -> dict[str, Any]:
    """Let an event happen to u-1 and return what arrived of it."""
    subscribe(refiner, receiver, [event])
    if event in SURVEY_EVENTS:
        data = {"data": {"nps": 8}} if event == "Completed Survey" else {}
        refiner.simulate(event, contact={"id": "u-1"}, form_uuid=refiner.form_uuid(), **data)
    elif event == "Entered Segment":
        refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": refiner.segment_uuid()})
    else:
        stored = refiner.post("/responses", {"id": "u-1", "form_uuid": refiner.form_uuid(), "nps": 8}).json["uuid"]
        refiner.post("/responses/tags", {"uuid": stored, "tags": ["called"]})
    refiner.control("POST", "/settle")
    return receiver.next().body


def test_delivery_is_a_json_post_with_the_token(refiner: Client, receiver: Receiver) -> None:
    """(d) HTTP POST, JSON, Content-Type: application/json [KB-wh]; `Authorization: Bearer <token>` [Make's page]."""
    subscribe(refiner, receiver, ["Saw Survey"], auth_token="a-token")
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=refiner.form_uuid())
    refiner.control("POST", "/settle")
    headers = receiver.next().headers

    assert headers["Content-Type"].partition(";")[0] == "application/json"
    assert headers["Authorization"] == "Bearer a-token"
    assert [name for name in headers if "sign" in name.lower()] == []


def test_the_token_is_optional_and_several_webhooks_are_told(refiner: Client, receiver: Receiver) -> None:
    """(d) optional secret token; several webhooks per environment [KB-wh]."""
    with receiving() as other:
        subscribe(refiner, other, ["Saw Survey"])
        body = arrived(refiner, receiver, "Saw Survey")
        again = other.next()

    assert again.body == body
    assert "Authorization" not in again.headers


@pytest.mark.parametrize("event", ALL_EVENTS)
def test_triggers(refiner: Client, receiver: Receiver, event: str) -> None:
    """(d) survey interaction, segment entry, tag added [KB-wh, KB-seg, SLATES-spec]; names: RUD-cap, KB-segint."""
    assert arrived(refiner, receiver, event)["triggered_event"] == event


@pytest.mark.parametrize("event", SURVEY_EVENTS)
def test_keys_of_a_survey_interaction(refiner: Client, receiver: Receiver, event: str) -> None:
    """(d) payload: key order as captured; top level is the contact; no cookie_uuid without a browser [RUD-cap]."""
    body = arrived(refiner, receiver, event)

    assert list(body) == [*CONTACT.split(), "triggered_event", "form", "response"]
    assert list(body["form"]) == ["uuid", "name"]
    assert list(body["response"]) == RESPONSE.split()


def test_keys_of_a_segment_entry(refiner: Client, receiver: Receiver) -> None:
    """(d) segment entry: the same without `form` and `response` [KB-wh]."""
    assert list(arrived(refiner, receiver, "Entered Segment")) == [*CONTACT.split(), "triggered_event"]


def test_project_uuid(refiner: Client, receiver: Receiver) -> None:
    """(d) `project_uuid` [RUD-cap]: the one that the key check tells."""
    body = arrived(refiner, receiver, "Completed Survey")
    assert body["project_uuid"] == refiner.get("/").json["project_uuid"]


def test_an_unknown_name_is_empty_text(refiner: Client, receiver: Receiver) -> None:
    """(d) `display_name` not null, `""`, of contact and account [RUD-cap]."""
    body = arrived(refiner, receiver, "Completed Survey")
    assert (body["display_name"], body["account"]["display_name"]) == ("", "")


def test_attributes_are_text_or_null(refiner: Client, receiver: Receiver) -> None:
    """(d) `attributes`: slug → string|null; every trait, sorted, counts as text [RUD-cap]."""
    refiner.identify("u-2", plan="pro")
    attributes = arrived(refiner, receiver, "Completed Survey")["attributes"]

    assert {type(value) for value in attributes.values()} == {str, type(None)}
    assert list(attributes) == sorted(attributes)
    assert (attributes["plan"], attributes["nps"], attributes["form_views_count"]) == (None, "8", "1")


def test_segments_carry_the_times_of_membership(refiner: Client, receiver: Receiver) -> None:
    """(d) segments[]: uuid, name, created_at, updated_at; (c) times of membership, not of the segment [RUD-cap]."""
    segment = refiner.segment_uuid("Old")
    refiner.advance("6d")
    refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment})
    [place] = [one for one in arrived(refiner, receiver, "Saw Survey")["segments"] if one["name"] == "Old"]

    assert list(place) == ["uuid", "name", "created_at", "updated_at"]
    assert place["created_at"] == place["updated_at"] == "2026-02-06T10:30:00.000000Z"


def test_the_account_of_an_ungrouped_contact(refiner: Client, receiver: Receiver) -> None:
    """(d) `account` is present even if ungrouped, remote_id and domain null [RUD-cap]."""
    account = arrived(refiner, receiver, "Completed Survey")["account"]

    assert list(account) == ACCOUNT
    assert (account["remote_id"], account["domain"]) == (None, None)


def test_times_carry_their_zone(refiner: Client, receiver: Receiver) -> None:
    """(a), (d) webhook timestamps …T….000000Z, UTC, whole seconds, also in `response` [RUD-cap]."""
    refiner.freeze("2026-01-31T10:30:00.567Z")
    body = arrived(refiner, receiver, "Completed Survey")
    times = [
        value for part in (body, body["response"], body["account"]) for key, value in part.items() if key[-3:] == "_at"
    ]

    assert len(times) == 2 + 7 + 2
    assert all(time is None or ISO.fullmatch(time) for time in times)


def test_show_counter_is_null_in_webhooks(refiner: Client, receiver: Receiver) -> None:
    """(c) Response: `show_counter` null in both captures, even where form_views_count was "2" [RUD-cap]."""
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=refiner.form_uuid("A first"))
    body = arrived(refiner, receiver, "Completed Survey")

    assert body["response"]["show_counter"] is None
    assert body["attributes"]["form_views_count"] == "2"


def test_a_completed_response(refiner: Client, receiver: Receiver) -> None:
    """(d) response: data of strings, tags [] in captures; dismissed_at null; completed = received [RUD-cap]."""
    response = arrived(refiner, receiver, "Completed Survey")["response"]

    assert (response["data"], response["tags"], response["dismissed_at"]) == ({"nps": "8"}, [], None)
    assert response["completed_at"] == response["received_at"] == response["last_data_reception_at"]


def test_a_shown_response(refiner: Client, receiver: Receiver) -> None:
    """(c), (d) shown: only first and last shown are set [W6W, KB-dm, RUD-cap]."""
    response = arrived(refiner, receiver, "Saw Survey")["response"]
    assert [key for key in response if key.endswith("_at") and response[key]] == ["first_shown_at", "last_shown_at"]
