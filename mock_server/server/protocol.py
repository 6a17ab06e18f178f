"""HTTP as the app wants it: with the transport of its connection, and with a straight path for what comes often.

Of the 71 µs that a bare ASGI app costs in uvicorn about 50 go into a task, a cycle and dictionaries for each request,
and into parsing headers that were the same the time before. So a request whose head came before, byte for byte, is not
parsed again: it goes to `JournalLayer.handle`, as it would through ASGI, and its answer to the transport in one write.
Whatever is not as plain as that takes the ordinary way, on which the very same is done.
"""
# ruff: noqa: D102 - what asyncio and the parser call is theirs to describe

from __future__ import annotations

import asyncio
from functools import lru_cache

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from mock_server.contract.exchange import Answer, Head
from mock_server.contract.sequence.step import Peer
from mock_server.faults import CONNECTION, Faults
from mock_server.journal import Exchange, JournalLayer
from mock_server.server.bounded import Bounded

__all__ = ["LONGEST_HEAD", "MOST_HEADS", "Protocol"]

MOST_HEADS, LONGEST_HEAD = 512, 4_096
"""Heads that are remembered, over all connections of a server, and the bytes that one may have."""

_END = b"\r\n\r\n"
_UNUSUAL = frozenset({b"expect", b"transfer-encoding", b"upgrade"})
"""Headers that say that there is more to a request than a head and a body of known length."""


class _Known:
    """A head that came before."""

    __slots__ = ("_head", "_parts", "length")

    def __init__(self, method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], length: int) -> None:
        self._parts = method, path, query, headers
        self._head: Head | None = None
        self.length = length
        """Of the body that belongs to it, in bytes."""

    def head(self, layer: JournalLayer) -> Head:
        """Return it as the mirrored API wants it, made when it comes again and not before: many a head never does."""
        if self._head is None:
            self._head = layer.head(*self._parts)
        return self._head


class Protocol(Bounded):
    """HTTP that shows the app the transport of its connection, for faults to cut, and answers plain requests itself."""

    _layer: JournalLayer
    _faults: Faults
    _known: dict[bytes, _Known]
    _peer: Peer | None
    _midway = False
    """The parser has begun a request and not come to its end."""
    _new: bytes | None = None
    """What the parser reads next begins with this head."""
    _held: bytearray | None = None
    """A request with a known head, to whose body there is more to come."""
    _due = 0
    """The bytes that it has when it is whole."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Each scope gets a copy of it as its `state`, so this costs a request next to nothing.
        self.app_state = {**self.app_state, CONNECTION: transport}
        state = self.config.app.state  # type: ignore[union-attr]
        self._layer, self._faults = state.layer, state.rooms.faults
        self._known = state.heads
        self._peer = None if self.client is None else Peer(self.client, transport)

    def data_received(self, data: bytes) -> None:
        if self._midway or self._refused or (self.cycle is not None and not self.cycle.response_complete):  # type: ignore[redundant-expr]
            super().data_received(data)
            return
        held = self._held
        if held is not None:
            held += data
            if len(held) < self._due:
                return
            data, self._held = bytes(held), None
        end = data.find(_END) + len(_END)
        known = self._known.get(data[:end])
        missing = -1 if known is None else end + known.length - len(data)
        if known is None or missing < 0 or self._faults.armed or self.flow.write_paused:
            self._new = data[:end] if known is None and len(_END) <= end <= LONGEST_HEAD else None
            super().data_received(data)
        elif missing:
            self._held, self._due = bytearray(data), len(data) + missing
            self._idle = 0
        else:
            self._answer(known.head(self._layer), data[end:])

    def sweep(self) -> None:
        """As the ordinary one, to which a request that does not come at once is left."""
        if self._held is not None:
            held, idle, self._held = bytes(self._held), self._idle, None
            super().data_received(held)
            self._idle = idle
        super().sweep()

    def on_message_begin(self) -> None:
        self._midway = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        url, new, self._new = self.url, self._new, None
        super().on_headers_complete()
        if new is not None and not self.parser.should_upgrade():
            self._remember(new, url)

    def on_message_complete(self) -> None:
        self._midway = False
        super().on_message_complete()

    def _answer(self, head: Head, body: bytes) -> None:
        """Answer a request whose head came before."""
        exchange, answer = self._layer.handle(head, body, self._peer)
        try:
            self.transport.write(_written(exchange, answer))
        finally:
            self._layer.after(exchange)
        self.server_state.total_requests += 1
        self._idle = 0

    def _remember(self, raw: bytes, url: bytes) -> None:
        """Keep the head that the parser has just read if it stands for a plain request, whatever the parser allows."""
        scope, layer = self.scope, self._layer
        method, headers = scope["method"], list(scope["headers"])
        named = dict(headers)
        length = int(named.get(b"content-length", b"0"))
        if (
            raw.startswith(b"%b %b HTTP/1.1\r\n" % (method.encode(), url))
            and raw.count(b"\r\n") == len(headers) + 2
            and method != "HEAD"
            and url.startswith(b"/")
            and self.parser.should_keep_alive()
            and _UNUSUAL.isdisjoint(named)
            and length <= min(layer.max_body, HIGH_WATER_LIMIT)
            and layer.is_mirrored(scope["path"])
        ):
            if len(self._known) >= MOST_HEADS:
                self._known.clear()
            self._known[raw] = _Known(method, scope["path"], scope["query_string"], headers, length)


def _written(exchange: Exchange, answer: Answer) -> bytes:
    """Return an answer as it stands on the line, to the byte as it would through ASGI."""
    return b"%bcontent-length: %d\r\nrefiner-mock-request-id: %b\r\nrefiner-mock-violations: %d\r\n\r\n%b" % (
        _start(answer.status, answer.headers),
        len(answer.body),
        exchange.id.encode(),
        len(exchange.violations),
        answer.body,
    )


@lru_cache(maxsize=64)
def _start(status: int, headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return STATUS_LINE[status] + b"".join(b"%b: %b\r\n" % header for header in headers)
