"""The report for a person at a terminal: only what differs, then the sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mock_server.conformance.plain import harmless
from mock_server.conformance.report import Check, Report
from mock_server.conformance.telling import Line, conclusion, coverage, differing, found, gist, headline, paragraphs

__all__ = ["render"]

MOST_BLOCKS = 100
"""Requests, and checks, that are told; the JSON form has more."""
_MOST_COMMANDS = 5
"""Of cases, that are told whole: they are long."""
_COLOURS = {"red": "31", "yellow": "33", "green": "32", "cyan": "36", "bold": "1"}
_VERDICT = ("green", "red", "yellow")


def render(report: Report, *, colour: bool = False) -> str:
    """Return a folded report as text, for a terminal with colours."""
    blocks: list[list[Line]] = [[("bold", headline(report))]]
    blocks += (block for check in _shortly(report) for block in paragraphs(check, report))
    if len(blocks) > MOST_BLOCKS:
        blocks[MOST_BLOCKS:] = [
            [("", f"{len(blocks) - MOST_BLOCKS} more are left out here; ask for --report json=PATH")]
        ]
    summary: list[Line] = [("", f"note: {harmless(note, 500)}") for note in report.notes]
    summary += (("", line) for line in (*coverage(report), found(report)))
    blocks.append([*summary, (_VERDICT[report.exit_code], conclusion(report))])
    return "\n\n".join("\n".join(_painted(line, colour) for line in block) for block in blocks) + "\n"


def _shortly(report: Report) -> Iterator[Check]:
    """Yield what a reader has to look at, of the cases that failed alike only one with a whole command."""
    told = set[str]()
    for check in differing(report):
        if check.kind == "case" and check.curl:
            whole = gist(check) not in told and len(told) < _MOST_COMMANDS
            told.add(gist(check))
            yield check if whole else replace(check, curl=f"the same run with --case {check.id}")
        else:
            yield check


def _painted(line: Line, colour: bool) -> str:
    name, text = line
    return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if colour and name else text
