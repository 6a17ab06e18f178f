"""Deliveries and their attempts, as kept and shown: one log per environment, bounded by number, and all by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from heapq import nsmallest
from itertools import takewhile
from operator import attrgetter
from typing import Any

from mock_server.frozen import frozen
from mock_server.state.clock import exact
from mock_server.state.records import Micros
from mock_server.webhooks.targets import shown

__all__ = ["Attempt", "Delivery", "DeliveryLog", "Shelf", "tree"]

_number, _seq = attrgetter("number"), attrgetter("seq")
_OVERHEAD = 1_500
"""Bytes a delivery counts besides its payload and the answers to it."""


@frozen
class Attempt:
    """One try of a delivery; with neither status nor duration it was given up before anything was sent."""

    at: Micros
    """When it began, on the environment's clock."""
    status: int | None
    """The HTTP status that the receiver answered, or None where it gave no answer in time."""
    duration_ms: float
    """Real time, whatever the clock shows."""
    error: str | None
    answer: str | None
    """The first bytes of the receiver's answer, as text."""

    def record(self) -> dict[str, object]:
        """Return the attempt as the control API shows it."""
        return {
            "at": exact(self.at),
            "status": self.status,
            "duration_ms": self.duration_ms,
            "error": self.error,
            "answer": self.answer,
        }


@dataclass(slots=True, eq=False)
class Delivery:
    """One triggered event on its way to one webhook. The engine alone changes it."""

    id: str
    number: int
    """Rises by creation: of two that are due at once, the lower goes first."""
    event: str
    event_id: str
    """Names one triggered event: all deliveries of it share it, copies and redeliveries too."""
    webhook_uuid: str
    url: str
    contact_uuid: str
    body: bytes = field(repr=False)
    cause: str | None
    """The id of the request that triggered the event, if one did."""
    created_at: Micros
    due: Micros
    redelivery_of: str | None = None
    mutation: str | None = None
    status: str = "pending"
    """`pending`, `delivered`, `failed`, or `dropped` where the delivery policy lost it."""
    window: Micros | None = None
    """When the window ends in which it is gathered with others (see `policy.GATHERING`), if it is."""
    in_flight: bool = False
    """It is being sent: how it ends is up to the receiver."""
    attempts: list[Attempt] = field(default_factory=list)
    seq: int = 0
    """The log's count of changes at this delivery's last one."""

    @property
    def weight(self) -> int:
        """Bytes it counts while it waits."""
        return _OVERHEAD + len(self.body)

    @property
    def size(self) -> int:
        """Bytes it counts with its attempts, once it is over."""
        return self.weight + sum(len(attempt.answer or "") for attempt in self.attempts)

    def record(self) -> dict[str, object]:
        """Return the delivery as the control API shows it."""
        return self.as_it_is()()

    def as_it_is(self) -> Callable[[], dict[str, object]]:
        """Return what returns the record of this moment, also later: most moments are never looked at."""
        return partial(self._record, self.seq, self.status, self.due, len(self.attempts))

    def _record(self, seq: int, status: str, due: Micros, tries: int) -> dict[str, object]:
        return {
            "id": self.id,
            "seq": seq,
            "event": self.event,
            "event_id": self.event_id,
            "webhook_uuid": self.webhook_uuid,
            "url": shown(self.url),
            "status": status,
            "cause": self.cause,
            "created_at": exact(self.created_at),
            "next_attempt_at": exact(due) if status == "pending" else None,
            "redelivery_of": self.redelivery_of,
            "mutation": self.mutation,
            "attempts": [attempt.record() for attempt in self.attempts[:tries]],
        }


