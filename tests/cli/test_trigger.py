"""`refiner-mock trigger`."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mock_server.cli import following
from mock_server.cli.trigger import EXAMPLES, OPTIONS
from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say
from tests.miniatures.running import PATIENCE, Receiver, Served, command, receiving, serving, surroundings

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
    first, created, out, back = said.out.splitlines()
    assert first.startswith("Completed Survey contact_uuid=")
    assert form in first
    assert created == "created contact u-204"
    assert out == f"-> d1 Completed Survey {receiver.url} attempt 1"
    assert back.startswith("<- d1 200 in ")
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
        (["entered-segment"], "needs --segment"),
        (["tag-added", "--tag", "a"], "needs --response"),
        (["tag-added", "--response", "latest"], "--tag"),
        (["saw-survey", "--set", "data.nps=9"], "takes no --set"),
        (["saw-survey", "--segment", "All Users"], "takes no --segment"),
        (["tag-added", "--response", "latest", "--tag", "a", "--contact", "u-1"], "takes no --contact"),
        (["tag-added", "--response", "latest", "--tag", "a"], "no response"),
        (["saw-survey", "--form", "Summer"], "choose from Spring NPS"),
        (["entered-segment", "--segment", "all users"], "did you mean All Users?"),
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


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("id:34de57da-fd12-11ef-83b6-81e7e8e25d94", ("remote_id", "34de57da-fd12-11ef-83b6-81e7e8e25d94")),
        ("id:mira@shop", ("remote_id", "mira@shop")),
        ("id:id:7", ("remote_id", "id:7")),
        ("tenant:7", ("remote_id", "tenant:7")),
        ("email:mira@example.org", ("email", "mira@example.org")),
    ],
)
def test_a_prefix_says_what_names_the_contact(
    say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str, given: str, found: tuple[str, str]
) -> None:
    """Whatever a customer's own user ids look like, also like a uuid or an e-mail."""
    refiner.subscribe(receiver.url, EVENTS)
    said = say("trigger", "saw-survey", "--env", "ENV", "--contact", given)
    assert said.code == 0, said.err
    body = receiver.next().body
    assert body[found[0]] == found[1]

    say("trigger", "saw-survey", "--env", "ENV", "--contact", f"uuid:{body['uuid']}")
    assert receiver.next().body["uuid"] == body["uuid"]


