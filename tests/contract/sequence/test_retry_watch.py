"""What follows a refusal, a success and a lost answer: clients that break a rule, and honest ones that look alike."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import Any

import pytest

from mock_server.server import MockServer
from tests.contract.sequence.sequences import Miniature

EVENT = {"id": "u-1", "event": "Exported"}


def refuse(mini: Miniature, times: int = 1, seconds: int = 5) -> None:
    """Answer 429 so often."""
    mini.fault("status", status=429, retry_after=seconds, times=times)


def test_a_call_that_is_made_again_too_early_is_found(mini: Miniature) -> None:
    """(a) Rate limits, docs: 429 with Retry-After."""
    refuse(mini)

    mini.post("/track-event", EVENT)
    mini.wait(2)
    mini.post("/track-event", EVENT)

    (violation,) = mini.violations()
    assert (violation["rule"], violation["code"], violation["severity"]) == ("retry-after-ignored", "retry", "warning")
    assert violation["where"] == {"in": "sequence", "name": "Retry-After"}
    assert (violation["got"], violation["expected"]) == ("the next call after 2.0 s", "to wait 5 s")
    assert violation["injected"] is False, "the fault explains the refusal, and not that nobody waited"


@pytest.mark.parametrize("seconds", [4.95, 5, 60])
def test_whoever_waits_is_silent(mini: Miniature, seconds: float) -> None:
    """Timers may be early by a hair."""
    refuse(mini)

    mini.post("/track-event", EVENT)
    mini.wait(seconds)
    mini.post("/track-event", EVENT)

    assert mini.found() == []


def test_whoever_moves_the_clock_on_has_waited(mini: Miniature) -> None:
    refuse(mini)

    mini.post("/track-event", EVENT)
    mini.advance("5s")
    mini.post("/track-event", EVENT)

    assert mini.found() == []


def test_the_wait_may_be_told_as_a_date(mini: Miniature) -> None:
    assert mini.control("PATCH", "/settings", {"dialect": {"retry-after": "date"}}).status == 200
    refuse(mini, times=2)

    mini.post("/track-event", EVENT)
    mini.wait(5)
    mini.post("/track-event", EVENT)
    mini.wait(4)
    mini.post("/track-event", EVENT)

    assert [one["expected"] for one in mini.violations()] == ["to wait 5 s"]


def test_the_limits_of_the_server_itself_count_as_well(mini: Miniature) -> None:
    mini.control("PATCH", "/settings", {"rate_limits": True})

    for _ in range(102):
        mini.post("/identify-user", {"id": "u-1"})

    assert mini.found() == ["retry-after-ignored"]


def test_another_call_about_the_same_person_is_too_early_too(mini: Miniature) -> None:
    """(a) Rate limits, docs: a user has a limit of their own."""
    refuse(mini)

    mini.post("/track-event", EVENT)
    mini.post("/identify-user", {"id": "u-1", "plan": "pro"})

    assert mini.found() == ["retry-after-ignored"]


def test_calls_about_others_are_not_held_up_by_one_refusal(mini: Miniature) -> None:
    refuse(mini)

    mini.post("/track-event", EVENT)
    mini.post("/track-event", {**EVENT, "id": "u-2"})
    mini.get("/segments")

    assert mini.found() == []


def test_calls_that_were_on_their_way_are_not_held_against_anybody(mini: Miniature) -> None:
    """Another connection, and hardly any time: whoever sent that had not heard of the refusal."""
    refuse(mini, times=6)

    for connection in range(6):
        mini.port = 50_000 + connection
        mini.post("/track-event", EVENT)

    assert mini.found() == []


def test_a_client_with_a_new_connection_for_each_call_is_found_too(mini: Miniature) -> None:
    refuse(mini)

    mini.post("/track-event", EVENT)
    mini.port += 1
    mini.wait(0.5)
    mini.post("/track-event", EVENT)

    assert mini.found() == ["retry-after-ignored"]


def test_a_503_that_asks_to_wait_is_a_refusal_like_others(mini: Miniature) -> None:
    mini.fault("status", status=503, retry_after=5)
    for _ in range(2):
        mini.door.call("GET", "/v1/segments", headers=mini.bearer)
    assert mini.found() == ["retry-after-ignored"]


def test_a_500_asks_for_nothing(mini: Miniature) -> None:
    mini.fault("status", status=500)
    for _ in range(2):
        mini.door.call("GET", "/v1/segments", headers=mini.bearer)
    assert mini.found() == []


def test_hammering_is_found_once(mini: Miniature) -> None:
    refuse(mini, times=8)

    for _ in range(9):
        mini.post("/track-event", EVENT)

    assert mini.found() == ["retry-after-ignored", "hammering"]
    assert mini.violations()[1]["got"] == "3 calls too early in a row"


def test_to_go_on_with_others_while_all_is_refused_is_hammering(mini: Miniature) -> None:
    refuse(mini, times=6)

    for number in range(6):
        mini.post("/track-event", {**EVENT, "id": f"u-{number}"})

    (violation,) = mini.violations()
    assert (violation["rule"], violation["got"]) == ("hammering", "5 calls too early in a row")


def test_whoever_waits_after_each_refusal_may_be_refused_as_often_as_it_takes(mini: Miniature) -> None:
    refuse(mini, times=8)

    for _ in range(9):
        mini.post("/track-event", EVENT)
        mini.wait(5)

    assert mini.found() == []


@pytest.mark.parametrize(
    ("path", "call", "times"),
    [
        ("/forms/duplicate", {"name": "Copy"}, 2),
        ("/responses", {"id": "u-1", "nps": "9", "prevent_duplicates": False}, 3),
        ("/track-event", EVENT, 3),
    ],
)
def test_a_call_that_adds_something_each_time_is_not_to_be_made_again(
    mini: Miniature, path: str, call: dict[str, Any], times: int
) -> None:
    """What happened may happen again, so three events are a note."""
    call = call if call is EVENT else {**call, "form_uuid": mini.form_uuid()}

    for _ in range(times - 1):
        assert mini.post(path, call).status < 300
    assert mini.found() == []
    mini.post(path, call)

    (violation,) = mini.violations()
    severity = "note" if call is EVENT else "warning"
    assert (violation["rule"], violation["code"], violation["severity"]) == ("write-repeated", "retry", severity)
    assert violation["got"] == f"the same call {times} times in a row"


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("/identify-user", {"id": "u-1", "plan": "pro"}),
        ("/responses", {"id": "u-1", "nps": "9"}),
    ],
)
def test_what_can_be_repeated_may_be_repeated(mini: Miniature, path: str, call: dict[str, Any]) -> None:
    """Duplicates of responses are prevented unless that is switched off."""
    call = {**call, "form_uuid": mini.form_uuid()} if path == "/responses" else call

    for _ in range(10):
        assert mini.post(path, call).status < 300

    assert mini.found() == []


def test_an_event_may_happen_several_times(mini: Miniature) -> None:
    for number in range(10):
        mini.post("/track-event", EVENT)
        mini.post("/track-event", {**EVENT, "id": f"p-{number}"})
    for _ in range(10):
        mini.post("/track-event", EVENT)
        mini.wait(0.3)
    for _ in range(10):
        mini.post("/track-event", EVENT)
        mini.advance("1s")
    for _ in range(10):
        mini.port += 1
        mini.post("/track-event", EVENT)

    assert mini.found() == []


def test_two_copies_that_are_wanted_are_no_repetition(mini: Miniature) -> None:
    form = mini.form_uuid()

    mini.post("/forms/duplicate", {"form_uuid": form, "name": "Copy"})
    mini.post("/forms/duplicate", {"form_uuid": form, "name": "Another copy"})
    mini.post("/forms/duplicate", {"form_uuid": form, "name": "Copy"})
    mini.wait(2)
    mini.post("/forms/duplicate", {"form_uuid": form, "name": "Copy"})
    mini.advance("1d")
    mini.post("/forms/duplicate", {"form_uuid": form, "name": "Copy"})
    mini.get("/forms")
    mini.post("/forms/duplicate", {"form_uuid": form, "name": "Copy"})

    assert mini.found() == []


def test_a_call_that_was_refused_may_be_made_again(mini: Miniature) -> None:
    for _ in range(3):
        assert mini.post("/forms/duplicate", {"form_uuid": mini.environment.project_uuid, "name": "Copy"}).status == 404

    assert mini.found() == []


def test_an_event_that_is_sent_again_after_its_answer_was_lost_is_noted(mini: Miniature) -> None:
    mini.fault("garble")

    mini.door.call("POST", "/v1/track-event", headers=mini.bearer, body=b'{"id":"u-1","event":"Exported"}')
    mini.wait(3)
    mini.post("/track-event", EVENT)
    mini.post("/track-event", EVENT)

    (violation,) = mini.violations()
    assert (violation["rule"], violation["severity"]) == ("write-repeated-after-failure", "note")
    assert "garble" in violation["message"]


def test_whoever_gives_up_on_a_late_answer_does_not_know_either(mini: Miniature) -> None:
    mini.fault("delay", seconds=0.01, times=2)
    for _ in range(2):
        mini.post("/track-event", EVENT)
    mini.wait(1)
    mini.post("/track-event", EVENT)

    assert mini.found() == []

    mini.fault("delay", seconds=0.01)
    mini.post("/track-event", EVENT)
    mini.post("/track-event", EVENT)

    assert mini.found() == ["write-repeated-after-failure"]


@pytest.mark.parametrize(
    "call", [{"kind": "garble", "path": "/identify-user"}, {"kind": "status", "path": "/track-event"}]
)
def test_what_was_not_done_or_does_not_count_may_be_sent_again(mini: Miniature, call: dict[str, str]) -> None:
    mini.fault(call["kind"], **({"status": 500} if call["kind"] == "status" else {}))

    mini.door.call("POST", f"/v1{call['path']}", headers=mini.bearer, body=b'{"id":"u-1","event":"Exported"}')
    mini.post(call["path"], EVENT)

    assert mini.found() == []


def test_whoever_closes_its_connection_has_read_the_answer() -> None:
    """Many clients make a connection for each call, and are back within a millisecond."""
    with MockServer() as server, server.create_environment() as refiner:
        refiner.fault("status", status=429, retry_after=60, times=9)
        for _ in range(5):
            http = HTTPConnection(server.url.removeprefix("http://"))
            headers = {"Authorization": f"Bearer {refiner.api_key}", "Content-Type": "application/json"}
            http.request("POST", f"/e/{refiner.name}/v1/track-event", b'{"id":"u-1","event":"Exported"}', headers)
            assert http.getresponse().read()
            http.close()

        assert {one["rule"] for one in refiner.violations()} == {"retry-after-ignored", "hammering"}