class Shelf:
    """The finished deliveries of all logs in the order of their ends, bounded by bytes; the last one always stays.

    Those that wait may weigh as much; which of them has to go is up to their logs (`DeliveryLog.overdue`).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = 0
        self.waiting = 0
        """Bytes of the deliveries that wait, in all logs."""
        self._ends: OrderedDict[Delivery, DeliveryLog] = OrderedDict()

    @property
    def crowded(self) -> bool:
        """Whether there is no room for one more that waits."""
        return self.waiting > self._most

    def put(self, delivery: Delivery, log: DeliveryLog) -> None:
        """Take in a delivery that is finished; the oldest ones fall out of their logs where there is no room."""
        self._ends[delivery] = log
        self._bytes += delivery.size
        while self._bytes > self._most and len(self._ends) > 1:
            oldest, its_log = next(iter(self._ends.items()))
            its_log.drop(oldest)

    def take(self, delivery: Delivery) -> None:
        """Give one up that its log no longer holds."""
        del self._ends[delivery]
        self._bytes -= delivery.size


class DeliveryLog:
    """Keeps at most `limit` deliveries (2 or more): those that wait, and as many of the finished ones as fit.

    What waits is never dropped. When everything in the log waits, `overdue` names the delivery that has to be finished
    as failed before the next one is added, so that its end is seen by whoever looks. What is in flight is never named,
    as it may well arrive: so many more the log may hold for a moment.
    """

    def __init__(self, limit: int, shelf: Shelf, seq: int = 0) -> None:
        self._limit = max(limit, 2)
        self._shelf = shelf
        # Ordered ones give their first item at once, plain ones search for it past all that was deleted before it.
        self.pending: OrderedDict[str, Delivery] = OrderedDict()
        self._finished: OrderedDict[str, Delivery] = OrderedDict()
        self.seq = seq
        """Rises with every change of any delivery: the cursor of `since`."""
        self.dropped = 0
        """How many finished deliveries fell out."""

    def __iter__(self) -> Iterator[Delivery]:
        """Yield what is kept in the order of creation."""
        return iter(sorted((*self._finished.values(), *self.pending.values()), key=_number))

    def since(self, seq: int, cause: str | None = None, limit: int | None = None) -> list[Delivery]:
        """Return what was made or changed after `seq`, in the order of creation; with `cause` only what that caused.

        With a `limit` it is only so many: those whose last changes are the oldest, so that one can go on from there.
        """
        # The finished ones stand in the order of their last changes: who asks often looks at few of them.
        finished = takewhile(lambda one: one.seq > seq, reversed(self._finished.values()))
        found = [one for one in (*finished, *self.pending.values()) if one.seq > seq and cause in (None, one.cause)]
        if limit is not None and len(found) > limit:
            found = nsmallest(limit, found, key=_seq)
        return sorted(found, key=_number)

    def find(self, id: str) -> Delivery | None:
        """Return the delivery with that id, or None."""
        return self.pending.get(id) or self._finished.get(id)

    def overdue(self) -> Delivery | None:
        """Return the oldest waiting delivery that is not in flight if it must make room for a new one, else None."""
        # One place is left to the youngest finished one, or what has to give way would vanish unseen.
        if len(self.pending) < self._limit - 1 and not self._shelf.crowded:
            return None
        return next((delivery for delivery in self.pending.values() if not delivery.in_flight), None)

    def add(self, delivery: Delivery) -> None:
        """Keep a new delivery; the oldest finished one falls out if there is no room."""
        self.pending[delivery.id] = delivery
        self._shelf.waiting += delivery.weight
        self.changed(delivery)

    def changed(self, delivery: Delivery) -> None:
        """Note a change of `delivery`; one that is no longer pending moves to the finished ones."""
        self.seq += 1
        delivery.seq = self.seq
        if delivery.status != "pending":
            del self.pending[delivery.id]
            self._finished[delivery.id] = delivery
            self._shelf.waiting -= delivery.weight
            self._shelf.put(delivery, self)
        while len(self.pending) + len(self._finished) > self._limit and len(self._finished) > 1:
            self.drop(next(iter(self._finished.values())))

    def drop(self, delivery: Delivery) -> None:
        """Let a finished delivery fall out."""
        del self._finished[delivery.id]
        self._shelf.take(delivery)
        self.dropped += 1

    def clear(self) -> None:
        """Forget everything; nothing of it counts as dropped."""
        for delivery in self._finished.values():
            self._shelf.take(delivery)
        for delivery in self.pending.values():
            self._shelf.waiting -= delivery.weight
        self._finished.clear()
        self.pending.clear()


def tree(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    """Return deliveries as the control API shows them, each below the event that it tells of."""
    events: dict[str, dict[str, Any]] = {}
    for one in deliveries:
        event = events.setdefault(one.event_id, {"event": one.event, "event_id": one.event_id, "deliveries": []})
        event["deliveries"].append(one.record())
    return list(events.values())
