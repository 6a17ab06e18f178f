"""One control call over HTTP: a kept connection behind a lock, and one of its own for each call that waits."""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from mock_server.errors import ServerUnavailable, UsageError
from mock_server.remote.frames import hidden

__all__ = ["Transport"]

__tracebackhide__ = hidden

_STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class Transport:
    """Speaks to one server. It may be shared between threads."""

    def __init__(self, url: str, *, timeout: float = 30.0, admin_token: str | None = None) -> None:
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme, parts.hostname, parts.port
        except ValueError:  # a port that is no number, an unclosed bracket
            scheme, host, port = "", None, None
        if scheme != "http" or not host:
            raise UsageError(f"the server's address is {url!r}; give one like http://127.0.0.1:7334")
        self.url = f"http://{parts.netloc}"
        self._timeout = timeout
        token = admin_token or os.environ.get("REFINER_MOCK_ADMIN_TOKEN")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._address = (host, port or 80)
        self._connection = http.client.HTTPConnection(*self._address, timeout=timeout)
        self._lock = threading.Lock()

    def get(self, path: str, **query: Any) -> Any:
        """Return the value at a path below `/_mock/api`; `query` entries that are None are left out."""
        given = {
            key: str(value).lower() if isinstance(value, bool) else value
            for key, value in query.items()
            if value is not None
        }
        return self.call("GET", path + (f"?{urlencode(given)}" if given else ""), wait=float(given.get("wait", 0)))

    def post(self, path: str, value: Any = None, *, wait: float = 0.0) -> Any:
        """Post a value as JSON and return the answer's value; `wait` is how long the server itself may take for it."""
        return self.call("POST", path, {} if value is None else value, wait=wait)

    def put(self, path: str, value: Any, *, wait: float = 0.0) -> Any:
        """Put a value as JSON and return the answer's value; `wait` is how long the server itself may take for it."""
        return self.call("PUT", path, value, wait=wait)

    def delete(self, path: str) -> Any:
        """Delete what a path names and return the answer's value."""
        return self.call("DELETE", path)

    def call(self, method: str, path: str, value: Any = None, *, wait: float = 0.0) -> Any:
        """Make one control call and return the decoded answer (None where it has no body).

        Raises:
            ServerUnavailable: when nothing answers, or the answer is a 5xx or no JSON.
            UsageError: when the server refuses the call (the message is its own sentence), or `value` is not JSON.
        """
        try:
            body = None if value is None else orjson.dumps(value)
        except TypeError as error:
            raise UsageError(f"what is sent to {path} cannot be written as JSON: {error}") from None
        if wait:
            with contextlib.closing(http.client.HTTPConnection(*self._address)) as own:
                status, answer = self._exchange(own, method, path, body, wait)
        else:
            with self._lock:
                status, answer = self._exchange(self._connection, method, path, body, wait)
        try:
            decoded: Any = orjson.loads(answer) if answer else None
            if status < 400:
                return decoded
            refusal = str(decoded["error"])
        except (orjson.JSONDecodeError, TypeError, KeyError):
            raise ServerUnavailable(f"what answers at {self.url} is no refiner-mock ({status} to {path})") from None
        if status >= 500:
            raise ServerUnavailable(f"{self.url} answered {method} {path} with {status}: {refusal}")
        raise UsageError(refusal)

    def close(self) -> None:
        """Close the kept connection; the next call opens a new one."""
        with self._lock:
            self._connection.close()

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, wait: float
    ) -> tuple[int, bytes]:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        # The server may have closed a kept connection meanwhile: then nothing was done, so once more on a new one.
        tries = 1 if connection.sock is None else 2
        while True:
            tries -= 1
            try:
                if connection.sock is None:
                    connection.connect()
                connection.sock.settimeout(self._timeout + wait)
                connection.request(method, f"/_mock/api{path}", body, headers)
                response = connection.getresponse()
                return response.status, response.read()
            except TimeoutError:
                connection.close()
                seconds = self._timeout + wait
                raise ServerUnavailable(f"{self.url} did not answer {method} {path} within {seconds:g} s") from None
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                if not (tries and isinstance(error, _STALE)):
                    why = getattr(error, "strerror", None) or error
                    raise ServerUnavailable(f"no refiner-mock server answers at {self.url}: {why}") from error
