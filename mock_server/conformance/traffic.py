"""Gathers what a running server has judged of one environment's traffic into a report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from mock_server.conformance.folding import Violation, fold
from mock_server.conformance.merging import Verdict, merged
from mock_server.conformance.report import APART, Check, Covered, Report
from mock_server.contract.document import Contract, load
from mock_server.errors import StillBusy, UsageError
from mock_server.frozen import frozen
from mock_server.remote import RemoteEnvironment
from mock_server.remote.transport import Transport
from mock_server.spelling import advice

__all__ = ["Demands", "judged", "parts", "reported", "whole"]

SETTLING = 20.0
"""Seconds that webhooks under way get to arrive before the run is summed up."""

_NAMED = 10
"""Faults that one note names."""


@frozen(kw_only=True)
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
        first = str(busy).partition("\n")[0]
        notes.append(f"{first}; what that would have shown is not in this report.")
    verdict: Verdict = environment.verdict(closing=True)
    if strays:
        verdict = merged((verdict, environment.remote.get("/verdict")))
    return reported(verdict, demands, tool=tool, subject=subject, notes=notes, remote=environment.remote)


def reported(
    verdict: Verdict,
    demands: Demands,
    *,
    tool: str,
    subject: str,
    notes: Sequence[str] = (),
    remote: Transport | None = None,
) -> Report:
    """Return a verdict, of one environment or of many (`merging`), as a report.

    Args:
        verdict: what the traffic came to, by the control API.
        demands: what it is held to.
        tool: the name of the command, as the report says it.
        subject: what was judged, in words.
        notes: what a reader must know besides.
        remote: where the exchanges are fetched that the violations do not carry yet.
    """
    proving = sum(verdict["operations"].values())
    checks = [*_checks(verdict, remote, demands), *_untold(verdict), *_requirements(verdict, demands)]
    return Report(
        tool=tool,
        subject=subject,
        checks=tuple(checks),
        judged=verdict["judged"] if proving else 0,
        fail_on=demands.fail_on,
        pedantic=demands.pedantic,
        apart=_apart(verdict, proving),
        coverage=tuple(_covered(verdict)),
        notes=(*notes, *_notes(verdict, proving, tool)),
    )


def _apart(verdict: Verdict, proving: int) -> dict[str, int]:
    """Return how many requests did not count, by why."""
    counts = {name: verdict.get(name, 0) for name in APART}
    counts["unproven"] = 0 if proving else verdict["judged"]
    return {name: count for name, count in counts.items() if count}


def _covered(verdict: Verdict) -> Iterable[Covered]:
    for id, kind in parts().items():
        refused = verdict.get("refused", {}).get(id, 0) if kind == "operation" else 0
        yield Covered(id=id, kind=kind, count=verdict[f"{kind}s"].get(id, 0), refused=refused)


def _checks(verdict: Verdict, remote: Transport | None, demands: Demands) -> Iterable[Check]:
    """Yield one check for each operation and webhook, and one for each kind of call that is no operation at all."""
    contract = load()
    of: defaultdict[str, list[Violation]] = defaultdict(list)
    for violation in verdict["violations"]:
        of[violation["operation"] or violation["code"]].append(violation)
    for id, kind in parts().items():
        count = verdict[f"{kind}s"].get(id, 0)
        yield _check(id, kind, _title(contract, id, kind), count, of.pop(id, ()), remote, demands)
    for id, violations in sorted(of.items()):
        title = "Calls that Refiner does not have"
        if id in contract.operations:
            title = contract.operations[id].summary
        elif id not in ("unknown-route", "wrong-method"):
            title = "Calls of no operation in particular"
        yield _check(id, "operation", title, len(violations), violations, remote, demands)


def _check(
    id: str,
    kind: str,
    title: str,
    count: int,
    violations: Sequence[Violation],
    remote: Transport | None,
    demands: Demands,
) -> Check:
    kept, left_out = fold(violations, pedantic=demands.pedantic)
    return Check(
        id=id,
        title=title,
        kind=kind,
        outcome="failed" if violations else "passed" if count else "skipped",
        count=count,
        violations=tuple(whole(violation, remote) for violation in kept),
        left_out=left_out,
    )


def whole(violation: Violation, remote: Transport | None) -> Violation:
    """Return a violation with its whole exchange, or as it is where that is there, is gone or cannot be asked for."""
    if remote is None or "entry" in violation:
        return violation
    try:
        return {**violation, "entry": remote.get(f"/requests/{quote(violation['request'], safe='')}")}
    except UsageError:
        return violation


def _title(contract: Contract, id: str, kind: str) -> str:
    if kind == "operation":
        return contract.operations[id].summary
    return f"The webhook {id} arrived at a receiver"


def _requirements(verdict: Verdict, demands: Demands) -> Iterable[Check]:
    for id in dict.fromkeys(demands.require):
        kind = parts()[id]
        count = verdict[f"{kind}s"].get(id, 0)
        verb = "called so that it was answered" if kind == "operation" else "delivered to a receiver"
        yield Check(
            id=id,
            title=f"{id} is exercised",
            kind="requirement",
            outcome="passed" if count else "failed",
            detail="" if count else f"{id} was never {verb} (--require {id}).",
            count=count,
        )


def _untold(verdict: Verdict) -> Iterable[Check]:
    """Yield a check for our own failures, and one for violations of so many kinds that they were only counted."""
    failures, left_out = verdict["failures"], verdict["left_out"]
    if failures:
        detail = f"refiner-mock itself failed on {_counted(failures, 'request')}; the server's log says why."
        yield Check(id="refiner-mock", title="", kind="sequence", outcome="not-judged", detail=detail)
    if left_out:
        yield Check(
            id="more",
            title="Violations of so many kinds that they were only counted",
            kind="sequence",
            outcome="failed",
            left_out=dict(left_out),
        )


def _notes(verdict: Verdict, proving: int, tool: str) -> Iterable[str]:
    requests = verdict["requests"]
    if not requests:
        yield "No request arrived: does the program take its base URL and key from where it is told to?"
        if tool == "exec":
            yield "Tests with the fixture refiner have environments of their own: pytest judges them, without exec."
    elif not verdict["judged"] and not verdict["injected"]:
        yield f"{_counted(requests, 'request')} arrived, none of them a call that this environment could answer."
    elif verdict["judged"] and not proving:
        yield "Not one call was answered with a success or refused without being to blame; that proves nothing."
    if verdict["injected"]:
        yield f"{_counted(verdict['injected'], 'request')} met an armed fault; by themselves they are not judged."
    if unfired := verdict["unfired"]:
        named = ", ".join(unfired[:_NAMED]) + ("" if len(unfired) <= _NAMED else ", …")
        yield f"{_counted(len(unfired), 'armed fault')} never struck: {named}."
    if verdict["mock_only"]:
        yield f"{_counted(verdict['mock_only'], 'request')} went to routes that only refiner-mock has; not counted."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _known(wanted: str) -> str:
    """Return an operation or webhook as the contract spells it. Raises UsageError."""
    spelt = {part.casefold(): part for part in parts()}
    if wanted.casefold() in spelt:
        return spelt[wanted.casefold()]
    hint = advice(wanted, spelt.values())
    raise UsageError(f"--require {wanted[:60]}: the contract has no such operation or webhook; {hint}")
