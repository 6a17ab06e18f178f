"""`check_receiver`: honest receivers of every style pass. Wrong ones are `test_receiver_miniatures`' business."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from mock_server.conformance import Report, check_receiver, probe
from mock_server.conformance.cases import receiver_cases
from mock_server.conformance.report import Check
from mock_server.webhooks.subscriptions import EVENTS
from tests.conformance.receivers import OLD, TOKEN, Heard, Honest, Place, listening


@pytest.fixture(autouse=True)
def _quick_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers of these tests do their work before they answer, unless they say so."""
    monkeypatch.setattr(probe, "_GRACE", 0.01)
    monkeypatch.setattr(probe, "_LONGEST_WAIT", 0.5)


def checked(place: Place, *cases: str, **given: Any) -> Report:
    """Return the report on a receiver, probed unless it is said otherwise."""
    everything = {"token": TOKEN, "old_token": OLD, "probe": place.url, "cases": cases}
    return check_receiver(place.url, **(everything | given))


def by_id(report: Report) -> dict[str, Check]:
    return {check.id: check for check in report.checks}


def outcomes(report: Report) -> dict[str, list[str]]:
    """Return the ids of all cases that did not pass, by their outcome."""
    found: dict[str, list[str]] = {}
    for check in report.checks:
        if check.outcome != "passed":
            found.setdefault(check.outcome, []).append(check.id)
    return found


def test_an_honest_receiver_passes_everything() -> None:
    with listening(Honest()) as place:
        report = checked(place)
    assert outcomes(report) == {}
    assert report.exit_code == 0
    assert len(report.checks) == len(receiver_cases())
    assert report.judged == len(place.receiver.heard) > 100
    assert report.covered("webhook") == (5, 5)
    assert report.notes == ()
    assert (report.tool, report.subject) == ("check receiver", place.url)


class InBackground(Honest):
    """Says 202, and does its work a little later."""

    def take(self, webhook: dict[str, Any]) -> None:
        if "triggered_event" not in webhook:
            raise LookupError
        timer = threading.Timer(0.05, super().take, (webhook,))
        timer.daemon = True
        timer.start()

    def answer(self, heard: Heard) -> int:
        return {200: 202}.get(status := super().answer(heard), status)


class Particular(Honest):
    """Refuses with 403 and other content types with 415, and says 204."""

    def answer(self, heard: Heard) -> int:
        if not self.allowed(heard):
            return 403
        if heard.headers["Content-Type"] != "application/json":
            return 415
        return {200: 204}.get(status := super().answer(heard), status)


class OneEvent(Honest):
    """Wants one event, and says 400 to others."""

    def take(self, webhook: dict[str, Any]) -> None:
        if webhook["triggered_event"] != "Completed Survey":
            raise ValueError
        super().take(webhook)


class Queue(Honest):
    """Puts everything that has the right token into a queue, unread."""

    def answer(self, heard: Heard) -> int:
        status = super().answer(heard)
        return 200 if status == 400 else status


CHEAP = (
    "answered-*",
    "first-*",
    "*-survey",
    "large-*",
    "dup*",
    "out-*",
    "redelivery-*",
    "*json*",
    "empty-*",
    "token-*",
)
EFFECTS = ("first-*", "duplicates-*", "redelivery-*", "malformed-json", "token-wrong")


@pytest.mark.parametrize(
    ("receiver", "style", "cases", "events"),
    [
        (InBackground, {}, EFFECTS, EVENTS),
        (Particular, {}, (*CHEAP, "other-*"), EVENTS),
        (OneEvent, {}, CHEAP, EVENTS[:1]),
        (Honest, {"protocol": "HTTP/1.1"}, CHEAP, EVENTS),
        (Honest, {"server": http.server.HTTPServer}, CHEAP, EVENTS),
    ],
    ids=["in the background", "particular", "one event", "kept connections", "one thread"],
)
def test_honest_receivers_of_any_style_pass(
    receiver: type[Honest], style: dict[str, Any], cases: Sequence[str], events: Sequence[str]
) -> None:
    with listening(receiver(), **style) as place:
        report = checked(place, *cases, events=events)
    assert outcomes(report).keys() <= {"skipped"}
    assert report.exit_code == 0


def test_one_thread_serves_fifty_at_once_one_after_the_other() -> None:
    with listening(Honest(), server=http.server.HTTPServer) as place:
        assert checked(place, "fifty-*").exit_code == 0
    assert len({heard.json["response"]["uuid"] for heard in place.receiver.heard}) == 50


def test_a_queue_before_everything_is_not_broken() -> None:
    with listening(Queue()) as place:
        report = checked(place, *CHEAP)
    assert report.exit_code == 0
    assert outcomes(report) == {"failed": ["malformed-json-refused", "empty-body-refused"]}
    assert report.severity(by_id(report)["empty-body-refused"]) == "warning"


def test_effects_that_come_later_than_the_grace_accuse_nobody() -> None:
    """The effect of what was accepted shows after the duplicate was refused: it is looked at once more."""

    class Lazy(Honest):
        def take(self, webhook: dict[str, Any]) -> None:
            timer = threading.Timer(0.1, super().take, (webhook,))
            timer.daemon = True
            timer.start()

    with listening(Lazy()) as place:
        report = checked(place, "duplicates-without-effect", "token-wrong")
    assert outcomes(report) == {}


def test_a_should_warns_and_breaks_only_who_asks_for_that() -> None:
    class Once(Honest):
        def answer(self, heard: Heard) -> int:
            return 409 if [each.body for each in self.heard].count(heard.body) > 1 else 200

    with listening(Once()) as place:
        assert checked(place, "duplicates").exit_code == 0
        assert checked(place, "duplicates", fail_on="warning").exit_code == 1


@pytest.fixture
def honest() -> Iterator[Place]:
    with listening(Honest()) as place:
        yield place


def test_without_a_token_none_is_sent_and_what_concerns_tokens_is_skipped_and_said() -> None:
    class Open(Honest):
        def allowed(self, heard: Heard) -> bool:
            return heard.headers["Authorization"] is None

    with listening(Open()) as place:
        report = checked(place, "token-*", "emoji", token=None, old_token=None)
    assert report.exit_code == 0
    assert by_id(report)["token-accepted"].outcome == by_id(report)["emoji"].outcome == "passed"
    assert len(outcomes(report)["skipped"]) == 9
    assert [note for note in report.notes if "No --token is given." in note]


def test_without_a_probe_what_needs_one_is_skipped_and_said(honest: Place) -> None:
    report = checked(honest, "first-*", "dup*", "token-wrong", probe=None)
    assert outcomes(report) == {"skipped": ["first-delivery-has-effect", "duplicates-without-effect"]}
    assert report.notes == ("Skipped first-delivery-has-effect, duplicates-without-effect: No --probe is given.",)


def test_only_the_events_that_it_is_registered_for_are_sent(honest: Place) -> None:
    report = checked(honest, "*-survey", "entered-*", "token-*", "out-*", events=["Entered Segment"])
    assert {heard.json["triggered_event"] for heard in honest.receiver.heard} == {"Entered Segment"}
    assert by_id(report)["completed-survey"].detail == "It is not registered for Completed Survey."
    assert by_id(report)["entered-segment"].outcome == "passed"
    assert {part.id for part in report.coverage if part.count} == {"Entered Segment"}
    assert {part.id for part in report.coverage} == set(EVENTS)
