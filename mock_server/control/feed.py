"""What the journal and the delivery engine tell, for everybody who listens at the moment.

A cursor is the `seq` of the latest exchange and the number of the latest attempt of a delivery. Both only rise, so a
reader that comes back with its cursor gets what it has not seen, in the order in which it happened, as far as kept.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from mock_server.journal import Entry, Journal
from mock_server.state.environment import Environment
from mock_server.webhooks.delivery import DeliveryEngine
from mock_server.webhooks.log import Attempt, Delivery

__all__ = ["Event", "Feed", "Reader"]

MOST_WAITING = 1_000
"""Events that wait for one slow reader, and deliveries that are kept for readers that come back."""


Cursor = tuple[int, int]


class Event(NamedTuple):
    """One exchange, or one delivery after an attempt of it."""

    seq: int
    number: int
    environment: str | None
    told: Entry | Callable[[], dict[str, Any]]
    """The exchange; of a delivery what returns its record as it was then."""


class Reader:
    """One subscriber, with what waits for it."""

    def __init__(self, feed: Feed, environment: str | None, cursor: Cursor | None) -> None:
        """Begin behind, at a cursor, or where this is None with what happens from now on."""
        self._feed = feed
        self._environment = environment
        self._behind = cursor
        self._waiting: deque[Event] = deque()
        self._missed = 0
        self._arrival = asyncio.Event()
        self._over = False

    def tell(self, event: Event) -> None:
        """Let an event wait if it is of interest; where too many do, the oldest one gives way and counts as missed."""
        if self._environment not in (None, event.environment) or self._behind is not None:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._missed += 1
        self._waiting.append(event)
        self._arrival.set()

    def end(self) -> None:
        """Give nothing more."""
        self._over = True
        self._arrival.set()

    async def next(self, seconds: float) -> tuple[int, Sequence[Event]] | None:
        """Return how many events were missed and those after them, none after `seconds`; None when it is over."""
        if self._behind is not None and not self._over:
            events = self._catch_up(self._behind)
            if events:
                return 0, events
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._arrival.wait(), seconds)
        self._arrival.clear()
        if self._over:
            return None
        missed, events = self._missed, tuple(self._waiting)
        self._missed = 0
        self._waiting.clear()
        return missed, events

    def _catch_up(self, cursor: Cursor) -> tuple[Event, ...]:
        """Return the next piece of what is kept; after the last one it is told what happens."""
        events = tuple(self._feed.kept(self._environment, cursor))
        self._behind = events[-1][:2] if len(events) == MOST_WAITING else None
        return events


class Feed:
    """All subscribers of one server. Only the server's event loop touches it."""

    def __init__(self, journal: Journal, engine: DeliveryEngine) -> None:
        self._journal = journal
        self._seq = self._number = 0
        self._delivered: deque[Event] = deque(maxlen=MOST_WAITING)
        self._readers: set[Reader] = set()
        self._closed = False
        journal.listeners.append(self._exchanged)
        engine.listeners.append(self._attempted)

    def __len__(self) -> int:
        return len(self._readers)

    def open(self, environment: str | None, cursor: Cursor | None) -> Reader:
        """Return a new subscriber: to all environments or one, from now on or from a cursor on."""
        reader = Reader(self, environment, cursor)
        self._readers.add(reader)
        if self._closed:
            reader.end()
        return reader

    def kept(self, environment: str | None, cursor: Cursor) -> Iterator[Event]:
        """Yield the first events after a cursor, `MOST_WAITING` at most, as they are told to one who was there."""
        seq, number = cursor
        entries = islice(self._journal.entries(environment, since=seq), MOST_WAITING)
        exchanges = (Event(entry.seq, 0, entry.environment, entry) for entry in entries)
        deliveries = (
            event for event in self._delivered if event.number > number and environment in (None, event.environment)
        )
        # An exchange comes before the attempts that it caused, which bear its seq.
        for event in islice(merge(exchanges, deliveries, key=itemgetter(0, 1)), MOST_WAITING):
            seq, number = max(seq, event.seq), max(number, event.number)
            yield event._replace(seq=seq, number=number)

    def attempts(self) -> Iterator[tuple[int, int, str | None, dict[str, Any]]]:
        """Yield the latest attempts of deliveries, newest first, `MOST_WAITING` at most: events with the record."""
        for event in reversed(self._delivered):
            if not isinstance(event.told, Entry):
                yield event.seq, event.number, event.environment, event.told()

    def forget(self, environment: str) -> None:
        """Drop the deliveries of an environment that is no more, or begins anew under its name."""
        kept = [event for event in self._delivered if event.environment != environment]
        self._delivered = deque(kept, maxlen=MOST_WAITING)

    def leave(self, reader: Reader) -> None:
        """Forget a subscriber."""
        self._readers.discard(reader)

    def close(self) -> None:
        """End all subscriptions, also those that are yet to come: the server is closing."""
        self._closed = True
        for reader in self._readers:
            reader.end()

    def _exchanged(self, entry: Entry) -> None:
        self._seq = entry.seq
        if self._readers:
            self._tell(Event(self._seq, self._number, entry.environment, entry))

    def _attempted(self, environment: Environment, delivery: Delivery, _attempt: Attempt) -> None:
        self._number += 1
        # As it is now, for the next attempt changes it; its id is unique in its environment only.
        name, record = environment.name, delivery.as_it_is()
        event = Event(self._seq, self._number, name, lambda: {"environment": name, **record()})
        self._delivered.append(event)
        self._tell(event)

    def _tell(self, event: Event) -> None:
        for reader in self._readers:
            reader.tell(event)
