"""Registration of webhooks, our own routes: design 3.1. Deliveries themselves are tested with `webhooks`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.settings import Settings
from mock_server.state.records import Identity
from tests.api.door import Client, Door
from tests.miniatures.running import Receiver, receiving

NOWHERE = "c41a7e52-00c4-11f0-8f3b-0b6f9d2e7a11"
TARGET = "http://127.0.0.1:9/hook"
TOKEN = "a-secret-token"
ALL_EVENTS = ["Completed Survey", "Saw Survey", "Dismissed Survey", "Entered Segment", "Tag Added"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def register(refiner: Client, **more: Any) -> dict[str, Any]:
    reply = refiner.post("/webhooks", {"name": "CRM", "url": TARGET, "events": ["Completed Survey"], **more})
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.json
    return made


def test_a_webhook_is_made_shown_listed_changed_and_deleted(refiner: Client) -> None:
    made = register(refiner, auth_token=TOKEN)
    path = f"/webhooks/{made['uuid']}"

    assert refiner.get(path).json == made
    assert refiner.get("/webhooks").json["items"] == [made]

    changed = refiner.post(path, {"active": False, "events": ALL_EVENTS}, method="PATCH").json
    assert changed == {**made, "active": False, "events": ALL_EVENTS}

    assert refiner.delete(path).json == {"message": "ok"}
    assert refiner.get(path).status == 404
    assert refiner.get("/webhooks").json["pagination"]["items_count"] == 0


def test_the_token_is_never_returned(refiner: Client) -> None:
    """Design 3.1: only `has_auth_token`, not even by the creation."""
    made = refiner.post(
        "/webhooks", {"name": "CRM", "url": TARGET, "events": ["Completed Survey"], "auth_token": TOKEN}
    )

    assert made.json["has_auth_token"] is True
    bodies = [made.body, refiner.get("/webhooks").body, refiner.get(f"/webhooks/{made.json['uuid']}").body]
    assert not any(TOKEN in body.decode() for body in bodies)


@pytest.mark.parametrize("how", ["json", "form", "query", "multipart", "cut json"])
def test_the_token_is_not_shown_in_the_journal_either(refiner: Client, how: str) -> None:
    """errors.py: no message carries a token; so no exchange does."""
    text = f"name=CRM&url={TARGET}&events[]=Saw+Survey&auth_token={TOKEN}"
    body = {"auth_token": TOKEN, "name": "CRM", "url": TARGET, "events": ["Saw Survey"]}
    if how == "json":
        reply = refiner.post("/webhooks", body)
    elif how == "cut json":
        reply = refiner.post("/webhooks", {**body, "padding": "x" * 20_000})
    elif how == "multipart":
        fields = {"name": "CRM", "url": TARGET, "events[]": "Saw Survey", "auth_token": TOKEN}
        parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields]
        sent = "".join(parts) + "--b--\r\n"
        reply = refiner.send("POST", "/webhooks", "multipart/form-data; boundary=b", sent.encode())
    else:
        reply = refiner.form("/webhooks", text) if how == "form" else refiner.send("POST", "/webhooks", query=text)

    shown = refiner.door.call("GET", f"/_mock/api/requests/{reply.headers['refiner-mock-request-id']}").body
    assert reply.status == 201
    assert TOKEN not in shown.decode()
    assert f"{TOKEN[:4]}…" in shown.decode()


def test_a_patch_changes_only_what_it_names_and_null_takes_the_token_away(refiner: Client) -> None:
    form = refiner.form_uuid()
    made = register(refiner, auth_token=TOKEN, form_uuids=[form], active=False)
    path = f"/webhooks/{made['uuid']}"

    assert refiner.post(path, {"name": "Other"}, method="PATCH").json == {**made, "name": "Other"}
    assert refiner.post(path, {"auth_token": None}, method="PATCH").json["has_auth_token"] is False


@pytest.mark.parametrize(
    "fault",
    [
        {"events": ["Nonsense"]},
        {"events": []},
        {"events": None},
        {"url": "ftp://127.0.0.1/"},
        {"url": None},
        {"form_uuids": ["x"]},
        {"active": "maybe"},
    ],
)
def test_what_cannot_be_a_webhook_is_refused(refiner: Client, fault: dict[str, Any]) -> None:
    body = {"name": "CRM", "url": TARGET, "events": ["Completed Survey"], **fault}

    reply = refiner.post("/webhooks", body)

    assert (reply.status, list(reply.json)) == (400, ["message"])
    assert next(iter(fault)) in reply.json["message"]


def test_an_unknown_webhook_is_not_found(refiner: Client) -> None:
    path = f"/webhooks/{NOWHERE}"

    assert refiner.get(path).status == 404
    assert refiner.delete(path).status == 404
    assert refiner.post(path, {"active": True}, method="PATCH").status == 404
    assert refiner.post(f"{path}/test").status == 404


def test_webhooks_have_a_bound() -> None:
    door = Door(Settings(max_webhooks=1))
    client = Client(door, door.rooms.environments.get("default"))
    register(client)

    reply = client.post("/webhooks", {"name": "CRM", "url": TARGET, "events": ["Completed Survey"]})

    assert reply.status == 400
    assert "max_webhooks" in reply.json["message"]
    door.close()


def happen(refiner: Client, event: str) -> None:
    """Let an event happen once, to u-1."""
    form = refiner.form_uuid()
    if event == "Entered Segment":
        refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": refiner.segment_uuid()})
    elif event == "Tag Added":
        stored = refiner.post("/responses", {"id": "u-1", "form_uuid": form, "nps": 9}).json["uuid"]
        refiner.post("/responses/tags", {"uuid": stored, "tags": ["called"]})
    else:
        refiner.simulate(event, contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})


@pytest.mark.parametrize("event", ALL_EVENTS)
def test_a_test_delivery_sends_what_last_happened(refiner: Client, receiver: Receiver, event: str) -> None:
    """Built from real state, sent through the engine with the token; it fits the contract's payload."""
    happen(refiner, event)
    made = register(refiner, url=receiver.url, events=[event], auth_token=TOKEN)

    reply = refiner.post(f"/webhooks/{made['uuid']}/test")
    refiner.control("POST", "/settle")

    assert (reply.status, reply.json) == (200, {"message": "ok"})
    received = receiver.next()
    assert received.headers["Authorization"] == f"Bearer {TOKEN}"
    assert (received.body["triggered_event"], received.body["remote_id"]) == (event, "u-1")
    contract = refiner.door.rooms.contract
    pointer = contract.payload_pointer(event)
    assert pointer is not None
    contract.validator(pointer).validate(received.body)


