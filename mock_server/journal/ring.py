"""What is kept of finished exchanges: one bounded ring for all environments, with a view of it for each.

One bound holds for the whole server whatever the number of environments. What falls out is counted, per view and in
all. Entries keep raw bytes and nothing decoded: they are read seldom and written always. Keys are shortened by whoever
shows an entry (`control.observe`), never shown as they are.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mock_server.contract.exchange import Answer
from mock_server.journal.exchange import Exchange
from mock_server.settings import Settings

__all__ = ["Entry", "Journal"]

ENTRY_OVERHEAD = 600
"""Bytes an entry costs besides the texts it keeps (measured with tracemalloc)."""

VIOLATION_COST = 2_000
"""Bytes one violation costs, its texts included, which are short."""

WORTH_SHARING = 1_024
"""Bytes of an answer above which it is worth a look whether the last one was the same."""

OURS = "refiner-mock"
"""Stands as the `fault` of an exchange that nobody armed one for and that went wrong nevertheless: a bug of ours."""


class Entry(NamedTuple):
    """One finished exchange, as kept. Sizes are bytes; `at` is microseconds since the epoch, UTC."""

    seq: int
    """Rises over the whole server by the order in which answers went out; the cursor of `since`."""
    id: str
    at: int
    environment: str | None
    method: str
    path: str
    query: bytes
    authorization: str | None
    media_type: str
    body: bytes
    body_size: int
    operation: str | None
    status: int
    answer: bytes
    answer_size: int
    duration_us: int
    """Real time from the last byte of the request to the answer; 0 on a frozen clock, so that runs compare equal."""
    fault: str | None
    """The kind of the armed fault that struck, or `OURS`."""
    violations: tuple[dict[str, Any], ...]
    cost: int = 0
    """Bytes this entry counts against the journal's bound."""


