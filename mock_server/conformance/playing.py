"""Plays cases to a receiver: sends what a case says, and tells what did not come as it demands."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.conformance.cases import ANSWERS, Case, Step
from mock_server.conformance.failing import Failure, Teller
from mock_server.conformance.posting import Answer, Call, Target, made
from mock_server.conformance.probe import Probe, Unreadable, apart
from mock_server.conformance.smallest import Cut, smallest
from mock_server.conformance.story import body, changed, told
from mock_server.conformance.tokens import Keyring
from mock_server.errors import UsageError
from mock_server.webhooks.subscriptions import EVENTS

__all__ = ["CannotJudge", "Means", "Play"]

_MOST_LATE = 3
"""Time-outs that end a run: each costs its whole time, and says the same."""
_LONGEST = 60.0
"""Seconds for which one answer may be waited."""


class CannotJudge(Exception):
    """A case cannot be judged, through no fault of the receiver's answers; the message says why."""


@dataclass(frozen=True, slots=True)
class Means:
    """What is known of a receiver."""

    target: Target
    keyring: Keyring
    probe: Probe | None
    events: Sequence[str]
    """For which it is registered."""
    within: float
    """Seconds within which it must answer."""

    def __post_init__(self) -> None:
        if not self.events or not set(self.events) <= set(EVENTS):
            raise UsageError(f"The events of a webhook are among {', '.join(EVENTS)}.")
        if not 0 < self.within <= _LONGEST:
            raise UsageError(f"A receiver answers within more than 0 and at most {_LONGEST:g} seconds.")


