"""Tiny receivers of webhooks, on a free port of this very process: an honest one, to be spoilt in some way."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["OLD", "TOKEN", "Heard", "Honest", "Place", "listening"]

TOKEN = "s3cret-Token"
OLD = "0ld-Token"


@dataclass(frozen=True)
class Heard:
    """One webhook as it arrived."""

    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Honest:
    """Takes in every good delivery once; what it has taken in is what its probe shows."""

    kept: dict[str, Any] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, heard: Heard) -> int:
        """Return the status of the answer; 0 says nothing and closes the connection."""
        if not self.allowed(heard):
            return 401
        try:
            webhook = heard.json
            self.take(webhook)
        except (ValueError, TypeError, LookupError):
            return 400
        return 200

    def allowed(self, heard: Heard) -> bool:
        return bool(heard.headers["Authorization"] == f"Bearer {TOKEN}")

    def take(self, webhook: dict[str, Any]) -> None:
        if webhook["triggered_event"] == "Completed Survey":
            with self.lock:
                self.kept.setdefault(webhook["response"]["uuid"], webhook["response"]["data"])

    def said(self, heard: Heard) -> bytes:
        """Return the body of the answer."""
        return b""

    def shown(self) -> tuple[int, bytes]:
        """Return status and body for the probe."""
        with self.lock:
            return 200, json.dumps(list(self.kept.values())).encode()


@dataclass(frozen=True)
class Place:
    """Where a receiver listens."""

    url: str
    receiver: Honest
    server: http.server.HTTPServer


@contextlib.contextmanager
def listening(
    receiver: Honest, *, protocol: str = "HTTP/1.0", server: type[http.server.HTTPServer] | None = None
) -> Iterator[Place]:
    """Serve until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = protocol

        def do_GET(self) -> None:
            self.reply(*receiver.shown())

        def do_POST(self) -> None:
            heard = Heard(self.headers, self.rfile.read(int(self.headers["Content-Length"] or 0)))
            with receiver.lock:
                receiver.heard.append(heard)
            if status := receiver.answer(heard):
                with contextlib.suppress(ConnectionError):  # who asked may have hung up
                    self.reply(status, receiver.said(heard))

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    listener = (server or http.server.ThreadingHTTPServer)(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Place(f"http://127.0.0.1:{listener.server_port}/hook", receiver, listener)
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
