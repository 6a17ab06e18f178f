"""Gathers what a running server has judged of one environment's traffic into a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from mock_server.conformance.folding import Violation, fold
from mock_server.conformance.report import Check, Covered, Report
from mock_server.contract.document import Contract, load
from mock_server.errors import StillBusy, UsageError
from mock_server.remote import RemoteEnvironment

__all__ = ["Demands", "judged", "parts"]

SETTLING = 20.0
"""Seconds that webhooks under way get to arrive before the run is summed up."""

_NAMED = 10
"""Faults that one note names."""

_NOTHING: Mapping[str, Any] = {"requests": 0, "failures": 0, "violations": (), "left_out": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a run is held to."""

    fail_on: str = "error"
    pedantic: bool = False
    require: Sequence[str] = ()
    """Operations (by operationId) and webhooks (by trigger event) that must have been exercised."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "require", tuple(map(_known, self.require)))


def parts() -> Mapping[str, str]:
    """Return what a run can exercise, operationIds and trigger events, each with its kind."""
    contract = load()
    operations = {id: "operation" for id, operation in contract.operations.items() if not operation.mock_only}
    return {**operations, **dict.fromkeys(contract.document["webhooks"], "webhook")}


def judged(
    environment: RemoteEnvironment, demands: Demands, *, tool: str, subject: str, strays: bool = False
) -> Report:
    """Return the report of everything that an environment has seen so far, after its webhooks have come to rest.

    Args:
        environment: whose traffic is summed up.
        demands: what it is held to.
        tool: the name of the command, as the report says it.
        subject: what was judged, in words.
        strays: count requests that belong to no environment, too (a wrong key, a path outside `/v1`).

    Raises:
        ServerUnavailable: when the server does not answer any more.
    """
    notes = []
    try:
        environment.settle(SETTLING)
    except StillBusy as busy:
        notes.append(f"{busy}; what they would have shown is not in this report.")
    tally = environment.verdict(closing=True)
    astray = environment.remote.get("/verdict") if strays else _NOTHING
    found = [*tally["violations"], *astray["violations"]]
    proving = sum(tally["operations"].values())
    notes += _notes(tally, tally["requests"] + astray["requests"], proving)
    checks = [*_checks(tally, found, environment, demands), *_untold(tally, astray), *_requirements(tally, demands)]
    return Report(
        tool=tool,
        subject=subject,
        checks=tuple(checks),
        judged=tally["judged"] if proving else 0,
        fail_on=demands.fail_on,
        pedantic=demands.pedantic,
        coverage=tuple(Covered(id=id, kind=kind, count=tally[f"{kind}s"].get(id, 0)) for id, kind in parts().items()),
        notes=tuple(notes),
    )


def _checks(
    tally: Mapping[str, Any], found: Iterable[Violation], environment: RemoteEnvironment, demands: Demands
) -> Iterable[Check]:
    """Yield one check for each operation and webhook, and one for each kind of call that is no operation at all."""
    contract = load()
    of: defaultdict[str, list[Violation]] = defaultdict(list)
    for violation in found:
        of[violation["operation"] or violation["code"]].append(violation)
    for id, kind in parts().items():
        count = tally[f"{kind}s"].get(id, 0)
        yield _check(id, kind, _title(contract, id, kind), count, of.pop(id, ()), environment, demands)
    for id, violations in sorted(of.items()):
        title = "Calls that Refiner does not have"
        if id in contract.operations:
            title = contract.operations[id].summary
        elif id not in ("unknown-route", "wrong-method"):
            title = "Calls of no operation in particular"
        yield _check(id, "operation", title, len(violations), violations, environment, demands)


def _check(
    id: str,
    kind: str,
    title: str,
    count: int,
    violations: Sequence[Violation],
    environment: RemoteEnvironment,
    demands: Demands,
) -> Check:
    kept, left_out = fold(violations, pedantic=demands.pedantic)
    return Check(
        id=id,
        title=title,
        kind=kind,
        outcome="failed" if violations else "passed" if count else "skipped",
        count=count,
        violations=tuple(_whole(violation, environment) for violation in kept),
        left_out=left_out,
    )


def _whole(violation: Violation, environment: RemoteEnvironment) -> Violation:
    """Return a violation with its whole exchange, or with the line of the journal where that has fallen out."""
    try:
        return {**violation, "entry": environment.remote.get(f"/requests/{quote(violation['request'], safe='')}")}
    except UsageError:
        return violation


def _title(contract: Contract, id: str, kind: str) -> str:
    if kind == "operation":
        return contract.operations[id].summary
    return f"The webhook {id} arrived at a receiver"


def _requirements(tally: Mapping[str, Any], demands: Demands) -> Iterable[Check]:
    for id in dict.fromkeys(demands.require):
        kind = parts()[id]
        count = tally[f"{kind}s"].get(id, 0)
        verb = "called so that it was answered" if kind == "operation" else "delivered to a receiver"
        yield Check(
            id=id,
            title=f"{id} is exercised",
            kind="requirement",
            outcome="passed" if count else "failed",
            detail="" if count else f"{id} was never {verb} (--require {id}).",
            count=count,
        )


def _untold(*verdicts: Mapping[str, Any]) -> Iterable[Check]:
    """Yield a check for our own failures, and one for violations of so many kinds that they were only counted."""
    failures = sum(verdict["failures"] for verdict in verdicts)
    if failures:
        detail = f"refiner-mock itself failed on {_counted(failures, 'request')}; the server's log says why."
        yield Check(id="refiner-mock", title="", kind="sequence", outcome="not-judged", detail=detail)
    left_out = sum((Counter(verdict["left_out"]) for verdict in verdicts), Counter[str]())
    if left_out:
        yield Check(
            id="more",
            title="Violations of so many kinds that they were only counted",
            kind="sequence",
            outcome="failed",
            left_out=dict(left_out),
        )


def _notes(tally: Mapping[str, Any], requests: int, proving: int) -> Iterable[str]:
    if not requests:
        yield "No request arrived: does the program take its base URL and key from where it is told to?"
    elif not tally["judged"] and not tally["injected"]:
        yield f"{_counted(requests, 'request')} arrived, none of them a call that this environment could answer."
    elif tally["judged"] and not proving:
        yield "Not one call was answered with a success or refused without being to blame; that proves nothing."
    if tally["injected"]:
        yield f"{_counted(tally['injected'], 'request')} met an armed fault; by themselves they are not judged."
    if unfired := tally["unfired"]:
        named = ", ".join(unfired[:_NAMED]) + ("" if len(unfired) <= _NAMED else ", …")
        yield f"{_counted(len(unfired), 'armed fault')} never struck: {named}."
    if tally["mock_only"]:
        yield f"{_counted(tally['mock_only'], 'request')} went to routes that only refiner-mock has; not counted."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _known(wanted: str) -> str:
    """Return an operation or webhook as the contract spells it. Raises UsageError."""
    spelt = {part.casefold(): part for part in parts()}
    if wanted.casefold() in spelt:
        return spelt[wanted.casefold()]
    near = get_close_matches(wanted.casefold(), spelt, n=1)
    hint = f"did you mean {spelt[near[0]]}?" if near else f"choose from {', '.join(spelt.values())}"
    raise UsageError(f"--require {wanted[:60]}: the contract has no such operation or webhook; {hint}")