class Play:
    """One run against one receiver, and what it has learnt on the way."""

    def __init__(self, means: Means, until: float, seed_number: int) -> None:
        self.answered = Counter[str]()
        """Deliveries that got an answer, by event."""
        self.late = 0
        """How often a whole time-out was waited for."""
        self.over: str | None = None
        """Why nothing more is sent."""
        self._target, self._keyring, self._probe = means.target, means.keyring, means.probe
        self._events, self._within = means.events, means.within
        self._until, self._seed_number = until, seed_number
        self._tell = Teller(means.target, means.keyring, seed_number)
        self._unreadable: str | None = None
        self._patient = False
        """An effect that should not be was seen with all patience: the next one is believed at once."""
        self._met = False

    @property
    def subject(self) -> str:
        """The receiver's address, without what is secret in it."""
        return self._keyring.masked(self._target.shown)

    def unfit(self, case: Case) -> str | None:
        """Return why a case says nothing about this receiver, None when it does."""
        if case.needs_probe and self._probe is None:
            return "No --probe is given."
        for step in case.send:
            reason = self._keyring.unfit(step.token)
            if reason is not None:
                return reason
            if step.event(self._events) is None:
                return f"It is not registered for {' or '.join(step.events)}."
        return None

    def play(self, case: Case) -> Failure | None:
        """Return what a case did not get, None when it got everything.

        Raises:
            CannotJudge: when that cannot be told.
            NoStrategies: when payloads are to be generated and nothing can.
        """
        self._met = False
        payloads: dict[str, dict[str, Any]] = {}
        unclear: CannotJudge | None = None
        for step in case.send:
            if step.another or not payloads:
                payloads = told(step.story)
            try:
                failure = self._generated(case, step) if case.generate else self._step(case, step, payloads)
            except CannotJudge as reason:
                if self.over is not None:
                    raise
                # A probe that fails may have died with its receiver: the answer to the next step tells.
                unclear, failure = unclear or reason, None
            if failure is not None:
                return failure
        if unclear is not None:
            raise unclear
        return None

    def _step(self, case: Case, step: Step, payloads: Mapping[str, dict[str, Any]]) -> Failure | None:
        probe = self._probe if step.probe else None
        before = self._at_rest(probe) if probe else b""
        failure = self._done(case, step, payloads)
        if failure is not None or probe is None:
            return failure
        if before is None:
            raise CannotJudge(self._unreadable)
        try:
            line = self._amiss(step, probe, before)
            if line is None or step.probe == "changed" or self._patient:
                return self._effect(case, step, payloads, line)
            # It may be that what was accepted earlier took effect only now: once more, and with much more patience.
            before = probe.at_rest(patient=True)
            if step is case.send[0] or step.another:  # to be told from a duplicate it takes somebody new
                payloads = told(step.story)
            failure = self._done(case, step, payloads)
            if failure is not None:
                return failure
            line = self._amiss(step, probe, before, patient=True)
            self._patient = line is not None
        except Unreadable as reason:
            self._unreadable = f"{reason}."
            raise CannotJudge(self._unreadable) from None
        return self._effect(case, step, payloads, line)

    def _done(self, case: Case, step: Step, payloads: Mapping[str, dict[str, Any]]) -> Failure | None:
        """Do what a step says, and return what its answers lack."""
        event = self._event(step)
        for _ in range(step.times):
            everybody = [payloads, *(told(step.story) for _ in range(step.at_once - 1))]
            failure = self._sent(case, step, [changed(each[event], step.change) for each in everybody])
            if failure is not None:
                return failure
        return None

    def _generated(self, case: Case, step: Step) -> Failure | None:
        """Return what the smallest generated payload that breaks the receiver did not get."""
        stopped: list[CannotJudge] = []

        def breaks(payload: Mapping[str, Any]) -> Failure | None:
            late = self.late
            try:
                failure = self._sent(case, step, [payload])
            except CannotJudge as reason:
                stopped.append(reason)
                raise Cut from reason
            if failure is not None and (self.over or self.late > late):
                raise Cut(failure)  # to look for a smaller one would cost a time-out each
            return failure

        events = [event for event in step.events if event in self._events]
        failure = smallest(events, case.generate, self._seed_number, self._until, breaks)
        if failure is None and stopped:
            raise stopped[0]
        return failure

    def _event(self, step: Step) -> str:
        event = step.event(self._events)
        assert event is not None, "a case that nothing can be sent of is not played"
        return event

    def _sent(self, case: Case, step: Step, payloads: Sequence[Mapping[str, Any]]) -> Failure | None:
        """Send payloads at once, and return what the answers lack of what the step demands."""
        calls = [self._call(step, payload) for payload in payloads]
        answers = self._made(calls, str(payloads[0].get("triggered_event")))
        if step.answer is None:
            return None
        words, statuses = ANSWERS[step.answer]
        wrong = [rank for rank, each in enumerate(answers) if each.came != "answer" or each.status not in statuses]
        if not wrong:
            return None
        rank = wrong[0]
        lines = [f"Wanted: {words}. {self._tell.came(answers[rank])}"]
        if len(answers) > 1:
            tally = Counter(str(answers[each].status) if answers[each].status else "no answer" for each in wrong)
            counted = ", ".join(f"{count} × {what}" for what, count in tally.most_common())
            lines.append(f"Of {len(answers)} at once {len(wrong)} did not get it: {counted}.")
        return self._tell.failure(case, step, calls[rank], payloads[rank], lines)

    def _made(self, calls: Sequence[Call], event: str) -> list[Answer]:
        """Return the answers to calls, and keep count.

        Raises:
            CannotJudge: when time is up, or nobody is there before a case has begun.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            self.over = "The time of the run was over."
            raise CannotJudge(self.over)
        if self._probe is not None:
            self._probe.disturbed()
        answers = made(self._target, calls, min(self._within, left))
        came = Counter(answer.came for answer in answers)
        self.answered[event] += came["answer"]
        if came["gone"] == len(answers) and not self._met:
            self.over = f"The receiver cannot be reached: {answers[0].trouble}."
            raise CannotJudge(self.over)
        self._met = True
        if came["late"]:
            if left < self._within:
                self.over = "The time of the run was over."
                raise CannotJudge(self.over)
            self.late += 1
            if self.late == _MOST_LATE:
                self.over = f"The run was ended after {_MOST_LATE} deliveries without an answer in time."
        return answers

    def _call(self, step: Step, payload: Mapping[str, Any]) -> Call:
        headers = {} if step.content_type is None else {"Content-Type": step.content_type}
        authorization = self._keyring.header(step.token)
        if authorization is not None:
            headers["Authorization"] = authorization
        return Call(headers=headers, body=body(step, payload))

    def _at_rest(self, probe: Probe) -> bytes | None:
        """Return what the probe shows; None, and from then on, once it fails."""
        if self._unreadable is None:
            try:
                return probe.at_rest()
            except Unreadable as reason:
                self._unreadable = f"{reason}."
        return None

    def _amiss(self, step: Step, probe: Probe, before: bytes, *, patient: bool = False) -> str | None:
        """Return what the probe shows that it should not, None when it shows what the step demands."""
        if step.probe == "changed":
            return None if probe.changed(before) else f"The probe shows the same as before: {self._tell.shown(before)}"
        after = probe.unchanged(before, patient=patient)
        if after is None:
            return None
        was, now = map(self._tell.shown, apart(before, after))
        return f"The probe showed {was} before and shows {now} now."

    def _effect(
        self, case: Case, step: Step, payloads: Mapping[str, dict[str, Any]], line: str | None
    ) -> Failure | None:
        """Return that the probe shows what it should not, where it does."""
        if line is None:
            return None
        payload = changed(payloads[self._event(step)], step.change)
        call = self._call(step, payload)
        return self._tell.failure(case, step, call, payload, [f"Wanted: an {step.probe} probe. {line}"])
