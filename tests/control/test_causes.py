"""From a request to what it caused: the events, below each its deliveries, below each its attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.miniatures.running import Receiver, receiving

if TYPE_CHECKING:
    from tests.control.conftest import Control

RULE = {"trait": "plan", "operator": "equals", "value": "pro"}


@pytest.fixture
def segments(control: Control) -> list[str]:
    """Two segments that one call of identify-user enters."""
    return [control.post("/segments", {"name": name, "rule": RULE})["uuid"] for name in ("Pro", "Paying")]


def identify(control: Control, who: str, plan: str) -> str:
    """Make a call of the mirrored API and return its request id."""
    reply = control.refiner.post("/identify-user", {"id": who, "plan": plan})
    return reply.headers["refiner-mock-request-id"]


def shown(control: Control, request: str) -> list[dict[str, Any]]:
    reply = control.call("GET", f"/requests/{request}")
    triggered: list[dict[str, Any]] = reply.json["triggered"]
    return triggered


def test_a_request_shows_its_events_with_deliveries_and_attempts(control: Control, segments: list[str]) -> None:
    with receiving(500) as receiver:
        for path in ("/first", "/second"):
            control.post("/webhooks", {"url": receiver.url + path, "events": ["Entered Segment"]})
        identify(control, "u-0", "pro")
        request = identify(control, "u-1", "pro")
        control.post("/settle")
        control.put("/clock", {"advance": "1m"})

        tree = shown(control, request)

    assert [event["event"] for event in tree] == ["Entered Segment"] * len(segments)
    assert len({event["event_id"] for event in tree}) == len(segments)
    for event in tree:
        assert [one["url"].rpartition("/")[2] for one in event["deliveries"]] == ["first", "second"]
        for one in event["deliveries"]:
            assert (one["cause"], one["event_id"], one["status"]) == (request, event["event_id"], "delivered")
            assert one["attempts"][-1]["status"] == 200
    flat = control.get("/deliveries", cause=request)["items"]
    assert flat == [one for event in tree for one in event["deliveries"]]
    assert len(control.get("/deliveries")["items"]) == 2 * len(flat)


def test_what_triggers_nothing_or_is_gone_has_an_empty_tree(control: Control, receiver: Receiver) -> None:
    control.post("/webhooks", {"url": receiver.url, "events": ["Entered Segment"]})
    request = identify(control, "u-1", "free")
    nobody = control.door.call("GET", "/v1/account")

    assert shown(control, request) == []
    assert shown(control, nobody.headers["refiner-mock-request-id"]) == []
    assert control.get("/deliveries", cause=request)["items"] == []
    assert control.refused("GET", "/deliveries", cause="")[0] == 400


def test_a_control_call_is_a_cause_too_and_counts_its_copies(control: Control, receiver: Receiver) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": receiver.url, "events": ["Saw Survey"]})
    control.call("PATCH", "/environments/default/settings", {"delivery": {"duplicate": 2}})

    came = control.post("/simulate", {"event": "Saw Survey", "contact": {"id": "u-1"}})
    control.post("/settle")
    again = control.post("/deliveries/d1/redeliver", {})

    caused = control.get("/deliveries", cause=came["cause"])["items"]
    assert came["deliveries"] == len(caused) == 3
    assert [(one["id"], one["redelivery_of"]) for one in caused] == [("d1", None), ("d2", "d1"), ("d3", "d1")]
    assert again["event_id"] == caused[0]["event_id"]
    assert [one["id"] for one in control.get("/deliveries", cause=again["cause"])["items"]] == [again["id"]]


def test_a_long_poll_waits_for_its_own_cause(control: Control, receiver: Receiver) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": receiver.url, "events": ["Saw Survey"]})
    control.post("/simulate", {"event": "Saw Survey", "contact": {"id": "u-1"}})
    since = control.get("/deliveries")["next_since"]

    answer = control.get("/deliveries", since=since, cause="control-9", wait=0.01)

    assert answer["items"] == []
    assert answer["next_since"] >= since
