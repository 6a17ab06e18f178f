"""Forks, snapshots and resets through the control API: webhooks, secrets, bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from jsonschema_rs import validator_for

from mock_server.resources import contract_path
from tests.api.door import Client
from tests.miniatures.running import Receiver

if TYPE_CHECKING:
    from tests.control.conftest import Control

TOKEN = "a-token-of-ours"


@pytest.fixture
def furnished(control: Control) -> Control:
    """`default` with a survey, an answer and a webhook with a token."""
    control.post("/forms", {"name": "NPS", "questions": [{"identifier": "nps", "text": "How likely?", "type": "nps"}]})
    control.post("/segments", {"name": "Pro", "rule": {"trait": "plan", "operator": "equals", "value": "pro"}})
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Saw Survey"], "auth_token": TOKEN})
    control.refiner.identify("u-1", plan="pro", account={"id": "acme", "seats": 3})
    control.refiner.post("/track-event", {"id": "u-1", "event": "Exported"})
    control.post("/simulate", {"event": "Completed Survey", "contact": {"id": "u-1"}, "data": {"nps": 9}})
    return control


def made(control: Control, name: str = "other") -> str:
    """Make another environment and return its path."""
    assert control.call("POST", "/environments", {"name": name}).status == 201
    return f"/environments/{name}"


def kept(document: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot but for where it was taken."""
    return {name: value for name, value in document.items() if name != "environment"}


def test_a_snapshot_has_the_published_shape(furnished: Control) -> None:
    schema = orjson.loads(contract_path("snapshot.schema.json").read_bytes())
    for query in ({}, {"with_secrets": 1}):
        faults = [str(fault) for fault in validator_for(schema).iter_errors(furnished.get("/snapshot", **query))]
        assert faults == []


def test_secrets_are_left_out_unless_asked_for_and_it_says_so(furnished: Control) -> None:
    key = furnished.get("")["api_key"]

    plain, whole = furnished.get("/snapshot"), furnished.get("/snapshot", with_secrets=1)

    assert (plain["secrets"], whole["secrets"]) == (False, True)
    assert key not in str(plain)
    assert TOKEN not in str(plain)
    assert whole["environment"]["api_key"] == key
    assert whole["webhooks"][0]["auth_token"] == TOKEN


def test_a_snapshot_put_elsewhere_and_taken_again_is_equal(furnished: Control) -> None:
    snapshot = furnished.get("/snapshot", with_secrets=1)
    path = made(furnished)

    answer = furnished.call("PUT", f"{path}/snapshot", snapshot)

    assert (answer.status, answer.json) == (200, {"tokens_kept": [], "tokens_missing": [], "deliveries_dropped": 0})
    again = furnished.call("GET", f"{path}/snapshot", with_secrets=1).json
    assert kept(again) == kept(snapshot)
    assert again["environment"]["name"] == "other"


def test_a_token_that_is_not_shown_is_kept_by_the_same_webhook_only(furnished: Control) -> None:
    snapshot = furnished.get("/snapshot")
    uuid = snapshot["webhooks"][0]["uuid"]
    path = made(furnished)

    assert furnished.put("/snapshot", snapshot)["tokens_kept"] == [uuid]
    assert furnished.get("/snapshot", with_secrets=1)["webhooks"][0]["auth_token"] == TOKEN
    missing = furnished.call("PUT", f"{path}/snapshot", snapshot).json
    assert (missing["tokens_kept"], missing["tokens_missing"]) == ([], [uuid])
    assert furnished.call("GET", f"{path}/webhooks").json["items"][0]["has_auth_token"] is False


def test_a_snapshot_with_secrets_has_the_token_before_the_last_change_too(furnished: Control) -> None:
    uuid = furnished.get("/webhooks")["items"][0]["uuid"]
    furnished.call("PATCH", f"/environments/default/webhooks/{uuid}", {"auth_token": "a-later-one"})
    snapshot = furnished.get("/snapshot", with_secrets=1)
    path = made(furnished)

    furnished.call("PUT", f"{path}/snapshot", snapshot)

    [webhook] = furnished.call("GET", f"{path}/snapshot", with_secrets=1).json["webhooks"]
    assert (webhook["auth_token"], webhook["previous_token"]) == ("a-later-one", TOKEN)
    assert TOKEN not in str(furnished.get("/snapshot"))
    snapshot["webhooks"][0]["previous_token"] = "line\nbreak"
    status, sentence = furnished.refused("PUT", "/snapshot", snapshot)
    assert (status, sentence.startswith("webhooks[0].previous_token:")) == (400, True)


@pytest.mark.parametrize("how", ["reset", "restore"])
def test_what_waits_when_a_world_begins_anew_is_no_more_and_it_says_so(control: Control, how: str) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Saw Survey", "Completed Survey"]})
    for event in ("Saw Survey", "Completed Survey"):
        control.post("/simulate", {"event": event, "contact": {"id": "u-1"}})
    assert control.post("/settle")["pending"] == 2

    snapshot = control.get("/snapshot")
    answer = control.post("/reset") if how == "reset" else control.put("/snapshot", snapshot)

    assert answer["deliveries_dropped"] == 2
    assert control.post("/settle") == {"pending": 0, "busy": 0}


