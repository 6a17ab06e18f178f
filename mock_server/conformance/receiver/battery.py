"""`check receiver`: the battery that judges somebody's receiver of webhooks, case by case.

The cases are data (`contracts/cases/receiver/`). Who they happen to is new in every run; `--probe` tells whether a
delivery had an effect. What a case cannot tell it does not claim: it is skipped where something was not given, and not
judged where the receiver or the probe could not be asked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mock_server.conformance import baseline as known
from mock_server.conformance.cases import check_of, once, selected, skipped
from mock_server.conformance.receiver.cases import Case, receiver_cases
from mock_server.conformance.receiver.courier import CannotJudge
from mock_server.conformance.receiver.means import WITHIN, Means
from mock_server.conformance.receiver.playing import Play
from mock_server.conformance.receiver.posting import Target
from mock_server.conformance.receiver.probe import Probe, Reader
from mock_server.conformance.receiver.tokens import Keyring
from mock_server.conformance.report import Check, Covered, Report
from mock_server.conformance.smallest import NoStrategies
from mock_server.webhooks.subscriptions import EVENTS

__all__ = ["check_receiver"]

LONGEST = 90.0
"""Seconds after which nothing more is sent; what is under way then may take some more, up to 120 in all."""


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
    """Judge the receiver at a URL, and return the report; its `exit_code` says it in a number.

    Args:
        url: where it listens; what it is sent looks like webhooks, of people that do not exist.
        token: wanted as `Authorization: Bearer <token>`; None sends none and skips what concerns tokens.
        old_token: one that it took before, and must not take any more.
        probe: what shows its effect: a URL (its body), a command (its output) or a function that returns bytes.
        events: the trigger events that it is registered for.
        cases: patterns of ids (`token-*`), to which come the cases that those rest on; none for all.
        seed_number: the same number generates the same payloads.
        known_failing: a file with the ids of cases that are known to fail; one that passes fails the run.
        update_baseline: write that file anew as it would be right now.
        fail_on: what breaks the run: error (MUST), warning (SHOULD too), note (MAY too) or never.
        within: seconds within which a delivery must be answered.

    Raises:
        UsageError: when one of these is impossible; nothing was sent then.
    """
    report = Report(tool="check receiver", subject="", checks=(), judged=0, fail_on=fail_on)
    wanted = selected(receiver_cases(), cases)
    baseline = known.wanted(known_failing, [case.id for case in receiver_cases()], update=update_baseline)
    target, watched = Target.of(url), None if probe is None else Probe(probe)
    means = Means(target, Keyring(token, old_token, target.secrets), watched, events, within)
    checks = _checks(play := Play(means, time.monotonic() + LONGEST, seed_number), wanted)
    return replace(report, **_found(play, baseline.settle(checks, known_failing if update_baseline else None)))


def _checks(play: Play, cases: Sequence[Case]) -> tuple[Check, ...]:
    """Return what became of the cases; Ctrl-C ends it with what is known."""
    checks: dict[str, Check] = {}
    try:
        for case in cases:
            if not case.quiet:
                checks[case.id] = _check(play, case, checks)
        checks |= _quiet(play, [case for case in cases if case.quiet], checks)
    except KeyboardInterrupt:
        for case in cases:
            unknown = replace(check_of(case, "not-judged"), detail="The run was interrupted.")
            checks.setdefault(case.id, unknown)
    courier = play.courier
    if not courier.answered.total() and not courier.late:
        checks = {id: _silent(check, courier.trouble) for id, check in checks.items()}
    return tuple(once(checks.values()))


def _quiet(play: Play, cases: Sequence[Case], before: Mapping[str, Check]) -> dict[str, Check]:
    """Return what became of cases that must change nothing.

    One look at the probe is enough for all of them; where it shows something, each is done once more with its own.
    """
    if not cases or not play.begin_quiet():
        return {case.id: _check(play, case, before) for case in cases}
    checks = {case.id: _check(play, case, before, look=False) for case in cases}
    if play.end_quiet():
        return checks
    settled = {id: check for id, check in checks.items() if check.outcome == "failed" and check.level == "MUST"}
    return {case.id: settled.get(case.id) or _check(play, case, before) for case in cases}


def _found(play: Play, checks: tuple[Check, ...]) -> dict[str, Any]:
    """Return what a report says of a run."""
    answered = play.courier.answered
    return {
        "subject": play.subject,
        "checks": checks,
        "judged": answered.total(),
        "coverage": tuple(Covered(id=event, kind="webhook", count=answered[event]) for event in EVENTS),
        "notes": (*skipped(checks), *play.courier.notes()),
    }


def _check(play: Play, case: Case, before: Mapping[str, Check], *, look: bool = True) -> Check:
    """Return what became of a case after others."""
    check = check_of(case)
    unfit = play.unfit(case) or _unfounded(case, before)
    if unfit is not None:
        return replace(check, outcome="skipped", detail=unfit)
    courier = play.courier
    if courier.over is not None:
        return replace(check, outcome="not-judged", detail=courier.over)
    began, answered = time.monotonic(), courier.answered.total()
    try:
        failure = play.play(case, look=look)
    except CannotJudge as reason:
        check = replace(check, outcome="not-judged", detail=str(reason))
    except NoStrategies as reason:
        check = replace(check, outcome="skipped", detail=f"{reason}.")
    else:
        if failure is not None:
            check = replace(check, outcome="failed", level=failure.level, detail=failure.detail, curl=failure.curl)
    return replace(check, seconds=time.monotonic() - began, count=courier.answered.total() - answered)


def _unfounded(case: Case, before: Mapping[str, Check]) -> str | None:
    """Return why a case proves nothing after those before it; None where it does."""
    failed = (id for id in case.after if before[id].outcome in ("failed", "not-judged"))
    return next((f"Unless {id} passes, this proves nothing." for id in failed), None)


def _silent(check: Check, trouble: str) -> Check:
    """Return a check of something that never said a word of HTTP: whatever it is, it is no receiver that is up."""
    if check.outcome != "failed":
        return check
    return replace(check, outcome="not-judged", detail=f"Not one delivery was answered: {trouble}.", curl=None)
