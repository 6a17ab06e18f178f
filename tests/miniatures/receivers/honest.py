"""An honest receiver of Refiner's webhooks, made of the standard library alone: one class, one method per duty.

The wrong ones beside it change one of these methods. As a program it says where it listens and serves until it is
ended: `python tests/miniatures/receivers/honest.py --port 0 --token T`; `GET /probe` shows what it has taken in.
"""

from __future__ import annotations

import argparse
import contextlib
import hmac
import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any, ClassVar, Self

__all__ = ["OLD_TOKEN", "TOKEN", "Alone", "Heard", "Honest", "Receiver"]

TOKEN, OLD_TOKEN = "s3cret-Token-of-a-Miniature", "0ld-Token-of-last-Year"


@dataclass(frozen=True)
class Heard:
    """One webhook as it arrived."""

    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    """A receiver on loopback: what it knows and what it keeps. Who answers is its `Honest`, or a worse one."""

    daemon_threads = True

    def __init__(
        self, answering: type[Honest], token: str = TOKEN, *, old_token: str = OLD_TOKEN, port: int = 0
    ) -> None:
        super().__init__(("127.0.0.1", port), answering)
        self.token, self.old_token = token, old_token
        self.lock = threading.Lock()
        self.heard: list[Heard] = []
        self.kept: dict[object, Mapping[str, Any]] = {}
        """Everything that was taken in, by what makes it one delivery and no other."""
        self.memory: dict[object, Any] = {}
        """For a receiver that remembers something else besides."""
        self.closing = threading.Event()
        """Set when it is stopped; what takes time waits for it."""
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook"
        self.probe = f"http://127.0.0.1:{self.server_address[1]}/probe"

    def __enter__(self) -> Self:
        # The default poll makes shutdown take half a second.
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers that went away."""


class Alone(Receiver):
    """One that serves all callers one after the other, by one thread."""

    process_request = HTTPServer.process_request


class Honest(BaseHTTPRequestHandler):
    """Answers one delivery after the other of a connection."""

    protocol_version = "HTTP/1.1"
    accepted: ClassVar[int] = 200
    refused: ClassVar[int] = 401
    server: Receiver

    def do_POST(self) -> None:
        """Take a delivery in, and answer; a status of 0 closes the connection without a word."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.heard.append(Heard(self.headers, body))
        try:
            status = self.receive(body)
        except Exception:  # noqa: BLE001 - what a framework does when nobody else has caught it
            status = 500
        self.close_connection = not status
        if status:
            with contextlib.suppress(ConnectionError):  # who asked may have hung up
                self.say(status, self.words())

    def do_GET(self) -> None:
        """Show what was taken in."""
        with self.server.lock:
            status, body = self.show()
        self.say(status, body)

    def show(self) -> tuple[int, bytes]:
        """Return status and body for the probe: how many deliveries of each event were taken in."""
        counted = Counter(payload["triggered_event"] for payload in self.server.kept.values())
        return 200, json.dumps(counted, sort_keys=True).encode()

    def words(self) -> bytes:
        """Return the body of the answer to a delivery."""
        return b""

    def receive(self, body: bytes) -> int:
        """Return the status that a delivery is answered with, once all is done."""
        if not self.admits(self.headers.get("Authorization")):
            return self.refused
        try:
            payload = self.read(body)
        except (json.JSONDecodeError, UnicodeDecodeError):
            return 400
        if not self.fits(payload):
            return 400
        self.take_in(payload)
        return self.accepted

    def admits(self, authorization: str | None) -> bool:
        """Tell whether whoever calls has the token."""
        return hmac.compare_digest((authorization or "").encode(), f"Bearer {self.server.token}".encode())

    def read(self, body: bytes) -> Any:
        """Return the JSON of a body."""
        return json.loads(body)

    def fits(self, payload: Any) -> bool:
        """Tell whether it is a webhook at all."""
        return isinstance(payload, dict) and "triggered_event" in payload

    def take_in(self, payload: Mapping[str, Any]) -> None:
        """Keep a delivery; the same one again changes nothing, in whatever order they come."""
        with self.server.lock:
            self.server.kept.setdefault(self.mark(payload), payload)

    def mark(self, payload: Mapping[str, Any]) -> object:
        """Return what makes a delivery one and no other: its event, of what, and how far that had come."""
        response = payload.get("response", {})
        state = [response.get("uuid"), response.get("last_shown_at"), response.get("tags"), payload.get("segments")]
        return json.dumps([payload["triggered_event"], payload.get("uuid"), *state])

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        headers = (
            {"Content-Length": str(len(body))} | ({"Location": "/elsewhere"} if status // 100 == 3 else {}) | headers
        )
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Receive until ended, and say where."""
    parser = argparse.ArgumentParser(description="An honest receiver of webhooks.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", required=True)
    words = parser.parse_args()
    with Receiver(Honest, words.token, port=words.port) as receiver:
        print(receiver.url, flush=True)  # noqa: T201 - this is what it is started for
        threading.Event().wait()


if __name__ == "__main__":
    main()
