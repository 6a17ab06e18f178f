"""The control API from Python: `Remote` is a running server, `RemoteEnvironment` one environment of it.

Everything goes over HTTP, so whatever is done here any language can do. A `Remote` may be shared between threads: it
has one kept connection, guarded by a lock, and calls that wait for something have one of their own.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import orjson

from mock_server.errors import ServerUnavailable, StillBusy, UsageError

__all__ = ["Remote", "RemoteEnvironment"]

Document = dict[str, Any]

_STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)
_ADVANCING = 600.0
"""Seconds an advance may take: every attempt on the way to a receiver that hangs costs its time-out."""


class Remote:
    """A running refiner-mock server.

    Args:
        url: where it listens, such as `http://127.0.0.1:7334`.
        timeout: seconds to wait for one answer; long-polls add what they ask the server to wait.
        admin_token: what a server off loopback asks for; by default the variable REFINER_MOCK_ADMIN_TOKEN.
    """

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

    def health(self) -> Document:
        """Return `{"status": "ok", "version": ..., "environments": n}`.

        Raises:
            ServerUnavailable: when nothing answers at the address; so do all methods here.
        """
        return dict(self.get("/health"))

    def environments(self) -> list[Document]:
        """Return every environment as the control API lists it."""
        return list(self.get("/environments")["items"])

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
                    raise ServerUnavailable(f"no refiner-mock server answers at {self.url}: {error}") from error


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
        # Gone already, the server or the environment: a test's own failure must not be hidden by that.
        with contextlib.suppress(ServerUnavailable, UsageError):
            self.delete()

    def delete(self) -> None:
        """Delete the environment with everything in it."""
        self.remote.delete(self._path)

    def fork(self, name: str | None = None) -> RemoteEnvironment:
        """Return an independent copy with a key of its own: same data, clock, settings and webhooks."""
        return RemoteEnvironment(self.remote, self.remote.post(f"{self._path}/fork", {"name": name}))

    def snapshot(self, *, with_secrets: bool = False) -> Document:
        """Return the whole state as one document, without key and webhook tokens unless they are asked for."""
        return dict(self.remote.get(f"{self._path}/snapshot", with_secrets=int(with_secrets)))

    def restore(self, snapshot: Mapping[str, Any]) -> Document:
        """Replace the whole state by that of a snapshot, of whatever environment.

        Returns:
            The webhooks whose tokens the snapshot does not show: `tokens_kept` and `tokens_missing`, by uuid.

        Raises:
            UsageError: when the snapshot does not hold together; nothing has changed then.
        """
        return dict(self.remote.put(f"{self._path}/snapshot", dict(snapshot)))

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
        return dict(self.remote.post(f"{self._path}/simulate", wanted))

    def create_form(
        self, name: str, questions: Sequence[Mapping[str, str]] = (), *, published: bool = True
    ) -> Document:
        """Make a survey and return it."""
        wanted = {"name": name, "questions": list(questions), "published": published}
        return dict(self.remote.post(f"{self._path}/forms", wanted))

    def create_segment(self, name: str, rule: Mapping[str, Any] | None = None) -> Document:
        """Make a segment, manual unless a rule fills it, and return it."""
        wanted = {"name": name, "is_manual": rule is None, **({} if rule is None else {"rule": rule})}
        return dict(self.remote.post(f"{self._path}/segments", wanted))

    def subscribe(self, url: str, events: Sequence[str], *, auth_token: str | None = None, **more: Any) -> Document:
        """Register a webhook and return it, without its token.

        Args:
            url: the receiver's address.
            events: the trigger events it wants.
            auth_token: sent as `Authorization: Bearer <token>`.
            more: `name`, `form_uuids`, `segment_uuids`, `active`.
        """
        wanted = {"url": url, "events": list(events), "auth_token": auth_token, **more}
        return dict(self.remote.post(f"{self._path}/webhooks", wanted))

    def events(self) -> list[Document]:
        """Return the tracked events, oldest first."""
        return list(self.remote.get(f"{self._path}/events")["items"])

    def journal(self, *, since: int = 0, wait: float | None = None, **filters: Any) -> list[Document]:
        """Return the journal's entries after `since`, oldest first; `wait` seconds for one where there is none."""
        return list(self.remote.get(f"{self._path}/journal", since=since, wait=wait, **filters)["items"])

    def violations(self) -> list[Document]:
        """Return the violations recorded so far, worst first."""
        return list(self.remote.get(f"{self._path}/violations")["items"])

    def deliveries(self, *, since: int = 0, wait: float | None = None) -> list[Document]:
        """Return the webhook deliveries with their attempts, oldest first."""
        return list(self.remote.get(f"{self._path}/deliveries", since=since, wait=wait)["items"])

    def redeliver(self, delivery: str, mutation: str | None = None) -> Document:
        """Send a delivery again; `mutation` is `duplicate`, `old_token`, `no_token` or `late`."""
        path = f"{self._path}/deliveries/{quote(delivery, safe='')}/redeliver"
        return dict(self.remote.post(path, {"mutation": mutation}))

    def settle(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is due or in flight; return `{"pending": n}`, those that wait for a later time.

        Raises:
            StillBusy: when that is not so after `timeout` seconds.
        """
        answer = dict(self.remote.post(f"{self._path}/settle", {"timeout": timeout}, wait=timeout))
        if answer["busy"]:
            raise StillBusy(f"{answer['busy']} webhook deliveries were due or in flight after {timeout:g} s")
        return answer

    def clock(self) -> Document:
        """Return `{"now": ..., "mode": "real"|"frozen"|"offset"}`."""
        return dict(self.remote.get(f"{self._path}/clock"))

    def advance(self, duration: str) -> Document:
        """Move the clock on by `"6h"`, `"90s"`, ...; everything due meanwhile has run when this returns."""
        return dict(self.remote.put(f"{self._path}/clock", {"advance": duration}, wait=_ADVANCING))

    def freeze(self, at: str | None = None) -> Document:
        """Stop the clock, now or at an ISO time."""
        return dict(self.remote.put(f"{self._path}/clock", {"freeze": at if at is not None else True}))
