"""What a client does after a refusal, after a success, and after an answer that it never had whole.

A wait is over when either real time or the environment's clock has passed it: who advances the clock has waited.
Several connections may be under way at once and not know of each other, so only what surely was sent after an answer is
held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mock_server.contract.sequence.step import Peer, Recent, Step
from mock_server.contract.violation import Finding
from mock_server.frozen import frozen

__all__ = ["ADDING", "RetryWatch"]

KEPT = 256
"""Refusals, connections and unclear failures of one environment that are remembered."""

GRACE = 100_000_000
"""Nanoseconds by which a timer may be early."""

IN_FLIGHT = 20_000_000
"""Nanoseconds within which a request on another connection may have been on its way already."""

RIGHT_AWAY, AT_ONCE = 2_000_000_000, 250_000_000
"""Nanoseconds within which a repetition is one of a program and not of a person, and one that waits for nothing."""

HAMMERING, ON_AND_ON = 3, 5
"""Calls that came too early: of the same kind, and of one connection whatever they ask."""


class Limit(NamedTuple):
    """When the very same call, made again after it had succeeded, looks like a loop."""

    times: int
    """That many in a row."""
    within: int
    """Nanoseconds from the answer to the next call."""
    evidence: str | None = None
    """That it is one, if that is less sure than the rule."""


ADDING: Mapping[str, Limit] = {
    "duplicateForm": Limit(2, RIGHT_AWAY),
    "storeResponse": Limit(3, RIGHT_AWAY),  # a second one is what `prevent_duplicates=0` is for
    "trackEvent": Limit(3, AT_ONCE, "assumed"),  # what happened may happen again
}
"""Calls of which each one counts."""


@dataclass(slots=True)
class _Wait:
    """How long a refusal asked to wait."""

    call: int
    peer: Peer | None
    seconds: int
    at: int
    ended: int
    early: int
    """How many calls have come too early since the first refusal."""

    def runs(self, step: Step) -> bool:
        """Tell whether a step comes before it is over, by real time and by the environment's clock."""
        left = self.seconds * 1_000_000_000 - GRACE
        return step.began - self.ended < left and 0 <= (step.at - self.at) * 1_000 < left

    def is_known(self, step: Step) -> bool:
        """Tell whether whoever sent a step must have known of the refusal.

        That holds on the same connection. On another one the very same call is the next attempt of the same caller if
        the first connection is closed, or some time has passed.
        """
        if step.peer is not None and step.peer == self.peer:
            return True
        over = self.peer is not None and self.peer.is_gone
        return step.call == self.call and (over or step.began - self.ended >= IN_FLIGHT)


@frozen
class _Made:
    """The call before this one, if it was one of `ADDING` and succeeded."""

    call: int
    peer: Peer | None
    times: int
    """How often it has been made in a row by now."""
    at: int
    ended: int

    def is_repeated_by(self, step: Step, call: int) -> bool:
        """Tell whether a step, which makes a call, makes the very same one right afterwards."""
        within = ADDING[step.operation.id].within
        soon = step.began - self.ended < within and (step.at - self.at) * 1_000 < within
        return soon and call == self.call and step.is_after(self.peer)


