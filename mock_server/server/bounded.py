"""HTTP within bounds: what is too long, too much, too slow or no HTTP at all is refused, as Refiner words an error.

uvicorn bounds none of these, and it answers what it cannot read before the calls that are still being answered. What is
refused here never reaches the app, so the journal does not have it: the answer and its reason are all there is.
"""

# ruff: noqa: D102 - what asyncio and the parser call is theirs to describe

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from mock_server.settings import Settings
from mock_server.wire import replies

__all__ = ["SWEEPS", "Bounded"]

SWEEPS = 4
"""So many sweeps make one `idle_timeout`."""


class Bounded(HttpToolsProtocol):
    """One connection, held to the bounds of the settings of its app (`config.app`)."""

    _answering: RequestResponseCycle | None = None
    _bounds: Settings
    url = b""
    """Of the request whose head is being read; empty when it is through."""
    _idle = 0
    """Sweeps since the connection began, since a request began, or since the last answer."""
    _chunk = 0
    """Bytes of the latest piece that arrived."""
    _arrived = 0
    """Bytes of whole pieces since a request began or a part of its body came: they are a head, or nothing of use."""
    _reason: tuple[int, str] | None = None
    _refused = _ending = False
    _last_words: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._bounds = self.config.app.state.rooms.settings  # type: ignore[union-attr]
        if len(self.connections) > (most := self._bounds.max_connections):
            self._refused = True
            transport.write(_answer(503, f"More than {most} connections are open (max_connections)."))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        # Of calls that came one upon the other uvicorn tells the last, and breaks on the one that it is answering.
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._chunk = len(data)
        self._arrived += self._chunk
        while data:
            try:
                self.parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as upgrade:
                # Nothing is upgraded here, but Java's client asks for it in its first call, and has a body with it.
                data = self._plain_head() + data[upgrade.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            except httptools.HttpParserError:
                self._refuse(*(self._reason or (400, "This is not an HTTP request that can be read.")))
                return
        most = self._bounds
        if self._arrived > most.max_url + most.max_header_bytes:
            self._refuse(*(_long_url(most) if len(self.url) > most.max_url else _long_headers(most)))

    def eof_received(self) -> bool:  # type: ignore[override]
        # A client may send no more and still read; who polls or streams has gone, or would be kept for ever.
        self._refused = self._ending = True
        answering = self._answering
        mirrored = self._busy(answering) and answering is not None and not answering.scope["path"].startswith("/_mock/")
        return bool(self.pipeline) or mirrored

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._idle = self._arrived = 0

    def on_headers_complete(self) -> None:
        most, headers = self._bounds, self.headers
        if len(self.url) > most.max_url:
            self._reason = _long_url(most)
        elif len(headers) > most.max_headers:
            self._reason = 431, f"The request has more than {most.max_headers} headers (max_headers)."
        elif (self._arrived or self._chunk > most.max_header_bytes) and _size(headers) > most.max_header_bytes:
            self._reason = _long_headers(most)
        if self._reason is not None:
            raise ValueError  # the parser hands it on as its own error
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise ValueError
            return  # `data_received` has it read once more, as a plain one
        super().on_headers_complete()
        # What still comes as a header is a trailer, which is read by nobody.
        self.headers, self.url = [], b""

    def on_body(self, body: bytes) -> None:
        self._arrived = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        # As uvicorn's, but for the timer that it starts for each answer: `sweep` serves all.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._idle = 0
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._ending:
            self.transport.close()
        elif self._last_words is not None:
            self._say(self._last_words)

    def sweep(self) -> None:
        """Close the connection if it has waited too long for a whole request; due `SWEEPS` times an `idle_timeout`."""
        if self._busy(self._answering) or self._busy(self.cycle):
            return
        self._idle += 1
        if self._idle <= SWEEPS or self.transport.is_closing():
            return
        if self._refused or not (self.url or _incomplete(self.cycle)):
            self.transport.close()
        else:
            seconds = self._bounds.idle_timeout
            self._refuse(408, f"The request did not arrive within {seconds:g} seconds (idle_timeout).")

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _plain_head(self) -> bytes:
        """Return the head that was read last, without its wish for an upgrade."""
        lines = [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        start = b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        return b"\r\n".join((start, *lines, b"", b""))

    def _busy(self, cycle: RequestResponseCycle | None) -> bool:
        """Tell whether a call has come whole and is not answered yet."""
        return cycle is not None and not (cycle.response_complete or cycle.more_body or cycle.disconnected)

    def _refuse(self, status: int, text: str) -> None:
        """Say why nothing more is read from this connection, after the answers to what came before."""
        self._refused = True
        broken = self.cycle if _incomplete(self.cycle) else None
        if broken is not None:
            if self.pipeline and self.pipeline[0][0] is broken:
                self.pipeline.popleft()
            elif broken.response_started:
                self.transport.close()
                return
            broken.disconnected = True
            broken.message_event.set()
        if self.pipeline or self._busy(self._answering):
            self._last_words = _answer(status, text)
        else:
            self._say(_answer(status, text))

    def _say(self, answer: bytes) -> None:
        """Send the last answer. What still comes is thrown away until the client hangs up: else it might be cut off."""
        self._idle = 0
        self.transport.write(answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()


def _incomplete(cycle: RequestResponseCycle | None) -> bool:
    """Tell whether the body of a call is still coming."""
    return cycle is not None and cycle.more_body and not cycle.response_complete


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    """Return the bytes of headers as they stand on the line: colon, blank and end of line included."""
    return sum(len(name) + len(value) + 4 for name, value in headers)


def _long_url(most: Settings) -> tuple[int, str]:
    return 414, f"The URL is longer than {most.max_url} bytes (max_url)."


def _long_headers(most: Settings) -> tuple[int, str]:
    return 431, f"The headers are longer than {most.max_header_bytes} bytes (max_header_bytes)."


def _answer(status: int, text: str) -> bytes:
    body = replies.message(status, text).body
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
    return STATUS_LINE[status] + head + body
