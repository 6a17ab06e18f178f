"""A run against one receiver: how it ends early, what it tells of a failure, and what it never tells."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mock_server.conformance import Report, check_receiver, probe
from mock_server.conformance.cases import receiver_cases
from mock_server.conformance.report import Check
from mock_server.conformance.tokens import MANNERS
from mock_server.errors import UsageError
from tests.conformance.receivers import OLD, TOKEN, Heard, Honest, Place, listening
from tests.miniatures.running import tool


@pytest.fixture(autouse=True)
def _quick_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_GRACE", 0.01)
    monkeypatch.setattr(probe, "_LONGEST_WAIT", 0.3)


@pytest.fixture
def honest() -> Iterator[Place]:
    with listening(Honest()) as place:
        yield place


def of(report: Report, outcome: str) -> list[Check]:
    return [check for check in report.checks if check.outcome == outcome]


class Refusing(Honest):
    def allowed(self, heard: Heard) -> bool:
        return False


class Silent(Honest):
    """Closes every connection without a word."""

    def answer(self, heard: Heard) -> int:
        return 0


@dataclass
class Hanging(Honest):
    """Takes its time."""

    go_on: threading.Event = field(default_factory=threading.Event)

    def answer(self, heard: Heard) -> int:
        self.go_on.wait(30)
        return 200


class Echo(Honest):
    """Takes everything and says what it was given."""

    def allowed(self, heard: Heard) -> bool:
        return True

    def said(self, heard: Heard) -> bytes:
        return str(heard.headers["Authorization"]).encode()


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


def test_what_never_answers_a_word_of_http_is_not_judged(capfd: pytest.CaptureFixture[str]) -> None:
    with listening(Silent()) as place:
        report = check_receiver(place.url, token=TOKEN, cases=["answered-*", "token-*", "emoji"])
    assert report.exit_code == 2
    assert [check.detail for check in of(report, "not-judged")] == ["Not one delivery was answered."]
    assert of(report, "failed") == []


def test_an_address_of_another_protocol_is_not_judged(honest: Place) -> None:
    report = check_receiver(honest.url.replace("http:", "https:"), token=TOKEN, cases=["emoji"])
    assert report.exit_code == 2
    assert "TLS with 127.0.0.1:" in report.checks[0].detail


def test_one_that_refuses_every_good_delivery_is_broken() -> None:
    with listening(Refusing()) as place:
        report = check_receiver(place.url, token=TOKEN, cases=["token-*"])
    assert report.exit_code == 1
    assert [check.id for check in of(report, "failed")] == ["token-accepted"]


def test_three_timeouts_end_the_run_with_what_is_known() -> None:
    receiver = Hanging()
    with listening(receiver) as place:
        report = check_receiver(place.url, token=TOKEN, within=0.05)
        receiver.go_on.set()
    assert report.exit_code == 1
    assert [check.id for check in of(report, "failed")] == ["answered-in-time", "no-redirect", "token-accepted"]
    assert "Came: no complete answer within 0.05 s." in report.checks[0].detail
    [last] = of(report, "not-judged")
    assert last.detail == "The run was ended after 3 deliveries without an answer in time."


def test_an_answer_that_trickles_in_is_late_too() -> None:
    class Trickling(Honest):
        def said(self, heard: Heard) -> bytes:
            release.wait(30)
            return b""

    release = threading.Event()
    with listening(Trickling()) as place:
        report = check_receiver(place.url, token=TOKEN, within=0.05, cases=["answered-in-time"])
        release.set()
    assert report.exit_code == 1


def test_when_time_is_up_the_rest_is_not_judged(honest: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.conformance.receiver.LONGEST", 0.0)
    report = check_receiver(honest.url, token=TOKEN)
    assert report.exit_code == 2
    assert [check.detail for check in of(report, "not-judged")] == ["The time of the run was over."]
    assert honest.receiver.heard == []


def test_one_that_dies_of_a_payload_is_broken_and_the_rest_not_judged() -> None:
    class Dying(Honest):
        def answer(self, heard: Heard) -> int:
            if b"cookie_uuid" not in heard.body:
                return super().answer(heard)
            place.server.shutdown()
            place.server.socket.close()
            return 0

    with listening(Dying()) as place:
        report = check_receiver(place.url, token=TOKEN, cases=["token-accepted", "anonymous-contact", "emoji", "nulls"])
    assert report.exit_code == 1
    assert [check.id for check in of(report, "failed")] == ["anonymous-contact"]
    assert "closed the connection without a whole answer" in of(report, "failed")[0].detail
    assert [check.id for check in of(report, "not-judged")] == ["nulls"]
    assert [check.id for check in of(report, "skipped")] == ["emoji"]


def test_a_probe_that_fails_is_no_fault_of_the_receiver(honest: Place) -> None:
    report = check_receiver(honest.url, token=TOKEN, probe="false", cases=["token-*", "emoji"])
    assert report.exit_code == 2
    assert [check.detail for check in of(report, "not-judged")] == ["the probe ended with 1."]
    assert {check.id for check in of(report, "passed")} == {"token-accepted", "emoji"}


def test_a_probe_that_fails_hides_no_failure() -> None:
    with listening(Echo()) as place:
        report = check_receiver(place.url, token=TOKEN, probe="false", cases=["token-wrong"])
    assert report.exit_code == 1


def test_a_probe_that_is_never_at_rest_tells_nothing(honest: Place) -> None:
    ticks = iter(range(10_000))
    report = check_receiver(
        honest.url, token=TOKEN, probe=lambda: str(next(ticks)).encode(), cases=["token-wrong", "token-missing"]
    )
    assert report.exit_code == 2
    assert "goes on changing" in of(report, "not-judged")[0].detail


def test_a_failure_says_what_was_wanted_what_came_and_what_was_sent() -> None:
    class Moved(Honest):
        def answer(self, heard: Heard) -> int:
            return 301

    with listening(Moved()) as place:
        report = check_receiver(place.url, token=TOKEN, cases=["other-content-type", "tag-added", "fifty-at-once"])
    tagged, fifty = of(report, "failed")
    assert tagged.detail.splitlines()[:2] == [
        "Wanted: a 2xx. Came: 301, to /elsewhere; redirects are not followed.",
        "Sent: Tag Added.",
    ]
    assert "Of 50 at once 50 did not get it: 50 × 301." in fifty.detail


def test_a_probe_that_moved_is_shown_where_it_moved() -> None:
    class Counting(Honest):
        def shown(self) -> tuple[int, bytes]:
            return 200, b"x" * 1_000 + f" {len(self.heard)} deliveries".encode()

    with listening(Counting()) as place:
        report = check_receiver(place.url, token=TOKEN, probe=place.url, cases=["token-wrong"])
    told = f"The probe showed {'x' * 39} 1 deliveries before and shows {'x' * 39} 2 deliveries now."
    assert told in report.checks[0].detail, "it was looked at once more"


@pytest.mark.parametrize("manner", [manner for manner in MANNERS if manner != "right"])
def test_the_curl_of_a_failure_repeats_it(manner: str) -> None:
    id = {"basic": "token-as-basic"}.get(manner, f"token-{manner}")
    with listening(Echo()) as place:
        report = check_receiver(place.url, token=TOKEN, old_token=OLD, cases=[id])
        [check] = report.checks
        [heard] = place.receiver.heard
        assert check.outcome == "failed"
        assert check.curl is not None
        repeated(check.curl)
    again = place.receiver.heard[1]
    assert (again.headers["Authorization"] or "").strip() == (heard.headers["Authorization"] or "").strip()
    assert (again.json, again.headers["Content-Type"]) == (heard.json, "application/json")


def repeated(command: str) -> None:
    """Run a command of a report as its reader would."""
    tool("curl")
    told = {"REFINER_WEBHOOK_TOKEN": TOKEN, "REFINER_WEBHOOK_OLD_TOKEN": OLD}
    subprocess.run(["sh", "-c", command], env={**os.environ, **told}, capture_output=True, timeout=30, check=True)


def test_no_token_is_ever_shown() -> None:
    class Prober(Echo):
        def shown(self) -> tuple[int, bytes]:
            return 200, str([heard.headers["Authorization"] for heard in self.heard]).encode()

    with listening(Prober()) as place:
        report = check_receiver(
            f"{place.url}?key={TOKEN}", token=TOKEN, old_token=OLD, probe=place.url, cases=["token-*", "dup*", "large*"]
        )
    assert len(of(report, "failed")) > 8
    shown = str(report)
    for secret in (TOKEN, OLD, TOKEN.swapcase(), TOKEN[:-1], "czNjcmV0"):
        assert secret not in shown


def test_a_body_too_long_for_a_command_is_sent_again_by_its_case() -> None:
    class Small(Honest):
        def answer(self, heard: Heard) -> int:
            return 413 if len(heard.body) > 100_000 else 200

    with listening(Small()) as place:
        [check] = check_receiver(place.url, token=TOKEN, cases=["large-*"]).checks
    assert check.curl == (
        f'refiner-mock check receiver {place.url} --case large-answers --token "$REFINER_WEBHOOK_TOKEN"'
    )


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
        ({"cases": ["nonsense"]}, "No case is called 'nonsense'"),
        ({"fail_on": "everything"}, "not on 'everything'"),
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


def test_the_report_is_json_for_tools(honest: Place) -> None:
    report = check_receiver(honest.url, token=TOKEN, cases=["emoji", "token-wrong"])
    assert {check["id"] for check in json.loads(report.render("json"))["checks"]} == {"emoji", "token-wrong"}
