"""What is known of a receiver that is to be judged."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mock_server.conformance.receiver.cases import Step
from mock_server.conformance.receiver.posting import Call, Target
from mock_server.conformance.receiver.probe import Probe
from mock_server.conformance.receiver.story import body
from mock_server.conformance.receiver.tokens import OLD_VARIABLE, VARIABLE, Keyring
from mock_server.errors import UsageError
from mock_server.frozen import frozen
from mock_server.webhooks.subscriptions import EVENTS

__all__ = ["WITHIN", "Means"]

WITHIN = 15.0
"""Seconds within which a delivery must be answered (assumed, g5)."""
_LONGEST = 60.0
"""Seconds for which one answer may be waited."""
_URL_VARIABLE, _PROBE_VARIABLE = "$REFINER_WEBHOOK_URL", "$REFINER_WEBHOOK_PROBE"
"""What stands in commands for an address or a probe that may hold a secret."""


@frozen
class Means:
    """The ways to a receiver, and what may be expected of it."""

    target: Target
    keyring: Keyring
    probe: Probe | None = None
    events: Sequence[str] = EVENTS
    """For which it is registered."""
    within: float = WITHIN
    """Seconds within which it must answer."""

    def __post_init__(self) -> None:
        if not self.events or not set(self.events) <= set(EVENTS):
            raise UsageError(f"The events of a webhook are among {', '.join(EVENTS)}.")
        if not 0 < self.within <= _LONGEST:
            raise UsageError(f"A receiver answers within more than 0 and at most {_LONGEST:g} seconds.")

    def call(self, step: Step, payload: Mapping[str, Any]) -> Call:
        """Return how a step delivers a payload."""
        headers = {} if step.content_type is None else {"Content-Type": step.content_type}
        authorization = self.keyring.header(step.token)
        if authorization is not None:
            headers["Authorization"] = authorization
        return Call(headers=headers, body=body(step, payload))

    def hidden(self, manner: str) -> dict[str, str]:
        """Return what a command must not show, with the variable for it, where the token is sent in a manner."""
        address = {self.target.url: _URL_VARIABLE} if self._secret(self.target) else {}
        return address | self.keyring.variables(manner)

    def options(self) -> Iterator[str]:
        """Yield the words of a command line that judges this receiver, fit for a shell and without a secret."""
        yield f'"{_URL_VARIABLE}"' if self._secret(self.target) else shlex.quote(self.target.url)
        if self.keyring.token is not None:
            yield f'--token "${VARIABLE}"'
        if self.keyring.old_token is not None:
            yield f'--old-token "${OLD_VARIABLE}"'
        if self.probe is not None:
            place = self.probe.place
            shown = None if place is None or self._secret(place) else shlex.quote(place.url)
            yield "--probe " + (shown or f'"{_PROBE_VARIABLE}"')
        if set(self.events) != set(EVENTS):
            yield from (f"--event {shlex.quote(event)}" for event in self.events)
        if self.within != WITHIN:
            yield f"--within {self.within:g}"

    def _secret(self, place: Target) -> bool:
        return bool(place.secrets) or self.keyring.masked(place.url) != place.url
