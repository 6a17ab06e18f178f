"""What is told of a case that a receiver fails: what was wanted, what came, what was sent, and how to send it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_server.conformance.cases import Case, Step
from mock_server.conformance.curl import curl
from mock_server.conformance.plain import cut, harmless
from mock_server.conformance.posting import Answer, Call, Target
from mock_server.conformance.tokens import MANNERS, VARIABLE, Keyring

__all__ = ["Failure", "Teller"]

_ABBREVIATED = 160
"""Characters shown of what a receiver or its probe said."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a case demands and did not get."""

    detail: str
    curl: str


class Teller:
    """Puts the failures of one run into words, without ever a token."""

    def __init__(self, target: Target, keyring: Keyring, seed_number: int) -> None:
        self._target, self._keyring, self._seed_number = target, keyring, seed_number

    def failure(self, case: Case, step: Step, call: Call, payload: Mapping[str, Any], lines: Sequence[str]) -> Failure:
        """Return the failure of a step at a call that was made of a payload; `lines` say what was wanted and came."""
        command = curl(
            call.method,
            self._target.url,
            headers={"Content-Type": "", **call.headers},
            body=call.body.decode("utf-8", "replace"),
            variables=self._keyring.variables(step.token),
        )
        sent = f"Sent: {_described(step, str(payload.get('triggered_event')))}."
        return Failure("\n".join([*lines, sent, case.about]), command or self._rerun(case))

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
        return harmless(cut(self._keyring.masked(said.decode("utf-8", "replace").strip()), _ABBREVIATED)) or "nothing"

    def _rerun(self, case: Case) -> str:
        """Return a command that plays the case again, where a body is too long to be shown."""
        words = ["refiner-mock", "check", "receiver", self._keyring.masked(self._target.url), "--case", case.id]
        words += ["--seed-number", str(self._seed_number)] if case.generate else []
        token = f' --token "${VARIABLE}"' if self._keyring.token is not None else ""
        return shlex.join(words) + token


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
