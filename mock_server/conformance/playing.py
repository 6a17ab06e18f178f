"""Plays cases to a receiver: sends what a case says, and tells what did not come as it demands."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.conformance.cases import ANSWERS, Case, Step
from mock_server.conformance.curl import curl
from mock_server.conformance.plain import cut, harmless
from mock_server.conformance.posting import Answer, Call, Target, made
from mock_server.conformance.probe import Probe, Unreadable, apart
from mock_server.conformance.smallest import Cut, smallest
from mock_server.conformance.story import body, changed, told
from mock_server.conformance.tokens import MANNERS, VARIABLE, Keyring

__all__ = ["CannotJudge", "Failure", "Play"]

_MOST_LATE = 3
"""Time-outs that end a run: each costs its whole time, and says the same."""
_ABBREVIATED = 160
"""Characters shown of what a receiver or its probe said."""


class CannotJudge(Exception):
    """A case cannot be judged, through no fault of the receiver's answers; the message says why."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a case demands and did not get."""

    detail: str
    curl: str


class Play:
    """One run against one receiver: what it may use, and what it has learnt on the way."""

    def __init__(
        self,
        target: Target,
        keyring: Keyring,
        probe: Probe | None,
        events: Sequence[str],
        *,
        within: float,
        until: float,
        seed_number: int,
    ) -> None:
        self.answered = Counter[str]()
        """Deliveries that got an answer, by event."""
        self.late = 0
        """How often a whole time-out was waited for."""
        self.over: str | None = None
        """Why nothing more is sent."""
        self._target, self._keyring, self._probe, self._events = target, keyring, probe, events
        self._within, self._until, self._seed_number = within, until, seed_number
        self._unreadable: str | None = None
        self._met = False

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
        event = self._event(step)
        probe = self._probe if step.probe else None
        before = self._at_rest(probe) if probe else b""
        for _ in range(step.times):
            everybody = [payloads, *(told(step.story) for _ in range(step.at_once - 1))]
            failure = self._sent(case, step, [changed(each[event], step.change) for each in everybody])
            if failure is not None:
                return failure
        if probe is None:
            return None
        if before is None:
            raise CannotJudge(self._unreadable)
        return self._effect(case, step, probe, before, changed(payloads[event], step.change))

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
        lines = [f"Wanted: {words}. {self._came(answers[rank])}"]
        if len(answers) > 1:
            tally = Counter(str(answers[each].status) if answers[each].status else "no answer" for each in wrong)
            counted = ", ".join(f"{count} × {what}" for what, count in tally.most_common())
            lines.append(f"Of {len(answers)} at once {len(wrong)} did not get it: {counted}.")
        return self._failure(case, step, lines, payloads[rank])

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

    def _effect(
        self, case: Case, step: Step, probe: Probe, before: bytes, payload: Mapping[str, Any]
    ) -> Failure | None:
        """Return that the probe shows not what the step demands."""
        try:
            if step.probe == "changed":
                if probe.changed(before):
                    return None
                line = f"The probe shows the same as before: {self._shown(before)}"
            else:
                after = probe.unchanged(before)
                if after is None:
                    return None
                was, now = map(self._shown, apart(before, after))
                line = f"The probe showed {was} before and shows {now} now."
        except Unreadable as reason:
            self._unreadable = f"{reason}."
            raise CannotJudge(self._unreadable) from None
        return self._failure(case, step, [f"Wanted: an {step.probe} probe. {line}"], payload)

    def _failure(self, case: Case, step: Step, lines: Sequence[str], payload: Mapping[str, Any]) -> Failure:
        call = self._call(step, payload)
        command = curl(
            call.method,
            self._target.url,
            headers={"Content-Type": "", **call.headers},
            body=call.body.decode("utf-8", "replace"),
            variables=self._keyring.variables(step.token),
        )
        if command is None:
            words = ["refiner-mock", "check", "receiver", self._keyring.masked(self._target.url), "--case", case.id]
            words += ["--seed-number", str(self._seed_number)] if case.generate else []
            token = f' --token "${VARIABLE}"' if self._keyring.token is not None else ""
            command = shlex.join(words) + token
        sent = f"Sent: {_described(step, str(payload.get('triggered_event')))}."
        return Failure("\n".join([*lines, sent, case.about]), command)

    def _came(self, answer: Answer) -> str:
        """Return in a sentence what came of a call."""
        if answer.came != "answer":
            return f"Came: {answer.trouble}."
        came = f"Came: {answer.status}"
        if 300 <= answer.status < 400:
            return f"{came}, to {self._shown((answer.location or 'nowhere').encode())}; redirects are not followed."
        return f"{came}, {self._shown(answer.body)}" if answer.body.strip() else f"{came}."

    def _shown(self, said: bytes) -> str:
        return harmless(cut(self._keyring.masked(said.decode("utf-8", "replace").strip()), _ABBREVIATED)) or "nothing"


def _described(step: Step, event: str) -> str:
    """Return in words what a step sends."""
    parts = [event]
    if not isinstance(step.body, str):
        parts = [f"the body {step.body['text']!r}" if step.body["text"] else "an empty body"]
    elif step.body == "cut":
        parts.append("its body cut in the middle")
    elif step.body == "escaped":
        parts.append("its text escaped")
    if step.change:
        parts.append(f"with other {', '.join(step.change)}")
    if step.times > 1:
        parts.append("not for the first time")
    if step.content_type != "application/json":
        parts.append(f"as {step.content_type}" if step.content_type else "without a Content-Type")
    if step.token != "right":  # noqa: S105 - the name of a manner to send it
        parts.append(f"with {MANNERS[step.token].words}")
    return ", ".join(parts)
