"""The control API from Python: `Remote` is a running server, `RemoteEnvironment` one environment of it.

Everything goes over HTTP, so whatever is done here any language can do. One kept connection, guarded by a lock:
a `Remote` may be shared between threads.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import orjson

from mock_server.errors import ServerUnavailable, UsageError

__all__ = ["Remote", "RemoteEnvironment"]

Document = dict[str, Any]


class Remote:
    """A running refiner-mock server.

    Args:
        url: where it listens, such as `http://127.0.0.1:7334`.
        timeout: seconds to wait for one answer; long-polls add what they ask the server to wait.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme, parts.hostname, parts.port
        except ValueError:  # a port that is no number, an unclosed bracket
            scheme, host, port = "", None, None
        if scheme != "http" or not host:
            raise UsageError(f"the server's address is {url!r}; give one like http://127.0.0.1:7334")
        self.url = f"http://{parts.netloc}"
        self._timeout = timeout
        self._connection = http.client.HTTPConnection(host, port or 80, timeout=timeout)
        self._lock = threading.Lock()

    def health(self) -> Document:
        """Return `{"status": "ok", "version": ..., "environments": n}`.

        Raises:
            ServerUnavailable: when nothing answers at the address; so do all methods here.
        """
        return _document(self.get("/health"))

    def environments(self) -> list[Document]:
        """Return every environment as the control API lists it."""
        return _list(self.get("/environments")["items"])

    def create_environment(
        self,
        name: str | None = None,
        *,
        seed: str | Mapping[str, Any] | None = None,
        posture: str | None = None,
        dialect: Mapping[str, str] | None = None,
        clock: Mapping[str, Any] | None = None,
    ) -> RemoteEnvironment:
        """Make an environment and return it.

        Raises:
            UsageError: when the server refuses (a name that is taken, an unknown seed, ...).
        """
        wanted = {"name": name, "seed": seed, "posture": posture, "dialect": dialect, "clock": clock}
        made = self.post("/environments", {key: value for key, value in wanted.items() if value is not None})
        return RemoteEnvironment(self, made)

    def environment(self, name: str = "default") -> RemoteEnvironment:
        """Return the environment with that name or project_uuid.

        Raises:
            UsageError: when there is none.
        """
        return RemoteEnvironment(self, self.get(f"/environments/{quote(name, safe='')}"))

    def get(self, path: str, **query: Any) -> Any:
        """Return the value at a path below `/_mock/api`; `query` entries that are None are left out."""
        given = {key: value for key, value in query.items() if value is not None}
        return self.call("GET", path + (f"?{urlencode(given)}" if given else ""), wait=float(given.get("wait", 0)))

    def post(self, path: str, value: Any = None) -> Any:
        """Post a value as JSON and return the answer's value."""
        return self.call("POST", path, {} if value is None else value)

    def put(self, path: str, value: Any) -> Any:
        """Put a value as JSON and return the answer's value."""
        return self.call("PUT", path, value)

    def patch(self, path: str, value: Any) -> Any:
        """Patch with a value as JSON and return the answer's value."""
        return self.call("PATCH", path, value)

    def delete(self, path: str) -> Any:
        """Delete what a path names and return the answer's value."""
        return self.call("DELETE", path)

    def call(self, method: str, path: str, value: Any = None, *, wait: float = 0.0) -> Any:
        """Make one control call and return the decoded answer (None where it has no body).

        Raises:
            ServerUnavailable: when nothing answers, or the answer is a 5xx or no JSON.
            UsageError: when the server refuses the call; the message is the server's own sentence.
        """
        body = None if value is None else orjson.dumps(value)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        with self._lock:
            status, answer = self._exchange(method, "/_mock/api" + path, body, headers, wait)
        try:
            decoded = orjson.loads(answer) if answer else None
        except orjson.JSONDecodeError:
            raise ServerUnavailable(f"{self.url} answered {method} {path} with {status} and no JSON") from None
        if status >= 500:
            raise ServerUnavailable(f"{self.url} answered {method} {path} with {status}: {_sentence(decoded)}")
        if status >= 400:
            raise UsageError(_sentence(decoded))
        return decoded

    def close(self) -> None:
        """Close the kept connection; the next call opens a new one."""
        with self._lock:
            self._connection.close()

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], wait: float
    ) -> tuple[int, bytes]:
        fresh = self._connection.sock is None
        try:
            return self._once(method, path, body, headers, wait)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            # A kept connection that the server closed meanwhile: nothing was done, so once more on a new one.
            if fresh:
                raise ServerUnavailable(f"no answer from {self.url}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServerUnavailable(f"no refiner-mock server answers at {self.url}: {error}") from error
        self._connection.close()
        try:
            return self._once(method, path, body, headers, wait)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServerUnavailable(f"no refiner-mock server answers at {self.url}: {error}") from error

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], wait: float
    ) -> tuple[int, bytes]:
        connection = self._connection
        if connection.sock is None:
            connection.connect()
        connection.sock.settimeout(self._timeout + wait)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()


