"""Trigger events made to happen, and the webhooks they fire: design 3.2, rule 7; refiner-api.md (d)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.miniatures.running import Receiver

if TYPE_CHECKING:
    from tests.control.conftest import Control

EVENTS = ["Completed Survey", "Saw Survey", "Dismissed Survey", "Entered Segment", "Tag Added"]
NOWHERE = "34de57da-fd12-11ef-83b6-81e7e8e25d94"
TOKEN = "a-secret-token"


def wanted(control: Control, event: str) -> dict[str, Any]:
    """Return what makes an event happen to u-1."""
    form = control.post("/forms", {"name": "Spring NPS"})["uuid"]
    if event == "Entered Segment":
        what = {"segment_uuid": control.post("/segments", {"name": "Trial"})["uuid"]}
    elif event == "Tag Added":
        seen = {"event": "Saw Survey", "contact": {"id": "u-1"}, "form_uuid": form}
        return {"event": event, "response_uuid": control.post("/simulate", seen)["response_uuid"], "tags": ["called"]}
    else:
        what = {"form_uuid": form, **({"data": {"nps": 9}} if event == "Completed Survey" else {})}
    return {"event": event, "contact": {"id": "u-1"}, **what}


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_arrives_as_captured_with_its_bearer_token(control: Control, receiver: Receiver, event: str) -> None:
    """(d): POST, JSON, `Authorization: Bearer <token>` (docs); the payload fits the contract's webhook section."""
    what = wanted(control, event)
    control.post("/webhooks", {"url": receiver.url, "events": [event], "auth_token": TOKEN})

    happened = control.post("/simulate", what)
    control.post("/settle")

    received = receiver.next()
    assert received.headers["Authorization"] == f"Bearer {TOKEN}"
    assert received.headers["Content-Type"] == "application/json"
    assert (received.body["triggered_event"], received.body["remote_id"]) == (event, "u-1")
    assert received.body["uuid"] == happened["contact_uuid"]
    contract = control.door.rooms.contract
    pointer = contract.payload_pointer(event)
    assert pointer is not None
    contract.validator(pointer).validate(received.body)
    assert (happened["event"], happened["deliveries"]) == (event, 1)
    assert receiver.idle


def test_what_happened_is_told(control: Control) -> None:
    form = control.post("/forms", {"name": "NPS"})["uuid"]

    happened = control.post("/simulate", {"event": "Completed Survey", "contact": {"email": "mira@example.org"}})

    [response] = control.refiner.get("/responses").json["items"]
    assert happened == {
        "event": "Completed Survey",
        "contact_uuid": response["contact"]["uuid"],
        "response_uuid": response["uuid"],
        "form_uuid": form,
        "contact_created": True,
        "events": ["Completed Survey"],
        "cause": "control-1",
        "deliveries": 0,
        "since": 0,
        "switched_off": [],
    }
    again = control.post("/simulate", {"event": "Completed Survey", "contact": {"email": "mira@example.org"}})
    assert (again["contact_created"], again["cause"]) == (False, "control-2")


def test_a_webhook_of_another_event_hears_nothing(control: Control) -> None:
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Completed Survey"]})

    assert control.post("/simulate", wanted(control, "Saw Survey"))["deliveries"] == 0
    assert control.get("/deliveries")["items"] == []


def test_what_an_event_leads_to_is_delivered_and_counted_too(control: Control) -> None:
    """(c) Segments, docs: re-evaluated when answers arrive."""
    rule = {"answer": "nps", "operator": "greater_than", "value": 8}
    control.post("/segments", {"name": "Promoters", "rule": rule})
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": EVENTS})

    happened = control.post("/simulate", wanted(control, "Completed Survey"))

    kinds = sorted(delivery["event"] for delivery in control.get("/deliveries")["items"])
    assert kinds == ["Completed Survey", "Entered Segment"]
    assert happened["deliveries"] == 2
    assert sorted(happened["events"]) == kinds
    assert {delivery["cause"] for delivery in control.get("/deliveries")["items"]} == {happened["cause"]}


def test_a_visitor_without_id_and_email_is_told_by_its_cookie(control: Control, receiver: Receiver) -> None:
    """(d) `cookie_uuid` only with a browser client (RUD-cap #2); `remote_id` and `email` null for anonymous ones."""
    control.post("/forms", {"name": "Spring NPS"})
    control.post("/webhooks", {"url": receiver.url, "events": ["Saw Survey", "Completed Survey"]})
    cookie = "5b0e7c1a-3d42-4f6b-c1d7-2a9f4e8b6c30"

    seen = control.post("/simulate", {"event": "Saw Survey", "contact": {"cookie_uuid": cookie}})
    control.post("/settle")
    visitor = receiver.next().body

    assert list(visitor)[:3] == ["uuid", "cookie_uuid", "project_uuid"]
    assert (visitor["cookie_uuid"], visitor["remote_id"], visitor["email"]) == (cookie, None, None)
    contract = control.door.rooms.contract
    contract.validator(contract.payload_pointer("Saw Survey") or "").validate(visitor)

    known = {"event": "Completed Survey", "contact": {"id": "u-1", "cookie_uuid": cookie}, "data": {"nps": 9}}
    assert control.post("/simulate", known)["contact_uuid"] == seen["contact_uuid"]
    control.post("/settle")
    named = receiver.next().body
    assert (named["cookie_uuid"], named["remote_id"]) == (cookie, "u-1")

    other = {"event": "Saw Survey", "contact": {"id": "u-2", "cookie_uuid": cookie}}
    assert control.post("/simulate", other)["contact_uuid"] != seen["contact_uuid"]


