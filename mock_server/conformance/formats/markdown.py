"""The report for a pull request's comment or `$GITHUB_STEP_SUMMARY`.

Whatever a stranger sent stands in code, where no markup, no HTML, no mention and no issue number is looked for.
"""

from __future__ import annotations

import re

from mock_server.conformance.plain import harmless
from mock_server.conformance.report import Check, Report
from mock_server.conformance.telling import conclusion, coverage, differing, found, gist, paragraphs, standing

__all__ = ["render"]

LONGEST = 60_000
"""Characters; a comment on GitHub may have 65,536."""
MOST_ROWS = 100
_SIGNS = ("✅", "❌", "⚠️")


def render(report: Report) -> str:
    """Return a folded report as Markdown (CommonMark with the tables of GitHub)."""
    checks = differing(report)
    parts = [
        f"### {_SIGNS[report.exit_code]} refiner-mock {report.tool}",
        f"{_code(harmless(report.subject, 300))}",
        f"**{conclusion(report)}**",
        found(report) + ".",
    ]
    if checks:
        parts.append("\n".join((*_HEAD, *_rows(checks, report))))
    ending = [_details("Touched", "\n".join(coverage(report)))] if coverage(report) else []
    ending += (f"Note: {_code(harmless(note, 500))}" for note in report.notes[:20])
    room = LONGEST - sum(map(len, parts)) - sum(map(len, ending))
    for rank, check in enumerate(checks):
        blocks = ("\n".join(text for _, text in block) for block in paragraphs(check, report))
        part = _details(f"{check.kind} {check.id}", "\n\n".join(blocks))
        room -= len(part)
        if room < 0:
            parts.append(f"{len(checks) - rank} more are left out here; the JSON form has them.")
            break
        parts.append(part)
    return "\n\n".join((*parts, *ending)) + "\n"


_HEAD = ("| what | severity | finding | contract | times |", "|---|---|---|---|--:|")


def _rows(checks: list[Check], report: Report) -> list[str]:
    rows = []
    for check in checks:
        severity = report.severity(check) or ""
        if not check.violations:
            rows.append((check.id, severity, f"{check.outcome}: {gist(check)}", standing(check), ""))
        for violation in check.violations:
            finding = harmless(f"{violation['code']}: {violation['message']}", 200)
            times = str(violation.get("count", 1))
            rows.append((check.id, violation["severity"], finding, violation["contract"], times))
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(f"| {len(rows) - MOST_ROWS} more rows | | | | |")
    return lines


def _cell(text: str) -> str:
    """Return code for the cell of a table, which a bar would end."""
    return _code(harmless(text, 300)).replace("|", "\\|") if text else ""


def _code(text: str) -> str:
    """Return a line as code, fenced by more backticks than it has in a row."""
    fence = "`" * (_longest_run(text) + 1)
    blank = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{blank}{text}{blank}{fence}" if text else ""


def _details(title: str, text: str) -> str:
    """Return a text as a block of code that opens on a click."""
    fence = "`" * max(3, _longest_run(text) + 1)
    name = re.sub(r"[^\w .:/-]", "?", harmless(title, 200))
    return f"<details><summary>{name}</summary>\n\n{fence}text\n{text}\n{fence}\n\n</details>"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
