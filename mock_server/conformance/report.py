"""What a run found, whoever ran it: one shape for `exec`, the checks and the pytest plugin.

Stable: tools build these values and formats read them. A field may be added with a default, none is renamed.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from importlib import import_module
from typing import Literal, TextIO

from mock_server.conformance.folding import Violation, fold, trimmed, weight
from mock_server.conformance.output import FORMATS, coloured, put
from mock_server.conformance.plain import cut
from mock_server.contract import rules
from mock_server.errors import UsageError
from mock_server.frozen import frozen
from mock_server.spelling import advice

__all__ = [
    "APART",
    "FAIL_ON",
    "KINDS",
    "LEVELS",
    "OUTCOMES",
    "SEVERITIES",
    "UNJUDGED",
    "Check",
    "Covered",
    "Report",
    "Violation",
]

SEVERITIES = rules.LEVELS
"""Worst first."""
FAIL_ON = (*SEVERITIES, "never")
KINDS = ("operation", "webhook", "requirement", "case", "sequence")
OUTCOMES = ("failed", "stale", "not-judged", "could-not-run", "harness-error", "expected-fail", "skipped", "passed")
UNJUDGED = frozenset(("not-judged", "could-not-run", "harness-error"))
"""Judging was tried and could not be done, by whoever's fault."""
LEVELS: Mapping[str, Literal["error", "warning", "note"]] = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
"""How severe it is when a case of that level fails."""
APART: Mapping[str, str] = {
    "unknown_routes": "to unknown routes",
    "turned_away": "without the right key, or too large",
    "injected": "spoilt by armed faults",
    "mock_only": "to routes that only refiner-mock has",
    "unproven": "refused, which by itself proves nothing",
}
"""Why requests are not judged, and how that is told."""
_MOST_NOTES = 100


