"""One request on its way to its answer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from starlette.types import Message, Receive, Scope, Send

from mock_server.contract.coercion import Coerced
from mock_server.contract.document import Operation
from mock_server.contract.exchange import Answer, Request
from mock_server.contract.sequence.step import Peer
from mock_server.errors import RefinerMockError
from mock_server.state.environment import Environment

__all__ = ["Disturbance", "Exchange"]


class Disturbance(Protocol):
    """An armed fault that strikes one exchange."""

    @property
    def kind(self) -> str:
        """What it does, as the journal shows it."""

    async def send(self, scope: Scope, receive: Receive, send: Send, messages: Sequence[Message]) -> None:
        """Send the answer, whose ASGI messages are given, as the fault wants it: late, cut, garbled or not at all."""


class Exchange:
    """One request on its way to its answer; changes until the journal closes it."""

    # What nearly every exchange leaves as it is stands here once, which is quicker than to set it on each.
    called: Operation | None = None
    """The operation of the contract in force, or None where it knows no such call; of an alias the alias."""
    operation: str | None = None
    """The `operationId`, or None where the contract knows no such call."""
    manners: Any = None
    """What the mirror goes by in this environment, found on opening."""
    mirrored = True
    """The path is below a `/v1`; elsewhere there is nothing but unknown routes."""
    too_large = False
    """The body was over its bound and is not in `request`."""
    refusal: Answer | None = None
    """The answer to a key that does not open the environment; None where it does."""
    coerced: Coerced | None = None
    """The parameters as the operation wants them; None where there is no operation or the body cannot be read."""
    told: object = None
    """What the call returned, before it was written as JSON; None where it was refused."""
    declined: RefinerMockError | None = None
    """Why the call itself refused, after nothing had kept it from being made; None nearly always."""
    disturbance: Disturbance | None = None
    """The armed fault that spoils this exchange; None nearly always."""
    violations: tuple[dict[str, Any], ...] = ()
    headers: Iterable[tuple[bytes, bytes]] = ()
    """As they came, names in lower case."""
    peer: Peer | None = None
    """The connection, None where the server does not show it."""
    failed = False
    """refiner-mock itself failed on it, by no fault of the client's."""

    def __init__(self, id: str, path: str, request: Request, environment: Environment | None) -> None:
        self.id = id
        self.path = path
        """As requested, with its prefix (`/e/<name>/v1/...`)."""
        self.request = request
        self.environment = environment
        # Read first: what the process is kept waiting between the two must not end the exchange before its changes.
        self.started = time.perf_counter_ns()
        self.at = environment.clock.now() if environment is not None else time.time_ns() // 1000
