"""A report in words: what every format says that people read. Lines come with the colour they may have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from mock_server.conformance.place import excerpt
from mock_server.conformance.plain import harmless
from mock_server.conformance.report import APART, OUTCOMES, SEVERITIES, UNJUDGED, Check, Report, Violation

__all__ = [
    "MOST_LINES",
    "Line",
    "conclusion",
    "coverage",
    "differing",
    "found",
    "gist",
    "headline",
    "judged",
    "paragraphs",
    "standing",
]

Line = tuple[str, str]
"""A colour (red, yellow, cyan, bold or none) and a harmless text."""
MOST_LINES = 20
"""Of one request."""
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}
_VERDICTS = ("kept", "broken", "not judged")
_UNITS = {"check receiver": "delivery", "check client": "call"}
"""What is counted, where it is no request: a call of a client may send several, or one to an unknown route."""
_TOLD = {"failed", "stale"} | UNJUDGED


def headline(report: Report) -> str:
    """Return in one line what was judged and what came of it."""
    return f"refiner-mock {report.tool}: {_VERDICTS[report.exit_code]} ({harmless(report.subject, 300)})"


def conclusion(report: Report) -> str:
    """Return the exit code and what it means here."""
    code = report.exit_code
    if code == 1:
        breaking = sum(map(report.breaks, report.checks))
        limit = "" if report.fail_on == "never" else f"; it fails on {_at_least(report.fail_on)}"
        return f"broken (exit code 1): {_counted(breaking, 'check')} broke the run{limit}"
    if code == 2:
        why = "not all could be judged" if report.judged else "nothing was judged, and that proves nothing"
        return f"not judged (exit code 2): {why}"
    if not sum(report.tally().values()):
        return "kept (exit code 0)"
    never = report.fail_on == "never"
    return f"kept (exit code 0): {'violations do not count' if never else f'nothing is as severe as {report.fail_on}'}"


def found(report: Report) -> str:
    """Return in one line how much was judged and what was found."""
    tally = ", ".join(_counted(count, severity) for severity, count in report.tally().items() if count)
    cases = Counter(check.outcome for check in report.checks if check.kind == "case")
    parts = [judged(report)]
    parts += [tally or "no violations"] if tally or not cases else []
    parts += (f"{_counted(cases[outcome], 'case')} {outcome}" for outcome in OUTCOMES if cases[outcome])
    parts += (
        f"{kind}s touched: {touched} of {total}"
        for kind in ("operation", "webhook")
        for touched, total in [report.covered(kind)]
        if total
    )
    return "; ".join(parts)


def judged(report: Report) -> str:
    """Return how much was judged, and what besides arrived that was not: numbers that add up."""
    unit = _UNITS.get(report.tool, "request")
    if not report.apart:
        return f"{_counted(report.judged, unit)} judged"
    parts = [f"{report.judged} judged"]
    parts += (f"{report.apart[why]} {told}" for why, told in APART.items() if why in report.apart)
    return f"{_counted(report.judged + sum(report.apart.values()), unit)} ({', '.join(parts)})"


def coverage(report: Report) -> list[str]:
    """Return which part of the contract was touched, which was only refused and which was not, a line each at most."""
    touched = [f"{part.id} {part.count}" for part in report.coverage if part.count]
    refused = [f"{part.id} {part.refused}" for part in report.coverage if part.refused and not part.count]
    missed = [part.id for part in report.coverage if not (part.count or part.refused)]
    lines = (("touched", touched), ("only refused", refused), ("not touched", missed))
    return [f"{word}: {harmless(', '.join(names), 2_000)}" for word, names in lines if names and (touched or refused)]


def differing(report: Report) -> list[Check]:
    """Return the checks that a reader has to look at, those that break the run and the worst first."""
    shown = [check for check in report.checks if check.outcome in _TOLD]
    return sorted(
        shown, key=lambda check: (not report.breaks(check), SEVERITIES.index(report.severity(check) or "error"))
    )


def gist(check: Check) -> str:
    """Return in one line what a check found, the worst of it."""
    if check.violations:
        return harmless(check.violations[0]["message"], 300)
    return harmless(next(iter(check.detail.splitlines()), check.title), 300)


def standing(check: Check) -> str:
    """Return how much a case demands and how that is known, such as `MUST, assumed`; nothing for another check."""
    return ", ".join(filter(None, (check.level, check.evidence))) if check.kind == "case" else ""


def paragraphs(check: Check, report: Report) -> Iterator[list[Line]]:
    """Yield what there is to say of a check: a block about itself, then one of at most 20 lines per request."""
    what = report.severity(check) or check.outcome.replace("-", " ")
    behind = f" ({standing(check)})" if standing(check) else ""
    title = "" if check.title in ("", check.id) else f": {harmless(check.title, 300)}"
    block = [("bold", f"{what}: {check.kind} {harmless(check.id, 200)}{behind}{title}")]
    # A mark in front, as a line must not begin with what a stranger sent: CI services take commands from there.
    block += ((_COLOURS.get(what, ""), f"  | {harmless(line, 300)}") for line in _first(check.detail))
    if check.curl:
        block.append(("", f"  again: {check.curl}"))
    yield block
    by_request: dict[str | None, list[Violation]] = {}
    for violation in check.violations:
        by_request.setdefault(violation["request"], []).append(violation)
    yield from map(_of_one_request, by_request.values())
    if check.left_out:
        left_out = ", ".join(_counted(count, severity) for severity, count in check.left_out.items())
        yield [("", f"  left out here: {left_out}, different from those above")]


def _of_one_request(violations: list[Violation]) -> list[Line]:
    lines = [("bold", f"  {line}") for line in _called(violations)[:1]]
    commands = [("", f"    again: {curl}") for violation in violations if (curl := violation.get("curl"))][:1]
    for rank, violation in enumerate(violations):
        about = _of_one_violation(violation)
        if rank and len(lines) + len(about) + len(commands) + 1 > MOST_LINES:
            lines.append(("", f"    and {len(violations) - rank} more in this request"))
            break
        lines += about
    return lines + commands


def _called(violations: list[Violation]) -> list[str]:
    """Return the request line of each violation that has one, or what is known without."""
    found = []
    test = f"  in {harmless(violations[0]['test'], 300)}" if "test" in violations[0] else ""
    for entry in filter(None, (violation.get("entry") for violation in violations)):
        fault = f", under the fault {harmless(entry['fault'], 100)}" if entry["fault"] else ""
        what = f"{harmless(entry['method'], 20)} {harmless(entry['path'], 200)} -> {entry['status']}"
        found.append(f"{what}  {violations[0]['request']}{fault}{test}")
    request = violations[0]["request"]
    return found or ([f"{request}, which is no longer in the journal{test}"] if request else [])


def _of_one_violation(violation: Violation) -> list[Line]:
    colour = _COLOURS[violation["severity"]]
    lines = [("", f"    {line}") for line in excerpt(violation)]
    if lines and lines[-1][1].endswith("^"):
        lines[-1] = colour, lines[-1][1]
    code, message = violation["code"], harmless(violation["message"], 500)
    lines.append((colour, f"    {violation['severity']} {code}: {message}"))
    word, text = ("meant", meant) if (meant := violation["suggestion"]) else ("expected", violation["expected"])
    if text and not re.search(rf"(?<!\w){re.escape(text)}(?!\w)", violation["message"]):
        lines.append(("", f"    {word}: {harmless(text, 200)}"))
    lines.append(("", f"    {violation['contract']} ({violation['evidence']}), rule {violation['rule']}"))
    if (count := violation.get("count", 1)) > 1:
        lines.append(("", f"    and {count - 1} more like it"))
    return lines


def _first(text: str, most: int = 12) -> list[str]:
    lines = text.splitlines()
    return lines if len(lines) <= most else [*lines[:most], f"… ({len(lines) - most} more lines)"]


def _counted(count: int, word: str) -> str:
    plural = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count} {word if count == 1 else plural}"


def _at_least(severity: str) -> str:
    return " and ".join(f"{word}s" for word in SEVERITIES[: SEVERITIES.index(severity) + 1])
