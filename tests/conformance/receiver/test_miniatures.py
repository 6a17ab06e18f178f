"""The battery for receivers catches each wrong one by the case that is meant for it, and accuses no honest one."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.conformance.receiver import courier, probe
from mock_server.conformance.receiver.battery import check_receiver
from mock_server.conformance.receiver.cases import receiver_cases
from mock_server.conformance.report import Report
from tests.miniatures.receivers.every import HONEST, WRONG
from tests.miniatures.receivers.honest import OLD_TOKEN, TOKEN, Honest, Receiver
from tests.miniatures.receivers.wrong_habits import DiesOfBrokenJson
from tests.miniatures.running import command, surroundings, tool

PROGRAMS = Path(__file__).parents[2] / "miniatures" / "receivers"
CASES = [case.id for case in receiver_cases()]
TELLING = ("*-effect", "twice-*", "redelivery-after-refusal", "emoji", "token-*")
"""The cases in which honest receivers differ."""


def judged(answering: type[Honest], *cases: str, within: float = 15.0) -> Report:
    """Return what the battery, or these cases of it, says of a receiver."""
    with Receiver(answering) as receiver:
        return check_receiver(
            receiver.url,
            token=TOKEN,
            old_token=OLD_TOKEN,
            probe=receiver.probe,
            cases=cases,
            fail_on="note",
            within=within,
        )


def failed(report: Report) -> list[str]:
    return [check.id for check in report.checks if check.outcome == "failed"]


def patience(name: str) -> float:
    """Return how long one receiver is waited for: the slow one is slow enough for any limit."""
    return 0.3 if name == "is never ready" else 15.0


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for effects that never come, nor before a delivery is sent again."""
    monkeypatch.setattr(probe, "_LONGEST_WAIT", 0.4)
    monkeypatch.setattr(probe, "_GRACE", 0.03)
    monkeypatch.setattr(courier, "_PAUSES", (0.01, 0.01))
    monkeypatch.setattr(courier, "_LONGEST_PAUSE", 0.25)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_receiver_is_caught_by_its_case(hurry: None, name: str) -> None:
    answering, case = WRONG[name]
    report = judged(answering, case, within=patience(name))
    assert (failed(report), report.exit_code) == ([case], 1), report.checks


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_receiver_is_not_accused(hurry: None, name: str) -> None:
    report = judged(HONEST[name], *TELLING, *(["fifty-at-once"] if name == "throttles" else []))
    assert ({check.outcome for check in report.checks}, report.exit_code) == ({"passed"}, 0), report.checks


def test_a_receiver_that_takes_its_probe_with_it_when_it_dies_is_broken() -> None:
    report = judged(DiesOfBrokenJson, "malformed-json")
    assert (failed(report), report.exit_code) == (["malformed-json"], 1), report.checks


def test_every_case_has_a_receiver_that_it_is_meant_for() -> None:
    assert {case for _, case in WRONG.values()} == set(CASES)


@contextlib.contextmanager
def program(*words: str) -> Iterator[str]:
    """Run a receiver of its own until the block ends; yields where it listens."""
    with subprocess.Popen([*words, "--port", "0", "--token", TOKEN], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.mark.parametrize("name", ["honest.py", "starlette_receiver.py", "node_receiver.mjs"])
def test_receivers_of_three_makes_pass_everything(name: str) -> None:
    runner = tool("node") if name.endswith(".mjs") else sys.executable
    with program(runner, str(PROGRAMS / name)) as url:
        probe = url.replace("/hook", "/probe")
        words = command("check", "receiver", url, "--token", TOKEN, "--old-token", OLD_TOKEN, "--probe", probe)
        checked = subprocess.run(
            [*words, "--report", "json"], env=surroundings({}), capture_output=True, text=True, timeout=110, check=False
        )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert {check["outcome"] for check in json.loads(checked.stdout)["checks"]} == {"passed"}


@pytest.mark.soak
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_receiver_passes_everything(name: str) -> None:
    report = judged(HONEST[name])
    assert [check for check in report.checks if check.outcome != "passed"] == []
    assert report.exit_code == 0


@pytest.mark.soak
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_receiver_is_caught_among_all_cases(name: str) -> None:
    answering, case = WRONG[name]
    report = judged(answering, within=patience(name))
    assert case in failed(report)
    assert report.exit_code == 1
