"""What a call is held to besides the general truth; by default nothing but that truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.conformance.client.wire import Sent
from mock_server.frozen import frozen

__all__ = ["Expected", "Wrong"]


@frozen
class Expected:
    """What is expected of one call, in the words of `contracts/case.schema.json`."""

    expect: str = "same"
    kinds: tuple[str, ...] = ()
    value: str = "same"
    state: str = "same"
    least: int | None = None
    most: int | None = None
    paused: bool = False


@frozen
class Wrong:
    """One thing that is not as it should be."""

    what: str
    """In one line that a stranger understands."""
    detail: str = ""
    """More lines, perhaps none."""
    level: str = "MUST"
    """MUST or SHOULD."""
    violations: tuple[Mapping[str, Any], ...] = ()
    """What the contract says of it, as the journal has it."""
    sent: Sent | None = None
    """The request that shows it."""
