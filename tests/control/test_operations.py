"""Refiner's own operations done by hand: the same code as for a call, but no call of anybody under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mock_server.contract.document import load

if TYPE_CHECKING:
    from tests.control.conftest import Control

NOBODY = "01234567-89ab-1def-8123-456789abcdef"


def test_an_operation_is_done_and_is_no_traffic(control: Control) -> None:
    done = control.post("/operations/trackEvent", {"id": "u-1", "event": "Exported"})

    assert done["answer"] == {"message": "ok"}
    assert [one["event"] for one in control.get("/events")["items"]] == ["Exported"]
    assert control.get("/journal")["items"] == []
    assert control.get("/verdict")["requests"] == 0


def test_what_it_leads_to_is_told_with_the_cause_of_its_webhooks(control: Control) -> None:
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Entered Segment"]})
    segment = control.post("/segments", {"name": "Beta"})["uuid"]

    done = control.post("/operations/addToSegment", {"id": "u-1", "segment_uuid": segment})

    assert (done["events"], done["deliveries"]) == (["Entered Segment"], 1)
    assert [one["cause"] for one in control.get("/deliveries")["items"]] == [done["cause"]]


def test_no_fault_and_no_rate_limit_meets_it(control: Control) -> None:
    control.post("/faults", {"kind": "status", "status": 500, "times": 1})
    assert control.post("/operations/listContacts", {"page": 1})["answer"]["items"] == []
    assert control.get("/verdict")["unfired"] != []


def test_every_operation_of_refiner_can_be_done_and_none_of_ours(control: Control) -> None:
    for operation in load().operations.values():
        reply = control.call("POST", f"/environments/default/operations/{operation.id}", {})
        unknown = "Refiner has no operation" in reply.json.get("error", "")
        assert unknown == operation.mock_only, operation.id


@pytest.mark.parametrize(
    ("operation", "sent", "status", "said"),
    [
        ("<b>", {}, 404, "choose from verifyKey, getAccount"),
        ("publishForm", {}, 400, "The form_uuid field is required."),
        ("publishForm", {"form_uuid": NOBODY}, 404, "No survey has the uuid"),
        ("getReporting", {"type": "guess"}, 400, "The type field must be"),
    ],
)
def test_what_cannot_be_done_is_said(
    control: Control, operation: str, sent: dict[str, str], status: int, said: str
) -> None:
    found, sentence = control.refused("POST", f"/operations/{operation}", sent)
    assert found == status
    assert said in sentence
