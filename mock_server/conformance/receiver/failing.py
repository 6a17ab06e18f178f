"""What is told of a case that a receiver fails: what was wanted, what came, what was sent, and how to send it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.conformance.curl import curl
from mock_server.conformance.plain import cut, harmless
from mock_server.conformance.receiver.cases import Case, Step
from mock_server.conformance.receiver.means import Means
from mock_server.conformance.receiver.posting import Answer
from mock_server.conformance.receiver.probe import apart
from mock_server.conformance.receiver.tokens import MANNERS
from mock_server.frozen import frozen

__all__ = ["Failure", "Teller"]

_ABBREVIATED = 160
"""Characters shown of what a receiver or its probe said."""
_OF = {"first": "not for the first time", "accepted": "once more each", "again": "of the same person, another survey"}


@frozen
class Failure:
    """What a case demands and did not get."""

    level: str
    """MUST, SHOULD or MAY: of the demand, which may be less than the case's."""
    detail: str
    curl: str
    doubtful: bool = False
    """The probe shows what it should not, which may be the late effect of an earlier delivery."""


class Teller:
    """Puts the failures of one run into words, without ever a token."""

    def __init__(self, means: Means, seed_number: int) -> None:
        self._means, self._seed_number = means, seed_number

    def unmet(self, case: Case, step: Step, payload: Mapping[str, Any], level: str, *lines: str) -> Failure:
        """Return the failure of a step by the answer to a payload; the lines say what was wanted and what came."""
        call, target = self._means.call(step, payload), self._means.target
        command = curl(
            call.method,
            target.url,
            headers={"Content-Type": "", **call.headers},
            body=call.body.decode("utf-8", "replace"),
            variables=self._means.hidden(step.token),
        )
        alone = step.times == step.at_once == 1 and (step is case.send[0] or step.of == "another")
        again = command if command and alone else self._rerun(case)
        return Failure(level, self._detail(case, step, payload, *lines), again)

    def unseen(self, case: Case, step: Step, payload: Mapping[str, Any], probe: tuple[bytes, bytes]) -> Failure:
        """Return the failure of a step by what the probe showed before it and shows after it."""
        before, after = map(self.shown, apart(*probe) if probe[0] != probe[1] else probe)
        moved = f"The probe showed {before} before and shows {after} now"
        line = {
            "changed": f"Wanted: a changed probe. The probe shows the same as before: {after}",
            "unchanged": f"Wanted: an unchanged probe. {moved}.",
            "kept": f"Wanted: a probe that goes on showing it. {moved}, as if it had never been.",
            "once": f"Wanted: a probe that shows it once. {moved}: longer by twice as much as others made it.",
        }[step.probe or ""]
        detail = self._detail(case, step, payload, line)
        return Failure(case.level, detail, self._rerun(case), doubtful=step.probe != "changed")

    def came(self, answer: Answer) -> str:
        """Return in a sentence what came of a call."""
        if answer.came != "answer":
            return f"Came: {answer.trouble}."
        came = f"Came: {answer.status}"
        if 300 <= answer.status < 400:
            return f"{came}, to {self.shown((answer.location or 'nowhere').encode())}; redirects are not followed."
        return f"{came}, {self.shown(answer.body)}" if answer.body.strip() else f"{came}."

    def shown(self, said: bytes) -> str:
        """Return the first part of what a stranger said, in one line."""
        text = self._means.keyring.masked(said.decode("utf-8", "replace").strip())
        return harmless(cut(text, _ABBREVIATED)) or "nothing"

    def _detail(self, case: Case, step: Step, payload: Mapping[str, Any], *lines: str) -> str:
        sent = f"Sent: {_described(step, str(payload.get('triggered_event')))}."
        return "\n".join([*lines, sent, case.about])

    def _rerun(self, case: Case) -> str:
        """Return a command that plays the case again, where one delivery by itself would not repeat the failure."""
        number = [f"--seed-number {self._seed_number}"] if case.generate else []
        return " ".join(["refiner-mock check receiver", *self._means.options(), f"--case {case.id}", *number])


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
    if step.of in _OF:
        parts.append(_OF[step.of])
    elif step.times > 1:
        parts.append(f"{step.times} times at once" if step.together else "not for the first time")
    if step.content_type != "application/json":
        parts.append(f"as {step.content_type}" if step.content_type else "without a Content-Type")
    if step.token != "right":  # noqa: S105 - the name of a manner to send it
        parts.append(f"with {MANNERS[step.token].words}")
    return ", ".join(parts)
