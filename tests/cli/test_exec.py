"""`refiner-mock exec`: unmodified programs, judged by what they send."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mock_server.cli import main
from tests.miniatures.running import PATIENCE, command, run, serving, surroundings, tool

PROJECTS = Path(__file__).parents[1] / "miniatures" / "projects"
SENDING = """
import os, sys, urllib.error, urllib.request as web
base, key = os.environ["REFINER_BASE_URL"], os.environ["REFINER_API_KEY"]
for line in sys.argv[1:]:
    method, path, *body = line.split(" ", 2)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    call = web.Request(base + path, method=method, headers=headers, data=body[0].encode() if body else None)
    try:
        web.urlopen(call).read()
    except urllib.error.HTTPError:
        pass
"""
GOOD = 'POST /identify-user {"id": "u-1", "email": "mira@example.org"}'
WRONG = 'POST /track-event {"id": "u-1", "event_name": "Report exported"}'
LISTED = "GET /contacts"
UNSURE = f'POST /identify-user {{"id": "{300 * "u"}"}}'
"""An id that is longer than anybody knows ids may be: a note, as nobody knows."""


def sending(*calls: str) -> list[str]:
    """Return a command that makes some calls and takes no offence at any answer."""
    return ["--", sys.executable, "-c", SENDING, *calls]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody's variables say where a server is."""
    for name in [name for name in os.environ if name.startswith("REFINER_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(("slip", "code"), [("", 0), ("1", 1)])
@pytest.mark.parametrize("language", ["node", "php", "python"])
def test_the_tests_of_an_unmodified_project_pass_but_its_broken_contract_does_not(
    language: str, slip: str, code: int
) -> None:
    suite = {
        "node": ["node", "--test"],
        "php": ["php", "test.php"],
        "python": [sys.executable, "-m", "unittest", "-q", "check_shop_client"],
    }
    words = suite[language]
    done = subprocess.run(
        command("exec", "--", tool(words[0]), *words[1:]),
        cwd=PROJECTS / language,
        env=surroundings({"PYTHONDONTWRITEBYTECODE": "1", **({"SLIP": slip} if slip else {})}),
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert ("was probably meant" in done.stderr) == bool(slip)


def test_a_run_that_sends_nothing_proves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", "--", "true"]) == 2
    said = capsys.readouterr().err
    assert "No request arrived" in said
    assert "Tests with the fixture refiner have environments of their own" in said


def test_the_exit_code_of_a_command_that_fails_is_passed_on_and_its_traffic_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["exec", "--", "sh", "-c", "exit 41"]) == 41
    assert "exit code 41" in capsys.readouterr().err
    done = run("exec", "--", sys.executable, "-c", f"import sys; sys.argv[1:] = [{WRONG!r}]{SENDING}\nsys.exit(7)")
    assert done.returncode == 7
    assert "event was probably meant" in done.stderr


def test_a_report_that_cannot_be_written_does_not_hide_that_the_command_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()
    words = ["--report", f"json={tmp_path / 'taken' / 'report.json'}"]
    assert main(["exec", *words, "--", "sh", "-c", "exit 41"]) == 41
    assert "cannot be written" in capsys.readouterr().err
    assert main(["exec", *words, *sending(GOOD)]) == 3


def test_a_command_that_a_signal_ended_ends_as_a_shell_says_it() -> None:
    assert main(["exec", "--", "sh", "-c", "kill -TERM $$"]) == 128 + signal.SIGTERM


def test_a_command_that_is_not_there_cannot_be_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", "--", "no-such-program"]) == 2
    assert "no-such-program cannot be started" in capsys.readouterr().err


def test_without_a_command_it_is_wrong_usage() -> None:
    assert main(["exec"]) == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 0),
        (("--fail-on", "note"), 1),
        (("--fail-on", "never"), 0),
        (("--pedantic",), 1),
        (("--require", "listContacts", "identifyuser"), 0),
        (("--require", "listContacts", "Completed Survey"), 1),
        (("--fail-on", "never", "--require", "getAccount"), 1),
    ],
)
def test_what_breaks_a_run_is_for_the_caller_to_say(words: tuple[str, ...], code: int) -> None:
    assert main(["exec", *words, *sending(GOOD, LISTED, UNSURE)]) == code


