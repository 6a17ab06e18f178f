"""A case is played: a receiver that dies of it, a probe that fails, and what is refused before anything is sent."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mock_server.conformance import Report, check_receiver
from mock_server.conformance.receiver import courier, probe
from mock_server.conformance.report import Check
from mock_server.errors import UsageError
from tests.miniatures.receivers.honest import TOKEN, Honest, Receiver


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_GRACE", 0.01)
    monkeypatch.setattr(probe, "_LONGEST_WAIT", 0.3)
    monkeypatch.setattr(courier, "_PAUSES", (0.01, 0.01))


@pytest.fixture
def honest() -> Iterator[Receiver]:
    with Receiver(Honest) as receiver:
        yield receiver


def of(report: Report, outcome: str) -> list[Check]:
    return [check for check in report.checks if check.outcome == outcome]


def test_one_that_dies_of_a_payload_is_broken_and_the_rest_not_judged() -> None:
    class Dying(Honest):
        def receive(self, body: bytes) -> int:
            if b"cookie_uuid" not in body:
                return super().receive(body)
            self.server.shutdown()
            self.server.socket.close()
            return 0

    with Receiver(Dying) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["anonymous-contact", "emoji", "nulls"])
    assert report.exit_code == 1
    assert [check.id for check in of(report, "failed")] == ["anonymous-contact"]
    assert "closed the connection without a whole answer" in of(report, "failed")[0].detail
    assert [check.id for check in of(report, "not-judged")] == ["nulls"]
    assert [check.id for check in of(report, "skipped")] == ["emoji"]


def test_a_probe_that_fails_is_no_fault_of_the_receiver(honest: Receiver) -> None:
    report = check_receiver(honest.url, token=TOKEN, probe="false", cases=["token-*", "emoji"])
    assert report.exit_code == 2
    assert [check.detail for check in of(report, "not-judged")] == ["the probe ended with 1."]
    assert "token-accepted" in {check.id for check in of(report, "passed")}


def test_a_probe_that_fails_hides_no_failure() -> None:
    class Open(Honest):
        def admits(self, authorization: str | None) -> bool:
            return True

    with Receiver(Open) as receiver:
        assert check_receiver(receiver.url, token=TOKEN, probe="false", cases=["token-wrong"]).exit_code == 1


def test_a_probe_that_is_never_at_rest_tells_nothing(honest: Receiver) -> None:
    ticks = iter(range(10_000))
    report = check_receiver(
        honest.url, token=TOKEN, probe=lambda: str(next(ticks)).encode(), cases=["token-wrong", "token-missing"]
    )
    assert report.exit_code == 2
    assert "goes on changing" in of(report, "not-judged")[0].detail


def test_a_late_effect_is_told_from_one_that_should_not_be() -> None:
    """It keeps what it refused, and both show late: what patience finds it believes at once from then on."""

    class ActsLater(Honest):
        def admits(self, authorization: str | None) -> bool:
            self.right = super().admits(authorization)
            return True

        def take_in(self, payload: Mapping[str, Any]) -> None:
            threading.Timer(0.02, super().take_in, (payload,)).start()

        def receive(self, body: bytes) -> int:
            status = super().receive(body)
            return status if self.right else 401

    with Receiver(ActsLater) as receiver:
        cases = ["first-*", "second-*", "duplicates-*", "token-wrong", "token-missing", "token-empty"]
        report = check_receiver(receiver.url, token=TOKEN, probe=receiver.probe, cases=cases)
    assert [check.id for check in of(report, "failed")] == ["token-wrong", "token-missing", "token-empty"]


def test_the_level_of_a_failure_is_that_of_what_was_not_met() -> None:
    class Unfindable(Honest):
        refused = 404

    with Receiver(Unfindable) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["token-wrong"])
    assert report.exit_code == 0
    assert "warning: case token-wrong (SHOULD, assumed): Another token is refused" in report.render("text")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "ftp://127.0.0.1/"}, "no http:// or https:// address"),
        ({"url": "http://127.0.0.1:99999/"}, "no http:// or https:// address"),
        ({"url": "http://me:secret@127.0.0.1/"}, "neither a user name nor a space"),
        ({"token": ""}, "A token is text of printable ASCII"),
        ({"token": "a\r\nX: y"}, "A token is text of printable ASCII"),
        ({"token": TOKEN, "old_token": TOKEN}, "one of the two must be another"),
        ({"events": []}, "The events of a webhook are among Completed Survey,"),
        ({"events": ["Completed"]}, "The events of a webhook are among Completed Survey,"),
        ({"within": 0}, "within more than 0 and at most 60 seconds"),
        ({"within": float("nan")}, "within more than 0 and at most 60 seconds"),
        ({"cases": ["nonsense"]}, "No case is called 'nonsense'"),
        ({"fail_on": "everything"}, "cannot fail on 'everything'; choose from"),
        ({"probe": "  "}, "--probe names nothing"),
        ({"probe": "echo 'a"}, "--probe is no command line"),
        ({"update_baseline": True}, "it must be named"),
        ({"known_failing": "nowhere.txt"}, "nowhere.txt"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_sent(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as refused:
        check_receiver(**{"url": "http://127.0.0.1:9/", **given})
    assert "secret" not in str(refused.value)


def test_the_report_is_json_for_tools(honest: Receiver) -> None:
    report = check_receiver(honest.url, token=TOKEN, cases=["emoji", "token-wrong"])
    assert {check["id"] for check in json.loads(report.render("json"))["checks"]} >= {"emoji", "token-wrong"}
