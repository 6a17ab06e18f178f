"""One environment of a running server, from outside."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from mock_server.errors import ServerUnavailable, UsageError
from mock_server.remote.frames import hidden
from mock_server.remote.happenings import Happenings
from mock_server.remote.naming import Named
from mock_server.remote.outgoing import Outgoing
from mock_server.remote.shapes import Document
from mock_server.remote.traffic import Traffic
from mock_server.remote.transport import Transport

if TYPE_CHECKING:
    from mock_server.remote.inbox import Inbox

__all__ = ["RemoteEnvironment"]

__tracebackhide__ = hidden


class RemoteEnvironment(Happenings, Traffic, Outgoing):
    """One environment of a running server: what to hand to the client under test, and the verbs around it.

    A context manager: leaving it deletes the environment. It may be shared between threads; in an async test the verbs
    that wait belong into one (`await asyncio.to_thread(refiner.await_request, "trackEvent")`).
    """

    def __init__(self, remote: Transport, document: Mapping[str, Any]) -> None:
        super().__init__(remote, document)
        self._inboxes: list[Inbox] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Gone already, the server or the environment: a test's own failure must not be hidden by that.
        with contextlib.suppress(ServerUnavailable, UsageError):
            self.delete()

    def delete(self) -> None:
        """Delete the environment with everything in it, and close its inboxes."""
        try:
            self.remote.delete(self._path)
        finally:
            while self._inboxes:
                self._inboxes.pop().close(unregister=False)

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

    def inbox(
        self,
        *events: str,
        auth_token: str | None = None,
        form: Named | Iterable[Named] | None = None,
        status: int = 200,
    ) -> Inbox:
        """Start a receiver of webhooks on loopback, register it, and return it; it is closed with the environment.

        Args:
            events: the trigger events it wants; none means all.
            auth_token: what it is registered with and asks of every webhook; one is made up unless it is given, and
                an empty one means that none is sent.
            form: only events of this survey, or of these: names, uuids or documents.
            status: what it answers, until `respond_with` says otherwise.

        Raises:
            UsageError: when there is no such event or survey.
        """
        from mock_server.remote.inbox import Inbox  # most tests need none, and it brings half a web server

        form_uuids = self._uuids("survey", form)
        made = Inbox(self, events, auth_token=auth_token, form_uuids=form_uuids, status=status)
        self._inboxes.append(made)
        return made

    def fault(self, kind: str, *, operation: str | None = None, times: int | None = None, **more: Any) -> Document:
        """Let the next calls go wrong, once unless told otherwise, and return the fault with its name.

        Args:
            kind: `status`, `delay`, `drop`, `reset`, `truncate`, `garble`, `slow_body` or `rate_limit`.
            operation: only calls of this operationId.
            times: how many calls it strikes; a `rate_limit` strikes without an end unless it is told.
            more: `name`, `status`, `retry_after`, `seconds`, `quota`, `body`, as the kind takes them.

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
