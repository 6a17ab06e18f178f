"""`refiner-mock check client`: the command line; what it finds is tested where the miniatures are."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mock_server.cli import main
from tests.cli.conftest import Said
from tests.miniatures.running import Served

HONEST = (sys.executable, str(Path(__file__).parents[1] / "miniatures" / "adapters" / "honest.py"))
LOUD = (sys.executable, "-c", "print('ready')")
NOTHING_OFFERED = (
    sys.executable,
    "-c",
    """
import json, sys
print(json.dumps({"hello": "refiner-adapter", "v": 1, "name": "idle", "language": "python", "operations": []}))
sys.stdout.flush()
sys.stdin.read()
""",
)
LIAR = (
    sys.executable,
    "-c",
    """
import json, sys
hello = {"hello": "refiner-adapter", "v": 1, "name": "liar", "language": "python", "operations": ["trackEvent"]}
print(json.dumps(hello), flush=True)
for line in sys.stdin:
    print(json.dumps({"case": json.loads(line)["case"], "outcome": "ok", "value": {}}), flush=True)
""",
)

DISTORTING = (
    sys.executable,
    "-c",
    """
import json, sys, urllib.request
hello = {"hello": "refiner-adapter", "v": 1, "name": "loud", "language": "python", "operations": ["trackEvent"]}
print(json.dumps(hello), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    args = {**asked["args"], "event": asked["args"]["event"].upper()}
    headers = {"Authorization": f"Bearer {asked['api_key']}", "Content-Type": "application/json"}
    call = urllib.request.Request(asked["base_url"] + "/track-event", json.dumps(args).encode(), headers)
    urllib.request.urlopen(call).close()
    print(json.dumps({"case": asked["case"], "outcome": "ok", "value": {}}), flush=True)
""",
)

Check = Callable[..., Said]


@pytest.fixture
def check(served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return what runs a command line in this very process."""
    monkeypatch.setenv("REFINER_MOCK_URL", served.url)

    def said(*words: str) -> Said:
        capsys.readouterr()
        code = main(["check", "client", *words])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return said


@pytest.mark.parametrize("way", ["stream", "oneshot", "http"])
def test_an_honest_client_ends_with_0_in_each_way_to_attach_it(check: Check, way: str) -> None:
    said = check("--adapter", way, "--case", "track-event-plain", "--", *HONEST, way)
    assert (said.code, said.err) == (0, "")
    assert "refiner-mock check client: kept" in said.out


def test_a_lying_one_ends_with_1_and_is_told_what_did_not_arrive(check: Check) -> None:
    said = check("--case", "track-event-plain", "--", *LIAR)
    assert said.code == 1
    for words in ("error: case track-event-plain (MUST, ", "Asked: trackEvent", "Arrived: nothing", "To mend it: "):
        assert words in said.out


def test_the_adapters_line_of_a_report_can_be_replayed(check: Check) -> None:
    told = check("--case", "track-event-plain", "--", *LIAR).out
    line = next(line.partition("Adapter line: ")[2] for line in told.splitlines() if "Adapter line: " in line)
    again = check("--replay", line, "--", *LIAR)
    assert (again.code, "error: case track-event-plain" in again.out) == (1, True)
    line = line.replace("track-event-plain", "mine")
    wrong, right = check("--replay", line, "--", *LIAR), check("--replay", line, "--", *HONEST, "stream")
    assert (wrong.code, right.code) == (1, 0)
    assert "error: case replay-trackEvent" in wrong.out
    assert "Arrived: nothing" in wrong.out
    assert "Arrived: POST /v1/track-event" in right.out


def test_a_line_of_a_case_is_replayed_with_the_faults_and_the_key_of_the_case(check: Check) -> None:
    line = '{"case":"get-contact-unknown-key","operation":"getContact","args":{"id":"ada"}}'

    said = check("--replay", line, "--", *HONEST, "stream")

    assert said.code == 0
    assert "played as it stands" in said.out
    assert "1 case passed" in said.out


def test_a_line_of_an_operation_that_is_not_offered_is_skipped(check: Check) -> None:
    said = check("--replay", '{"operation":"getAccount","args":{}}', "--", *LIAR)

    assert said.code == 2
    assert "The adapter does not offer getAccount." in said.out


def test_a_line_may_come_from_stdin_and_be_short(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"operation":"trackEvent","args":{"id":"ada","event":"a+b"}}\n'))
    assert check("--replay", "-", "--", *HONEST, "stream").code == 0


@pytest.mark.parametrize("line", ["", "{", "[]", '{"operation":"trackEvent"}', '{"operation":"fly","args":{}}'])
def test_what_is_no_line_cannot_be_replayed(check: Check, line: str) -> None:
    said = check("--replay", line, "--", *HONEST, "stream")
    assert said.code == 3
    assert "The line to replay is no" in said.err


def test_known_failures_do_not_break_the_run_and_a_stale_one_does(check: Check, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    listed = ("--case", "track-event-plain", "--known-failing", str(known))
    assert check(*listed, "--update-baseline", "--", *DISTORTING).code == 0
    assert known.read_text("utf-8").startswith("track-event-plain")
    assert check(*listed, "--", *DISTORTING).code == 0
    assert check(*listed, "--", *HONEST, "stream").code == 1


def test_all_checks_are_listed_and_nothing_is_started(check: Check) -> None:
    said = check("--list", "--", "no-such-command")
    assert said.code == 0
    for id in ("track-event-plain", "property-trackEvent", "dialect-page-length"):
        assert f"  {id} " in said.out
    assert "property-" not in check("--list", "--case", "dialect-*").out


@pytest.mark.parametrize("id", ["track-event-plain", "search-plus", "property-trackEvent", "dialect-page-length"])
def test_a_check_can_be_shown_whole(check: Check, id: str) -> None:
    said = check("--show", id)
    assert said.code == 0
    assert said.out.startswith(f"{id} (")


def test_a_case_is_shown_with_what_happens_and_how_it_is_mended(check: Check) -> None:
    out = check("--show", "search-plus").out
    for words in ("call: listContacts", "How to mend it: ", "Known from: documented", "contracts/refiner.yaml:"):
        assert words in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say how your adapter is started"),
        (("--",), "say how your adapter is started"),
        (("--show", "nothing"), "No case is called 'nothing'"),
        (("--list", "--case", "nothing"), "--list names them all"),
        (("--case", "nothing", "--", *HONEST, "stream"), "--list names them all"),
        (("--workers", "0", "--", "x"), "0 is too few"),
        (("--seed-number", "-1", "--", "x"), "no whole number"),
        (("--adapter", "pigeon", "--", "x"), "pigeon"),
        (("--update-baseline", "--", *HONEST, "stream"), "--known-failing"),
        (("--report", "html", "--", "x"), "html"),
    ],
)
def test_wrong_usage_ends_with_3(check: Check, words: tuple[str, ...], said: str) -> None:
    done = check(*words)
    assert (done.code, said in done.err) == (3, True), done.err


