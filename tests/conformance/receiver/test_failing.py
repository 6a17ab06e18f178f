"""What is told of a failure, how it is repeated, and what is never told."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.cli import main
from mock_server.conformance import Report, check_receiver
from mock_server.conformance.receiver import courier, probe
from mock_server.conformance.receiver.tokens import MANNERS, Keyring
from mock_server.conformance.report import Check
from tests.miniatures.receivers.honest import OLD_TOKEN, TOKEN, Honest, Receiver
from tests.miniatures.running import tool


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_GRACE", 0.01)
    monkeypatch.setattr(probe, "_LONGEST_WAIT", 0.3)
    monkeypatch.setattr(courier, "_PAUSES", (0.01, 0.01))


class Echo(Honest):
    """Takes everything, twice if it comes twice, and says what it was given."""

    def admits(self, authorization: str | None) -> bool:
        return True

    def words(self) -> bytes:
        return f"{self.headers['Authorization']} at {self.path}".encode()

    def show(self) -> tuple[int, bytes]:
        return 200, str([heard.headers["Authorization"] for heard in self.server.heard]).encode()


@pytest.fixture
def echo() -> Iterator[Receiver]:
    with Receiver(Echo) as receiver:
        yield receiver


def failed(report: Report) -> list[Check]:
    return [check for check in report.checks if check.outcome == "failed"]


def test_a_failure_says_what_was_wanted_what_came_and_what_was_sent() -> None:
    class Moved(Honest):
        def receive(self, body: bytes) -> int:
            return 301 if b"churn risk" in body or len(self.server.heard) > 10 else 200

    with Receiver(Moved) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["tag-added", "fifty-at-once", "nulls"])
    tagged, fifty = failed(report)
    assert tagged.detail.splitlines()[:2] == [
        "Wanted: a 2xx. Came: 301, to /elsewhere; redirects are not followed.",
        "Sent: Tag Added.",
    ]
    assert "Of 50 at once " in fifty.detail
    assert " × 301." in fifty.detail


def test_a_probe_that_moved_is_shown_where_it_moved() -> None:
    class Counting(Honest):
        def show(self) -> tuple[int, bytes]:
            return 200, b"x" * 1_000 + f" {len(self.server.heard)} deliveries".encode()

    with Receiver(Counting) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, probe=receiver.probe, cases=["token-wrong"])
    [check] = failed(report)
    told = f"Wanted: an unchanged probe. The probe showed {'x' * 39} 5 deliveries before and shows {'x' * 39} 6"
    assert told in check.detail, "one for all bad tokens, one by itself, one more with patience"


@pytest.mark.parametrize("manner", [manner for manner in MANNERS if manner != "right"])
def test_the_curl_of_a_failure_repeats_it(manner: str, echo: Receiver) -> None:
    id = {"basic": "token-as-basic"}.get(manner, f"token-{manner}")
    [check] = failed(check_receiver(echo.url, token=TOKEN, old_token=OLD_TOKEN, cases=[id]))
    assert check.curl is not None
    tool("curl")
    told = {"REFINER_WEBHOOK_TOKEN": TOKEN, "REFINER_WEBHOOK_OLD_TOKEN": OLD_TOKEN}
    subprocess.run(["sh", "-c", check.curl], env={**os.environ, **told}, capture_output=True, timeout=30, check=True)
    heard, again = echo.heard[-2:]
    assert again.headers.get("Authorization") == heard.headers.get("Authorization")
    assert (again.json, again.headers["Content-Type"]) == (heard.json, "application/json")


def test_a_command_ends_a_header_as_it_was_sent(echo: Receiver) -> None:
    """The blank behind `Bearer` is what some receivers look for, though most servers cut it off."""
    [check] = failed(check_receiver(echo.url, token=TOKEN, cases=["token-empty"]))
    assert check.curl is not None
    assert ' -H "Authorization: Bearer " ' in check.curl


def test_what_one_delivery_does_not_repeat_is_played_again(echo: Receiver) -> None:
    """With the same probe, tokens, events and patience; variables stand for what may be secret."""
    given: dict[str, Any] = {"old_token": OLD_TOKEN, "events": ["Completed Survey", "Saw Survey"], "within": 7.5}
    report = check_receiver(
        f"{echo.url}?key=TOPSECRETQ", token=TOKEN, probe=f"{echo.probe}?key=1", cases=["duplicates-*"], **given
    )
    [check] = failed(report)
    assert check.curl == (
        'refiner-mock check receiver "$REFINER_WEBHOOK_URL" --token "$REFINER_WEBHOOK_TOKEN" '
        '--old-token "$REFINER_WEBHOOK_OLD_TOKEN" --probe "$REFINER_WEBHOOK_PROBE" '
        "--event 'Completed Survey' --event 'Saw Survey' --within 7.5 --case duplicates-without-effect"
    )


def test_a_command_that_plays_a_case_again_is_one_of_ours(echo: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    [check] = failed(check_receiver(echo.url, token=TOKEN, probe=echo.probe, cases=["duplicates-*"], within=9))
    assert check.curl is not None
    words = shlex.split(check.curl.replace("$REFINER_WEBHOOK_TOKEN", TOKEN))
    assert main(words[1:]) == 1
    assert "error: case duplicates-without-effect (MUST, assumed): " in capsys.readouterr().out


def test_a_body_too_long_for_a_command_is_sent_again_by_its_case() -> None:
    class Small(Honest):
        def receive(self, body: bytes) -> int:
            return 413 if len(body) > 100_000 else 200

    with Receiver(Small) as receiver:
        [check] = failed(check_receiver(receiver.url, token=TOKEN, cases=["large-*"]))
    assert check.curl == (
        f'refiner-mock check receiver {receiver.url} --token "$REFINER_WEBHOOK_TOKEN" --case large-answers'
    )


def test_of_many_at_once_the_case_is_played_again() -> None:
    class Full(Honest):
        def receive(self, body: bytes) -> int:
            return 200 if len(self.server.heard) < 9 else 500

    with Receiver(Full) as receiver:
        [check] = failed(check_receiver(receiver.url, token=TOKEN, cases=["fifty-at-once"]))
    assert check.curl is not None
    assert check.curl.endswith("--case fifty-at-once")


def test_no_secret_is_ever_shown(echo: Receiver) -> None:
    report = check_receiver(
        f"{echo.url}?key={TOKEN}&more=TOPSECRETQ",
        token=TOKEN,
        old_token=OLD_TOKEN,
        probe=f"{echo.probe}?key=PROBESECRET",
        cases=["token-*", "dup*", "malformed-*", "large*"],
    )
    assert len(failed(report)) > 8
    shown = str(report)
    for secret in (TOKEN, OLD_TOKEN, TOKEN.swapcase(), TOKEN[:-1], "czNjcmV0", "TOPSECRETQ", "PROBESECRET"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("token", "text", "shown"),
    [
        ("abc", "got abc, wanted xabc", "got a…, wanted xa…"),
        ("s3cret", "s3cret, s3cretx and S3CRET", "s3c…, s3c… and S3C…"),
        ("a-long-token", "Bearer a-long-token", "Bearer a-lo…"),
    ],
)
def test_at_most_half_of_a_token_is_shown(token: str, text: str, shown: str) -> None:
    assert Keyring(token).masked(text) == shown


def test_a_few_whole_commands_are_enough_for_the_eye() -> None:
    class Fails(Honest):
        def receive(self, body: bytes) -> int:
            return 500 if len(self.server.heard) > 3 else 200

    with Receiver(Fails) as receiver:
        report = check_receiver(receiver.url, token=TOKEN)
    assert len(failed(report)) > 20
    text = report.render("text")
    assert 1 <= text.count("again: curl ") <= 5
    assert "again: the same run with --case emoji" in text
    assert report.render("json").count('"curl": "curl ') > 15