class Journal:
    """The ring of entries. Only the server's event loop touches it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ring: deque[Entry] = deque()
        self._by_id: dict[str, Entry] = {}
        self._views: dict[str | None, deque[Entry]] = {}
        self._dropped: dict[str | None, int] = {}
        self._dropped_violations: dict[str | None, int] = {}
        self._bytes = 0
        self._dropped_in_all = 0
        self._seq = 0
        self._ids = itertools.count(1)
        self._latest = b""
        """The long answer that was kept last."""
        self._arrival = asyncio.Event()
        self._closed = False
        self.listeners: list[Callable[[Entry], None]] = []

    def next_id(self) -> str:
        """Return a new request id, unique within this server and the same on every run of the same calls."""
        return f"req-{next(self._ids):06d}"

    def close(self, exchange: Exchange, answer: Answer) -> Entry:
        """Keep a finished exchange and return its entry; the oldest entries fall out where a bound is met. O(1)."""
        request, environment, most = exchange.request, exchange.environment, self._settings.journal_body
        query, body, violations = request.raw_query[:most], request.raw_body[:most], exchange.violations
        kept_answer = self._kept_of(answer, most)
        if environment is None:
            name, frozen = None, False
        else:
            name, frozen = environment.name, environment.clock.mode == "frozen"
        self._seq += 1
        entry = Entry(
            self._seq,
            exchange.id,
            exchange.at,
            name,
            request.method,
            exchange.path,
            query,
            request.authorization,
            request.media_type,
            body,
            len(request.raw_body),
            exchange.operation,
            answer.status,
            kept_answer,
            len(answer.body),
            0 if frozen else (time.perf_counter_ns() - exchange.started) // 1000,
            _fault(exchange) if exchange.failed or exchange.disturbance is not None else None,
            violations,
            ENTRY_OVERHEAD
            + len(query)
            + len(body)
            + len(kept_answer)
            + len(exchange.path)
            + len(request.authorization or "")
            + len(violations) * VIOLATION_COST,
        )
        self._keep(entry)
        return entry

    def _kept_of(self, answer: Answer, most: int) -> bytes:
        """Return what is kept of the body of an answer."""
        # A kept orjson result holds about 4 KiB whatever its length, hence the copy.
        kept = bytes(memoryview(answer.body)[:most])
        if len(kept) > WORTH_SHARING:
            # Whoever polls a list gets the same answer again and again: one is enough to keep, and spares fresh memory.
            if kept == self._latest:
                return self._latest
            self._latest = kept
        return kept

    def _keep(self, entry: Entry) -> None:
        self._ring.append(entry)
        self._by_id[entry.id] = entry
        view = self._views.get(entry.environment)
        if view is None:
            view = self._views[entry.environment] = deque()
        view.append(entry)
        self._bytes += entry.cost
        most, room = self._settings.journal_entries, self._settings.journal_bytes
        while len(self._ring) > most or (self._bytes > room and len(self._ring) > 1):
            self._drop_oldest()
        if not self._arrival.is_set():
            self._arrival.set()
        for listener in self.listeners:
            listener(entry)

    def _drop_oldest(self) -> None:
        oldest = self._ring.popleft()
        self._bytes -= oldest.cost
        if self._by_id.pop(oldest.id, None) is not None:
            self._dropped_in_all += 1
            # The oldest entry of the ring is the oldest of its own view too, unless that view was emptied.
            self._views[oldest.environment].popleft()
            name, lost = oldest.environment, len(oldest.violations)
            self._dropped[name] = self._dropped.get(name, 0) + 1
            if lost:
                self._dropped_violations[name] = self._dropped_violations.get(name, 0) + lost

    def get(self, id: str) -> Entry | None:
        """Return the entry with that request id, or None where it is unknown or fell out."""
        return self._by_id.get(id)

    def entries(self, environment: str | None = None, *, since: int = 0) -> Iterator[Entry]:
        """Yield the entries after `since`, oldest first; `environment` None means all, with those of no environment.

        It takes as long as there are such entries, however many came before them.
        """
        source = self._ring if environment is None else self._views.get(environment, ())
        new = [*itertools.takewhile(lambda entry: entry.seq > since, reversed(source))]
        for entry in reversed(new):
            if entry.id in self._by_id:
                yield entry

    def dropped(self, environment: str | None = None) -> int:
        """Return how many entries fell out of the ring, of one environment or (None) in all."""
        return self._dropped_in_all if environment is None else self._dropped.get(environment, 0)

    def dropped_violations(self, environment: str | None = None) -> int:
        """Return how many violations fell out of the ring with their entries, of one environment or (None) in all."""
        lost = self._dropped_violations
        return sum(lost.values()) if environment is None else lost.get(environment, 0)

    def empty(self, environment: str | None = None) -> None:
        """Forget the entries of one environment, or (None) all of them; they do not count as dropped."""
        if environment is None:
            self._latest = b""
            self._ring.clear()
            self._by_id.clear()
            self._views.clear()
            self._bytes = 0
            return
        for entry in self._views.pop(environment, ()):
            # They stay in the ring as bare husks until they fall out, so that no call costs O(ring).
            del self._by_id[entry.id]

    def forget(self, environment: str) -> None:
        """Drop everything of a deleted environment, its counters included."""
        self.empty(environment)
        self._dropped.pop(environment, None)
        self._dropped_violations.pop(environment, None)

    async def arrival(self, seconds: float) -> bool:
        """Wait until any entry is kept; return False when `seconds` passed or the server is closing first."""
        self._arrival.clear()
        if self._closed:
            return False
        try:
            await asyncio.wait_for(self._arrival.wait(), seconds)
        except TimeoutError:
            return False
        return not self._closed

    def stop_waiting(self) -> None:
        """Wake every long-poll for good: the server is closing."""
        self._closed = True
        self._arrival.set()


def _fault(exchange: Exchange) -> str | None:
    if exchange.disturbance is not None:
        return exchange.disturbance.kind
    return OURS if exchange.failed else None
