"""The receiver of webhooks that `demo` brings along: honest about its token, and out of order once."""

from __future__ import annotations

import hmac
import http.server
import json
import threading
from types import TracebackType
from typing import Any, Self

from mock_server.errors import CannotRun

__all__ = ["SampleReceiver"]

LARGEST = 1_048_576
"""Bytes of a body that are read."""


class SampleReceiver:
    """Listens on a free loopback port while entered; refuses the first `Completed Survey` with 500.

    Args:
        token: what has to come as `Authorization: Bearer <token>`; anything else is answered 401.

    Raises:
        CannotRun: when it cannot listen.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._failed = threading.Event()
        self.heard: list[str] = []
        """What it has to say of each webhook, one line each."""
        try:
            self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        except OSError as error:
            reason = error.strerror or str(error)
            raise CannotRun(f"the sample receiver cannot listen on 127.0.0.1: {reason}") from None
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def __enter__(self) -> Self:
        # The default poll makes shutdown take half a second.
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sample receiver", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, authorization: str, body: bytes) -> int:
        """Return the status for one webhook."""
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self._token}".encode()):
            self.heard.append("Without the right token I do not even read it.")
            return 401
        try:
            webhook = json.loads(body)
            event, person = webhook["triggered_event"], webhook["remote_id"] or webhook["email"]
        except (ValueError, TypeError, KeyError):
            self.heard.append("That is no webhook of Refiner's.")
            return 400
        if event == "Completed Survey" and not self._failed.is_set():
            self._failed.set()
            self.heard.append(f"{event} of {person}. The token is right, but my database is down!")
            return 500
        self.heard.append(f"{event} of {person}, noted.{_details(webhook)}")
        return 200


def _details(webhook: dict[str, Any]) -> str:
    if "response" in webhook:
        return f" The answers: {json.dumps(webhook['response']['data'])}"
    return f" All segments now: {', '.join(segment['name'] for segment in webhook['segments'])}"


def _handler(receiver: SampleReceiver) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            body = self.rfile.read(min(int(length), LARGEST)) if length.isdigit() else b""
            self._say(receiver.answer(self.headers.get("Authorization", ""), body))

        def do_GET(self) -> None:
            self._say(405)

        def _say(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the story tells it."""

    return Handler
