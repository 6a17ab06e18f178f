"""Webhook payloads as the strategies draw them: the contract allows them, and each tells one story."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_server.contract.document import load
from mock_server.errors import UsageError
from mock_server.strategies import payloads
from tests.strategies.finding import find_any, least

EVENTS = tuple(load().document["webhooks"])
TIMES = ("first_shown_at", "last_shown_at", "first_data_reception_at", "last_data_reception_at")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("extra_fields", [False, True])
def test_a_payload_is_valid(event: str, extra_fields: bool) -> None:
    pointer = load().payload_pointer(event)
    assert pointer is not None
    validator = load().validator(pointer)

    @given(payloads(event, extra_fields=extra_fields))
    def check(body: dict[str, Any]) -> None:
        assert body["triggered_event"] == event
        assert [str(fault) for fault in validator.iter_errors(body)] == []
        assert json.loads(json.dumps(body)) == body

    check()


@pytest.mark.parametrize("part", ["form", "response", "data", "tags"])
def test_a_part_that_the_payload_does_not_have_is_refused(part: str) -> None:
    said: dict[str, Any] = {part: {}}
    with pytest.raises(UsageError, match=f"the payload of Entered Segment has no {part}"):
        payloads("Entered Segment", **said)


@pytest.mark.parametrize(
    ("part", "key"),
    [("contact", "remoteid"), ("contact", "account"), ("account", "plan"), ("form", "x"), ("response", "x")],
)
def test_a_key_that_no_part_has_is_refused(part: str, key: str) -> None:
    said: dict[str, Any] = {part: {key: None}}
    with pytest.raises(UsageError, match=f"the {part} of a payload has no '{key}'; it has "):
        payloads(**said)


@given(payloads())
def test_a_payload_repeats_itself_without_contradiction(body: dict[str, Any]) -> None:
    shown = body["attributes"]
    assert list(shown) == sorted(shown)
    assert shown["email"] == body["email"]
    assert body["display_name"] == (shown["name"] or "")
    assert shown.get("first_seen_at", body["first_seen_at"]) == body["first_seen_at"]
    assert body["remote_id"] or body["email"] or body["cookie_uuid"]
    assert body["account"]["remote_id"] is not None or body["account"]["display_name"] == ""
    assert body.get("response", {"data": {}})["data"].items() <= shown.items()


@given(payloads())
def test_times_are_in_order(body: dict[str, Any]) -> None:
    assert body["first_seen_at"] <= body["last_seen_at"]
    response = body.get("response", dict.fromkeys(TIMES))
    passed = [body["first_seen_at"], *(response[name] for name in TIMES if response[name])]
    assert passed == sorted(passed)


@given(payloads())
def test_a_response_is_in_the_state_that_its_event_says(body: dict[str, Any]) -> None:
    event = body["triggered_event"]
    assert (event == "Entered Segment") == ("response" not in body) == ("form" not in body)
    assume("response" in body)
    response = body["response"]
    assert (response["dismissed_at"] is not None) == (event == "Dismissed Survey")
    assert (response["received_at"] is None) == (response["last_data_reception_at"] is None)
    assert response["completed_at"] in (None, response["received_at"])
    assert not response["data"] or response["received_at"]
    assert bool(response["tags"]) == (event == "Tag Added")
    assert event != "Saw Survey" or response["received_at"] is None


@pytest.mark.parametrize(
    "seen",
    [
        lambda body: body["email"] is None and body["remote_id"] is None,
        lambda body: body["email"] and "+" in body["email"],
        lambda body: "cookie_uuid" not in body,
        lambda body: body["account"]["remote_id"],
        lambda body: body["segments"] == [],
        lambda body: len(body["segments"]) == 3,
        lambda body: body["triggered_event"] == "Completed Survey" and body["response"]["data"] == {},
        lambda body: any(isinstance(value, list) for value in body["attributes"].values()),
        lambda body: "form_views_count" not in body["attributes"],
        lambda body: body.get("response", {}).get("show_counter"),
    ],
)
def test_a_payload_is_at_times_as_hard_as_this(seen: Any) -> None:
    find_any(payloads(), seen)


def test_parts_of_a_payload_are_taken_as_they_are() -> None:
    body = least(
        payloads(
            "Tag Added",
            contact={"email": None, "remote_id": "u-204"},
            account={"domain": "example.org"},
            segments=[],
            form=st.fixed_dictionaries({"name": st.just("Spring NPS")}),
            response={"show_counter": 2},
            data={"nps": "9"},
            tags=[{"uuid": "9d3f2c10-00c3-11f0-bb0e-52f7c0a1d844", "name": "churn risk"}],
        )
    )
    assert (body["email"], body["remote_id"], body["attributes"]["email"]) == (None, "u-204", None)
    assert (body["account"]["domain"], body["segments"], body["form"]["name"]) == ("example.org", [], "Spring NPS")
    assert (body["response"]["data"], body["attributes"]["nps"]) == ({"nps": "9"}, "9")
    assert (body["response"]["show_counter"], body["response"]["tags"][0]["name"]) == (2, "churn risk")


def test_extra_fields_are_at_the_top_and_inside() -> None:
    known = load().document["components"]["schemas"]["Payload"]["properties"].keys() | {"form", "response"}

    @given(payloads(extra_fields=True))
    def check(body: dict[str, Any]) -> None:
        assert body.keys() - known

    check()
    assert least(
        payloads("Saw Survey", extra_fields=True), lambda body: any(key[:2] == "x_" for key in body["response"])
    )
