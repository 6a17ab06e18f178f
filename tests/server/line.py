"""A bare connection to a server: bytes out, answers in, nothing tidied up on the way."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

__all__ = ["CLOSE", "Answer", "Line", "line", "request"]

CLOSE = {"Connection": "close"}
PATIENCE = 20.0
"""Seconds after which an answer counts as not coming."""


@dataclass(frozen=True)
class Answer:
    """One answer as it stood on the line; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return orjson.loads(self.body)

    @property
    def id(self) -> str:
        """The journal's number of the exchange."""
        return self.headers["refiner-mock-request-id"]


class Line:
    """One open connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.port is not None
        self.socket = socket.create_connection((parts.hostname or "", parts.port), timeout=PATIENCE)
        self._incoming = self.socket.makefile("rb")

    def send(self, data: bytes) -> Line:
        """Send bytes as they are; that the server has hung up meanwhile is for `answer` and `over` to tell."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(data)
        return self

    def finish(self) -> Line:
        """Close our half: nothing more will be sent, answers are still read."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
        return self

    def answer(self, *, head: bool = False) -> Answer:
        """Return the next answer; `head` where it answers a HEAD and so ends with its headers."""
        status = self._incoming.readline()
        assert status.startswith(b"HTTP/1.1 "), f"the answer starts with {status!r}"
        lines = iter(self._incoming.readline, b"\r\n")
        headers = dict(line.decode("latin-1").rstrip("\r\n").lower().split(": ", 1) for line in lines)
        size = 0 if head else int(headers.get("content-length", "0"))
        if headers.get("transfer-encoding") == "chunked" and not head:
            return Answer(int(status.split()[1]), headers, b"".join(self._chunks()))
        body = self._incoming.read(size)
        assert len(body) == size, "the answer ends before its end"
        return Answer(int(status.split()[1]), headers, body)

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._incoming.readline(), 16):
            yield self._incoming.read(size)
            self._incoming.readline()
        self._incoming.readline()

    @property
    def over(self) -> bool:
        """The server has closed the connection and sent nothing more; waits for either."""
        try:
            return self._incoming.read(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        """Hang up."""
        self._incoming.close()
        self.socket.close()


@contextlib.contextmanager
def line(url: str) -> Iterator[Line]:
    """Keep a connection open until the block ends."""
    connection = Line(url)
    try:
        yield connection
    finally:
        connection.close()


def request(
    method: str, target: str, key: str = "", body: bytes = b"", *, version: str = "1.1", headers: Mapping[str, str] = {}
) -> bytes:
    """Return a well-formed request."""
    lines = [f"{method} {target} HTTP/{version}", "Host: 127.0.0.1"]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
