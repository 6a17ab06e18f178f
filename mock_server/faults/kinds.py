"""What may be told to go wrong, and with which numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from mock_server.contract.document import load
from mock_server.errors import UsageError
from mock_server.frozen import frozen
from mock_server.spelling import advice

__all__ = ["BODIES", "KINDS", "Bounds", "Fault"]


class Bounds(NamedTuple):
    """What a number may be, both ends included."""

    least: float
    most: float
    needed: bool = False


KINDS: Mapping[str, Mapping[str, Bounds]] = {
    "status": {"status": Bounds(400, 599, needed=True), "retry_after": Bounds(1, 86_400)},
    "delay": {"seconds": Bounds(0.001, 60, needed=True)},
    "drop": {},
    "reset": {},
    "truncate": {},
    "garble": {},  # and a body
    "slow_body": {"seconds": Bounds(0.001, 60, needed=True)},
    "rate_limit": {"quota": Bounds(1, 1_000_000, needed=True), "seconds": Bounds(1, 86_400)},
}
"""Each kind with the numbers that it takes besides `times`."""

IN_PLACE = frozenset({"status", "rate_limit", "reset"})
"""Those that come in place of the call, so that nothing is done; of any other only the call's answer suffers."""

BODIES: Mapping[str, bytes] = {
    "page": b"<!doctype html><html><head><title>Welcome</title></head><body>Sign in to this network.</body></html>\n",
    "text": b"OK",
    "empty": b"",
}
"""What `garble` puts in the place of an answer's JSON, the first one unless it is told; its headers stay."""

_TIMES = Bounds(1, 1_000_000)
_NUMBERS = ("times", "status", "retry_after", "seconds", "quota")
_WAITABLE = (429, 503)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@frozen(kw_only=True)
class Fault:
    """One misbehaviour, as it is told.

    Raises:
        UsageError: when it could never strike, or its parts do not go together; the message says what would do.
    """

    kind: str
    name: str | None = None
    operation: str | None = None
    """An operationId, or None for any call of the environment, unknown ones included."""
    times: int | None = None
    """How often it strikes; None is once, of a `rate_limit` without an end."""
    status: int | None = None
    retry_after: int | None = None
    """Seconds that the answer asks the client to wait."""
    seconds: float | None = None
    """By which an answer or its body is late, in real time; of a `rate_limit` its window on the environment's clock."""
    quota: int | None = None
    """Calls that a `rate_limit` lets through in each window."""
    body: str | None = None
    """What `garble` puts in the place of the JSON: one of `BODIES`."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"There is no fault of kind {self.kind[:40]!r}; {advice(self.kind, KINDS)}")
        for name in _NUMBERS:
            self._check_number(name)
        self._check_body()
        if self.retry_after is not None and self.status not in _WAITABLE:
            raise UsageError("The field retry_after goes with the status 429 or 503.")
        operations = load().operations
        if self.operation is not None and self.operation not in operations:
            hint = advice(self.operation, operations)
            raise UsageError(f"There is no operation {self.operation[:60]!r} to strike; {hint}")
        if self.name is not None and not _NAME.fullmatch(self.name):
            raise UsageError(
                f"{self.name[:80]!r} cannot name a fault; take 1 to 64 letters, digits, dots, dashes or underscores, "
                "a letter or digit first."
            )

    def _check_body(self) -> None:
        if self.body is None:
            return
        if self.kind != "garble":
            raise UsageError(f"A fault of kind {self.kind} takes no body; garble does.")
        if self.body not in BODIES:
            raise UsageError(f"The field body of a fault of kind garble must be one of {', '.join(BODIES)}.")

    def _check_number(self, name: str) -> None:
        value, own = getattr(self, name), {"times": _TIMES, **KINDS[self.kind]}
        if value is not None and name not in own:
            takes = ", ".join(["name", "operation", *own])
            raise UsageError(f"A fault of kind {self.kind} takes no {name}; it takes {takes}.")
        if value is None and name in own and own[name].needed:
            raise UsageError(f"A fault of kind {self.kind} needs the field {name}.")
        if value is not None and not own[name].least <= value <= own[name].most:
            least, most, _ = own[name]
            raise UsageError(f"The field {name} of a fault of kind {self.kind} must be from {least} to {most}.")
