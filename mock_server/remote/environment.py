"""One environment of a running server, from outside."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

from mock_server.errors import ServerUnavailable, StillBusy, UsageError
from mock_server.remote.transport import Transport

__all__ = ["RemoteEnvironment"]

Document = dict[str, Any]

_PAGE = 1_000
"""Deliveries that are asked for at once."""

_ADVANCING = 600.0
"""Seconds an advance may take: every attempt on the way to a receiver that hangs costs its time-out."""


class RemoteEnvironment:
    """One environment of a running server: what to hand to the client under test, and the verbs around it.

    A context manager: leaving it deletes the environment.
    """

    def __init__(self, remote: Transport, document: Mapping[str, Any]) -> None:
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
            The webhooks whose tokens the snapshot does not show, by uuid (`tokens_kept` and `tokens_missing`), and how
            many deliveries were not over and are no more (`deliveries_dropped`).

        Raises:
            UsageError: when the snapshot does not hold together; nothing has changed then.
        """
        return dict(self.remote.put(f"{self._path}/snapshot", dict(snapshot)))

    def reset(self) -> Document:
        """Go back to the seed: data and clock as at first; webhooks, deliveries and journal are gone.

        Returns:
            The environment, and how many of its deliveries were not over (`deliveries_dropped`).
        """
        return dict(self.remote.post(f"{self._path}/reset"))

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

    def violations(self, *, closing: bool = False) -> list[Document]:
        """Return the violations recorded so far, each with its journal `entry`, worst first.

        With `closing` also what is wrong only if nothing follows any more, such as a list not read to its end.
        """
        return list(self.remote.get(f"{self._path}/violations", closing=closing or None)["items"])

    def verdict(self, *, closing: bool = False) -> Document:
        """Return what the traffic has come to; that outlives the journal and a reset.

        Its keys: `requests judged injected mock_only failures`, `operations` and `webhooks` with the number of each,
        `errors warnings notes`, and `violations`: the first of each kind, with the `count` of its kind, worst first;
        with `closing` also what is wrong only if nothing follows any more.
        """
        return dict(self.remote.get(f"{self._path}/verdict", closing=closing))

    def deliveries(self, *, since: int = 0, wait: float | None = None, cause: str | None = None) -> list[Document]:
        """Return all webhook deliveries with their attempts, oldest first; with `cause` those of one request only."""
        path, query = f"{self._path}/deliveries", {"limit": _PAGE, "cause": cause}
        page = self.remote.get(path, since=since, wait=wait, **query)
        found = {one["id"]: one for one in page["items"]}
        while len(page["items"]) == _PAGE:
            page = self.remote.get(path, since=page["next_since"], **query)
            found |= {one["id"]: one for one in page["items"]}
        # By the numbers in their ids: a page holds what changed first, which need not be what was made first.
        return sorted(found.values(), key=lambda one: int(one["id"][1:]))

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

    def fault(self, kind: str, *, operation: str | None = None, times: int | None = None, **more: Any) -> Document:
        """Let the next calls go wrong, once unless told otherwise, and return the fault with its name.

        Args:
            kind: `status`, `delay`, `drop`, `reset`, `truncate`, `garble`, `slow_body` or `rate_limit`.
            operation: only calls of this operationId.
            times: how many calls it strikes; a `rate_limit` strikes without an end unless it is told.
            more: `name`, `status`, `retry_after`, `seconds`, `quota`, as the kind takes them.

        Raises:
            UsageError: when it could never strike.
        """
        wanted = {"kind": kind, "operation": operation, "times": times, **more}
        return dict(self.remote.post(f"{self._path}/faults", wanted))

    def faults(self) -> list[Document]:
        """Return the faults, armed and spent, with how often each has struck (`fired`)."""
        return list(self.remote.get(f"{self._path}/faults")["items"])

    def remove_fault(self, name: str | None = None) -> None:
        """Disarm and forget one fault, or all of them."""
        self.remote.delete(f"{self._path}/faults" + ("" if name is None else f"/{quote(name, safe='')}"))

    def settings(self) -> Document:
        """Return what the environment goes by: posture, dialect, rate limits, delivery policy."""
        return dict(self.remote.get(f"{self._path}/settings"))

    def configure(self, **settings: Any) -> Document:
        """Change some of `settings()` and return them all: `configure(delivery={"order": "reversed", "drop": 1})`.

        Raises:
            UsageError: when one of them is unknown or cannot be used; nothing has changed then.
        """
        return dict(self.remote.call("PATCH", f"{self._path}/settings", settings))

    def clock(self) -> Document:
        """Return `{"now": ..., "mode": "real"|"frozen"|"offset"}`."""
        return dict(self.remote.get(f"{self._path}/clock"))

    def advance(self, duration: str) -> Document:
        """Move the clock on by `"6h"`, `"90s"`, ...; everything due meanwhile has run when this returns."""
        return dict(self.remote.put(f"{self._path}/clock", {"advance": duration}, wait=_ADVANCING))

    def freeze(self, at: str | None = None) -> Document:
        """Stop the clock, now or at an ISO time."""
        return dict(self.remote.put(f"{self._path}/clock", {"freeze": at if at is not None else True}))
