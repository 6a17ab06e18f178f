"""The HTTP client of the checks: one connection per call, many calls at once, nothing followed, everything in time.

It tells apart what a judge must tell apart: an answer, none in time, a connection that was closed without one, and
nobody there at all.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import field
from http.client import RemoteDisconnected
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from mock_server import __version__
from mock_server.conformance.plain import cut, harmless
from mock_server.errors import UsageError
from mock_server.frozen import frozen

__all__ = ["Answer", "Call", "Target", "call_all"]

_AGAIN = 0.05
"""Seconds before it is tried again."""
_PATIENCE = 1.0
"""Seconds for which one call is tried again where nobody listens."""
_LONG = 8
"""Characters from which a value in a query may be a secret that is known again elsewhere."""


@frozen
class Target:
    """An address that is called."""

    url: str
    host: str
    port: int
    path: str
    """With its query."""
    secure: bool

    @classmethod
    def of(cls, url: str) -> Target:
        """Return the target that a URL names.

        Raises:
            UsageError: when it is no usable http or https URL.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if host is None or parts.scheme not in ("http", "https") or not (url.isascii() and url.isprintable()):
            raise UsageError(f"{harmless(cut(url, 200))} is no http:// or https:// address.")
        if "@" in parts.netloc or " " in url:
            raise UsageError("The address must hold neither a user name nor a space.")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        secure = parts.scheme == "https"
        return cls(url.partition("#")[0], host, port or (443 if secure else 80), path, secure)

    @property
    def shown(self) -> str:
        """The address without its query, in which there may be a secret."""
        return self.url.partition("?")[0] + ("?…" if "?" in self.url else "")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may be secret in the address, as others may tell it again: its query, and the long values in it."""
        query = self.path.partition("?")[2]
        values = (value for _, value in parse_qsl(query) if len(value) >= _LONG)
        return (query, *values) if query else ()

    def connection(self, seconds: float) -> http.client.HTTPConnection:
        """Return a connection that is not open yet."""
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=seconds)
        connection.response_class = _Final
        return connection


@frozen
class Call:
    """What is sent."""

    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    most: int = 65_536
    """Bytes read of the answer's body."""


@frozen
class Answer:
    """What came of a call."""

    came: Literal["answer", "late", "closed", "gone"]
    """`late`: no complete one in time; `closed`: none before the connection ended, or no HTTP; `gone`: nobody there."""
    status: int = 0
    seconds: float = 0.0
    body: bytes = b""
    location: str | None = None
    """Where a redirect leads."""
    retry_after: str | None = None
    """The header that asks to come again later."""
    trouble: str = ""
    """Why there is no answer, in words."""
    media_type: str = ""
    """Its Content-Type, in small letters and without parameters."""

    @property
    def accepts(self) -> bool:
        """It is a 2xx."""
        return 200 <= self.status < 300

    @property
    def puts_off(self) -> bool:
        """It says nothing of what was sent but that it came at a bad time: 429, or 503 with `Retry-After`."""
        return self.status == 429 or (self.status == 503 and self.retry_after is not None)


class _Final(http.client.HTTPResponse):
    """An answer that is no 1xx: of those there may be several before it, and `http.client` passes over 100 alone."""

    def begin(self) -> None:
        super().begin()
        while 100 <= self.status < 200 and self.status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()


def call_all(target: Target, calls: Sequence[Call], seconds: float) -> list[Answer]:
    """Make calls, all at the same time, and return what came of each; it takes `seconds` at most.

    Where nobody listens it is tried again for a moment: a server may restart itself. Of many calls those that the
    system resets, because its line before the server is full, are tried until time is up; who waited is no matter.
    """
    began = time.monotonic()
    running = [_Running(target, call, began, seconds, many=len(calls) > 1) for call in calls]
    for each in running:
        each.thread.start()
    for each in running:
        each.thread.join(max(0.0, began + seconds - time.monotonic()))
    return [each.result() for each in running]


