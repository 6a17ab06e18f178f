"""The settings of one environment, through the control API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from orjson import loads

from mock_server.contract.dialects import dialects, settled
from mock_server.resources import contract_path

if TYPE_CHECKING:
    from tests.control.conftest import Control
    from tests.miniatures.running import Receiver


def change(control: Control, **given: Any) -> dict[str, Any]:
    reply = control.call("PATCH", "/environments/default/settings", given)
    assert reply.status == 200, reply.body
    value: dict[str, Any] = reply.json
    return value


def test_they_show_every_doubt_with_its_choices_and_their_evidence(control: Control) -> None:
    """Design 1: users can see how surely a thing is known."""
    shown = control.get("/settings")

    assert (shown["posture"], shown["rate_limits"]) == ("lenient", False)
    assert list(shown["dialect"]) == list(dialects())
    assert shown["dialect"]["unknown-key"] == {
        "choice": "404",
        "default": "404",
        "evidence": "observed",
        "choices": {"404": "observed", "400": "inferred"},
        "about": dialects()["unknown-key"].about,
        "why": dialects()["unknown-key"].why,
        "source": ["f2", "W6W-live", "RUD-proxy"],
    }


def test_what_is_given_changes_and_the_rest_stays(control: Control) -> None:
    change(control, dialect={"page-length": 100})
    shown = change(control, posture="strict", rate_limits=True, dialect={"unknown-key": "400"})

    assert shown == control.get("/settings")
    assert (shown["posture"], shown["rate_limits"]) == ("strict", True)
    assert shown["dialect"]["unknown-key"]["evidence"] == "inferred"
    chosen = {id: each["choice"] for id, each in shown["dialect"].items()}
    assert chosen == settled({"page-length": "100", "unknown-key": "400"})
    assert control.get("")["dialect"] == chosen
    assert control.get("")["posture"] == "strict"


def test_a_rendering_is_chosen_now_or_from_the_start_and_is_kept_with_the_state(control: Control) -> None:
    assert change(control, rendering="odd")["rendering"] == "odd"
    assert "added_later" in control.refiner.get("/account").json
    assert control.get("")["rendering"] == "odd"

    snapshot = control.get("/snapshot")
    change(control, rendering="plain")
    control.put("/snapshot", snapshot)
    assert control.get("/settings")["rendering"] == "odd"

    control.call("POST", "/environments", {"name": "lean", "rendering": "lean"})
    assert control.call("GET", "/environments/lean/settings").json["rendering"] == "lean"
    refused = control.call("POST", "/environments", {"name": "silk", "rendering": "silk"})
    assert (refused.status, "plain, lean, full, odd" in refused.json["error"]) == (400, True)
    assert control.call("GET", "/environments/silk").status == 404


def test_the_next_call_goes_by_them(control: Control) -> None:
    assert control.refiner.get("/contacts").json["pagination"]["page_length"] == 50

    change(control, dialect={"page-length": "100"})

    assert control.refiner.get("/contacts").json["pagination"]["page_length"] == 100


def test_another_environment_is_not_touched(control: Control) -> None:
    control.call("POST", "/environments", {"name": "other"})

    change(control, dialect={"page-length": "100"}, rate_limits=True)

    other = control.call("GET", "/environments/other/settings").json
    assert (other["rate_limits"], other["dialect"]["page-length"]["choice"]) == (False, "50")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ({"posture": "harsh"}, "lenient"),
        ({"rate_limits": "on"}, "true or false"),
        ({"rendering": "silk"}, "plain, lean, full, odd"),
        ({"dialect": {"page-lenght": "50"}}, "page-length"),
        ({"dialect": {"page-length": "70"}}, "50, 100"),
        ({"dialect": {"page-length": None}}, "50, 100"),
        ({"dialect": {"page-length": ["50"]}}, "50, 100"),
        ({"dialect": "page-length"}, "object"),
        ({"nonsense": 1}, "posture, dialect, rate_limits"),
        ({"delivery": "reversed"}, "object"),
        ({"delivery": {"order": "upside-down"}}, "in-order, reversed, shuffled"),
        ({"delivery": {"order": 1}}, "text"),
        ({"delivery": {"duplicates": 1}}, "order, duplicate, drop, delay, jitter"),
        ({"delivery": {"duplicate": 1.5}}, "whole number"),
        ({"delivery": {"order": "reversed", "jitter": -0.1}}, "0 to 1"),
    ],
)
def test_what_cannot_be_is_refused_with_the_choices_and_nothing_changes(
    control: Control, value: dict[str, Any], word: str
) -> None:
    before = control.get("/settings")

    status, sentence = control.refused("PATCH", "/settings", {"posture": "strict", "rate_limits": True, **value})

    assert status == 400
    assert word in sentence
    assert control.get("/settings") == before


def test_a_delivery_policy_is_changed_field_by_field(control: Control) -> None:
    plain = {"order": "in-order", "duplicate": 0, "drop": 0, "delay": 0, "jitter": 0}
    assert control.get("/settings")["delivery"] == plain

    change(control, delivery={"order": "reversed", "duplicate": 1})
    shown = change(control, delivery={"drop": 2, "delay": 0.5, "jitter": 1, "duplicate": None})

    assert shown["delivery"] == {"order": "reversed", "duplicate": 1, "drop": 2, "delay": 0.5, "jitter": 1}
    assert control.get("/snapshot")["delivery"] == shown["delivery"]
    assert change(control, delivery=plain)["delivery"] == plain


@pytest.mark.parametrize("name", ["duplicate", "drop", "delay", "jitter"])
def test_the_bounds_of_a_policy_are_those_of_a_snapshot(control: Control, name: str) -> None:
    bounds = loads(contract_path("snapshot.schema.json").read_bytes())["properties"]["delivery"]["properties"][name]

    for edge in (bounds["minimum"], bounds["maximum"]):
        assert change(control, delivery={name: edge})["delivery"][name] == edge
    for beyond in (bounds["minimum"] - 1, bounds["maximum"] + 1):
        assert control.refused("PATCH", "/settings", {"delivery": {name: beyond}})[0] == 400


def test_another_order_finds_nothing_gathered_under_the_one_before(control: Control, receiver: Receiver) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": receiver.url, "events": ["Saw Survey", "Completed Survey"]})
    change(control, delivery={"order": "reversed"})
    for event in ("Saw Survey", "Completed Survey"):
        control.post("/simulate", {"event": event, "contact": {"id": "u-1"}})
        change(control, delivery={"jitter": 0.5})
    assert receiver.idle

    change(control, delivery={"order": "in-order"})
    control.post("/settle")

    arrived = [receiver.next().body["triggered_event"] for _ in range(2)]
    assert arrived == ["Completed Survey", "Saw Survey"]
