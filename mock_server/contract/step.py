"""One exchange as sequences are judged by it, and the short memory that judging them takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from mock_server.contract.operations import Operation

__all__ = ["Page", "Recent", "Step"]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Page:
    """What a list answer says of itself in its `pagination`."""

    number: int
    last: int
    length: int
    rows: int
    """Those of all pages."""
    cursor: str | None
    """Of the next page."""
    has_cursors: bool
    """The list gives out cursors at all."""


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange with an operation of Refiner's own, its key accepted and its parameters read."""

    request: str
    """Its id."""
    operation: Operation
    values: Mapping[str, object]
    """The operation's own parameters, typed, defaults filled in."""
    extra: Mapping[str, object]
    """All other names as they came."""
    status: int
    at: int
    """The environment's time, in microseconds."""
    began: int
    """When the request had come, by a monotonic clock in nanoseconds."""
    ended: int | None
    """When the client had its whole answer, by the same clock; None where a fault never let it."""
    peer: object
    """The connection: of two requests on one, the later was sent after the answer to the earlier had come."""
    page: Page | None = None
    """Of a list that was shown."""
    retry_after: int | None = None
    """Seconds that a refusal asks to wait."""
    fault: str | None = None
    """The kind of the armed fault that struck."""
    done: bool = True
    """False where that fault struck in place of the call."""

    @property
    def person(self) -> str | None:
        """Whom the call speaks of, by the first of the identities that its operation asks for."""
        values = self.values
        return next((f"{name} {values[name]}" for name in self.operation.one_of if name in values), None)

    @property
    def filters(self) -> str:
        """What a list is narrowed down and ordered by: all its parameters but those that say which page is wanted."""
        return repr(sorted((name, value) for name, value in self.values.items() if not name.startswith("page")))

    @property
    def list(self) -> str | None:
        """Which list is read, in pages of which length; None for a call that reads none."""
        length = self.values.get("page_length")  # what every list takes, and has a default for
        return None if length is None else f"{self.operation.id} {self.filters} {length} {self.extra}"

    @property
    def call(self) -> int:
        """A number that two steps share only where the very same is asked, whenever and on whatever connection."""
        return hash((self.operation.id, repr(self.values), repr(self.extra)))


class Recent(dict[K, V]):
    """A mapping of so many entries at most: the oldest is forgotten."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def put(self, key: K, value: V) -> None:
        """Keep a value as the newest."""
        self.pop(key, None)
        self[key] = value
        if len(self) > self._most:
            del self[next(iter(self))]