class _Running:
    """One call in a thread of its own, which can be cut off from outside: a socket's time-out ends no slow trickle."""

    def __init__(self, target: Target, call: Call, began: float, seconds: float, *, many: bool) -> None:
        self.thread = threading.Thread(target=self._run, name="check", daemon=True)
        self._target, self._call, self._began, self._seconds = target, call, began, seconds
        self._many = many
        self._socket: socket.socket | None = None
        """Once it is connected."""
        self._answer: Answer | None = None

    def result(self) -> Answer:
        """Return what came of it; what is not over by now is late."""
        answer = self._answer
        if answer is not None:
            return answer
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it may end just now
                self._socket.shutdown(socket.SHUT_RDWR)
        return self._late()

    def _late(self) -> Answer:
        if self._socket is not None:
            return Answer("late", seconds=self._seconds, trouble=f"no complete answer within {self._seconds:g} s")
        trouble = f"no connection with {self._place} within {self._seconds:g} s"
        return Answer("gone", seconds=self._seconds, trouble=trouble)

    def _run(self) -> None:
        while self._answer is None:
            try:
                self._answer = self._exchange()
            except TimeoutError:
                self._answer = self._late()
            except (OSError, http.client.HTTPException) as reason:
                if self._again(reason):
                    time.sleep(_AGAIN)
                    continue
                came: Literal["closed", "gone"] = "gone" if self._socket is None else "closed"
                self._answer = Answer(came, seconds=self._spent, trouble=self._in_words(reason))

    def _again(self, reason: Exception) -> bool:
        """Tell whether it was the system that refused or reset the connection, and there is time for another."""
        if self._spent + _AGAIN > (self._seconds if self._many else min(self._seconds, _PATIENCE)):
            return False
        if self._socket is None:
            return isinstance(reason, ConnectionRefusedError | ConnectionResetError)
        return self._many and isinstance(reason, ConnectionResetError) and not isinstance(reason, RemoteDisconnected)

    def _exchange(self) -> Answer:
        connection = self._target.connection(max(0.01, self._seconds - self._spent))
        self._socket = None
        with contextlib.closing(connection):
            connection.connect()
            self._socket = connection.sock  # the connection gives it away with the answer
            headers = {"User-Agent": f"refiner-mock/{__version__}", "Connection": "close", **self._call.headers}
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # whoever refuses need not read it all
                connection.request(self._call.method, self._target.path, self._call.body or None, headers)
            with connection.getresponse() as response:
                body = response.read(self._call.most)
                if response.length and len(body) < self._call.most:
                    raise http.client.IncompleteRead(body, response.length)
                location, later = response.getheader("Location"), response.getheader("Retry-After")
                said = response.getheader("Content-Type", "").partition(";")[0].strip().lower()
                return Answer("answer", response.status, self._spent, body, location, later, media_type=said)

    @property
    def _spent(self) -> float:
        return time.monotonic() - self._began

    @property
    def _place(self) -> str:
        return f"{self._target.host}:{self._target.port}"

    def _in_words(self, reason: Exception) -> str:
        if isinstance(reason, ssl.SSLError):
            return f"TLS with {self._place} fails: {getattr(reason, 'verify_message', '') or reason.reason or reason}"
        if isinstance(reason, socket.gaierror):
            return f"the name {self._target.host} is not known"
        if isinstance(reason, ConnectionRefusedError):
            return f"nothing listens at {self._place}"
        if self._socket is not None and isinstance(reason, ConnectionError | http.client.IncompleteRead):
            return f"{self._place} closed the connection without a whole answer"
        if isinstance(reason, http.client.HTTPException):
            hint = "" if self._target.secure else "; perhaps it wants https"
            return f"what {self._place} answered is no HTTP{hint}"
        return f"{self._place} cannot be reached: {getattr(reason, 'strerror', None) or reason}"