class RemoteEnvironment:
    """One environment of a running server: what to hand to the client under test, and the verbs around it.

    A context manager: leaving it deletes the environment.
    """

    def __init__(self, remote: Remote, document: Mapping[str, Any]) -> None:
        self.remote = remote
        self.name: str = document["name"]
        self.project_uuid: str = document["project_uuid"]
        self.api_key: str = document["api_key"]
        self.base_url: str = document["base_url"]
        """Ends in `/v1`; hand it and `api_key` to the client under test."""
        self._path = f"/environments/{quote(self.name, safe='')}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ServerUnavailable):
            self.delete()

    def delete(self) -> None:
        """Delete the environment with everything in it."""
        self.remote.delete(self._path)

    def fork(self, name: str | None = None) -> RemoteEnvironment:
        """Return an independent copy with a key of its own: same data, clock, settings and webhooks."""
        return RemoteEnvironment(self.remote, self.remote.post(f"{self._path}/fork", {"name": name}))

    def snapshot(self, *, with_secrets: bool = False) -> Document:
        """Return the whole state as one document, without key and webhook tokens unless they are asked for."""
        return _document(self.remote.get(f"{self._path}/snapshot", with_secrets=int(with_secrets)))

    def restore(self, snapshot: Mapping[str, Any]) -> Document:
        """Replace the whole state by that of a snapshot, of whatever environment.

        Returns:
            The webhooks whose tokens the snapshot does not show: `tokens_kept` and `tokens_missing`, by uuid.

        Raises:
            UsageError: when the snapshot does not hold together; nothing has changed then.
        """
        return _document(self.remote.put(f"{self._path}/snapshot", dict(snapshot)))

    def reset(self) -> None:
        """Go back to the seed: data and clock as at first; webhooks, deliveries and journal are gone."""
        self.remote.post(f"{self._path}/reset")

    def simulate(self, event: str, **what: Any) -> Document:
        """Make a trigger event happen and return what came of it.

        Args:
            event: `Completed Survey`, `Saw Survey`, `Dismissed Survey`, `Entered Segment` or `Tag Added`.
            what: `contact` (a mapping with id, email or uuid), `form_uuid`, `data`, `segment_uuid`, `response_uuid`,
                `tags`, as `POST .../simulate` takes them; None means not given.
        """
        wanted = {"event": event, **{key: value for key, value in what.items() if value is not None}}
        return _document(self.remote.post(f"{self._path}/simulate", wanted))

    def create_form(
        self, name: str, questions: Sequence[Mapping[str, str]] = (), *, published: bool = True
    ) -> Document:
        """Make a survey and return it."""
        wanted = {"name": name, "questions": list(questions), "published": published}
        return _document(self.remote.post(f"{self._path}/forms", wanted))

    def create_segment(self, name: str, rule: Mapping[str, Any] | None = None) -> Document:
        """Make a segment, manual unless a rule fills it, and return it."""
        wanted = {"name": name, "is_manual": rule is None, **({} if rule is None else {"rule": rule})}
        return _document(self.remote.post(f"{self._path}/segments", wanted))

    def subscribe(self, url: str, events: Sequence[str], *, auth_token: str | None = None, **more: Any) -> Document:
        """Register a webhook and return it, without its token.

        Args:
            url: the receiver's address.
            events: the trigger events it wants.
            auth_token: sent as `Authorization: Bearer <token>`.
            more: `name`, `form_uuids`, `segment_uuids`, `active`.
        """
        wanted = {"name": url, "url": url, "events": list(events), **more}
        if auth_token is not None:
            wanted["auth_token"] = auth_token
        return _document(self.remote.post(f"{self._path}/webhooks", wanted))

    def events(self) -> list[Document]:
        """Return the tracked events, oldest first."""
        return _list(self.remote.get(f"{self._path}/events")["items"])

    def journal(self, *, since: int = 0, wait: float | None = None, **filters: Any) -> list[Document]:
        """Return the journal's entries after `since`, oldest first; `wait` seconds for one where there is none."""
        return _list(self.remote.get(f"{self._path}/journal", since=since, wait=wait, **filters)["items"])

    def violations(self) -> list[Document]:
        """Return the violations recorded so far, worst first."""
        return _list(self.remote.get(f"{self._path}/violations")["items"])

    def deliveries(self, *, since: int = 0, wait: float | None = None) -> list[Document]:
        """Return the webhook deliveries with their attempts, oldest first."""
        return _list(self.remote.get(f"{self._path}/deliveries", since=since, wait=wait)["items"])

    def redeliver(self, delivery: str, mutation: str | None = None) -> Document:
        """Send a delivery again; `mutation` is `duplicate`, `old_token`, `no_token` or `late`."""
        wanted = {} if mutation is None else {"mutation": mutation}
        return _document(self.remote.post(f"{self._path}/deliveries/{quote(delivery, safe='')}/redeliver", wanted))

    def settle(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is due or in flight; return `{"pending": n}`, those that wait for a later time."""
        return _document(self.remote.post(f"{self._path}/settle", {"timeout": timeout}))

    def clock(self) -> Document:
        """Return `{"now": ..., "mode": "real"|"frozen"|"offset"}`."""
        return _document(self.remote.get(f"{self._path}/clock"))

    def advance(self, duration: str) -> Document:
        """Move the clock on by `"6h"`, `"90s"`, ...; everything due meanwhile has run when this returns."""
        return _document(self.remote.put(f"{self._path}/clock", {"advance": duration}))

    def freeze(self, at: str | None = None) -> Document:
        """Stop the clock, now or at an ISO time."""
        return _document(self.remote.put(f"{self._path}/clock", {"freeze": at if at is not None else True}))


def _document(value: Any) -> Document:
    return dict(value)


def _list(value: Any) -> list[Document]:
    return list(value)


def _sentence(decoded: Any) -> str:
    if isinstance(decoded, dict):
        return str(decoded.get("error") or decoded.get("message") or decoded)
    return str(decoded)