class RetryWatch:
    """Watches what is repeated in one environment."""

    def __init__(self) -> None:
        self._waits: Recent[str, _Wait] = Recent(KEPT)
        """The latest refusal of each person, or of each call that speaks of none."""
        self._rows: Recent[Peer | None, tuple[_Wait, int]] = Recent(KEPT)
        """The latest refusal of each connection, and how many it has had in a row without waiting after any."""
        self._unclear: Recent[int, tuple[str, int | None]] = Recent(KEPT)
        """Calls that were done, whose answers a fault spoiled: its kind, and when they were whole if ever."""
        self._before: _Made | None = None

    def see(self, step: Step) -> list[Finding]:
        """Return what is wrong with a call as a repetition."""
        findings: list[Finding] = []
        if self._waits or self._rows or step.retry_after is not None:
            findings += self._early(step)
        if step.operation.id in ADDING and _counts(step):
            findings += self._repeated(step)
        else:
            self._before = None
        return findings

    def _early(self, step: Step) -> list[Finding]:
        """Judge a call by the refusals that it follows: one finding for the first too early, one for a habit."""
        scope = step.person or f"call {step.call}"
        wait, ignored, early = self._waits.pop(scope, None), False, 0
        if wait is not None and wait.runs(step):
            # Who had not heard of the refusal is not to blame, and does not begin the count anew either.
            ignored = wait.is_known(step)
            early = wait.early + ignored
        row = self._refused(step, scope, early)
        if early < HAMMERING and row == ON_AND_ON:
            return [_hammering(row)]
        if not ignored or wait is None:
            return []
        return [_too_early(step, wait)] if early == 1 else [_hammering(early)] if early == HAMMERING else []

    def _refused(self, step: Step, scope: str, early: int) -> int:
        """Keep what a refusal asks for; return how many its connection has had in a row without waiting after any."""
        last, row = self._rows.pop(step.peer, (None, 0))
        if step.retry_after is None or step.ended is None:
            return 0
        row = row + 1 if last is not None and last.runs(step) else 1
        wait = _Wait(step.call, step.peer, step.retry_after, step.at, step.ended, early)
        self._waits.put(scope, wait)
        if step.peer is not None:
            self._rows.put(step.peer, (wait, row))
        return row

    def _repeated(self, step: Step) -> list[Finding]:
        """Judge a call that adds or counts something and may have been made before."""
        before, self._before, call = self._before, None, step.call
        fault, whole = self._unclear.pop(call, (None, None)) if self._unclear else (None, None)
        if step.status >= 300 or not step.done:
            return []
        if step.fault is not None:
            self._unclear.put(call, (step.fault, step.ended))
        elif fault is not None and (whole is None or step.began < whole):
            return [_after_failure(step, fault)]
        elif step.ended is not None:
            times = before.times + 1 if before is not None and before.is_repeated_by(step, call) else 1
            self._before = _Made(call, step.peer, times, step.at, step.ended)
            if times == ADDING[step.operation.id].times:
                return [_again(step, times)]
        return []


def _counts(step: Step) -> bool:
    """Tell whether a call, made twice, has an effect twice: not where duplicates are prevented."""
    return step.values.get("prevent_duplicates") is not True


def _too_early(step: Step, wait: _Wait) -> Finding:
    waited = max(0, step.began - wait.ended) / 1_000_000_000
    return Finding(
        rule="retry-after-ignored",
        where=("sequence", "Retry-After"),
        got=f"the next call after {waited:.1f} s",
        expected=f"to wait {wait.seconds} s",
        message=f"The answer before was a refusal that asked to wait {wait.seconds} s (Retry-After), and this call "
        "came sooner.",
        suggestion="Retry-After",
    )


def _hammering(times: int) -> Finding:
    return Finding(
        rule="hammering",
        where=("sequence", "Retry-After"),
        got=f"{times} calls too early in a row",
        expected="to stop calling until Retry-After has passed",
        message=f"{times} calls in a row came before the time that Retry-After had asked to wait: stop calling until "
        "then, and wait longer after each refusal.",
        suggestion="Retry-After",
    )


def _again(step: Step, times: int) -> Finding:
    name = step.operation.id
    return Finding(
        rule="write-repeated",
        where=("sequence", name),
        got=f"the same call {times} times in a row",
        expected="once",
        message=f"The very same {name} was made {times} times in a row although it had succeeded, and each one "
        f"counts: the answer to the first was {step.status}, which is a success.",
        evidence=ADDING[name].evidence,
        pointer=step.operation.pointer,
    )


def _after_failure(step: Step, fault: str) -> Finding:
    name = step.operation.id
    return Finding(
        rule="write-repeated-after-failure",
        where=("sequence", name),
        got=f"the same call after a fault ({fault})",
        expected="a look whether it was done",
        message=f"This {name} was made again after its answer had not come through (an armed fault, {fault}); it had "
        "been done, and counts twice now.",
    )
