"""Who goes next: bounds, order and fairness between targets, without any I/O.

- At most `total` deliveries are under way, and at most `per_target` to one origin (scheme, host, port).
- To one URL the events of one contact go one after the other, in the order they were offered: a survey is seen before
  it is completed. Everything else to one target starts in the order of offers, and may overlap.
- Targets take turns, so that a slow one or a crowded one holds up nobody else.
"""

from __future__ import annotations

import heapq
from collections import deque
from functools import lru_cache
from urllib.parse import urlsplit

from mock_server.webhooks.log import Delivery

__all__ = ["Turnstile"]

_Lane = tuple[str, str]
_Offer = tuple[int, Delivery]


class _Target:
    """The deliveries to one origin: those that may start, and by lane those behind another of their contact."""

    __slots__ = ("lanes", "ready", "turn", "under_way")

    def __init__(self) -> None:
        self.ready: list[_Offer] = []
        self.lanes: dict[_Lane, deque[_Offer]] = {}
        self.turn = False
        """It stands in the row of targets whose turn comes."""
        self.under_way = 0


class Turnstile:
    """Takes deliveries by `offer`, gives them out by `next`, and is told by `done` when one is over."""

    def __init__(self, total: int, per_target: int) -> None:
        self._free = max(total, 1)
        self._per_target = max(per_target, 1)
        self._targets: dict[str, _Target] = {}
        self._turns: deque[_Target] = deque()
        self._offers = 0

    def offer(self, delivery: Delivery) -> None:
        """Put a delivery in line."""
        self._offers += 1
        offer = (self._offers, delivery)
        target = self._targets.setdefault(_origin(delivery.url), _Target())
        behind = target.lanes.get(_lane(delivery))
        if behind is not None:
            behind.append(offer)
            return
        target.lanes[_lane(delivery)] = deque()
        heapq.heappush(target.ready, offer)
        self._line_up(target)

    def next(self) -> Delivery | None:
        """Return a delivery that may start now, or None while all bounds are met or nobody waits."""
        if not self._turns or not self._free:
            return None
        target = self._turns.popleft()
        target.turn = False
        _, delivery = heapq.heappop(target.ready)
        target.under_way += 1
        self._free -= 1
        self._line_up(target)
        return delivery

    def done(self, delivery: Delivery) -> None:
        """Free the place of a delivery that `next` gave out; its `url` must not have changed meanwhile."""
        origin, lane = _origin(delivery.url), _lane(delivery)
        target = self._targets[origin]
        target.under_way -= 1
        self._free += 1
        if target.lanes[lane]:
            heapq.heappush(target.ready, target.lanes[lane].popleft())
        else:
            del target.lanes[lane]
            if not target.lanes:
                del self._targets[origin]
        self._line_up(target)

    def _line_up(self, target: _Target) -> None:
        if target.ready and not target.turn and target.under_way < self._per_target:
            target.turn = True
            self._turns.append(target)


def _lane(delivery: Delivery) -> _Lane:
    return delivery.url, delivery.contact_uuid


@lru_cache(maxsize=1_024)
def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