def test_a_draft_will_do_but_not_an_archived_survey(control: Control) -> None:
    """Design 3.2: any survey that is not archived, any answer identifier."""
    form = control.post("/forms", {"name": "Draft", "published": False})["uuid"]
    what = {"event": "Completed Survey", "contact": {"id": "u-1"}, "form_uuid": form, "data": {"anything": "at all"}}

    assert control.post("/simulate", what)["form_uuid"] == form
    control.refiner.delete("/forms", form_uuid=form)
    assert control.refused("POST", "/simulate", what)[0] == 400


def test_entering_a_segment_again_fires_again(control: Control) -> None:
    what = wanted(control, "Entered Segment")
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": EVENTS})

    assert [control.post("/simulate", what)["deliveries"] for _ in range(2)] == [1, 1]


def test_a_tag_that_is_there_already_fires_nothing(control: Control) -> None:
    """(b) 18, docs: idempotent."""
    what = wanted(control, "Tag Added")
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": EVENTS})

    happened = [control.post("/simulate", what) for _ in range(2)]
    assert [(one["deliveries"], one["events"]) for one in happened] == [(1, ["Tag Added"]), (0, [])]


def test_the_response_that_was_shown_last_goes_by_latest(control: Control) -> None:
    assert (
        control.refused("POST", "/simulate", {"event": "Tag Added", "response_uuid": "latest", "tags": ["a"]})[0] == 400
    )
    control.post("/forms", {"name": "NPS"})
    for number in (1, 2):
        newest = control.post("/simulate", {"event": "Saw Survey", "contact": {"id": f"u-{number}"}})["response_uuid"]
        control.put("/clock", {"advance": "1m"})

    tagged = control.post("/simulate", {"event": "Tag Added", "response_uuid": "latest", "tags": ["called"]})

    assert (tagged["response_uuid"], tagged["contact_created"]) == (newest, False)


def test_a_webhook_that_would_be_told_but_is_off_is_named(control: Control) -> None:
    asleep, _ = (
        control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": [event], "active": False})
        for event in ("Saw Survey", "Completed Survey")
    )

    happened = control.post("/simulate", wanted(control, "Saw Survey"))

    assert (happened["deliveries"], happened["switched_off"]) == (0, [asleep["uuid"]])


@pytest.mark.parametrize(
    ("what", "status", "word"),
    [
        ({}, 400, "event"),
        ({"event": "Nonsense"}, 400, "Completed Survey"),
        ({"event": "Completed Survey"}, 400, "contact"),
        ({"event": "Completed Survey", "contact": {}}, 400, "contact"),
        ({"event": "Completed Survey", "contact": "u-1"}, 400, "contact"),
        ({"event": "Completed Survey", "contact": {"name": "Mira"}}, 400, "email"),
        ({"event": "Completed Survey", "contact": {"id": 7}}, 400, "id"),
        ({"event": "Completed Survey", "contact": {"id": "u-1"}}, 400, "published"),
        ({"event": "Completed Survey", "contact": {"id": "u-1"}, "form_uuid": NOWHERE}, 404, NOWHERE),
        ({"event": "Completed Survey", "contact": {"id": "u-1"}, "data": []}, 400, "data"),
        ({"event": "Saw Survey", "contact": {"uuid": NOWHERE}, "form_uuid": "FORM"}, 404, ""),
        ({"event": "Completed Survey", "contact": {"id": "u-1"}, "form_uuid": "FORM", "data": [1]}, 400, "data"),
        ({"event": "Entered Segment", "contact": {"id": "u-1"}}, 400, "segment_uuid"),
        ({"event": "Entered Segment", "contact": {"id": "u-1"}, "segment_uuid": NOWHERE}, 404, NOWHERE),
        ({"event": "Tag Added", "tags": ["called"]}, 400, "response_uuid"),
        ({"event": "Tag Added", "response_uuid": NOWHERE}, 400, "tags"),
        ({"event": "Tag Added", "response_uuid": NOWHERE, "tags": [""]}, 400, "tags"),
        ({"event": "Tag Added", "response_uuid": NOWHERE, "tags": ["t"] * 21}, 400, "tags"),
        ({"event": "Tag Added", "response_uuid": NOWHERE, "tags": ["called"]}, 404, NOWHERE),
    ],
)
def test_what_cannot_happen_is_refused_and_changes_nothing(
    control: Control, what: dict[str, Any], status: int, word: str
) -> None:
    if what.get("form_uuid") == "FORM":
        what = {**what, "form_uuid": control.post("/forms", {"name": "NPS"})["uuid"]}

    refused, sentence = control.refused("POST", "/simulate", what)

    assert refused == status
    assert word in sentence
    assert control.refiner.get("/contacts").json["items"] == []
