"""`check receiver`: the battery that judges somebody's receiver of webhooks, case by case.

The cases are data (`contracts/cases/receiver/`). Who they happen to is new in every run; `--probe` tells whether a
delivery had an effect. What a case cannot tell it does not claim: it is skipped where something was not given, and not
judged where the receiver or the probe could not be asked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mock_server.conformance.baseline import Baseline, read
from mock_server.conformance.cases import Case, receiver_cases, selected
from mock_server.conformance.playing import CannotJudge, Play
from mock_server.conformance.posting import Target
from mock_server.conformance.probe import Probe, Reader
from mock_server.conformance.report import FAIL_ON, Check, Covered, Report
from mock_server.conformance.smallest import NoStrategies
from mock_server.conformance.tokens import Keyring
from mock_server.errors import UsageError
from mock_server.webhooks.subscriptions import EVENTS

__all__ = ["check_receiver"]

WITHIN = 15.0
"""Seconds within which a delivery must be answered (assumed, g5)."""
LONGEST = 100.0
"""Seconds after which nothing more is sent; what is under way then may take some more, up to 120 in all."""
_MOST_NAMED = 10
"""Skipped cases that are named one by one."""


def check_receiver(
    url: str,
    *,
    token: str | None = None,
    old_token: str | None = None,
    probe: Reader | None = None,
    events: Sequence[str] = EVENTS,
    cases: Sequence[str] = (),
    seed_number: int = 0,
    known_failing: str | os.PathLike[str] | None = None,
    update_baseline: bool = False,
    fail_on: str = "error",
    within: float = WITHIN,
) -> Report:
    """Judge the receiver at a URL, and return the report; `report.exit_code` says it in a number.

    Args:
        url: where it listens. What is sent looks like webhooks, of people that do not exist.
        token: the one that it wants as `Authorization: Bearer <token>`. Without one no Authorization is sent, and what
            concerns tokens is skipped.
        old_token: one that it took before, and must not take any more.
        probe: what shows its effect: a URL (its body, by GET), a command (its standard output), or a function that
            returns bytes.
        events: the trigger events that it is registered for.
        cases: patterns of ids (`token-*`); without one, all.
        seed_number: the same number generates the same payloads.
        known_failing: a file with the ids of cases that are known to fail; one that passes fails the run.
        update_baseline: write that file anew as it would be right now.
        fail_on: how severe a failure must be to break the run: error (MUST), warning (SHOULD), note (MAY), never.
        within: seconds within which a delivery must be answered.

    Raises:
        UsageError: when one of these is impossible.
    """
    if fail_on not in FAIL_ON:
        raise UsageError(f"A run fails on one of {', '.join(FAIL_ON)}, not on {fail_on!r}.")
    keyring, wanted = Keyring(token, old_token), selected(receiver_cases(), cases)
    baseline = _baseline(known_failing, update=update_baseline)
    play = Play(
        Target.of(url),
        keyring,
        None if probe is None else Probe(probe),
        _registered(events),
        within=within,
        until=time.monotonic() + LONGEST,
        seed_number=seed_number,
    )
    checks = tuple(_check(play, case, _unfit(case, keyring, events, probe)) for case in wanted)
    if not play.answered.total() and not play.late:
        checks = tuple(map(_silent, checks))
    checks = tuple(_once(checks))
    if known_failing is not None and update_baseline:
        baseline = baseline.updated(checks)
        baseline.write(Path(known_failing))
    return Report(
        tool="check receiver",
        subject=keyring.masked(Target.of(url).shown),
        checks=baseline.judge(checks),
        judged=play.answered.total(),
        fail_on=fail_on,
        coverage=tuple(Covered(id=event, kind="webhook", count=play.answered[event]) for event in EVENTS),
        notes=tuple(_notes(checks)),
    )


def _registered(events: Sequence[str]) -> tuple[str, ...]:
    if not events or not set(events) <= set(EVENTS):
        raise UsageError(f"The events of a webhook are among {', '.join(EVENTS)}.")
    return tuple(event for event in EVENTS if event in events)


def _baseline(path: str | os.PathLike[str] | None, *, update: bool) -> Baseline:
    """Return the list of known failures, seen to name only cases that there are."""
    if path is None:
        if update:
            raise UsageError("To update a list of known failures it must be named: --known-failing FILE.")
        return Baseline()
    baseline = read(Path(path), missing_ok=update)
    baseline.check([case.id for case in receiver_cases()])
    return baseline


def _unfit(case: Case, keyring: Keyring, events: Sequence[str], probe: Reader | None) -> str | None:
    """Return why a case says nothing about this receiver, None when it does."""
    if case.needs_probe and probe is None:
        return "No --probe is given."
    for step in case.send:
        reason = keyring.unfit(step.token)
        if reason is not None:
            return reason
        if step.event(events) is None:
            return f"It is not registered for {' or '.join(step.events)}."
    return None


def _check(play: Play, case: Case, unfit: str | None) -> Check:
    """Return what became of a case."""
    check = Check(id=case.id, title=case.title, kind="case", outcome="passed", level=case.level, evidence=case.evidence)
    if unfit is not None:
        return replace(check, outcome="skipped", detail=unfit)
    if play.over is not None:
        return replace(check, outcome="not-judged", detail=play.over)
    began, answered = time.monotonic(), play.answered.total()
    try:
        failure = play.play(case)
    except CannotJudge as reason:
        check = replace(check, outcome="not-judged", detail=str(reason))
    except NoStrategies as reason:
        check = replace(check, outcome="skipped", detail=f"{reason}.")
    else:
        if failure is not None:
            check = replace(check, outcome="failed", detail=failure.detail, curl=failure.curl)
    return replace(check, seconds=time.monotonic() - began, count=play.answered.total() - answered)


def _silent(check: Check) -> Check:
    """Return a check of something that never said a word of HTTP: whatever it is, it is no receiver that is up."""
    if check.outcome != "failed":
        return check
    return replace(check, outcome="not-judged", detail="Not one delivery was answered.", curl=None)


def _once(checks: Iterable[Check]) -> Iterator[Check]:
    """Yield the checks, of those that could not be judged for one reason all but the first as skipped."""
    reasons = set[str]()
    for check in checks:
        repeated = check.outcome == "not-judged" and check.detail in reasons
        yield replace(check, outcome="skipped") if repeated else check
        if check.outcome == "not-judged":
            reasons.add(check.detail)


def _notes(checks: Iterable[Check]) -> Iterator[str]:
    """Yield what was not looked at, and why."""
    skipped: dict[str, list[str]] = {}
    for check in checks:
        if check.outcome == "skipped":
            skipped.setdefault(check.detail, []).append(check.id)
    for reason, ids in skipped.items():
        yield f"Skipped {', '.join(ids) if len(ids) <= _MOST_NAMED else f'{len(ids)} cases'}: {reason}"
