"""The report as annotations of GitHub Actions (workflow commands, one per line)."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.conformance.plain import harmless
from mock_server.conformance.report import Report
from mock_server.conformance.telling import conclusion, differing, found, standing

__all__ = ["render"]

MOST = 10
"""GitHub shows so many of each kind per step and drops the rest in silence."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    """Return a folded report as workflow commands, ten of each kind at most, and one plain line that sums it up."""
    shown: dict[str, int] = dict.fromkeys(_COMMANDS.values(), 0)
    lines = []
    for severity, title, message in _annotations(report):
        command = _COMMANDS[severity]
        shown[command] += 1
        if shown[command] <= MOST:
            lines.append(f"::{command} title={_property(title)}::{_data(message)}")
    left_out = sum(max(0, count - MOST) for count in shown.values())
    more = f"{left_out} more annotations are left out, GitHub shows {MOST} of a kind; " if left_out else ""
    return "\n".join((*lines, f"refiner-mock {report.tool}: {more}{found(report)}; {conclusion(report)}")) + "\n"


def _annotations(report: Report) -> Iterator[tuple[str, str, str]]:
    """Yield severity, title and message of each finding, those that break the run first."""
    if report.exit_code == 2:
        yield "error", f"refiner-mock {report.tool}", conclusion(report)
    for check in differing(report):
        if not check.violations:
            severity = "error" if report.breaks(check) else report.severity(check) or "warning"
            yield (
                severity,
                f"{check.kind} {check.id} {check.outcome}" + (f" ({standing(check)})" if standing(check) else ""),
                "\n".join(filter(None, (check.title, check.detail))),
            )
        for violation in check.violations:
            meant = f"\nmeant: {violation['suggestion']}" if violation["suggestion"] else ""
            count = f"\nand {violation['count'] - 1} more like it" if violation.get("count", 1) > 1 else ""
            test = f"\nin {violation['test']}" if "test" in violation else ""
            story = f"{violation['message']}{meant}{test}\n{violation['contract']} ({violation['evidence']}){count}"
            yield violation["severity"], f"{check.id} {violation['code']}", story


def _data(text: str) -> str:
    """Return a message as the runner reads it back; line ends stay, all else that does not print is made harmless."""
    lines = "\n".join(harmless(line, 500) for line in text.splitlines()[:20])
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
