"""Takes deliveries to a receiver: keeps time and count, and comes again a little later where it is put off.

A receiver that throttles (429) or warms up (503 with `Retry-After`) has not judged what it was sent, and a delivery
that fails with a 5xx is sent again in life as well. So neither is held against it if it recovers within seconds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from mock_server.conformance.receiver.posting import Answer, Call, Target, call_all
from mock_server.webhooks.schedule import retry_after

__all__ = ["CannotJudge", "Courier"]

_MOST_LATE = 3
"""Time-outs that end a run: each costs its whole time, and says the same."""
_PAUSES = (0.5, 1.0)
"""Seconds before a delivery is sent once more, and once again, unless more are asked for."""
_LONGEST_PAUSE = 3.0
"""Seconds that are waited, whatever is asked for."""
_IN_VAIN = 12.0
"""Seconds in which a run may have been put off to no avail: then it waits no more."""


class CannotJudge(Exception):
    """A case cannot be judged, through no fault of the receiver's answers; the message says why."""


class Courier:
    """Delivers to one receiver for the time of a run."""

    def __init__(self, target: Target, within: float, until: float) -> None:
        """Deliver until a moment of the monotonic clock, and wait for each answer `within` seconds."""
        self.answered = Counter[str]()
        """Deliveries that got an answer, by event."""
        self.late = 0
        """How often a whole time-out was waited for."""
        self.over: str | None = None
        """Why nothing more is sent."""
        self.trouble = ""
        """Why the last delivery that got no answer got none."""
        self._target, self._within, self._until = target, within, until
        self._patience = _IN_VAIN
        self._recovered, self._put_off = Counter[int](), Counter[int]()
        self._met = False

    def begin(self) -> None:
        """Be told that a case begins: one that finds nobody there is not to blame for it."""
        self._met = False

    def deliver(self, calls: Sequence[Call], event: str, unsettled: Callable[[Answer], bool]) -> list[Answer]:
        """Send deliveries at once and return their answers, those of the last try where there was more than one.

        Args:
            calls: the deliveries.
            event: as which they are counted.
            unsettled: tells whether an answer is reason enough to send again.

        Raises:
            CannotJudge: when time is up, or nobody is there before a case has begun.
        """
        answers = self._sent(calls, event)
        first, waited = [*answers], 0.0
        for pause in _PAUSES:
            again = [rank for rank, answer in enumerate(answers) if unsettled(answer)]
            wait = _asked([answers[rank] for rank in again], pause)
            if not again or self._patience <= 0 or time.monotonic() + wait > self._until:
                break
            time.sleep(wait)
            waited += wait
            for rank, answer in zip(again, self._sent([calls[rank] for rank in again], event), strict=True):
                answers[rank] = answer
        self._count(first, answers, unsettled)
        if any(map(unsettled, answers)):
            self._patience -= waited
        return answers

    def notes(self) -> Iterator[str]:
        """Yield what was not as smooth as it may look."""
        if self._recovered:
            again = "answered otherwise when sent again, a little later; whether Refiner sends again is not known"
            yield f"{_told(self._recovered)} and {again}."
        if self._put_off.total():
            yield f"{_told(self._put_off)} for longer than a check waits; they count for nothing."

    def _sent(self, calls: Sequence[Call], event: str) -> list[Answer]:
        """Return the answers to one try of some deliveries, and keep count."""
        left = self._until - time.monotonic()
        if left <= 0:
            self.over = "The time of the run was over."
            raise CannotJudge(self.over)
        answers = call_all(self._target, calls, min(self._within, left))
        came = Counter(answer.came for answer in answers)
        self.answered[event] += came["answer"]
        self.trouble = next((answer.trouble for answer in answers if answer.trouble), self.trouble)
        if came["gone"] == len(answers) and not self._met:
            self.over = f"The receiver cannot be reached: {self.trouble}."
            raise CannotJudge(self.over)
        self._met = True
        if came["late"]:
            if left < self._within:
                self.over = "The time of the run was over."
                raise CannotJudge(self.over)
            self.late += 1
            if not self.answered.total():
                self.over = "The run was ended as nothing was answered in time."
            elif self.late == _MOST_LATE:
                self.over = f"The run was ended after {_MOST_LATE} deliveries without an answer in time."
        return answers

    def _count(self, first: Sequence[Answer], last: Sequence[Answer], unsettled: Callable[[Answer], bool]) -> None:
        """Keep count of what was put off, and of what was taken later."""
        for before, after in zip(first, last, strict=True):
            if unsettled(after):
                self._put_off[after.status] += after.puts_off
            elif unsettled(before) and after.came == "answer":
                self._recovered[before.status] += 1


def _asked(answers: Sequence[Answer], pause: float) -> float:
    """Return for how many seconds to wait: as long as is asked for, within reason."""
    now = datetime.now(UTC)
    asked = [retry_after(answer.retry_after, now) / 1_000_000 for answer in answers if answer.retry_after]
    return min(_LONGEST_PAUSE, max(pause, *asked, 0.0))


def _told(counted: Counter[int]) -> str:
    statuses = ", ".join(f"{count} × {status}" for status, count in sorted(counted.items()))
    deliveries = "1 delivery was" if counted.total() == 1 else f"{counted.total()} deliveries were"
    return f"{deliveries} put off ({statuses})"
