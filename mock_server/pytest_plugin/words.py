"""What a failing test says, and what the run says at its end.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest

from mock_server.conformance.merging import Verdict, merged
from mock_server.conformance.plain import harmless
from mock_server.conformance.report import UNJUDGED, Check, Report
from mock_server.conformance.telling import differing, gist, judged, paragraphs
from mock_server.conformance.traffic import Demands, reported
from mock_server.errors import UsageError
from mock_server.pytest_plugin import wishes

__all__ = ["broken", "concluded", "forgiven", "report_of", "summary", "summed"]

_MOST_BLOCKS = 20
"""Checks and requests that one test tells."""


def report_of(verdict: Verdict, fail_on: str, *, subject: str = "a test") -> Report:
    """Return a verdict as a report, in which an armed fault that never struck is an unmet demand."""
    unfired = verdict["unfired"] if fail_on != "never" else ()
    report = reported({**verdict, "unfired": ()}, Demands(fail_on=fail_on), tool="pytest", subject=subject)
    if not unfired:
        return report
    check = Check(
        id="armed-faults",
        title="every armed fault strikes",
        kind="requirement",
        outcome="failed",
        detail="\n".join(f"The armed fault {fault} struck no call." for fault in unfired),
        count=len(unfired),
    )
    return replace(report, checks=(*report.checks, check))


def broken(verdict: Verdict, fail_on: str, *, late: bool = False) -> str:
    """Return what a test has broken, for somebody who does not know us; nothing if nothing that counts."""
    if not any(verdict[part] for part in ("violations", "left_out", "failures", "unfired")):
        return ""
    report = report_of(verdict, fail_on).folded()
    checks = differing(report)
    counting = [check for check in checks if report.breaks(check) or check.outcome in UNJUDGED]
    if not counting or fail_on == "never":
        return ""
    when = "after the test had ended: " if late else ""
    lines = [f"refiner-mock: {when}{gist(counting[0])}"]
    blocks = ["\n".join(text for _, text in block) for check in checks for block in paragraphs(check, report)]
    if len(blocks) > _MOST_BLOCKS:
        blocks[_MOST_BLOCKS:] = [f"{len(blocks) - _MOST_BLOCKS} more are left out here"]
    return "\n\n".join([*lines, *blocks, _why(report)])


def forgiven(verdict: Verdict, mine: str, everybodys: str) -> Verdict:
    """Return the verdict on a test without what only the run would fail for, as its marker demands less.

    How many violations that are is its `forgiven`.
    """
    if mine == everybodys:
        return verdict
    test, run = (Report(tool="pytest", subject="", checks=(), judged=0, fail_on=word) for word in (mine, everybodys))
    kept, count = [], 0
    for violation in verdict["violations"]:
        if run.counts(violation["severity"]) and not test.counts(violation["severity"]):
            count += violation["count"]
        else:
            kept.append(violation)
    unfired = verdict["unfired"] if mine != "never" else ()
    return {**verdict, "violations": kept, "unfired": unfired, "forgiven": count}


def summed(verdicts: Sequence[str], fail_on: str, subject: str) -> Report:
    """Return the report of a whole run from the verdicts on its tests, each as JSON."""
    found = [orjson.loads(verdict) for verdict in verdicts]
    report = report_of(merged(found), fail_on, subject=subject)
    allowed = sum(one.get("forgiven", 0) for one in found)
    if not allowed:
        return report
    note = f"{_counted(allowed, 'violation')} not counted: the markers of those tests allow them."
    return replace(report, notes=(*report.notes, note))


def summary(report: Report) -> str:
    """Return the line with which the run ends."""
    found = ", ".join(_counted(count, severity) for severity, count in report.tally().items() if count)
    touched, total = report.covered("operation")
    return f"refiner-mock: {judged(report)}, {found or 'no violations'}, {touched} of {total} operations covered"


def concluded(verdicts: Sequence[str], config: pytest.Config) -> tuple[list[str], bool]:
    """Write the reports that were asked for; return what to say at the end, and whether all could be written."""
    command = shlex.join(["pytest", *map(str, config.invocation_params.args)])
    report = summed(verdicts, wishes.fail_on(config), command)
    said = [summary(report)] if verdicts else ["refiner-mock: nothing was judged, as no test used a fixture of it"]
    written = True
    for each in wishes.reports(config):
        try:
            if each.path == "-":
                said += report.render(each.format).splitlines()
            else:
                report.write(each.format, config.invocation_params.dir / each.path)
                said.append(f"refiner-mock: the report is in {each.path}")
        except UsageError as error:
            said.append(f"refiner-mock: {error}")
            written = False
    return said, written


def _why(report: Report) -> str:
    if any(check.kind == "requirement" for check in report.checks):
        return "An armed fault that never strikes fails its test; refiner.remove_fault() takes it back."
    return (
        f"A violation of severity {harmless(report.fail_on)} or worse fails its test"
        " (--refiner-fail-on, @pytest.mark.refiner(fail_on=...))."
    )


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
