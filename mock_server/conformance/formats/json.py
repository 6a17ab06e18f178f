"""The report as data: contracts/report.schema.json describes it, `parse` reads it back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mock_server.conformance.report import Check, Covered, Report

__all__ = ["parse", "render"]

_VERDICTS = ("kept", "broken", "not-judged")


def render(report: Report) -> str:
    """Return a folded report as JSON. Two runs that found the same give the same text: it has no times in it."""
    document = {
        "format": 1,
        "tool": report.tool,
        "subject": report.subject,
        "verdict": _VERDICTS[report.exit_code],
        "exit_code": report.exit_code,
        "fail_on": report.fail_on,
        "pedantic": report.pedantic,
        "judged": report.judged,
        "apart": report.apart,
        "violations": report.tally(),
        "notes": report.notes,
        "coverage": [asdict(part) for part in report.coverage],
        "checks": [_check(check, report) for check in report.checks],
    }
    # Only ASCII, so that what is in it steers nothing, whoever prints it.
    return json.dumps(document, indent=2) + "\n"


def parse(text: str | bytes) -> Report:
    """Return the report that `render` wrote, folded, without the seconds of its checks.

    Raises:
        ValueError: when it is no such report.
    """
    try:
        document = json.loads(text)
        return Report(
            checks=tuple(_parsed(check) for check in document["checks"]),
            coverage=tuple(Covered(**part) for part in document["coverage"]),
            notes=tuple(document["notes"]),
            apart=document.get("apart", {}),
            **{name: document[name] for name in ("tool", "subject", "judged", "fail_on", "pedantic")},
        )
    except (KeyError, TypeError) as reason:
        raise ValueError(f"This is no report of refiner-mock: {reason!r}") from reason


def _check(check: Check, report: Report) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": check.title,
        "kind": check.kind,
        "outcome": check.outcome,
        "breaks": report.breaks(check),
        "level": check.level,
        "severity": check.severity,
        "evidence": check.evidence,
        "detail": check.detail,
        "count": check.count,
        "curl": check.curl,
        "violations": check.violations,
        "left_out": check.left_out,
    }


def _parsed(check: Mapping[str, Any]) -> Check:
    known = {name: value for name, value in check.items() if name != "breaks"}
    return Check(**{**known, "violations": tuple(check["violations"])})
