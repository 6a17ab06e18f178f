"""`refiner-mock resend`."""

from __future__ import annotations

import json

import pytest

from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say
from tests.miniatures.running import Receiver

EVENTS = ["Saw Survey"]


@pytest.fixture
def form(refiner: RemoteEnvironment) -> str:
    return str(refiner.create_form("Spring NPS", [{"identifier": "nps", "text": "How likely?", "type": "nps"}])["uuid"])


def test_a_delivery_is_sent_again(say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str) -> None:
    refiner.subscribe(receiver.url, EVENTS, auth_token="s3cret")
    say("trigger", "saw-survey", "--env", "ENV")
    (delivery,) = refiner.deliveries()

    plain = say("resend", delivery["id"], "--env", "ENV")
    bare = say("resend", delivery["id"], "--env", "ENV", "--mutation", "no_token", "--json")

    first, second, third = (receiver.next() for _ in range(3))
    assert first.body == second.body == third.body
    assert second.headers["Authorization"] == "Bearer s3cret"
    assert "Authorization" not in third.headers
    assert plain.out.splitlines()[1].endswith(", delivered")
    assert [copy["redelivery_of"] for copy in json.loads(bare.out)] == [delivery["id"]]


def test_a_late_copy_waits_for_the_clock(say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str) -> None:
    refiner.subscribe(receiver.url, EVENTS)
    say("trigger", "saw-survey", "--env", "ENV")
    (delivery,) = refiner.deliveries()
    said = say("resend", delivery["id"], "--env", "ENV", "--mutation", "late")
    assert "waits until " in said.out


def test_an_unknown_delivery_is_wrong_usage(say: Say, refiner: RemoteEnvironment) -> None:
    said = say("resend", "nonsense", "--env", "ENV")
    assert said.code == 3
    assert "delivery" in said.err
