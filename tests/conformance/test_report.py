from __future__ import annotations

import io
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mock_server.conformance.folding import MOST
from mock_server.conformance.formats.text import MOST_BLOCKS
from mock_server.conformance.output import FORMATS
from mock_server.conformance.report import SEVERITIES, UNJUDGED, Check, Covered, Report
from mock_server.contract.rules import rules
from mock_server.errors import UsageError
from tests.conformance.reports import broken, entry, hostile, kept, kit, operation, violation


def check(outcome: str, kind: str = "case", **over: Any) -> Check:
    return Check(id="one", title="one", kind=kind, outcome=outcome, **over)


def test_a_run_that_found_nothing_is_kept() -> None:
    assert kept().exit_code == 0


def test_what_only_a_sequence_shows_has_no_command() -> None:
    """One call could not show it again."""
    paging = violation(rule="page-repeated", where={"in": "sequence", "name": "page"})

    said = [kept(checks=(operation("listContacts", one),)).render("text") for one in (violation(), paging)]

    assert ["again: curl" in text for text in said] == [True, False]


def test_an_empty_run_is_never_kept() -> None:
    assert kept(judged=0).exit_code == 2
    assert Report(tool="exec", subject="true", checks=(), judged=0, fail_on="never").exit_code == 2


@pytest.mark.parametrize("outcome", sorted(UNJUDGED))
def test_what_could_not_be_judged_is_2_and_what_is_broken_as_well_is_1(outcome: str) -> None:
    lost = check(outcome)
    assert kept(checks=(lost,)).exit_code == 2
    assert kept(checks=(lost, check("failed", level="MUST"))).exit_code == 1
    assert kept(checks=(check("failed", level="MUST"),), judged=0).exit_code == 1


@pytest.mark.parametrize("fail_on", [*SEVERITIES, "never"])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_violation_breaks_a_run_that_fails_on_it_or_on_less(severity: str, fail_on: str) -> None:
    report = kept(checks=(operation("identifyUser", violation(severity=severity)),), fail_on=fail_on)
    breaks = fail_on != "never" and SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)
    assert report.exit_code == int(breaks)


@pytest.mark.parametrize(("level", "severity"), [("MUST", "error"), ("SHOULD", "warning"), ("MAY", "note")])
def test_a_failed_case_is_as_bad_as_its_level(level: str, severity: str) -> None:
    failed = check("failed", level=level)
    for fail_on in SEVERITIES:
        report = kept(checks=(failed,), fail_on=fail_on)
        assert report.severity(failed) == severity
        assert report.breaks(failed) == report.counts(severity)


@pytest.mark.parametrize("certain", [check("failed", "requirement"), check("stale", level="MAY")])
def test_an_unmet_requirement_and_a_stale_case_break_every_run(certain: Check) -> None:
    assert kept(checks=(certain,), fail_on="never").exit_code == 1


@pytest.mark.parametrize("outcome", ["passed", "skipped", "expected-fail"])
def test_what_is_known_or_left_aside_breaks_nothing(outcome: str) -> None:
    assert kept(checks=(check(outcome, level="MUST"),), fail_on="note").exit_code == 0


def test_pedantic_lifts_the_cap_that_weak_evidence_sets() -> None:
    rule = next((rule for rule in rules().values() if rule.level == "error"), None)
    assert rule is not None, "no rule is an error"
    weak = violation(rule=rule.id, severity="note", evidence="assumed")
    report = kept(checks=(operation("identifyUser", weak),))
    assert (report.exit_code, report.tally()) == (0, {"error": 0, "warning": 0, "note": 1})
    pedantic = replace(report, pedantic=True)
    assert (pedantic.exit_code, pedantic.tally()) == (1, {"error": 1, "warning": 0, "note": 0})
    assert pedantic.folded().checks[0].violations[0]["severity"] == "error"


def test_equal_violations_become_one_with_their_number() -> None:
    found = [violation(request=f"req-{number:06}", got=str(number)) for number in range(1, 43)]
    (folded,) = kept(checks=(operation("identifyUser", *found),)).folded().checks
    (one,) = folded.violations
    assert (one["count"], one["request"], one["got"]) == (42, "req-000001", "1")


