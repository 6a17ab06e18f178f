"""`refiner-mock check receiver`."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mock_server.cli import main
from mock_server.conformance.receiver.cases import receiver_cases
from tests.cli.conftest import Said
from tests.miniatures.receivers.honest import TOKEN, Honest, Receiver
from tests.miniatures.running import run

Check = Callable[..., Said]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what runs a command line in this very process."""
    monkeypatch.delenv("REFINER_WEBHOOK_TOKEN", raising=False)

    def said(*words: str) -> Said:
        capsys.readouterr()
        code = main(["check", "receiver", *words])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return said


class Loose(Honest):
    """Takes any token."""

    def admits(self, authorization: str | None) -> bool:
        return True


@pytest.fixture
def honest() -> Iterator[Receiver]:
    with Receiver(Honest) as receiver:
        yield receiver


@pytest.fixture
def loose() -> Iterator[Receiver]:
    with Receiver(Loose) as receiver:
        yield receiver


def test_an_honest_receiver_ends_with_0_and_says_what_was_judged(check: Check, honest: Receiver) -> None:
    said = check(honest.url, "--token", TOKEN, "--case", "token-*", "--case", "emoji", "--probe", honest.probe)
    assert (said.code, said.err) == (0, "")
    assert f"refiner-mock check receiver: kept ({honest.url})" in said.out
    assert "No --old-token is given." in said.out


def test_a_wrong_one_ends_with_1_and_says_what_was_wrong(check: Check, loose: Receiver) -> None:
    said = check(loose.url, "--token", TOKEN, "--case", "token-wrong")
    assert said.code == 1
    assert "error: case token-wrong (MUST, assumed): Another token is refused, without effect" in said.out
    assert "Wanted: 401 or 403. Came: 200" in said.out
    assert "again: curl " in said.out


def test_one_that_is_down_ends_with_2() -> None:
    with Receiver(Honest) as receiver:
        receiver.server_close()
        done = run("check", "receiver", receiver.url, "--token", TOKEN)
    assert (done.returncode, done.stderr) == (2, "")
    assert "nothing listens at" in done.stdout


