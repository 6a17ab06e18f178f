"""Plays cases to a receiver: sends what a case says, and tells what did not come as it demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from mock_server.conformance.receiver.cases import Case, Step
from mock_server.conformance.receiver.courier import CannotJudge, Courier
from mock_server.conformance.receiver.failing import Failure, Teller
from mock_server.conformance.receiver.means import Means
from mock_server.conformance.receiver.posting import Answer
from mock_server.conformance.receiver.probe import Probe, Unreadable
from mock_server.conformance.receiver.smallest import smallest
from mock_server.conformance.receiver.story import Person, altered
from mock_server.conformance.smallest import Cut

__all__ = ["Play"]

_MOST_AGAIN = 20
"""Of those that were accepted at once, how many are sent again one after the other."""


class Play:
    """One run against one receiver, and what it has learnt on the way."""

    def __init__(self, means: Means, until: float, seed_number: int) -> None:
        self.courier = Courier(means.target, means.within, until)
        self._means, self._until, self._seed_number = means, until, seed_number
        self._tell = Teller(means, seed_number)

    @property
    def subject(self) -> str:
        """The receiver's address, without what is secret in it."""
        return self._means.keyring.masked(self._means.target.shown)

    def unfit(self, case: Case) -> str | None:
        """Return why a case says nothing about this receiver, None when it does."""
        if case.needs_probe and self._means.probe is None:
            return "No --probe is given."
        for step in case.send:
            reason = self._means.keyring.unfit(step.token)
            if reason is not None:
                return reason
            if step.event(self._means.events) is None:
                return f"It is not registered for {' or '.join(step.events)}."
        return None

    def play(self, case: Case, *, look: bool = True) -> Failure | None:
        """Return what a case did not get, None when it got everything; without a `look` the probe does not matter.

        Raises:
            CannotJudge: when that cannot be told.
            NoStrategies: when payloads are to be generated and nothing can.
        """
        self.courier.begin()
        probe = self._means.probe if look else None
        if case.generate:
            return self._generated(case)
        failure = self._through(case, probe)
        if failure is not None and failure.doubtful and probe is not None and probe.hasty:
            with probe.patience():
                return self._through(case, probe)
        return failure

    def begin_quiet(self) -> bool:
        """Wait for the probe to rest before cases that must change nothing; tell whether there is one that does."""
        if self._means.probe is None:
            return False
        self._means.probe.begin()
        with suppress(Unreadable):
            self._means.probe.rest()
            return True
        return False

    def end_quiet(self) -> bool:
        """Tell whether the probe shows that nothing has changed since `begin_quiet`."""
        assert self._means.probe is not None, "begin_quiet said so"
        with suppress(Unreadable):
            return self._means.probe.amiss("unchanged") is None
        return False

    def _through(self, case: Case, probe: Probe | None) -> Failure | None:
        """Go through the steps of a case; a demand of less than its level is told where no other is unmet."""
        if probe is not None:
            probe.begin()
        crowd = _Crowd()
        lesser: Failure | None = None
        unclear: CannotJudge | None = None
        for step in case.send:
            try:
                failure = self._step(case, step, crowd, probe if step.probe else None)
            except CannotJudge as reason:
                if self.courier.over is not None:
                    raise
                # A probe that fails may have died with its receiver: the answer to the next step tells.
                unclear = unclear or reason
                continue
            if failure is not None and failure.level == case.level:
                return failure
            lesser = lesser or failure
        if lesser is None and unclear is not None:
            raise unclear
        return lesser

    def _step(self, case: Case, step: Step, crowd: _Crowd, probe: Probe | None) -> Failure | None:
        """Do a step, and return what its answers lack or the probe shows."""
        event = step.event(self._means.events)
        assert event is not None, "a case that nothing can be sent of is not played"
        payloads = [altered(person.payloads[event], step.change) for person in crowd.gather(step)]
        if probe is not None:
            with suppress(Unreadable):  # it says so again when it is asked
                probe.rest()
        failure: Failure | None = None
        for at_once in _rounds(step, payloads):
            answers = self._deliver(step, at_once)
            failure = self._unmet(case, step, at_once, answers) or failure
            if failure is not None and failure.level == case.level:
                return failure
            crowd.hear(answers)
        if probe is None or step.probe is None:
            return failure
        try:
            shown = probe.amiss(step.probe)
        except Unreadable as reason:
            raise CannotJudge(self._means.keyring.masked(f"{reason}.")) from None
        return failure if shown is None else self._tell.unseen(case, step, payloads[0], shown)

    def _generated(self, case: Case) -> Failure | None:
        """Return what the smallest generated payload that breaks the receiver did not get."""
        [step] = case.send
        stopped: list[CannotJudge] = []

        def breaks(payload: Mapping[str, Any]) -> Failure | None:
            late = self.courier.late
            try:
                failure = self._unmet(case, step, [payload], self._deliver(step, [payload]))
            except CannotJudge as reason:
                stopped.append(reason)
                raise Cut from reason
            if failure is not None and (self.courier.over or self.courier.late > late):
                raise Cut(failure)  # to look for a smaller one would cost a time-out each
            return failure

        events = [event for event in step.events if event in self._means.events]
        failure = smallest(events, case.generate, self._seed_number, self._until, breaks)
        if failure is None and stopped:
            raise stopped[0]
        return failure

    def _deliver(self, step: Step, payloads: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """Send payloads at once, again where it takes that, and return the answers."""
        if self._means.probe is not None:
            self._means.probe.disturbed()
        calls = [self._means.call(step, payload) for payload in payloads]
        patient = any(not demand.busy for _, demand in step.demands(""))

        def unsettled(answer: Answer) -> bool:
            return patient and (answer.puts_off or (step.insists and answer.status >= 500))

        return self.courier.deliver(calls, str(payloads[0].get("triggered_event")), unsettled)

    def _unmet(
        self, case: Case, step: Step, payloads: Sequence[Mapping[str, Any]], answers: Sequence[Answer]
    ) -> Failure | None:
        """Return the gravest demand of a step that some answers do not meet.

        Raises:
            CannotJudge: when none of them says anything of it.
        """
        for level, demand in step.demands(case.level):
            telling = [rank for rank, answer in enumerate(answers) if demand.tells(answer)]
            if not telling:
                raise CannotJudge(_untold(answers[0]))
            wrong = [rank for rank in telling if not demand.met(answers[rank])]
            if wrong:
                lines = [f"Wanted: {step.wanted}. {self._tell.came(answers[wrong[0]])}"]
                if len(answers) > 1:
                    tally = Counter(str(answers[rank].status or "no answer") for rank in wrong)
                    counted = ", ".join(f"{count} × {what}" for what, count in tally.most_common())
                    lines.append(f"Of {len(answers)} at once {len(wrong)} did not get it: {counted}.")
                return self._tell.unmet(case, step, payloads[wrong[0]], level, *lines)
        return None


class _Crowd:
    """The people of one case."""

    def __init__(self) -> None:
        self._first: list[Person] = []
        self._now: list[Person] = []
        self._accepted: list[Person] = []

    def gather(self, step: Step) -> list[Person]:
        """Return those of whom a step is."""
        if step.of == "accepted":
            self._now = self._accepted[:_MOST_AGAIN]
        elif step.of == "first":
            self._now = self._first
        elif step.of == "again":
            self._now = [person.again(step.story) for person in self._now]
        elif step.of == "another" or not self._now:
            self._now = [Person.new(step.story) for _ in range(step.at_once)]
        self._first = self._first or self._now
        return self._now

    def hear(self, answers: Sequence[Answer]) -> None:
        """Be told how deliveries were answered that were those of all at once."""
        if len(answers) == len(self._now):
            self._accepted = [person for person, answer in zip(self._now, answers, strict=True) if answer.accepts]


def _rounds(step: Step, payloads: Sequence[Mapping[str, Any]]) -> list[Sequence[Mapping[str, Any]]]:
    """Return what is sent at once, one such group after the other."""
    if step.of == "accepted":
        return [[payload] for payload in payloads]
    return [[*payloads] * step.times] if step.together else [payloads] * step.times


def _untold(answer: Answer) -> str:
    """Return why an answer says nothing."""
    if answer.came != "answer":
        return f"No answer came: {answer.trouble}."
    return (
        f"It asks to come again later ({answer.status}), and not only for seconds: raise its limit for the check, "
        "or choose fewer cases."
    )
