"""The faults that wait for their calls, and how often each has struck.

The one that was armed first goes first. None hides another for good: only a `rate_limit` may strike without an end, and
it lets calls through to those behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from mock_server.errors import LimitReached, NotFound, UsageError
from mock_server.faults.kinds import BODIES, Fault
from mock_server.faults.strikes import Strike
from mock_server.state.environment import Environment
from mock_server.state.records import Micros

__all__ = ["Armed", "Faults"]

WINDOW = 60
"""Seconds over which a `rate_limit` counts where it was not told otherwise."""

_SECOND = 1_000_000


@dataclass(slots=True)
class Armed:
    """A fault that waits for its calls, or is spent; changes as it strikes."""

    fault: Fault
    name: str
    fired: int = 0
    """How often it has struck."""
    _begun: Micros = 0
    _passed: int = 0

    @property
    def times(self) -> int | None:
        """How often it strikes in all; None is without an end."""
        return self.fault.times or (None if self.fault.kind == "rate_limit" else 1)

    @property
    def left(self) -> int | None:
        """How often it will still strike; None is without an end."""
        return None if self.times is None else self.times - self.fired

    def record(self) -> dict[str, Any]:
        """Return it as the control API shows it."""
        fault = self.fault
        return {
            "name": self.name,
            "kind": fault.kind,
            "operation": fault.operation,
            "times": self.times,
            "fired": self.fired,
            "left": self.left,
            "status": fault.status,
            "retry_after": fault.retry_after,
            "seconds": WINDOW if fault.kind == "rate_limit" and fault.seconds is None else fault.seconds,
            "quota": fault.quota,
            "body": _garbling(fault),
        }

    def strike(self, environment: Environment, operation: str | None, closing: asyncio.Event) -> Strike | None:
        """Return what becomes of a call, counted, or None where it is let alone."""
        fault = self.fault
        if self.left == 0 or fault.operation not in (None, operation):
            return None
        status, wait = fault.status, fault.retry_after
        if fault.kind == "rate_limit":
            status, wait = 429, self._too_early(environment.clock.now())
            if not wait:
                return None
        self.fired += 1
        body = BODIES.get(_garbling(fault) or "", b"")
        return Strike(fault.kind, closing, status, wait, fault.seconds or 0.0, body)

    def _too_early(self, now: Micros) -> int:
        """Let a call through and return 0, or return how many seconds it is too early.

        A window begins with the first call in it, and a refused call does not count, as with Refiner's own limits.
        """
        length = int((self.fault.seconds or WINDOW) * _SECOND)
        # One that begins after now is of a clock that was set back.
        if not (self._passed and self._begun <= now < self._begun + length):
            self._begun, self._passed = now, 0
        if self._passed < (self.fault.quota or 0):
            self._passed += 1
            return 0
        return -((now - self._begun - length) // _SECOND)


def _garbling(fault: Fault) -> str | None:
    """Return what comes in the place of the JSON, None of a fault that leaves it."""
    return fault.body or next(iter(BODIES)) if fault.kind == "garble" else None


@dataclass(slots=True)
class _Kept:
    """The faults of one environment for as long as it is the same world."""

    generation: int
    faults: list[Armed] = field(default_factory=list)
    named: int = 0

    def name(self, wanted: str | None, kind: str) -> str:
        """Return a name that no fault has. Raises UsageError where the wanted one is taken."""
        taken = {armed.name for armed in self.faults}
        if wanted in taken:
            raise UsageError(f"There is a fault {wanted!r} already; remove it or choose another name.")
        while wanted is None or wanted in taken:
            self.named += 1
            wanted = f"{kind}-{self.named}"
        return wanted


class Faults:
    """The faults of all environments, spent ones included. Only the server's event loop touches it.

    They end with their environment, and with its reset or restore.
    """

    def __init__(self, most: int) -> None:
        self.armed = False
        """Whether any is armed at all: what nearly every request asks, and all it pays."""
        self._most = most
        self._closing = asyncio.Event()
        self._kept: WeakKeyDictionary[Environment, _Kept] = WeakKeyDictionary()

    def of(self, environment: Environment) -> Sequence[Armed]:
        """Return the faults of an environment, armed and spent, the first armed first."""
        kept = self._kept.get(environment)
        return tuple(kept.faults) if kept is not None and kept.generation == environment.generation else ()

    def unfired(self, environment: Environment) -> Sequence[Armed]:
        """Return those that never struck: what they were armed for did not happen."""
        return tuple(armed for armed in self.of(environment) if not armed.fired)

    def arm(self, environment: Environment, fault: Fault) -> Armed:
        """Return a fault that waits for its calls from now on; the oldest spent one makes room for it where need be.

        Raises:
            UsageError: when its name is taken.
            LimitReached: when so many are armed already.
        """
        kept = self._kept.get(environment)
        if kept is None or kept.generation != environment.generation:
            kept = _Kept(environment.generation)
        spent = next((one for one in kept.faults if one.left == 0), None)
        full = len(kept.faults) >= self._most
        if full and spent is None:
            raise LimitReached(f"There are {self._most} armed faults; remove some or raise the setting max_faults.")
        armed = Armed(fault, kept.name(fault.name, fault.kind))
        kept.faults = [one for one in kept.faults if not (full and one is spent)] + [armed]
        self._kept[environment] = kept
        self.armed = True
        return armed

    def remove(self, environment: Environment, name: str | None = None) -> None:
        """Disarm and forget one fault, or (None) all of them. Raises NotFound where none has that name."""
        faults = self.of(environment)
        left = [] if name is None else [armed for armed in faults if armed.name != name]
        if name is not None and len(left) == len(faults):
            raise NotFound(f"There is no fault {name[:80]!r} in this environment.")
        if faults:
            self._kept[environment].faults = left
            self._look_again()

    def forget(self, environment: Environment) -> None:
        """Disarm the faults of an environment that is no more, or begins anew."""
        if self._kept.pop(environment, None) is not None:
            self._look_again()

    def strike(self, environment: Environment | None, operation: str | None) -> Strike | None:
        """Return what spoils the next call of an operation, counted as used, or None."""
        if environment is None:
            return None
        for armed in self.of(environment):
            strike = armed.strike(environment, operation, self._closing)
            if strike is not None:
                if armed.left == 0:
                    self._look_again()
                return strike
        return None

    def close(self) -> None:
        """Hold nothing back any longer: the server stops."""
        self._closing.set()

    def _look_again(self) -> None:
        self.armed = any(armed.left != 0 for kept in self._kept.values() for armed in kept.faults)