def test_the_token_may_stand_in_a_variable(check: Check, honest: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFINER_WEBHOOK_TOKEN", TOKEN)
    assert check(honest.url, "--case", "token-[am]*").code == 0
    assert honest.heard[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_events_are_those_that_it_is_registered_for(check: Check, honest: Receiver) -> None:
    said = check(honest.url, "--token", TOKEN, "--event", "Saw Survey", "--event", "Tag Added", "--case", "*-s*")
    assert said.code == 0
    assert {heard.json["triggered_event"] for heard in honest.heard} == {"Saw Survey"}
    assert "completed-survey, dismissed-survey" not in said.out
    assert "It is not registered for Completed Survey." in said.out


def test_reports_go_where_they_are_asked_to(check: Check, loose: Receiver, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "report.json"
    said = check(loose.url, "--token", TOKEN, "--case", "token-w*", "--report", f"json={place}", "--report", "github")
    assert said.code == 1
    assert json.loads(place.read_text("utf-8"))["tool"] == "check receiver"
    assert said.out.startswith("::error")


def test_fail_on_decides_what_breaks(check: Check, loose: Receiver) -> None:
    words = (loose.url, "--token", TOKEN, "--case", "token-wrong")
    assert check(*words, "--fail-on", "never").code == 0
    assert check(*words, "--fail-on", "note").code == 1


def test_known_failures_are_kept_and_stay_honest(
    check: Check, loose: Receiver, honest: Receiver, tmp_path: Path
) -> None:
    known = tmp_path / "known.txt"
    words = ("--token", TOKEN, "--case", "token-[mw]*", "--known-failing", str(known))
    assert check(loose.url, *words).code == 3, "there is no such file"
    assert check(loose.url, *words, "--update-baseline").code == 0
    assert known.read_text("utf-8").split() == ["token-missing", "token-wrong"]
    assert check(loose.url, *words).code == 0
    better = check(honest.url, *words)
    assert better.code == 1, "an unexpected pass fails"
    assert "token-wrong" in better.out
    assert check(honest.url, *words, "--update-baseline").code == 0
    assert known.read_text("utf-8") == ""


def test_a_list_that_names_no_case_is_wrong_usage(check: Check, honest: Receiver, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text("tokn-wrong\n", "utf-8")
    said = check(honest.url, "--token", TOKEN, "--known-failing", str(known))
    assert said.code == 3
    assert "tokn-wrong" in said.err
    assert honest.heard == []


def test_the_seed_number_decides_what_is_generated(check: Check, honest: Receiver) -> None:
    def generated(number: str) -> list[bytes]:
        before = len(honest.heard)
        assert check(honest.url, "--token", TOKEN, "--case", "any-*", "--seed-number", number).code == 0
        return [heard.body for heard in honest.heard[before + 3 :]]

    generated("5")  # Hypothesis draws constants of the modules that are loaded by then: all of them are from now on
    assert generated("5") == generated("5") != generated("6")


def test_the_cases_are_listed_and_nothing_is_sent(check: Check, honest: Receiver) -> None:
    said = check(honest.url, "--list")
    assert (said.code, honest.heard) == (0, [])
    lines = said.out.splitlines()
    assert len(lines) == len(receiver_cases())
    for case, line in zip(receiver_cases(), lines, strict=True):
        assert line.split(None, 3) == [case.level, case.evidence, case.id, case.title]
    some = [line.split()[2] for line in check("--list", "--case", "emoji").out.splitlines()]
    assert some == ["answered-in-time", "no-redirect", "token-accepted", "emoji"]


def test_how_long_it_may_take_can_be_said(check: Check) -> None:
    class Slow(Honest):
        def receive(self, body: bytes) -> int:
            self.server.closing.wait(30)
            return 200

    with Receiver(Slow) as receiver:
        said = check(receiver.url, "--within", "0.5")
    assert said.code == 1
    assert "Came: no complete answer within 0.5 s." in said.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say where the receiver listens"),
        (("hook",), "no http:// or https:// address"),
        (("http://127.0.0.1:9/", "--case", "nonsense"), "No case is called 'nonsense'"),
        (("http://127.0.0.1:9/", "--event", "Opened Survey"), "--event is 'Opened Survey'"),
        (("http://127.0.0.1:9/", "--report", "pdf"), "no report format 'pdf'"),
        (("http://127.0.0.1:9/", "--update-baseline"), "--known-failing"),
        (("http://127.0.0.1:9/", "--seed-number", "x"), "--seed-number"),
        (("http://127.0.0.1:9/", "--fail-on", "x"), "--fail-on"),
        (("http://127.0.0.1:9/", "--within", "0"), "answers within more than 0 and at most 60 seconds"),
        (("http://127.0.0.1:9/", "--within", "soon"), "--within"),
    ],
)
def test_wrong_usage_ends_with_3_and_says_why(check: Check, words: tuple[str, ...], said: str) -> None:
    done = check(*words)
    assert (done.code, done.out) == (3, "")
    assert said in done.err


def test_ctrl_c_ends_it_with_what_is_known(check: Check, tmp_path: Path) -> None:
    class Interrupting(Honest):
        def receive(self, body: bytes) -> int:
            if len(self.server.heard) == 3:
                signal.pthread_kill(main_thread, signal.SIGINT)
                self.server.closing.wait(30)
            return super().receive(body)

    main_thread = threading.get_ident()
    with Receiver(Interrupting) as receiver:
        said = check(receiver.url, "--token", TOKEN, "--report", "text", "--report", f"json={tmp_path / 'r.json'}")
    assert said.code == 2
    assert "The run was interrupted." in said.out
    assert "not judged (exit code 2): not all could be judged" in said.out
    checks = json.loads((tmp_path / "r.json").read_text("utf-8"))["checks"]
    assert {check["outcome"] for check in checks} == {"passed", "not-judged", "skipped"}


def test_a_check_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 3
    assert "CHECK" in capsys.readouterr().err