def test_a_test_delivery_of_an_entry_is_of_a_segment_that_the_webhook_wants(
    refiner: Client, receiver: Receiver
) -> None:
    """Design rule 7: the last entry that fired, not just any membership; the dialect lets the payload say which."""
    refiner.control("PATCH", "/settings", {"dialect": {"entered-segment": "named"}})
    refiner.freeze("2026-01-31T10:00:00Z")
    first, second = refiner.segment_uuid("A"), refiner.segment_uuid("B")
    for who, segment in (("u-1", first), ("u-2", first), ("u-1", second)):
        refiner.advance("1m")
        refiner.post("/sync-segment", {"id": who, "segment_uuid": segment})

    def sent(**filters: Any) -> tuple[str, str]:
        made = register(refiner, url=receiver.url, events=["Entered Segment"], **filters)
        assert refiner.post(f"/webhooks/{made['uuid']}/test").status == 200
        refiner.control("POST", "/settle")
        body = receiver.next().body
        return body["remote_id"], body["segment"]["name"]

    assert sent(segment_uuids=[first]) == ("u-2", "A")
    assert sent(segment_uuids=[first, second]) == sent() == ("u-1", "B")


def test_nobody_enters_all_users_with_an_event_so_there_is_nothing_to_test_with(refiner: Client) -> None:
    everyone = refiner.get("/segments").json["items"][0]["uuid"]
    refiner.identify("u-1")
    for filters in ({}, {"segment_uuids": [everyone]}):
        made = register(refiner, events=["Entered Segment"], **filters)
        assert refiner.post(f"/webhooks/{made['uuid']}/test").status == 400


@pytest.mark.parametrize("event", ALL_EVENTS)
def test_nothing_true_to_send_is_said(refiner: Client, event: str) -> None:
    made = register(refiner, events=[event])

    reply = refiner.post(f"/webhooks/{made['uuid']}/test")

    assert reply.status == 400
    assert event in reply.json["message"]


def test_calls_fire_webhooks_with_the_request_as_their_cause(refiner: Client, receiver: Receiver) -> None:
    """Design rule 7: webhooks are fired by transitions."""
    segment = refiner.segment_uuid()
    refiner.environment.identify(Identity(id="u-1"), {})
    register(refiner, url=receiver.url, events=["Entered Segment"], segment_uuids=[segment])

    reply = refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment})
    refiner.control("POST", "/settle")

    [delivery] = refiner.control("GET", "/deliveries").json["items"]
    assert (delivery["status"], delivery["cause"]) == ("delivered", reply.headers["refiner-mock-request-id"])
    assert receiver.next().body["triggered_event"] == "Entered Segment"
