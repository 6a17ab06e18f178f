"""The text form is for people; its commands are run by a real shell against a real server."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping

import pytest

from mock_server.conformance.report import Covered, Report
from mock_server.conformance.telling import MOST_LINES
from mock_server.remote import RemoteEnvironment
from tests.conformance.reports import COVERAGE, broken, entry, hostile, kept, kit, operation, violation
from tests.conformance.test_curl import JSON, send, shell

AGAIN = (
    'curl -sSig "$REFINER_BASE_URL/identify-user" -H "Authorization: Bearer $REFINER_API_KEY"'
    """ -H 'Content-Type: application/json' --data-raw '{"user_id": "42", "email": "mira@example.com"}'"""
)
EVERY = pytest.mark.parametrize("made", [kept, broken, kit, hostile])


def test_a_violation_is_told_with_place_reason_line_and_command() -> None:
    block = broken().render("text").split("\n\n")[2]
    assert block.splitlines() == [
        "  POST /v1/identify-user -> 202  req-000003",
        '    body   {"user_id": "42", "email": "mira@example.com"}',
        "            ^^^^^^^^^",
        "    error wrong-parameter: identifyUser has no parameter user_id.",
        "    meant: id",
        "    contracts/refiner.yaml:321 (documented), rule misnamed-parameter",
        "    and 41 more like it",
        f"    again: {AGAIN}",
    ]


def test_what_the_message_says_is_not_said_twice() -> None:
    told = violation(message="page must be 1 or more.", suggestion=None, expected="1 or more")
    other = violation(rule="other", message="identifyUser has no parameter user_id.", suggestion="id", expected="x")
    lines = kept(checks=(operation("x", told, other),)).render("text").splitlines()
    assert [line for line in lines if line.startswith(("    meant", "    expected"))] == ["    meant: id"]


def test_only_what_differs_is_told() -> None:
    assert kept().render("text").splitlines() == [
        "refiner-mock exec: kept (pytest -q)",
        "",
        "touched: identifyUser 3, trackEvent 2",
        "not touched: listForms, Completed Survey",
        "5 requests judged; no violations; operations touched: 2 of 3; webhooks touched: 0 of 1",
        "kept (exit code 0)",
    ]
    assert "case-passed" not in kit().render("text")
    assert "case-expected-fail" not in kit().render("text")


def test_what_was_not_judged_is_counted_apart_and_the_numbers_add_up() -> None:
    only = Covered(id="listForms", kind="operation", count=0, refused=2)
    told = kept(apart={"unknown_routes": 2, "injected": 1}, coverage=(*COVERAGE[:2], only)).render("text").splitlines()
    assert told[2:4] == ["touched: identifyUser 3, trackEvent 2", "only refused: listForms 2"]
    assert told[4].startswith("8 requests (5 judged, 2 to unknown routes, 1 spoilt by armed faults); ")


@pytest.mark.parametrize(
    ("report", "ending"),
    [
        (broken(), "broken (exit code 1): 2 checks broke the run; it fails on errors"),
        (
            broken(fail_on="note"),
            "broken (exit code 1): 3 checks broke the run; it fails on errors and warnings and notes",
        ),
        (kept(judged=0), "not judged (exit code 2): nothing was judged, and that proves nothing"),
        (kit(checks=kit().checks[-1:]), "not judged (exit code 2): not all could be judged"),
        (broken(checks=broken().checks[1:2]), "kept (exit code 0): nothing is as severe as error"),
        (broken(checks=broken().checks[:2], fail_on="never"), "kept (exit code 0): violations do not count"),
    ],
)
def test_the_last_line_says_what_the_exit_code_means(report: Report, ending: str) -> None:
    assert report.render("text").splitlines()[-1] == ending
    assert f"(exit code {report.exit_code})" in ending


def test_a_request_takes_at_most_twenty_lines() -> None:
    found = [violation(rule=f"rule-{rank:02}", entry=entry(query="a=1")) for rank in range(15)]
    (block,) = [b for b in kept(checks=(operation("x", *found),)).render("text").split("\n\n") if "POST" in b]
    assert MOST_LINES - 5 < len(block.splitlines()) <= MOST_LINES
    assert "    and 12 more in this request" in block.splitlines()
    assert block.count("again: ") == 1


def test_what_happened_under_a_fault_says_so() -> None:
    text = kept(checks=(operation("x", violation(entry=entry(fault="status"))),)).render("text")
    assert "-> 202  req-000003, under the fault status" in text


def test_an_exchange_that_fell_out_of_the_journal_is_named() -> None:
    text = kept(checks=(operation("x", violation(entry=None)),)).render("text")
    assert "  req-000003, which is no longer in the journal\n    error wrong-parameter" in text


@EVERY
def test_nothing_steers_the_terminal(made: Callable[[], Report]) -> None:
    assert all(line.isprintable() for line in made().render("text").split("\n"))


@EVERY
def test_colours_are_all_that_a_terminal_gets_besides(made: Callable[[], Report]) -> None:
    coloured = made().render("text", colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == made().render("text")


def test_colours_are_for_a_terminal_and_for_text(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, coloured in (("text", True), ("json", False), ("markdown", False)):
        terminal = Terminal()
        broken().write(name, terminal)
        assert ("\x1b[" in terminal.getvalue()) == coloured


WRONG: Mapping[str, tuple[str, str]] = {
    "a wrong name in JSON": ("/v1/identify-user", '{"user_id": "it\'s $HOME", "traits": {"a": "`id`\\n"}}'),
    "a wrong value in a query": ("/v1/contacts?page=many", ""),
    "an unknown route": ("/v1/users", "{}"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_command_of_a_report_makes_the_same_violation_again(name: str, refiner: RemoteEnvironment) -> None:
    target, body = WRONG[name]
    headers = {"Authorization": f"Bearer {refiner.api_key}", **(JSON if body else {})}
    exchange = send(refiner, "POST" if body else "GET", target, headers, body)
    found = [violation | {"entry": exchange} for violation in exchange["violations"]]
    assert found, "the judge found nothing"
    text = kept(checks=(operation("x", *found),)).render("text")
    (command,) = re.findall(r"^    again: (.*)$", text, re.MULTILINE)
    assert refiner.api_key not in text
    said = shell(command, REFINER_BASE_URL=refiner.base_url, REFINER_API_KEY=refiner.api_key)
    id = re.findall(r"(?mi)^refiner-mock-request-id: (\S+)", said)[0]
    again = refiner.remote.get(f"/requests/{id}")["violations"]
    names = ("rule", "code", "where", "got", "suggestion", "severity")
    assert [{n: v[n] for n in names} for v in again] == [{n: v[n] for n in names} for v in exchange["violations"]]
