"""`check_receiver`: what a run is made of, and that honest receivers pass it.

That each wrong one is caught, and no honest one accused, is `test_receiver_miniatures`' business.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mock_server.conformance import Report, check_receiver
from mock_server.conformance.receiver import courier, probe
from mock_server.conformance.receiver.cases import receiver_cases
from mock_server.conformance.report import Check
from mock_server.webhooks.subscriptions import EVENTS
from tests.miniatures.receivers.every import Throttles
from tests.miniatures.receivers.honest import OLD_TOKEN, TOKEN, Alone, Honest, Receiver
from tests.miniatures.receivers.wrong_doors import ActsFirst


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers of these tests do their work before they answer, unless they say so."""
    monkeypatch.setattr(probe, "_GRACE", 0.01)
    monkeypatch.setattr(probe, "_LONGEST_WAIT", 0.5)
    monkeypatch.setattr(courier, "_PAUSES", (0.01, 0.01))
    monkeypatch.setattr(courier, "_LONGEST_PAUSE", 0.01)


@pytest.fixture
def honest() -> Iterator[Receiver]:
    with Receiver(Honest) as receiver:
        yield receiver


def checked(receiver: Receiver, *cases: str, **given: Any) -> Report:
    """Return the report on a receiver, probed unless it is said otherwise."""
    everything = {"token": TOKEN, "old_token": OLD_TOKEN, "probe": receiver.probe, "cases": cases}
    return check_receiver(receiver.url, **(everything | given))


def by_id(report: Report) -> dict[str, Check]:
    return {check.id: check for check in report.checks}


def outcomes(report: Report) -> dict[str, list[str]]:
    """Return the ids of all cases that did not pass, by their outcome."""
    found: dict[str, list[str]] = {}
    for check in report.checks:
        if check.outcome != "passed":
            found.setdefault(check.outcome, []).append(check.id)
    return found


def test_an_honest_receiver_passes_everything(honest: Receiver) -> None:
    report = checked(honest)
    assert outcomes(report) == {}
    assert report.exit_code == 0
    assert len(report.checks) == len(receiver_cases())
    assert report.judged == len(honest.heard) > 200
    assert report.covered("webhook") == (5, 5)
    assert report.notes == ()
    assert (report.tool, report.subject) == ("check receiver", honest.url)


def test_one_thread_serves_fifty_at_once_one_after_the_other() -> None:
    with Alone(Honest) as receiver:
        assert checked(receiver, "fifty-at-once").exit_code == 0
    assert len({heard.json["response"]["uuid"] for heard in receiver.heard[3:]}) == 50


def test_a_queue_before_everything_is_not_broken() -> None:
    """It puts everything that has the right token into a queue, unread."""

    class Queue(Honest):
        def receive(self, body: bytes) -> int:
            status = super().receive(body)
            return 200 if status == 400 else status

    with Receiver(Queue) as receiver:
        report = checked(receiver, "*json*", "empty-*", "token-w*")
    assert report.exit_code == 0
    assert outcomes(report) == {"failed": ["malformed-json-refused", "empty-body-refused"]}
    assert report.severity(by_id(report)["empty-body-refused"]) == "warning"


def test_effects_that_come_later_than_the_grace_accuse_nobody() -> None:
    """The effect of what was accepted shows after the duplicate was sent: all is done once more, patiently."""

    class Lazy(Honest):
        def take_in(self, payload: Mapping[str, Any]) -> None:
            threading.Timer(0.1, super().take_in, (payload,)).start()

    with Receiver(Lazy) as receiver:
        report = checked(receiver, "duplicates-without-effect", "token-wrong")
    assert outcomes(report) == {}


def test_effects_that_come_too_late_to_wait_for_them_leave_the_probe_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_LATEST", 0.05)

    class Lazy(Honest):
        def take_in(self, payload: Mapping[str, Any]) -> None:
            threading.Timer(0.2, super().take_in, (payload,)).start()

    with Receiver(Lazy) as receiver:
        report = checked(receiver, "*-effect", "token-wrong")
    assert report.exit_code == 2
    [check] = [check for check in report.checks if check.outcome == "not-judged"]
    assert "effects show only after 0." in check.detail
    assert "give no --probe" in check.detail


def test_a_should_warns_and_breaks_only_who_asks_for_that() -> None:
    class Once(Honest):
        def receive(self, body: bytes) -> int:
            return 409 if [each.body for each in self.server.heard].count(body) > 1 else 200

    with Receiver(Once) as receiver:
        assert checked(receiver, "duplicates").exit_code == 0
        assert checked(receiver, "duplicates", fail_on="warning").exit_code == 1


@pytest.mark.parametrize(("refused", "level"), [(404, "SHOULD"), (302, "SHOULD"), (200, "MUST"), (500, "MUST")])
def test_a_token_must_not_be_taken_and_should_be_refused_by_401(refused: int, level: str) -> None:
    with Receiver(type("Door", (Honest,), {"refused": refused})) as receiver:
        [*_, check] = checked(receiver, "token-wrong").checks
    assert (check.outcome, check.level) == ("failed", level)


def test_a_refusal_with_an_effect_is_a_must_whatever_its_status() -> None:
    with Receiver(type("Acts", (ActsFirst,), {"refused": 404})) as receiver:
        [*_, check] = checked(receiver, "token-wrong").checks
    assert (check.outcome, check.level) == ("failed", "MUST")
    assert "Wanted: an unchanged probe." in check.detail