@frozen(kw_only=True)
class Check:
    """One line of a report: an operation, a webhook, a requirement or a case, and what became of it.

    An operation or webhook that nothing touched is `skipped`; one with violations is `failed`, however small they are:
    whether that breaks the run is `Report.breaks`' business. What belongs to no operation (an unknown route, a rule
    over many calls) goes under an id of its own: `unknown-route`, `sequence`. `not-judged` says that judging was tried
    and could not be done, `could-not-run` that a client's adapter crashed, hung or talked nonsense, `harness-error`
    that refiner-mock itself failed; `detail` says why. `expected-fail` and `stale` are cases that were listed as known
    to fail, and did or did not.
    """

    id: str
    """operationId, name of the webhook's event, requirement, or id of the case; unique within its kind."""
    title: str
    kind: str
    """One of `KINDS`."""
    outcome: str
    """One of `OUTCOMES`."""
    level: str | None = None
    """MUST, SHOULD or MAY, of a case."""
    severity: str | None = None
    """How bad a failure is, where no violation says so; by default what `level` says, else error."""
    evidence: str | None = None
    detail: str = ""
    """What was expected and what happened, in a few lines."""
    count: int = 0
    """Requests or deliveries behind it."""
    curl: str | None = None
    """A command that repeats the failure (`conformance.curl` makes them)."""
    seconds: float = 0.0
    violations: tuple[Violation, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Violations that are only counted, by severity: those beyond the first different ones (`folding.fold`)."""


@frozen(kw_only=True)
class Covered:
    """How often one part of the contract was touched: called with a success, or refused without being to blame."""

    id: str
    """operationId, or name of the webhook's event."""
    kind: str
    """`operation` or `webhook`."""
    count: int
    """0: the run says nothing about it."""
    refused: int = 0
    """Calls besides, that were refused for what was sent."""


@frozen(kw_only=True)
class Report:
    """What one run found."""

    tool: str
    """`exec`, `check traffic`, `check receiver`, `check client`, `pytest`."""
    subject: str
    """What was judged: a command line or a URL, secrets masked."""
    checks: tuple[Check, ...]
    judged: int
    """Requests or deliveries that counted; 0 never passes."""
    apart: Mapping[str, int] = field(default_factory=dict)
    """Requests that did not count, by why (`APART`); with `judged` they are all that arrived."""
    fail_on: str = "error"
    """The least severity that breaks the run: one of `FAIL_ON`."""
    pedantic: bool = False
    """Violations count with the severity of their rule, however weakly the fact behind them is known."""
    coverage: tuple[Covered, ...] = ()
    """Every operation and webhook event of the contract, touched or not."""
    notes: tuple[str, ...] = ()
    """What a reader must know: dropped entries, injected traffic, why nothing was judged."""

    def __post_init__(self) -> None:
        if self.fail_on not in FAIL_ON:
            raise UsageError(f"A run cannot fail on {self.fail_on!r}; {advice(self.fail_on, FAIL_ON)}")
        for check in self.checks:
            if check.kind not in KINDS or check.outcome not in OUTCOMES:
                raise UsageError(
                    f"The check {check.id!r} has an unknown kind or outcome: {check.kind}, {check.outcome}."
                )

    @property
    def exit_code(self) -> int:
        """0 kept; 1 broken; 2 could not judge: nothing was judged, or not all that should have been."""
        if any(map(self.breaks, self.checks)):
            return 1
        return 2 if not self.judged or any(check.outcome in UNJUDGED for check in self.checks) else 0

    def breaks(self, check: Check) -> bool:
        """Tell whether a check by itself breaks the run.

        An unmet requirement and an unexpected pass always do; a failure does when it is as severe as `fail_on`, or
        worse.
        """
        if check.outcome == "stale":
            return True
        if check.outcome != "failed":
            return False
        return check.kind == "requirement" or self.counts(self.severity(check) or "error")

    def counts(self, severity: str) -> bool:
        """Tell whether a severity is at or above `fail_on`."""
        return self.fail_on != "never" and SEVERITIES.index(severity) <= SEVERITIES.index(self.fail_on)

    def severity(self, check: Check) -> str | None:
        """Return how bad a check's failure is, that of its worst violation; None where nothing failed."""
        if check.outcome != "failed":
            return None
        weights = {*map(self.weight, check.violations), *check.left_out}
        return (
            min(weights, key=SEVERITIES.index, default=None) or check.severity or LEVELS.get(check.level or "", "error")
        )

    def weight(self, violation: Violation) -> str:
        """Return how severe a violation is in this run: as recorded, or when pedantic what its rule says."""
        return weight(violation, pedantic=self.pedantic)

    def tally(self) -> dict[str, int]:
        """Return how many violations there are of each severity, worst first."""
        found = Counter[str]()
        for check in self.checks:
            found.update(check.left_out)
            for violation in check.violations:
                found[self.weight(violation)] += violation.get("count", 1)
        return {severity: found[severity] for severity in SEVERITIES}

    def covered(self, kind: str) -> tuple[int, int]:
        """Return how many parts of a kind (`operation`, `webhook`) were touched, and how many there are."""
        parts = [part for part in self.coverage if part.kind == kind]
        return sum(part.count > 0 for part in parts), len(parts)

    def folded(self) -> Report:
        """Return the report as it is written in every format: sorted, bounded, equal violations made one.

        Every severity is what counts in this run. To fold what is folded changes nothing.
        """
        checks = sorted(map(self._folded, self.checks), key=lambda check: (KINDS.index(check.kind), check.id))
        coverage = sorted(self.coverage, key=lambda part: (part.kind, part.id))
        return replace(
            self,
            subject=cut(self.subject, 1_000),
            checks=tuple(checks),
            coverage=tuple(coverage),
            notes=tuple(cut(note, 1_000) for note in self.notes[:_MOST_NOTES]),
        )

    def render(self, format: str, *, colour: bool = False) -> str:
        """Return the report in a format, one of `FORMATS`; only text knows colours.

        Raises:
            UsageError: when there is no such format.
        """
        if format not in FORMATS:
            raise UsageError(f"There is no report format {format!r}; {advice(format, FORMATS)}")
        # By name, as the formats are built on this module; and only the one that is wanted costs its import.
        render: Callable[..., str] = import_module(f"mock_server.conformance.formats.{format}").render
        return render(self.folded(), colour=True) if colour and format == "text" else render(self.folded())

    def write(self, format: str, to: str | os.PathLike[str] | TextIO = "-") -> None:
        """Write the report to a stream, to a file (whole or not at all, folders are made) or to `-`, standard output.

        Raises:
            UsageError: when there is no such format, or the file cannot be written.
        """
        stream = sys.stdout if to == "-" else to
        colour = not isinstance(stream, str | os.PathLike) and coloured(stream)
        put(self.render(format, colour=colour), stream)

    def _folded(self, check: Check) -> Check:
        violations, left_out = fold(check.violations, pedantic=self.pedantic)
        return replace(
            check,
            id=cut(check.id, 300),
            title=cut(check.title, 300),
            detail=cut(check.detail, 4_000),
            severity=self.severity(check),
            violations=tuple(map(trimmed, violations)),
            left_out={
                severity: count
                for severity in SEVERITIES
                if (count := left_out.get(severity, 0) + check.left_out.get(severity, 0))
            },
        )