def test_the_mirrored_api_shows_what_was_restored(furnished: Control) -> None:
    snapshot = furnished.get("/snapshot")
    before = furnished.refiner.get("/contacts").json
    furnished.refiner.identify("u-2")
    furnished.refiner.identify("u-1", plan="free", colour="red")
    furnished.refiner.get("/contacts")

    furnished.put("/snapshot", snapshot)

    assert furnished.refiner.get("/contacts").json == before
    assert len(furnished.get("/journal")["items"]) > 0
    assert furnished.get("/deliveries")["items"] == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"dialect": {"nonsense": "x"}}, "dialect"),
        ({"posture": "angry"}, "posture"),
        ({"contacts": [{}]}, "contacts[0]"),
        ({"stranger": 1}, "the snapshot"),
    ],
)
def test_a_refused_snapshot_names_the_place_and_changes_nothing(
    furnished: Control, change: dict[str, Any], place: str
) -> None:
    before = furnished.get("/snapshot", with_secrets=1)

    status, sentence = furnished.refused("PUT", "/snapshot", {**before, **change})

    assert (status, sentence.startswith(f"{place}:")) == (400, True)
    assert furnished.get("/snapshot", with_secrets=1) == before


def test_a_webhook_that_cannot_be_is_refused_before_anything_changes(furnished: Control) -> None:
    before = furnished.get("/snapshot", with_secrets=1)
    wrong = {**before["webhooks"][0], "url": "ftp://x"}

    status, sentence = furnished.refused("PUT", "/snapshot", {**before, "contacts": [], "webhooks": [wrong]})
    assert status == 400

    wrong = {**before, "responses": [], "webhooks": [wrong]}
    status, sentence = furnished.refused("PUT", "/snapshot", wrong)
    assert (status, sentence.startswith("webhooks[0].url:")) == (400, True)
    assert furnished.get("/snapshot", with_secrets=1) == before


def test_a_snapshot_may_be_larger_than_other_bodies(control: Control) -> None:
    """`max_body` is 100,000 here; what GET gave, PUT has to take."""
    for number in range(20):
        control.refiner.identify(f"u-{number}", biography="x" * 9_000)
    snapshot = control.get("/snapshot")

    assert len(orjson.dumps(snapshot)) > 100_000
    control.put("/snapshot", snapshot)


def test_a_fork_has_data_and_webhooks_and_a_key_of_its_own(control: Control, receiver: Receiver) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": receiver.url, "events": ["Saw Survey"], "auth_token": TOKEN})
    control.refiner.identify("u-1", plan="pro")

    fork = control.call("POST", "/environments/default/fork", {"name": "fork"})

    assert (fork.status, fork.json["name"]) == (201, "fork")
    path = "/environments/fork"
    client = Client(control.door, control.door.rooms.environments.get("fork"))
    assert client.get("/contact", id="u-1").json["attributes"]["plan"] == "pro"
    assert control.call("GET", f"{path}/clock").json == control.get("/clock")
    assert control.call("GET", f"{path}/journal").json["items"][0]["operation"] == "getContact"
    control.call("POST", f"{path}/simulate", {"event": "Saw Survey", "contact": {"id": "u-1"}})
    control.call("POST", f"{path}/settle")
    assert receiver.next().headers["Authorization"] == f"Bearer {TOKEN}"
    assert control.get("/deliveries")["items"] == []


def test_a_fork_needs_a_free_name(control: Control) -> None:
    assert control.refused("POST", "/fork", {"name": "default"})[0] == 409
    assert control.refused("POST", "/fork", {"name": "a b"})[0] == 400
    assert control.post("/fork")["name"] == "env-1"


def test_a_reset_goes_back_to_the_seed(control: Control) -> None:
    made = control.call(
        "POST", "/environments", {"name": "shop", "seed": "demo", "clock": {"set": "2026-01-31T10:00:00Z"}}
    ).json
    path = "/environments/shop"
    client = Client(control.door, control.door.rooms.environments.get("shop"))
    before = control.call("GET", f"{path}/snapshot").json
    client.identify("new", colour="red")
    control.call("POST", f"{path}/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Saw Survey"]})
    control.call("PUT", f"{path}/clock", {"freeze": True})

    shown = control.call("POST", f"{path}/reset")

    assert shown.status == 200
    assert {name: shown.json[name] for name in made} == made
    assert shown.json["deliveries_dropped"] == 0
    after = control.call("GET", f"{path}/snapshot").json
    assert after["clock"] == before["clock"]
    assert [one["remote_id"] for one in after["contacts"]] == [one["remote_id"] for one in before["contacts"]]
    assert (after["webhooks"], after["traits"]) == ([], before["traits"])
    assert control.call("GET", f"{path}/journal").json["items"] == []
    assert client.get("/contact", id="new").status == 404


def test_a_snapshot_with_the_same_webhook_twice_is_refused(furnished: Control) -> None:
    document = furnished.get("/snapshot")
    document["webhooks"] *= 2

    assert furnished.refused("PUT", "/snapshot", document) == (400, "webhooks: two of them have the same uuid")
    assert len(furnished.get("/webhooks")["items"]) == 1