@pytest.mark.parametrize(
    "other",
    [
        {"rule": "another"},
        {"severity": "note"},
        {"suggestion": None},
        {"injected": True},
        {"operation": "trackEvent"},
        {"where": {"in": "query", "name": "user_id"}},
        {"where": {"in": "body", "name": "userId"}},
    ],
    ids=str,
)
def test_different_violations_stay_apart(other: dict[str, Any]) -> None:
    (folded,) = kept(checks=(operation("x", violation(), violation(**other)),)).folded().checks
    assert [found["count"] for found in folded.violations] == [1, 1]


def test_unknown_routes_are_told_apart_by_what_was_called() -> None:
    at = {"in": "path", "name": None}
    calls = [violation(where=at, got=got, suggestion=None) for got in ("GET /a", "GET /b", "GET /a")]
    (folded,) = kept(checks=(operation("unknown-route", *calls),)).folded().checks
    assert [(found["got"], found["count"]) for found in folded.violations] == [("GET /a", 2), ("GET /b", 1)]


def test_the_worst_violations_come_first_whatever_their_order_was() -> None:
    mixed = [violation(severity=severity, rule=severity) for severity in ("note", "error", "warning")]
    (folded,) = kept(checks=(operation("identifyUser", *mixed),)).folded().checks
    assert [found["severity"] for found in folded.violations] == list(SEVERITIES)


@pytest.mark.parametrize("made", [kept, broken, kit, hostile])
def test_to_fold_what_is_folded_changes_nothing(made: Any) -> None:
    report: Report = made()
    once = report.folded()
    assert once.folded() == once
    assert (once.exit_code, once.tally()) == (report.exit_code, report.tally())


def test_twenty_thousand_violations_stay_readable_and_none_is_forgotten() -> None:
    many = [
        violation(
            where={"in": "body", "name": f"name_{number % 5_000}"},
            request=f"req-{number:06}",
            severity=SEVERITIES[number % 3],
            entry=entry(request={"body": "{" + "x" * 9_000}) if number < 100 else None,
        )
        for number in range(20_000)
    ]
    report = kept(checks=(operation("identifyUser", *many, count=20_000),), fail_on="note")
    (folded,) = report.folded().checks
    assert len(folded.violations) == MOST
    assert sum(report.folded().tally().values()) == sum(report.tally().values()) == 20_000
    written = {name: report.render(name) for name in FORMATS}
    assert {name: len(text) for name, text in written.items() if len(text) > 300_000} == {}
    assert [name for name, text in written.items() if not re.search("left.out", text)] == []
    assert "6667 errors, 6667 warnings, 6666 notes" in written["text"]


def test_a_report_on_a_thousand_checks_stays_bounded() -> None:
    checks = [operation(f"operation-{number:04}", violation()) for number in range(1_000)]
    report = kept(checks=tuple(checks))
    assert report.render("text").count("again: ") < MOST_BLOCKS
    assert "more are left out here" in report.render("text")
    assert len(report.render("markdown")) < 65_536
    assert report.render("github").count("\n") == 11


def test_reports_do_not_depend_on_the_order_of_arrival() -> None:
    report = broken()
    turned = replace(
        report,
        checks=tuple(
            replace(check, violations=check.violations[:1] + check.violations[:0:-1]) for check in report.checks[::-1]
        ),
        coverage=report.coverage[::-1],
    )
    for name in FORMATS:
        assert turned.render(name) == report.render(name), name


def test_what_was_touched_is_counted_by_kind() -> None:
    report = kept()
    assert (report.covered("operation"), report.covered("webhook")) == ((2, 3), (0, 1))
    assert replace(report, coverage=(Covered(id="x", kind="webhook", count=9),)).covered("webhook") == (1, 1)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_can_be_written_to_a_file_and_a_stream(format: str, tmp_path: Path) -> None:
    path, stream = tmp_path / "deep" / "report", io.StringIO()
    broken().write(format, path)
    broken().write(format, stream)
    assert path.read_text("utf-8") == stream.getvalue() == broken().render(format)


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    kept().write("text", "-")
    assert capsys.readouterr().out == kept().render("text")


def test_every_format_has_a_module() -> None:
    assert [import_module(f"mock_server.conformance.formats.{name}").__all__ for name in FORMATS]


def test_wrong_words_are_refused() -> None:
    with pytest.raises(UsageError, match="choose from text, json, junit, markdown, github"):
        kept().render("html")
    with pytest.raises(UsageError, match="error, warning, note, never"):
        kept(fail_on="fatal")
    with pytest.raises(UsageError, match="unknown kind or outcome: case, done"):
        kept(checks=(check("done"),))