def test_only_the_deliveries_of_its_own_are_asked_for(
    say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log may hold thousands of others, and each is shown with all its attempts."""
    refiner.subscribe(receiver.url, EVENTS)
    say("trigger", "saw-survey", "--env", "ENV")
    asked: list[list[str]] = []
    deliveries = RemoteEnvironment.deliveries

    def listening(self: RemoteEnvironment, *, since: int = 0, wait: float | None = None) -> list[dict[str, Any]]:
        found = deliveries(self, since=since, wait=wait)
        asked.append([delivery["id"] for delivery in found])
        return found

    monkeypatch.setattr(RemoteEnvironment, "deliveries", listening)
    say("trigger", "saw-survey", "--env", "ENV")
    say("resend", "d1", "--env", "ENV")

    assert {id for found in asked for id in found} == {"d2", "d3"}


def test_it_says_when_nobody_listens(say: Say, refiner: RemoteEnvironment, form: str) -> None:
    said = say("trigger", "saw-survey", "--env", "ENV")
    assert "no webhook of this environment wants it" in said.out

    refiner.subscribe("http://127.0.0.1:9/hook", ["Saw Survey"], active=False)
    said = say("trigger", "saw-survey", "--env", "ENV")
    assert said.out.splitlines()[1:] == [
        "the webhook http://127.0.0.1:9/hook would be told, but is switched off (active: false)"
    ]


def test_it_says_when_nothing_happened(say: Say, refiner: RemoteEnvironment, receiver: Receiver, form: str) -> None:
    refiner.subscribe(receiver.url, ["Tag Added"])
    say("trigger", "saw-survey", "--env", "ENV")
    said = [say("trigger", "tag-added", "--env", "ENV", "--response", "latest", "--tag", "called") for _ in range(2)]
    assert "-> d1 Tag Added " in said[0].out
    assert said[1].out.splitlines()[1:] == ["nothing happened: the response has that tag already"]


def test_every_event_has_an_example_that_works(tmp_path: Path) -> None:
    examples = [
        shlex.split(line)[1:] for line in re.findall(r"^  (refiner-mock .+?)(?: {3}.*)?$", EXAMPLES, re.MULTILINE)
    ]
    with receiving() as receiver, serving(tmp_path, "--quiet", "--seed", "demo", "--webhook", receiver.url) as served:
        said = [served.run(*words).stdout for words in examples]
        assert [next(event for event in OPTIONS if event in one) for one in said] == list(OPTIONS)
        assert all(f"{receiver.url} attempt 1\n<- " in one for one in said)


@pytest.mark.parametrize(("verb", "option"), [("saw-survey", "--form"), ("entered-segment", "--segment")])
def test_a_name_that_two_have_is_not_guessed(
    say: Say, refiner: RemoteEnvironment, form: str, verb: str, option: str
) -> None:
    twins = [(refiner.create_form if option == "--form" else refiner.create_segment)("Twin")["uuid"] for _ in "12"]
    said = say("trigger", verb, "--env", "ENV", option, "Twin")
    assert said.code == 3
    assert all(uuid in said.err for uuid in twins)
    assert twins[0] in say("trigger", verb, "--env", "ENV", option, twins[0].upper()).out


def test_what_others_cause_meanwhile_is_not_shown(say: Say, refiner: RemoteEnvironment, form: str) -> None:
    refiner.subscribe("http://127.0.0.1:9/hook", EVENTS)
    for _ in range(2):
        refiner.simulate("Saw Survey", contact={"id": "u-1"})
    said = say("trigger", "saw-survey", "--env", "ENV", "--json")
    assert [delivery["id"] for delivery in json.loads(said.out)["deliveries"]] == ["d3"]


def test_while_a_receiver_is_slow_it_says_that_it_waits(
    say: Say, refiner: RemoteEnvironment, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "SILENCE", 0.05)
    monkeypatch.setattr(following, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        refiner.subscribe(f"http://127.0.0.1:{silent.getsockname()[1]}/hook", EVENTS)
        said = say("trigger", "saw-survey", "--env", "ENV")
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("-> d1 Saw Survey ")
    assert "waiting for the receiver's answer" in said.err
    assert "refiner-mock goes on waiting" in said.err


def test_a_server_that_goes_away_meanwhile_is_said_with_2(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        serving(tmp_path, "--seed", "demo", "--webhook", f"http://127.0.0.1:{silent.getsockname()[1]}/") as served,
        triggering(served) as trigger,
    ):
        assert trigger.stdout is not None
        lines = [trigger.stdout.readline() for _ in range(2)]
        assert [line.split()[0] for line in lines] == ["Saw", "->"]
        served.stop()
        rest, error = trigger.communicate(timeout=PATIENCE)
    assert (trigger.returncode, rest) == (2, "")
    assert f"the server at {served.url} went away while webhooks were under way" in error


def triggering(served: Served) -> subprocess.Popen[str]:
    """Start a trigger as a process of its own."""
    return subprocess.Popen(
        command("trigger", "saw-survey", "--contact", "u-101"),
        env=surroundings({"REFINER_MOCK_URL": served.url}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_receiver_that_is_down_is_shown_with_the_next_try(say: Say, refiner: RemoteEnvironment, form: str) -> None:
    refiner.subscribe("http://127.0.0.1:9/hook?secret=1", EVENTS)
    said = say("trigger", "saw-survey", "--env", "ENV")
    out, back = said.out.splitlines()[-2:]
    assert out == "-> d1 Saw Survey http://127.0.0.1:9/hook?… attempt 1"
    assert re.match(r"<- d1 no answer in [\d.]+ ms, nothing listens at 127\.0\.0\.1:9, next try at ", back)
