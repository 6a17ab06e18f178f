"""A receiver of webhooks that a test need not write: registered, real, on loopback, and scripted by the test."""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import time
from collections import deque
from collections.abc import Mapping, Sequence
from email.message import Message
from threading import Condition
from typing import Any, Self

from mock_server.errors import ServerUnavailable, UsageError
from mock_server.frozen import frozen
from mock_server.remote.frames import hidden
from mock_server.remote.outgoing import Outgoing, why_nothing
from mock_server.remote.receiver import Receiver, Reply
from mock_server.remote.telling import blocking

__all__ = ["Inbox", "Received"]

__tracebackhide__ = hidden

_MOST = 10_000
"""Webhooks that are kept; the oldest fall out."""
_LISTED = 5


@frozen
class Received:
    """One webhook as it arrived."""

    number: int
    """1 is what arrived first."""
    event: str
    """The `triggered_event` of the body."""
    body: dict[str, Any]
    headers: Message
    """By name, in whatever case: `headers["Authorization"]`."""
    path: str
    status: int
    """What it was answered."""


class Inbox:
    """What `RemoteEnvironment.inbox` returns: a running receiver. A context manager; leaving it closes it.

    What comes without the right bearer token is answered 401 and what is no webhook 400; both are no webhooks of the
    inbox, but messages tell of them.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        events: Sequence[str],
        *,
        auth_token: str | None = None,
        form_uuids: Sequence[str] = (),
        status: int = 200,
    ) -> None:
        self.auth_token = secrets.token_urlsafe(16) if auth_token is None else auth_token
        """What a webhook must carry; empty where it must carry none."""
        self._outgoing = outgoing
        self._standing, self._script = Reply(200), deque[tuple[int, Reply]]()
        self._got: deque[Received] = deque(maxlen=_MOST)
        self._unread: deque[Received] = deque(maxlen=_MOST)
        self._refused: deque[str] = deque(maxlen=_LISTED)
        self._number = 0
        self._arrival = Condition()
        self._closed = False
        self.respond_with(status)
        self._receiver = Receiver(self._take)
        self.url = f"{self._receiver.url}/inbox"
        """Where it listens."""
        try:
            webhook = outgoing.subscribe(
                self.url, events or None, auth_token=self.auth_token or None, form_uuids=[*form_uuids], name="inbox"
            )
        except BaseException:
            self._receiver.close()
            raise
        self.webhook_uuid: str = webhook["uuid"]
        """The webhook that is registered for it."""
        self._events: list[str] = webhook["events"]
        self._receiver.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Inbox {self.url} for {', '.join(self._events)}>"

    def next(self, timeout: float = 5.0, *, event: str | None = None) -> Received:
        """Wait for the first webhook that was not yet returned here, and return it.

        Args:
            timeout: seconds to wait.
            event: only this trigger event; others stay unread.

        Raises:
            AssertionError: when none comes; the message shows the deliveries of the environment and what holds them up.
            UsageError: when the inbox was not registered for the event.
        """
        if event is not None and event not in self._events:
            raise UsageError(f"this inbox does not get {event!r:.100}, but {', '.join(self._events)}")
        end = time.monotonic() + timeout
        with self._arrival:
            while True:
                for one in self._unread:
                    if event in (None, one.event):
                        self._unread.remove(one)
                        return one
                left = end - time.monotonic()
                if left <= 0 or self._closed:
                    break
                self._arrival.wait(left)
        raise AssertionError("\n".join([self._told(event, timeout), *blocking("inbox.next")]))

    def all(self, timeout: float = 10.0) -> list[Received]:
        """Return every webhook that arrived, read or not, in order, once nothing is due or in flight any more.

        Args:
            timeout: seconds to wait for that.

        Raises:
            StillBusy: when that is not so by then.
        """
        if not self._closed:
            self._outgoing.settle(timeout)
        with self._arrival:
            return [*self._got]

    def assert_empty(self, timeout: float = 10.0) -> None:
        """Assert that nothing is unread, once nothing is due or in flight any more.

        Args:
            timeout: seconds to wait for that.

        Raises:
            AssertionError: when there is; the message shows it.
            StillBusy: when something is still under way by then.
        """
        if not self._closed:
            self._outgoing.settle(timeout)
        with self._arrival:
            unread = [*self._unread]
        if unread:
            shown = [f"  {_line(one)}" for one in unread[:_LISTED]]
            more = [f"  and {len(unread) - _LISTED} more"] if len(unread) > _LISTED else []
            noun = "webhook" if len(unread) == 1 else "webhooks"
            raise AssertionError("\n".join([f"{len(unread)} {noun} arrived that nobody read:", *shown, *more]))

    def respond_with(
        self,
        status: int,
        *,
        times: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        delay: float = 0.0,
    ) -> None:
        """Answer otherwise: the next `times` webhooks, after those that are spoken for, or from now on.

        Args:
            status: 200 to 599.
            times: how many; None means all that come, and forgets what was said before.
            headers: such as `{"Retry-After": "30"}`.
            body: the text of the answer.
            delay: seconds of real time before it.
        """
        if not 200 <= status <= 599 or delay < 0 or (times is not None and times < 1):
            raise UsageError("an answer has a status from 200 to 599, a delay of 0 or more, and is given once or more")
        reply = Reply(status, dict(headers or {}), body.encode(), delay)
        with self._arrival:
            if times is None:
                self._standing = reply
                self._script.clear()
            else:
                self._script.append((times, reply))

    def close(self, *, unregister: bool = True) -> None:
        """Stop listening and take the webhook away, unless told to leave it; what arrived stays. Once is enough."""
        with self._arrival:
            closed, self._closed = self._closed, True
            self._arrival.notify_all()
        if closed:
            return
        if unregister:
            with contextlib.suppress(ServerUnavailable, UsageError):  # gone already, with its environment or by a reset
                self._outgoing.unsubscribe(self.webhook_uuid)
        self._receiver.close()

    def _take(self, path: str, headers: Message, raw: bytes) -> Reply:
        """Keep what arrived and return what it is answered. Called by the receiver's threads."""
        with self._arrival:
            if not self._is_welcome(headers.get("Authorization", "")):
                return self._refuse(401, path, "not the bearer token of this inbox")
            try:
                body = json.loads(raw)
                event = body["triggered_event"]
            except (ValueError, TypeError, KeyError):
                return self._refuse(400, path, "no JSON with a triggered_event")
            reply = self._reply()
            self._number += 1
            received = Received(self._number, str(event), body, headers, path, reply.status)
            self._got.append(received)
            self._unread.append(received)
            self._arrival.notify_all()
            return reply

    def _is_welcome(self, authorization: str) -> bool:
        wanted = f"Bearer {self.auth_token}" if self.auth_token else ""
        return hmac.compare_digest(authorization.encode(), wanted.encode())

    def _refuse(self, status: int, path: str, reason: str) -> Reply:
        self._refused.append(f"{path} was answered {status}: {reason}")
        return Reply(status, body=reason.encode())

    def _reply(self) -> Reply:
        """Return the next answer of the script, or the standing one."""
        if not self._script:
            return self._standing
        times, reply = self._script.popleft()
        if times > 1:
            self._script.appendleft((times - 1, reply))
        return reply

    def _told(self, event: str | None, timeout: float) -> str:
        with self._arrival:
            got, unread, refused = [*self._got], [*self._unread], [*self._refused]
        lines = [f"no {event or 'webhook'} arrived at the inbox within {timeout:g} s"]
        if self._closed:
            lines[0] = f"the inbox is closed, and no {event or 'webhook'} is unread"
        read = "all read" if not unread else f"unread: {', '.join(one.event for one in unread[:_LISTED])}"
        lines += [f"{len(got)} arrived before ({read}); all() returns them"] if got else []
        lines += [f"refused by the inbox: {one}" for one in refused]
        try:
            return "\n".join([*lines, *why_nothing(self._outgoing, event, self.webhook_uuid)])
        except (ServerUnavailable, UsageError) as gone:
            return "\n".join([*lines, f"what the server knows of it cannot be told: {gone}"])


def _line(one: Received) -> str:
    said = one.body.get("response") or {}
    who = one.body.get("remote_id") or one.body.get("email") or one.body.get("uuid")
    return f"{one.number}. {one.event} of {who!r:.100}, answered {one.status}; data {said.get('data')!r:.100}"