def test_a_command_that_is_not_there_ends_with_2(check: Check) -> None:
    said = check("--", "no-such-command")
    assert (said.code, said.err) == (2, "refiner-mock: no-such-command cannot be started: No such file or directory\n")


def test_who_says_something_else_than_hello_is_told_of_oneshot(check: Check) -> None:
    said = check("--", *LOUD)
    assert said.code == 2
    assert "must say its hello in its first line, but 'ready' is no JSON" in said.out
    assert "--adapter oneshot" in said.err


def test_who_offers_nothing_is_not_judged(check: Check) -> None:
    said = check("--case", "track-event-*", "--", *NOTHING_OFFERED)
    assert (said.code, said.err) == (2, "")
    assert "operations: [] has less than 1 item" in said.out
    assert "nothing was judged, and that proves nothing" in said.out


def test_what_is_not_offered_is_skipped_and_said_so(check: Check) -> None:
    said = check("--case", "verify-key-plain", "--case", "track-event-plain", "--", *DISTORTING)
    assert said.code == 1
    assert "Skipped verify-key-plain: The adapter does not offer what it takes: verifyKey." in said.out


class Terminal(io.StringIO):
    """A terminal to look at."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_says_how_far_it_is_and_is_gone_at_the_end(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    assert check("--case", "track-event-plain", "--", *HONEST, "stream").code == 0
    shown = screen.getvalue()
    assert "track-event-plain" in shown
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[2K")


def test_the_report_says_which_tool_it_was(check: Check, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    check("--case", "track-event-plain", "--report", f"json={path}", "--", *HONEST, "stream")
    assert json.loads(path.read_text("utf-8"))["tool"] == "check client"