@pytest.mark.parametrize(("status", "level"), [(422, "SHOULD"), (500, "MUST")])
def test_an_event_whose_name_is_assumed_may_be_refused_but_not_failed_at(status: int, level: str) -> None:
    class Validates(Honest):
        def receive(self, body: bytes) -> int:
            return status if b"Entered Segment" in body else super().receive(body)

    with Receiver(Validates) as receiver:
        [*_, check] = checked(receiver, "entered-segment").checks
    assert (check.outcome, check.level, check.evidence) == ("failed", level, "assumed")


class Refusing(Honest):
    def admits(self, authorization: str | None) -> bool:
        return False


def test_who_refuses_everything_proves_nothing_by_it() -> None:
    with Receiver(Refusing) as receiver:
        report = checked(receiver, "token-*", "emoji", "*-refused")
    assert report.exit_code == 1
    assert outcomes(report)["failed"] == ["token-accepted"]
    assert {check.id for check in report.checks if check.outcome == "passed"} == {"answered-in-time", "no-redirect"}
    assert report.notes[0] == "Skipped 13 cases: Unless token-accepted passes, this proves nothing."


class Fails(Honest):
    """Fails at first, as a program does that is not yet ready."""

    times = 2

    def receive(self, body: bytes) -> int:
        if b"\xf0\x9f" not in body or [each.body for each in self.server.heard].count(body) > self.times:
            return super().receive(body)
        return 502


def test_a_5xx_is_sent_again_where_a_2xx_is_wanted_and_that_is_said() -> None:
    with Receiver(Fails) as receiver:
        report = checked(receiver, "emoji")
    assert (report.exit_code, outcomes(report)) == (0, {})
    assert report.notes[-1].startswith("1 delivery was put off (1 × 502) and answered otherwise when sent again")
    with Receiver(type("Broken", (Fails,), {"times": 3})) as receiver:
        assert outcomes(checked(receiver, "emoji"))["failed"] == ["emoji"]


def test_a_5xx_is_not_sent_again_where_none_is_allowed() -> None:
    class Weak(Honest):
        def receive(self, body: bytes) -> int:
            return 500 if body == b"[]" else super().receive(body)

    with Receiver(Weak) as receiver:
        assert outcomes(checked(receiver, "foreign-json"))["failed"] == ["foreign-json"]
        assert [heard.body for heard in receiver.heard].count(b"[]") == 1


class WithALongLine(Receiver):
    """Lets nobody wait who connects."""

    request_queue_size = 64


@pytest.mark.parametrize("status", [429, 503])
def test_of_fifty_at_once_those_that_are_put_off_accuse_nobody(status: int) -> None:
    class Sparse(Throttles):
        def receive(self, body: bytes) -> int:
            return status if len(self.server.heard) > 20 else Honest.receive(self, body)

    with WithALongLine(Sparse) as receiver:
        report = checked(receiver, "fifty-at-once")
    assert (report.exit_code, outcomes(report)) == (0, {})
    [note] = report.notes
    assert re.fullmatch(rf"(\d+) deliveries were put off \(\1 × {status}\) for longer than a check waits; .*", note)


def test_who_always_asks_to_come_again_later_is_not_judged() -> None:
    class Closed(Throttles):
        def receive(self, body: bytes) -> int:
            return 503

    with Receiver(Closed) as receiver:
        report = checked(receiver, "token-*", "emoji")
    assert report.exit_code == 2
    assert outcomes(report)["not-judged"] == ["token-accepted"]
    assert by_id(report)["token-accepted"].detail.startswith("It asks to come again later (503)")


def test_without_a_token_none_is_sent_and_what_concerns_tokens_is_skipped_and_said() -> None:
    class Open(Honest):
        def admits(self, authorization: str | None) -> bool:
            return authorization is None

    with Receiver(Open) as receiver:
        report = checked(receiver, "token-*", "emoji", token=None, old_token=None)
    assert report.exit_code == 0
    assert by_id(report)["token-accepted"].outcome == by_id(report)["emoji"].outcome == "passed"
    assert len(outcomes(report)["skipped"]) == 10
    assert [note for note in report.notes if "No --token is given." in note]


def test_without_a_probe_what_needs_one_is_skipped_and_said(honest: Receiver) -> None:
    report = checked(honest, "first-*", "duplicates*", "redelivery-after-refusal", "token-wrong", probe=None)
    assert outcomes(report) == {"skipped": ["first-delivery-has-effect", "duplicates-without-effect"]}
    assert report.notes == ("Skipped first-delivery-has-effect, duplicates-without-effect: No --probe is given.",)


def test_only_the_events_that_it_is_registered_for_are_sent(honest: Receiver) -> None:
    report = checked(honest, "*-survey", "entered-*", "token-*", "out-*", "unknown-fields", events=["Entered Segment"])
    assert {heard.json["triggered_event"] for heard in honest.heard} == {"Entered Segment"}
    assert by_id(report)["completed-survey"].detail == "It is not registered for Completed Survey."
    assert by_id(report)["entered-segment"].outcome == "passed"
    assert {part.id for part in report.coverage if part.count} == {"Entered Segment"}
    assert {part.id for part in report.coverage} == set(EVENTS)


def test_what_a_case_rests_on_is_played_before_it(honest: Receiver) -> None:
    report = checked(honest, "emoji")
    assert [check.id for check in report.checks] == ["answered-in-time", "no-redirect", "token-accepted", "emoji"]


def test_what_must_change_nothing_is_looked_at_together(honest: Receiver) -> None:
    looks: list[int] = []

    def look() -> bytes:
        looks.append(len(honest.heard))
        return b"the same"

    report = checked(honest, "token-*", probe=look)
    assert (report.exit_code, outcomes(report)) == (0, {})
    assert looks == [3, 3, 13], "twice to see that it rests, and once after ten bad tokens"
