"""The main job told once, from outside: real clients in three languages, a real receiver, the real command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.remote import RemoteEnvironment
from tests.miniatures.running import PATIENCE, Receiver, Served, receiving, surroundings, tool

CLIENTS = Path(__file__).parent / "miniatures" / "clients"

EVERYBODY = ["u-1", "u-2", "u-3", "u-4", "u-5"]


def client(name: str) -> list[str]:
    """Return the command line of a miniature client."""
    path = str(CLIENTS / name)
    starters = {".py": [sys.executable], ".mjs": [tool("node")], ".sh": ["sh"]}
    if name.endswith(".sh"):
        tool("curl")
    return [*starters[Path(name).suffix], path]


@pytest.mark.parametrize("name", ["requests_client.py", "curl_client.sh", "fetch_client.mjs"])
def test_a_real_client_does_its_work(refiner: RemoteEnvironment, name: str) -> None:
    segment = refiner.create_segment("Beta")["uuid"]
    given = {"REFINER_BASE_URL": refiner.base_url, "REFINER_API_KEY": refiner.api_key, "SEGMENT_UUID": segment}

    done = subprocess.run(
        client(name), env=surroundings(given), capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert done.stderr == ""
    seen = json.loads(done.stdout)
    assert sorted(seen["by_page"]) == EVERYBODY
    assert seen["by_cursor"] == seen["by_page"]
    assert (seen["members"], seen["left"]) == (["u-2"], 4)
    assert [event["event"] for event in refiner.events()] == ["Report: exported"] * 3
    called = {entry["operation"] for entry in refiner.journal()}
    assert called == {"identifyUser", "trackEvent", "listContacts", "addToSegment", "deleteContact"}


def subscribe(refiner: RemoteEnvironment, receiver: Receiver) -> None:
    refiner.subscribe(receiver.url, ["Completed Survey", "Entered Segment"], auth_token="s3cret")


def test_a_receiver_gets_both_events_with_its_token(refiner: RemoteEnvironment) -> None:
    """(d) Webhooks: JSON by POST, the Auth-Token as bearer token, form and response only for survey interactions."""
    form = refiner.create_form("Spring NPS", [{"identifier": "nps", "text": "How likely?", "type": "nps"}])
    segment = refiner.create_segment("Promoters", {"answer": "nps", "operator": "greater_than", "value": 8})
    with receiving() as receiver:
        subscribe(refiner, receiver)
        refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form["uuid"], data={"nps": 9})
        arrived = {got.body["triggered_event"]: got for got in (receiver.next(), receiver.next())}

    assert set(arrived) == {"Completed Survey", "Entered Segment"}
    for got in arrived.values():
        assert got.headers["Authorization"] == "Bearer s3cret"
        assert got.headers["Content-Type"].startswith("application/json")
        assert got.body["remote_id"] == "u-1"
    completed, entered = arrived["Completed Survey"].body, arrived["Entered Segment"].body
    assert completed["form"] == {"uuid": form["uuid"], "name": "Spring NPS"}
    assert completed["response"]["data"] == {"nps": "9"}
    assert not {"form", "response"} & set(entered)
    assert segment["uuid"] in [one["uuid"] for one in entered["segments"]]


def test_a_receiver_that_failed_twice_gets_it_again_when_the_clock_moves(
    served: Served, refiner: RemoteEnvironment
) -> None:
    form = refiner.create_form("Spring NPS")
    with receiving(500, 500) as receiver:
        subscribe(refiner, receiver)
        refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form["uuid"], data={"nps": 9})
        refiner.settle()
        moved = served.run("clock", "advance", "6h", "--env", refiner.name)
        copies = [receiver.next() for _ in range(3)]
        assert receiver.idle

    assert moved.returncode == 0, moved.stderr
    assert copies[0].body == copies[1].body == copies[2].body
    (delivery,) = refiner.deliveries()
    assert delivery["status"] == "delivered"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 500, 200]
