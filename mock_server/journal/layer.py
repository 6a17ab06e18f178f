"""The outermost ASGI layer: reads, has it answered, keeps it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.contract.exchange import Answer, Head
from mock_server.contract.sequence.step import Peer
from mock_server.journal.exchange import Exchange
from mock_server.journal.ring import Journal

__all__ = ["JournalLayer", "Mirror"]

CONTROL = ("/_mock", "/_mock/")
"""There and below live the control API and the page; everything else is the mirrored API and is kept."""

_log = logging.getLogger(__name__)


class Mirror(Protocol):
    """What the layer asks of the mirrored API."""

    def head(self, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Head:
        """Read a request up to its body."""

    def open(self, id: str, head: Head, body: bytes | None, peer: Peer | None) -> Exchange:
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
        peer_of: Callable[[Scope], Peer | None] = lambda _: None,
    ) -> None:
        """`after` is told of each exchange whose answer is out, `peer_of` says which connection a request came on."""
        self._app = app
        self._journal = journal
        self._mirror = mirror
        self._after = after
        self.max_body = max_body
        self._peer_of = peer_of

    def is_mirrored(self, path: str) -> bool:
        """Tell whether a path is for the mirrored API to answer."""
        return path != CONTROL[0] and not path.startswith(CONTROL[1])

    def head(self, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Head:
        """Return a request of the mirrored API up to its body, as `handle` wants it."""
        return self._mirror.head(method, path, query, headers)

    def handle(self, head: Head, body: bytes | None, peer: Peer | None) -> tuple[Exchange, Answer]:
        """Have a request of the mirrored API answered and keep it: all that is done whoever sends the answer.

        `body` None means that it was over the bound. Once the answer is out, the exchange goes to `after`. Raises
        nothing, nor does `after`: what a call did has been done, and its client gets to know.
        """
        exchange = self._mirror.open(self._journal.next_id(), head, body, peer)
        answer = self._mirror.answer(exchange)
        try:
            self._journal.close(exchange, answer)
        except Exception:  # noqa: BLE001 - a bug of ours, or of a listener
            _log.exception("refiner-mock failed to keep %s", exchange.id)
        return exchange, answer

    def after(self, exchange: Exchange) -> None:
        """Do what is due once the answer to an exchange is out."""
        try:
            self._after(exchange)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("refiner-mock failed on what %s triggered", exchange.id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event."""
        if scope["type"] != "http" or not self.is_mirrored(scope["path"]):
            await self._app(scope, receive, send)
            return
        body, gone = await _read_body(receive, self.max_body)
        if gone:
            return
        head = self.head(scope["method"], scope["path"], scope["query_string"], scope["headers"])
        exchange, answer = self.handle(head, body, self._peer_of(scope))
        start = {"type": "http.response.start", "status": answer.status, "headers": _headers(exchange, answer)}
        content = {"type": "http.response.body", "body": answer.body}
        if exchange.disturbance is not None:
            # What the call did is not held back with its answer.
            self.after(exchange)
            await exchange.disturbance.send(scope, receive, send, (start, content))
            return
        try:
            await send(start)
            await send(content)
        finally:
            self.after(exchange)


def _headers(exchange: Exchange, answer: Answer) -> list[tuple[bytes, bytes]]:
    return [
        *answer.headers,
        (b"content-length", b"%d" % len(answer.body)),
        (b"refiner-mock-request-id", exchange.id.encode()),
        (b"refiner-mock-violations", b"%d" % len(exchange.violations)),
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
