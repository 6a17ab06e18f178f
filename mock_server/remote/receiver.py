"""A small web server on loopback in threads of its own: one accepts, one more serves each request.

It differs from `http.server.HTTPServer` in that it asks no name server for its own name, and stops at once instead of
looking every half second whether it shall.
"""

from __future__ import annotations

import http.server
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from email.message import Message
from typing import Any

from mock_server.frozen import frozen

__all__ = ["Receiver", "Reply"]

_LARGEST = 64 * 1_048_576
"""Bytes of a body that are taken."""
_PATIENCE = 30.0
"""Seconds a caller may take for its next bytes."""


@frozen
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    """Seconds before it."""


Take = Callable[[str, Message, bytes], Reply]


class Receiver(socketserver.ThreadingTCPServer):
    """Hands path, headers and body of every POST to `take`, and answers what that returns."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, take: Take) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.take = take
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self._accept, name="refiner-mock inbox", daemon=True)

    def start(self) -> None:
        """Begin to serve; who connected before waits in the queue until then."""
        self._thread.start()

    def close(self) -> None:
        """Stop; who has not been answered is cut off."""
        self.closing.set()
        if self._thread.ident is not None:
            with socket.create_connection(("127.0.0.1", self.server_address[1])):  # wakes the thread that accepts
                self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the caller has gone away, and the delivery log has how that looked from its side."""

    def _accept(self) -> None:
        while not self.closing.is_set():
            self.handle_request()


class _Handler(http.server.BaseHTTPRequestHandler):
    """One request: HTTP/1.0, so that no connection stays open."""

    server: Receiver
    timeout = _PATIENCE

    def do_POST(self) -> None:
        """Take the webhook and answer it."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST:
            self._answer(Reply(411 if not length.isdecimal() else 413))
            return
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the caller has gone
            return
        reply = self.server.take(self.path, self.headers, body)
        if not (reply.delay and self.server.closing.wait(reply.delay)):
            self._answer(reply)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
