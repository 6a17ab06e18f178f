"""One exchange as sequences are judged by it, and the short memory that judging them takes."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import NamedTuple, Protocol, TypeVar

from mock_server.contract.operations import Operation
from mock_server.frozen import frozen

__all__ = ["Listing", "Page", "Peer", "Recent", "Step", "Transport"]

K = TypeVar("K")
V = TypeVar("V")


@frozen
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


class Transport(Protocol):
    """What carries a connection."""

    def is_closing(self) -> bool:
        """Tell whether an end has closed it."""


@frozen
class Peer:
    """A connection. Of two requests on one, the later was sent after the answer to the earlier had come."""

    address: object
    """Of the client's end: no two that are open have the same."""
    transport: Transport | None = field(default=None, compare=False)

    @property
    def is_gone(self) -> bool:
        """Whether it is closed by now: what was answered on it has been read, or nobody wants it any more."""
        return self.transport is not None and self.transport.is_closing()


class Listing(NamedTuple):
    """One list, whichever page of it is read."""

    name: str
    """Its operation, filters, order and page length; the operation comes first."""
    filters: int
    """Equal for lists with the same filters and order."""


@frozen
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
    peer: Peer | None
    """The connection, None where it is not known."""
    page: Page | None = None
    """Of a list that was shown."""
    retry_after: int | None = None
    """Seconds that a refusal asks to wait."""
    fault: str | None = None
    """The kind of the armed fault that struck."""
    done: bool = True
    """False where that fault struck in place of the call."""
    names: AbstractSet[str] = frozenset()
    """Those of all parameters that were sent, whatever came of them."""

    def is_after(self, peer: Peer | None) -> bool:
        """Tell whether it was surely sent after the answer on a connection had come: on that one, or that is closed."""
        return peer is not None and (peer == self.peer or peer.is_gone)

    @property
    def person(self) -> str | None:
        """Whom the call speaks of, by the first of the identities that its operation asks for."""
        values = self.values
        return next((f"{name} {values[name]}" for name in self.operation.one_of if name in values), None)

    @property
    def listing(self) -> Listing | None:
        """Which list is read; None for a call that reads none."""
        length = self.values.get("page_length")  # what every list takes, and has a default for
        if length is None:
            return None
        narrowed = dict(self.values)
        del narrowed["page_length"]
        narrowed.pop("page", None)
        narrowed.pop("page_cursor", None)
        filters = repr(sorted(narrowed.items()))
        return Listing(f"{self.operation.id} {filters} {length} {self.extra}", hash(filters))

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
