"""The webhooks of an environment: who is told, what was sent and answered, and the verbs that wait for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mock_server.contract.document import load
from mock_server.errors import StillBusy, UsageError
from mock_server.remote import sendings
from mock_server.remote.frames import hidden
from mock_server.remote.matching import departures
from mock_server.remote.shapes import Delivery, Document
from mock_server.remote.telling import blocking
from mock_server.remote.temper import Temper
from mock_server.spelling import advice

__all__ = ["Outgoing", "trigger_events", "why_nothing"]

__tracebackhide__ = hidden

_PAGE = 1_000
"""Deliveries that are asked for at once."""
_LONGEST_WAIT = 30.0
"""Seconds one long-poll waits at most; the server refuses more than 60."""
_STATUSES = ("pending", "delivered", "failed", "dropped")


def trigger_events() -> tuple[str, ...]:
    """Return the names of all trigger events, as the contract lists them."""
    return tuple(load().document["webhooks"])


class Outgoing(Temper):
    """The verbs about webhooks and their deliveries."""

    def subscribe(
        self, url: str, events: Sequence[str] | None = None, *, auth_token: str | None = None, **more: Any
    ) -> Document:
        """Register a webhook and return it, without its token.

        Args:
            url: the receiver's address.
            events: the trigger events it wants; None means all.
            auth_token: sent as `Authorization: Bearer <token>`.
            more: `name`, `form_uuids`, `segment_uuids`, `active`.
        """
        wanted = [*trigger_events()] if events is None else [*events]
        body = {"url": url, "events": wanted, "auth_token": auth_token, **more}
        return dict(self.remote.post(f"{self._path}/webhooks", body))

    def webhooks(self) -> list[Document]:
        """Return the registered webhooks, oldest first, without their tokens."""
        return list(self.remote.get(f"{self._path}/webhooks")["items"])

    def unsubscribe(self, webhook_uuid: str) -> None:
        """Remove a webhook; what it waits for is given up."""
        self.remote.delete(f"{self._path}/webhooks/{quote(webhook_uuid, safe='')}")

    def deliveries(self, *, since: int = 0, wait: float | None = None, cause: str | None = None) -> list[Document]:
        """Return all webhook deliveries with their attempts, oldest first; with `cause` those of one request only."""
        found = {one["id"]: one for page in self._changes(since, wait, cause) for one in page["items"]}
        # By the numbers in their ids: a page holds what changed first, which need not be what was made first.
        return sorted(found.values(), key=_number)

    def redeliver(self, delivery: str, mutation: str | None = None) -> Document:
        """Send a delivery again; `mutation` is `duplicate`, `old_token`, `no_token` or `late`."""
        path = f"{self._path}/deliveries/{quote(delivery, safe='')}/redeliver"
        return dict(self.remote.post(path, {"mutation": mutation}))

    def settle(self, timeout: float = 10.0) -> Document:
        """Wait until no delivery is due or in flight; return `{"pending": n}`, those that wait for a later time.

        Raises:
            StillBusy: when that is not so after `timeout` seconds; the message shows the deliveries.
        """
        answer = dict(self.remote.post(f"{self._path}/settle", {"timeout": timeout}, wait=timeout))
        if answer["busy"]:
            number = "1 webhook delivery was" if answer["busy"] == 1 else f"{answer['busy']} webhook deliveries were"
            raise StillBusy("\n".join([f"{number} due or in flight after {timeout:g} s", *why_nothing(self)]))
        return answer

    def await_delivery(
        self,
        event: str | None = None,
        status: str | None = "delivered",
        timeout: float = 5.0,
        times: int = 1,
        **fields: Any,
    ) -> Delivery:
        """Wait until a webhook was delivered and return its delivery; one that is there already will do.

        Args:
            event: the trigger event; None takes any.
            status: `delivered`, `failed` (given up), `pending`, `dropped`, or None for any.
            timeout: seconds to wait. What is due later on the environment's clock comes by `advance`, not by waiting.
            times: how many such deliveries there must be; the last of them is returned.
            fields: keys of the delivery: `webhook_uuid`, `cause`, `mutation`, `redelivery_of`, ...

        Raises:
            AssertionError: when there are not; the message shows all attempts, and why nothing more came.
            UsageError: when there is no such event, status or key.
        """
        wanted = _wanted(event, status, fields)
        if times < 1:
            raise UsageError(f"times is {times}; it must be 1 or more")
        end = time.monotonic() + timeout
        found: dict[str, Any] = {}
        since, wait = 0, None
        while True:
            for page in self._changes(since, wait):
                found |= {one["id"]: one for one in page["items"]}
                since = page["next_since"]
            matched: list[Delivery] = [one for one in sorted(found.values(), key=_number) if _fits(one, wanted)]
            if len(matched) >= times:
                return matched[times - 1]
            wait = min(end - time.monotonic(), _LONGEST_WAIT)
            if wait <= 0:
                break
        number = f"only {len(matched)} of {times} deliveries" if matched else "no delivery"
        head = f"{number} {_wish(wanted)} within {timeout:g} s"
        raise AssertionError("\n".join([head, *why_nothing(self, event), *blocking("await_delivery")]))

    def _changes(self, since: int, wait: float | None, cause: str | None = None) -> Iterator[Document]:
        """Yield page by page what was made or changed after `since`, one page at least."""
        while True:
            page = self.remote.get(f"{self._path}/deliveries", since=since, wait=wait, limit=_PAGE, cause=cause)
            yield page
            if len(page["items"]) < _PAGE:
                return
            since, wait = page["next_since"], None


def why_nothing(outgoing: Outgoing, event: str | None = None, webhook_uuid: str | None = None) -> list[str]:
    """Return lines that say which deliveries there are, of one webhook or of all, and what keeps others from coming."""
    webhooks = [one for one in outgoing.webhooks() if webhook_uuid in (None, one["uuid"])]
    deliveries: list[Any] = [one for one in outgoing.deliveries() if webhook_uuid in (None, one["webhook_uuid"])]
    policy = outgoing.settings()["delivery"]
    return sendings.told(deliveries, webhooks, outgoing.clock(), policy, event)


def _wanted(event: str | None, status: str | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    for what, given, known in (("trigger event", event, trigger_events()), ("status", status, _STATUSES)):
        if given is not None and given not in known:
            raise UsageError(f"there is no {what} {given!r:.100}; {advice(given, known)}")
    stranger = next((name for name in fields if name not in Delivery.__annotations__), None)
    if stranger is not None:
        raise UsageError(f"a delivery has no {stranger!r:.100}; {advice(stranger, Delivery.__annotations__)}")
    named = {"event": event, "status": status}
    return {**{name: value for name, value in named.items() if value is not None}, **fields}


def _fits(delivery: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return next(departures(wanted, delivery), None) is None


def _wish(wanted: Mapping[str, Any]) -> str:
    with_fields = ", ".join(f"{name}={value!r:.100}" for name, value in wanted.items())
    return f"with {with_fields} was there" if wanted else "was there"


def _number(delivery: Mapping[str, Any]) -> int:
    return int(delivery["id"][1:])
