"""`refiner-mock trigger` and `resend`."""

from __future__ import annotations

import json

import pytest

from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say
from tests.miniatures.running import Receiver

EVENTS = ["Completed Survey", "Saw Survey", "Dismissed Survey", "Entered Segment", "Tag Added"]


@pytest.fixture
def form(refiner: RemoteEnvironment) -> str:
    return str(refiner.create_form("Spring NPS", [{"identifier": "nps", "text": "How likely?", "type": "nps"}])["uuid"])


def test_a_survey_is_completed_and_the_receivers_answer_shown(
    say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str
) -> None:
    refiner.subscribe(receiver.url, EVENTS)

    said = say(
        "trigger", "Completed Survey", "--env", "ENV", "--contact", "u-204",
        "--set", "data.nps=9", "data.why=a=b", 'data.uses=["web", "app"]',
    )  # fmt: skip

    assert said.code == 0, said.err
    body = receiver.next().body
    assert body["remote_id"] == "u-204"
    assert body["response"]["data"] == {"nps": "9", "why": "a=b", "uses": ["web", "app"]}
    first, out, back = said.out.splitlines()
    assert first.startswith("Completed Survey contact_uuid=")
    assert form in first
    assert out == f"-> Completed Survey {receiver.url} attempt 1"
    assert back.startswith("<- 200 in ")
    assert back.endswith(", delivered")


def test_all_five_events_can_be_triggered(say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str) -> None:
    refiner.subscribe(receiver.url, EVENTS)
    segment = refiner.create_segment("Beta")["uuid"]

    def trigger(*words: str) -> dict[str, str]:
        said = say("trigger", *words, "--env", "ENV", "--json")
        assert said.code == 0, said.err
        came: dict[str, str] = json.loads(said.out)
        return came

    trigger("saw-survey", "--form", form)
    trigger("dismissed_survey", "--form", form)
    response = trigger("completed survey", "--form", form)["response_uuid"]
    trigger("Entered Segment", "--segment", segment)
    trigger("TAG ADDED", "--response", response, "--tag", "called", "churn risk")

    arrived = [receiver.next().body for _ in EVENTS]
    assert sorted(body["triggered_event"] for body in arrived) == sorted(EVENTS)
    assert [tag["name"] for tag in arrived[-1]["response"]["tags"]] == ["called", "churn risk"]


@pytest.mark.parametrize("event", ["Completed Survey", "Saw Survey"])
def test_no_contact_means_whoever_was_active_last(
    say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str, event: str
) -> None:
    import requests

    refiner.subscribe(receiver.url, EVENTS)
    say("trigger", event, "--env", "ENV")
    assert receiver.next().body["remote_id"] == "u-1"

    for identity in ({"id": "u-7"}, {"email": "mira@example.org"}):
        given = {**identity, "event": "Report: exported", "api_key": refiner.api_key}
        assert requests.post(f"{refiner.base_url}/track-event", json=given, timeout=10).status_code == 202
        say("trigger", event, "--env", "ENV")
        body = receiver.next().body
        assert identity.items() <= {"id": body["remote_id"], "email": body["email"]}.items()
    assert {entry["operation"] for entry in refiner.journal()} == {"trackEvent"}


@pytest.mark.parametrize(
    ("given", "found"), [("u-9", ("remote_id", "u-9")), ("mira@example.org", ("email", "mira@example.org"))]
)
def test_a_contact_is_named_by_id_e_mail_or_uuid(
    say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str, given: str, found: tuple[str, str]
) -> None:
    refiner.subscribe(receiver.url, EVENTS)
    say("trigger", "saw-survey", "--env", "ENV", "--contact", given)
    body = receiver.next().body
    assert body[found[0]] == found[1]

    say("trigger", "saw-survey", "--env", "ENV", "--contact", body["uuid"].upper())
    assert receiver.next().body["uuid"] == body["uuid"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["Nonsense"], "Nonsense"),
        (["saw-survey", "--form", "34de57da-fd12-11ef-83b6-81e7e8e25d94"], "survey"),
        (["entered-segment"], "segment_uuid"),
        (["tag-added", "--tag", "a"], "response_uuid"),
        (["completed-survey", "--set", "nps=9"], "data.QUESTION=ANSWER"),
        (["completed-survey", "--set", "data.nps"], "KEY=VALUE"),
        (["completed-survey", "--set", "data.nps=[9"], "JSON list"),
    ],
)
def test_what_cannot_be_triggered_is_wrong_usage(
    say: Say, refiner: RemoteEnvironment, form: str, words: list[str], named: str
) -> None:
    said = say("trigger", "--env", "ENV", *words)
    assert (said.code, said.out) == (3, "")
    assert named.lower() in said.err.lower()


def test_it_says_when_nobody_listens(say: Say, refiner: RemoteEnvironment, form: str) -> None:
    said = say("trigger", "saw-survey", "--env", "ENV")
    assert "no webhook" in said.out


def test_a_receiver_that_is_down_is_shown_with_the_next_try(say: Say, refiner: RemoteEnvironment, form: str) -> None:
    refiner.subscribe("http://127.0.0.1:9/hook?secret=1", EVENTS)
    said = say("trigger", "saw-survey", "--env", "ENV")
    out, back = said.out.splitlines()[1:3]
    assert out == "-> Saw Survey http://127.0.0.1:9/hook?… attempt 1"
    assert back.startswith("<- no answer")
    assert "next try at " in back


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
