"""Deliveries on their way: nobody there, no answer, none in time, and when a run ends early."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from mock_server.conformance import Report, check_receiver
from mock_server.conformance.receiver import courier
from mock_server.conformance.receiver.cases import receiver_cases
from mock_server.conformance.report import Check
from tests.miniatures.receivers.honest import TOKEN, Honest, Receiver


@pytest.fixture
def honest() -> Iterator[Receiver]:
    with Receiver(Honest) as receiver:
        yield receiver


def of(report: Report, outcome: str) -> list[Check]:
    return [check for check in report.checks if check.outcome == outcome]


class Silent(Honest):
    """Closes every connection without a word."""

    def receive(self, body: bytes) -> int:
        return 0


class Hanging(Honest):
    """Takes its time."""

    def receive(self, body: bytes) -> int:
        self.server.closing.wait(30)
        return super().receive(body)


def test_a_receiver_that_is_down_is_not_judged() -> None:
    began = time.monotonic()
    with socket.socket() as taken:  # but nobody listens
        taken.bind(("127.0.0.1", 0))
        report = check_receiver(f"http://127.0.0.1:{taken.getsockname()[1]}/", token=TOKEN)
    assert report.exit_code == 2
    assert report.judged == 0
    [first] = of(report, "not-judged")
    assert "nothing listens at 127.0.0.1:" in first.detail
    assert len(of(report, "skipped")) == len(receiver_cases()) - 1
    assert time.monotonic() - began < 10


def test_what_never_answers_a_word_of_http_is_not_judged_and_why_is_said() -> None:
    with Receiver(Silent) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["token-*", "emoji"])
    assert report.exit_code == 2
    [check] = of(report, "not-judged")
    assert check.detail.startswith("Not one delivery was answered: 127.0.0.1:")
    assert check.detail.endswith("closed the connection without a whole answer.")
    assert of(report, "failed") == []


def test_an_address_of_another_protocol_is_not_judged(honest: Receiver) -> None:
    report = check_receiver(honest.url.replace("http:", "https:"), token=TOKEN, cases=["emoji"])
    assert report.exit_code == 2
    assert "TLS with 127.0.0.1:" in report.checks[0].detail


def test_a_receiver_that_hangs_is_told_so_once() -> None:
    with Receiver(Hanging) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, within=0.5)
    assert report.exit_code == 1
    assert [check.id for check in of(report, "failed")] == ["answered-in-time"]
    assert "Came: no complete answer within 0.5 s." in report.checks[0].detail
    assert of(report, "not-judged") == []


def test_three_timeouts_end_the_run_with_what_is_known() -> None:
    class HangsBeyondAscii(Hanging):
        def receive(self, body: bytes) -> int:
            return Honest.receive(self, body) if body.isascii() else super().receive(body)

    with Receiver(HangsBeyondAscii) as receiver:
        cases = ["emoji", "right-*", "quotes-*", "nulls", "token-wrong"]
        report = check_receiver(receiver.url, token=TOKEN, within=0.5, cases=cases)
    assert report.exit_code == 1
    assert [check.id for check in of(report, "failed")] == ["emoji", "right-to-left-text", "quotes-and-markup"]
    [check] = of(report, "not-judged")
    assert (check.id, check.detail) == (
        "token-wrong",
        "The run was ended after 3 deliveries without an answer in time.",
    )


def test_an_answer_that_trickles_in_is_late_too() -> None:
    class Trickling(Honest):
        def words(self) -> bytes:
            self.server.closing.wait(30)
            return b""

    with Receiver(Trickling) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, within=0.5, cases=["answered-in-time"])
    assert report.exit_code == 1


def test_when_time_is_up_the_rest_is_not_judged(honest: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.conformance.receiver.battery.LONGEST", 0.0)
    report = check_receiver(honest.url, token=TOKEN)
    assert report.exit_code == 2
    assert [check.detail for check in of(report, "not-judged")] == ["The time of the run was over."]
    assert honest.heard == []


def test_it_is_not_waited_again_and_again_for_who_never_recovers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "_PAUSES", (0.05, 0.05))
    monkeypatch.setattr(courier, "_IN_VAIN", 0.08)

    class Fails(Honest):
        def receive(self, body: bytes) -> int:
            return super().receive(body) if len(self.server.heard) < 4 else 500

    with Receiver(Fails) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["emoji", "nulls", "no-segments"])
        assert len(of(report, "failed")) == 3
        assert len(receiver.heard) == 3 + 3 + 1 + 1, (
            "the first of them is sent three times, then time was wasted enough"
        )
