"""The annotations are read as GitHub's runner reads the lines of a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.conformance.formats.github import MOST
from mock_server.conformance.plain import harmless
from mock_server.conformance.report import Report
from tests.conformance.reports import broken, hostile, kept, kit, operation, violation

KNOWN = {
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "add-mask",
    "stop-commands",
    "set-output",
    "set-env",
}


@dataclass(frozen=True)
class Command:
    """A workflow command."""

    name: str
    properties: dict[str, str]
    data: str


def command(line: str) -> Command | None:
    """Return the command in a line, by the runner's rules (docs: Workflow commands; runner: ActionCommand)."""
    line = line.lstrip()
    if line.startswith("::") and (end := line.find("::", 2)) >= 0:
        name, _, said = line[2:end].partition(" ")
        pairs = (pair.partition("=") for pair in said.strip().split(",") if "=" in pair)
        properties = {key.strip(): unescaped(value, property=True) for key, _, value in pairs}
        if name in KNOWN:
            return Command(name, properties, unescaped(line[end + 2 :]))
    # The older form, which the runner still finds anywhere in a line.
    start, end = line.find("##["), line.find("]")
    if start >= 0 and end > start and line[start + 3 : end].partition(" ")[0] in KNOWN:
        return Command(line[start + 3 : end], {}, line[end + 1 :])
    return None


def unescaped(text: str, *, property: bool = False) -> str:
    signs = {"%0D": "\r", "%0A": "\n", **({"%3A": ":", "%2C": ","} if property else {}), "%25": "%"}
    for escaped, sign in signs.items():
        text = text.replace(escaped, sign)
    return text


def commands(report: Report) -> list[Command]:
    return [found for line in report.render("github").splitlines() if (found := command(line))]


def test_each_finding_is_an_annotation_of_its_severity() -> None:
    assert commands(broken()) == [
        Command(
            "error",
            {"title": "identifyUser wrong-parameter"},
            "identifyUser has no parameter user_id.\nmeant: id\n"
            "contracts/refiner.yaml:321 (documented)\nand 41 more like it",
        ),
        Command("error", {"title": "requirement trackEvent failed"}, "trackEvent is called\nnever called"),
        Command(
            "notice", {"title": "listContacts bad-value"}, "page is below 1.\ncontracts/refiner.yaml:321 (assumed)"
        ),
    ]


def test_a_kept_run_annotates_nothing_and_says_so() -> None:
    assert commands(kept()) == []
    assert kept().render("github").endswith("kept (exit code 0)\n")


def test_a_run_that_could_not_judge_is_an_error() -> None:
    (only,) = commands(kept(judged=0))
    assert (only.name, only.data) == ("error", "not judged (exit code 2): nothing was judged, and that proves nothing")


def test_each_outcome_of_a_case_is_told() -> None:
    found = {(each.name, each.properties["title"]) for each in commands(kit())}
    assert found == {
        ("error", "case case-stale stale (SHOULD, documented)"),
        ("warning", "case case-not-judged not-judged (SHOULD, documented)"),
        ("warning", "case case-could-not-run could-not-run (SHOULD, documented)"),
        ("warning", "case case-harness-error harness-error (SHOULD, documented)"),
        ("warning", "case case-failed failed (SHOULD, documented)"),
    }


@pytest.mark.parametrize("severity", ["error", "warning", "note"])
def test_no_more_are_written_than_github_shows(severity: str) -> None:
    checks = tuple(operation(f"o{rank}", violation(severity=severity)) for rank in range(25))
    report = kept(checks=checks)
    assert len(commands(report)) == MOST
    assert "15 more annotations are left out" in report.render("github").splitlines()[-1]


@pytest.mark.parametrize("made", [kept, broken, kit, hostile])
def test_every_line_is_a_command_of_ours_or_the_sum(made: Callable[[], Report]) -> None:
    *lines, summary = made().render("github").splitlines()
    assert all((found := command(line)) and found.name in ("error", "warning", "notice") for line in lines)
    assert all(line.isprintable() for line in lines)
    assert command(summary) is None


def test_the_text_form_in_the_same_log_starts_no_command() -> None:
    lines = hostile().render("text").split("\n")
    assert [line for line in lines if command(line)] == []


@given(st.text(st.characters(exclude_categories=["Cs", "Zl", "Zp"]), min_size=1, max_size=80))
def test_the_runner_reads_back_what_was_said(text: str) -> None:
    (only,) = commands(kept(checks=(operation(text, violation(message=text)),)))
    assert only.name == "error"
    assert only.properties.keys() == {"title"}
    (line, *_) = text.splitlines() or [""]
    assert only.data.startswith(harmless(line))
    assert only.properties["title"].strip().startswith(harmless(line).strip())
