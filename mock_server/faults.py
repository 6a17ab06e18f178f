"""Faults: armed, counted misbehaviour of the server, never by dice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import Message, Receive, Scope, Send

from mock_server.state.environment import Environment

__all__ = ["Faults", "Strike"]


@dataclass(frozen=True, slots=True)
class Strike:
    """One exchange that an armed fault spoils (a `journal.Disturbance`)."""

    kind: str
    status: int | None = None
    """What is answered instead of doing the call; None where the call is done and only its answer suffers."""
    retry_after: int | None = None
    """Seconds that the answer asks the client to wait."""

    async def send(self, scope: Scope, receive: Receive, send: Send, messages: Sequence[Message]) -> None:
        """Send the answer, whose ASGI messages are given, as the fault wants it."""
        for message in messages:
            await send(message)


class Faults:
    """The armed faults of all environments. Only the server's event loop touches it."""

    armed = False
    """Whether there is any at all: what nearly every request asks, and all it pays."""

    def strike(self, environment: Environment | None, operation: str | None) -> Strike | None:
        """Return what spoils the next call of an operation, counted as used, or None."""
        return None
