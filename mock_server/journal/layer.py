"""The outermost ASGI layer: reads, has it answered, keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.contract.exchange import Answer
from mock_server.journal.exchange import Exchange
from mock_server.journal.ring import Entry, Journal

__all__ = ["JournalLayer", "Mirror"]

CONTROL = ("/_mock", "/_mock/")
"""There and below live the control API and the page; everything else is the mirrored API and is kept."""


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
        start = {"type": "http.response.start", "status": answer.status, "headers": _headers(entry, answer)}
        content = {"type": "http.response.body", "body": answer.body}
        if exchange.disturbance is not None:
            # What the call did is not held back with its answer.
            self._after(exchange)
            await exchange.disturbance.send(scope, receive, send, (start, content))
            return
        try:
            await send(start)
            await send(content)
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
