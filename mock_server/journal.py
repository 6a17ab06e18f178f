"""The journal: every exchange with the mirrored API, kept in one bounded ring, and the ASGI layer that keeps it.

All environments share one ring, so one bound holds for the whole server whatever the number of environments; each
environment has its own view of it. What falls out is counted, per view and in all.

Entries keep raw bytes and nothing decoded: they are read seldom and written always. Keys are shortened by whoever
shows an entry (`control.observe`), never shown as they are.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.contract.exchange import Answer, Request
from mock_server.settings import Settings
from mock_server.state.environment import Environment

__all__ = ["Entry", "Exchange", "Journal", "JournalLayer", "Mirror"]

CONTROL = ("/_mock", "/_mock/")
"""There and below live the control API and the page; everything else is the mirrored API and is kept."""

ENTRY_OVERHEAD = 600
"""Bytes an entry costs besides the bodies it keeps (measured with tracemalloc)."""


class Exchange:
    """One request on its way to its answer; changes until the journal closes it."""

    def __init__(self, id: str, path: str, request: Request, environment: Environment | None) -> None:
        self.id = id
        self.path = path
        """As requested, with its prefix (`/e/<name>/v1/...`)."""
        self.request = request
        self.environment = environment
        self.operation: str | None = None
        """The `operationId`, or None where the contract knows no such call."""
        self.manners: Any = None
        """What the mirror goes by in this environment, found on opening."""
        self.mirrored = True
        """The path is below a `/v1`; elsewhere there is nothing but unknown routes."""
        self.too_large = False
        """The body was over its bound and is not in `request`."""
        self.refusal: Answer | None = None
        """The answer to a key that does not open the environment; None where it does."""
        self.fault: str | None = None
        self.violations: tuple[dict[str, Any], ...] = ()
        self.at = environment.clock.now() if environment is not None else time.time_ns() // 1000
        self.started = time.perf_counter_ns()


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
        self._bytes = 0
        self._dropped_in_all = 0
        self._seq = 0
        self._ids = itertools.count(1)
        self._arrival = asyncio.Event()
        self._closed = False
        self.listeners: list[Callable[[Entry], None]] = []

    def next_id(self) -> str:
        """Return a new request id, unique within this server and the same on every run of the same calls."""
        return f"req-{next(self._ids):06d}"

    def close(self, exchange: Exchange, answer: Answer) -> Entry:
        """Keep a finished exchange and return its entry; the oldest entries fall out where a bound is met. O(1)."""
        request, environment, most = exchange.request, exchange.environment, self._settings.journal_body
        frozen = environment is not None and environment.clock.mode == "frozen"
        query, body = request.raw_query[:most], request.raw_body[:most]
        # A kept orjson result holds about 4 KiB whatever its length, hence the copy.
        kept_answer = bytes(memoryview(answer.body)[:most])
        self._seq += 1
        entry = Entry(
            seq=self._seq,
            id=exchange.id,
            at=exchange.at,
            environment=None if environment is None else environment.name,
            method=request.method,
            path=exchange.path,
            query=query,
            authorization=request.authorization,
            media_type=request.media_type,
            body=body,
            body_size=len(request.raw_body),
            operation=exchange.operation,
            status=answer.status,
            answer=kept_answer,
            answer_size=len(answer.body),
            duration_us=0 if frozen else (time.perf_counter_ns() - exchange.started) // 1000,
            fault=exchange.fault,
            violations=exchange.violations,
            cost=ENTRY_OVERHEAD + len(query) + len(body) + len(kept_answer),
        )
        self._keep(entry)
        return entry

    def _keep(self, entry: Entry) -> None:
        self._ring.append(entry)
        self._by_id[entry.id] = entry
        view = self._views.get(entry.environment)
        if view is None:
            view = self._views[entry.environment] = deque()
        view.append(entry)
        self._bytes += entry.cost
        while len(self._ring) > self._settings.journal_entries or self._bytes > self._settings.journal_bytes:
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
            self._dropped[oldest.environment] = self._dropped.get(oldest.environment, 0) + 1

    def get(self, id: str) -> Entry | None:
        """Return the entry with that request id, or None where it is unknown or fell out."""
        return self._by_id.get(id)

    def entries(self, environment: str | None = None, *, since: int = 0) -> Iterator[Entry]:
        """Yield the entries after `since`, oldest first; `environment` None means all, with those of no environment."""
        source = self._ring if environment is None else self._views.get(environment, ())
        for entry in source:
            if entry.seq > since and entry.id in self._by_id:
                yield entry

    def dropped(self, environment: str | None = None) -> int:
        """Return how many entries fell out of the ring, of one environment or (None) in all."""
        return self._dropped_in_all if environment is None else self._dropped.get(environment, 0)

    def empty(self, environment: str | None = None) -> None:
        """Forget the entries of one environment, or (None) all of them; they do not count as dropped."""
        if environment is None:
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


class Mirror(Protocol):
    """What the layer asks of the mirrored API."""

    def open(self, id: str, scope: Scope, body: bytes | None) -> Exchange:
        """Decode the request and find its environment; `body` None means that it was over the bound."""

    def answer(self, exchange: Exchange) -> Answer:
        """Do what was asked."""


class JournalLayer:
    """The outermost ASGI layer: reads a request of the mirrored API once, has it answered, keeps the exchange.

    Control API and page pass through untouched.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        journal: Journal,
        mirror: Mirror,
        after: Callable[[Exchange], None],
        max_body: int,
    ) -> None:
        self._app = app
        self._journal = journal
        self._mirror = mirror
        self._after = after
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        path = scope["path"] if scope["type"] == "http" else CONTROL[0]
        if path == CONTROL[0] or path.startswith(CONTROL[1]):
            await self._app(scope, receive, send)
            return
        body, gone = await _read_body(receive, self._max_body)
        if gone:
            return
        exchange = self._mirror.open(self._journal.next_id(), scope, body)
        answer = self._mirror.answer(exchange)
        entry = self._journal.close(exchange, answer)
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": _headers(entry, answer)})
            await send({"type": "http.response.body", "body": answer.body})
        finally:
            self._after(exchange)


def _headers(entry: Entry, answer: Answer) -> list[tuple[bytes, bytes]]:
    return [
        *answer.headers,
        (b"content-length", b"%d" % len(answer.body)),
        (b"refiner-mock-request-id", entry.id.encode()),
        (b"refiner-mock-violations", b"%d" % len(entry.violations)),
    ]


async def _read_body(receive: Receive, most: int) -> tuple[bytes | None, bool]:
    """Return the body (None when over `most` bytes) and whether the client went away before its end."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return b"", True
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return (body if len(body) <= most else None), False
    chunks, size = [body], len(body)
    while message.get("more_body"):
        if size > most:
            return None, False
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"", True
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    return (b"".join(chunks) if size <= most else None), False