def test_a_requirement_that_is_no_operation_is_wrong_usage_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "ran"
    assert main(["exec", "--require", "identfyUser", "--", "touch", str(mark)]) == 3
    assert "did you mean identifyUser?" in capsys.readouterr().err
    assert not mark.exists()


def test_several_reports_go_where_they_are_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit, document = tmp_path / "deep" / "junit.xml", tmp_path / "report.json"
    words = ["--report", f"junit={junit}", "--report", f"json={document}", "--report", "markdown"]
    assert main(["exec", *words, *sending(GOOD, WRONG)]) == 1
    cases = ET.parse(junit).iter("testcase")  # noqa: S314 - our own
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert failed == ["trackEvent"]
    assert json.loads(document.read_text("utf-8"))["exit_code"] == 1
    out, err = capsys.readouterr()
    assert "wrong-parameter" in out
    assert err == ""


def test_calls_with_a_wrong_key_and_outside_of_v1_are_seen_too(capsys: pytest.CaptureFixture[str]) -> None:
    astray = (
        "import os, urllib.error, urllib.request as web\n"
        "base = os.environ['REFINER_BASE_URL'].split('/e/')[0]\n"
        "for url in (base + '/contacts', base + '/v1/contacts?api_key=0da50780-f886-41ef-94b9-279ef2a74de4'):\n"
        "    try: web.urlopen(url)\n"
        "    except urllib.error.HTTPError: pass\n"
    )
    assert main(["exec", "--", sys.executable, "-c", astray]) == 1
    said = capsys.readouterr().err
    assert "unknown-route" in said
    assert "bad-credentials" in said


def test_the_variables_can_have_other_names() -> None:
    told = "import os; assert os.environ['URL'].endswith('/v1') and os.environ['KEY']"
    untold = "assert not {'REFINER_BASE_URL', 'REFINER_API_KEY'} & {*os.environ}"
    words = ["--base-url-variable", "URL", "--api-key-variable", "KEY"]
    assert main(["exec", *words, "--", sys.executable, "-c", f"{told}; {untold}"]) == 2


def test_the_environment_can_have_a_seed_a_posture_and_a_dialect() -> None:
    words = ["--seed", "demo", "--posture", "strict", "--dialect", "invalid-status=422"]
    script = 'curl -s "$REFINER_BASE_URL/contacts?survey=x&api_key=$REFINER_API_KEY" -w "%{http_code}" | grep -q 422'
    listed = 'curl -s "$REFINER_BASE_URL/contacts?api_key=$REFINER_API_KEY" | grep -q \'"remote_id":"u-\''
    assert main(["exec", "--fail-on", "never", *words, "--", "sh", "-c", f"set -e; {script}; {listed}"]) == 0


def test_a_server_that_runs_already_is_used_and_left_as_it_was(tmp_path: Path) -> None:
    with serving(tmp_path, "--quiet") as served:
        assert main(["exec", "--url", served.url, *sending(GOOD, WRONG)]) == 1
        assert main(["exec", "--url", served.url, *sending(GOOD)]) == 0
        assert [line.split()[0] for line in served.run("env").stdout.splitlines()] == ["default"]


def test_a_server_that_does_not_answer_cannot_judge(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", "--url", "http://127.0.0.1:9", "--", "true"]) == 2
    assert "127.0.0.1:9" in capsys.readouterr().err


def test_sigterm_reaches_the_command_and_the_verdict_is_still_told(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap 'exit 3' TERM; touch {ready}; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        command("exec", "--", "sh", "-c", script), env=surroundings({}), stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + PATIENCE
    while not ready.exists() and time.monotonic() < deadline:
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 3
    assert "exit code 3" in said
