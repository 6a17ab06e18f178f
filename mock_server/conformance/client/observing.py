"""One call of a client, and what the honest client did, sent and was told in a twin of the same world."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.conformance.client.wire import Sent
from mock_server.conformance.protocol import Outcome, Request
from mock_server.frozen import frozen

__all__ = ["Observation", "Snapshot"]

Snapshot = Mapping[str, Any]
"""The whole state of an environment, as `GET .../snapshot` gives it."""


@frozen
class Observation:
    """What there is to judge a call by."""

    request: Request
    outcome: Outcome
    seconds: float
    """How long the adapter took."""
    sent: tuple[Sent, ...]
    """What the client sent, in order of arrival."""
    told: Outcome
    """What the honest client was told in the twin."""
    asked: tuple[Sent, ...]
    """What the honest client sent."""
    before: Snapshot
    """Both worlds before the call."""
    after: Snapshot
    """The client's environment after it."""
    should: Snapshot
    """The twin after it."""
    since: float | None = None
    """When it began, in seconds since the epoch, where the clocks run; None where they stand still."""
    earlier: Outcome | None = None
    """What the honest client was told before something happened meanwhile; None where nothing did."""
    faults: tuple[Mapping[str, Any], ...] = ()
    """The faults of the client's environment after the call, as `GET .../faults` lists them."""

    @property
    def operation(self) -> str:
        """The operation that was asked for."""
        return self.request.operation

    @property
    def calls(self) -> tuple[Sent, ...]:
        """What the client sent that is the operation it was asked for."""
        return tuple(one for one in self.sent if one.operation == self.operation)
