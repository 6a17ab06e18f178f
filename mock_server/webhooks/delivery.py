"""DeliveryEngine: from the outbox of an environment to the receivers, and back into a log.

One engine serves all environments and lives on the server's event loop. An event becomes one delivery per webhook that
wants it, with the payload of the moment it happened. A delivery waits at its environment's desk until the clock there
shows its time, then stands in line at the turnstile, then is tried; a failed one goes back to the desk as long as the
retry ladder lasts. Each waiting is for an event, never for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Callable, Iterable

from mock_server.errors import NotFound, UsageError
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.records import Micros, TriggeredEvent
from mock_server.webhooks import schedule
from mock_server.webhooks.desk import Desk, Letter
from mock_server.webhooks.desks import Desks
from mock_server.webhooks.log import Attempt, Delivery, DeliveryLog
from mock_server.webhooks.payloads import encoded
from mock_server.webhooks.sender import Outcome, Sender
from mock_server.webhooks.subscriptions import Subscription, Subscriptions
from mock_server.webhooks.turnstile import Turnstile

__all__ = ["MUTATIONS", "DeliveryEngine", "Listener", "StartListener"]

Listener = Callable[[Environment, Delivery, Attempt], None]
StartListener = Callable[[Environment, Delivery, Micros], None]

MUTATIONS = ("duplicate", "old_token", "no_token", "late")
"""How a redelivery may differ: not at all; with the token before the last change (or one that never was); without a
token; held back by `schedule.LATE`."""

_MADE_UP_TOKEN = "a-token-that-was-never-valid"  # noqa: S105 - nobody's
_STOPPING = 0.3
"""Seconds that attempts in flight have to notice that they were cancelled."""

_log = logging.getLogger(__name__)


class DeliveryEngine:
    """Delivers triggered events to webhooks, with retries on each environment's clock.

    `start_listeners` are called when something is about to be sent, with the time on the environment's clock, and
    `listeners` after every attempt, with the delivery as it then is.
    """

    def __init__(self, settings: Settings) -> None:
        self.start_listeners: list[StartListener] = []
        self.listeners: list[Listener] = []
        self._sender = Sender(settings)
        self._turnstile = Turnstile(settings.delivery_concurrency, settings.delivery_concurrency_per_target)
        self._desks = Desks(settings, self._sender.prepare)
        self._in_line: dict[Delivery, Desk] = {}
        self._closed = False

    def subscriptions(self, environment: Environment) -> Subscriptions:
        """Return the webhooks of an environment."""
        return self._desks.of(environment).subscriptions

    def log(self, environment: Environment) -> DeliveryLog:
        """Return the log of an environment, for its `seq` and `dropped`; an empty one where nobody ever subscribed."""
        return self._desks.log(environment)

    def take(self, environment: Environment, cause: str | None) -> None:
        """Empty the outbox into deliveries, and start those that are due; `cause` is the id of the request behind."""
        events = environment.outbox[:]
        environment.outbox.clear()
        desk = self._desks.find(environment)
        if desk is None or not len(desk.subscriptions):
            return
        for event in events:
            wanted = desk.subscriptions.wants(event)
            if wanted:
                letter = _letter(environment, event, cause)
                for subscription in wanted:
                    self._enlist(desk, letter, subscription)
        self._wake(desk)

    def send(self, environment: Environment, webhook_uuid: str, event: TriggeredEvent, cause: str | None) -> Delivery:
        """Deliver an event to one webhook whether it wants it or not, and return the delivery. Raises NotFound."""
        desk = self._desks.of(environment)
        delivery = self._enlist(desk, _letter(environment, event, cause), desk.subscriptions.get(webhook_uuid))
        self._wake(desk)
        return delivery

    def redeliver(
        self, environment: Environment, delivery_id: str, mutation: str | None = None, cause: str | None = None
    ) -> dict[str, object]:
        """Send a delivery again, as a new one with attempts of its own, and return its record.

        Raises:
            NotFound: when the log has no such delivery (any more), or its webhook was deleted.
            UsageError: when `mutation` is not one of MUTATIONS.
        """
        if mutation is not None and mutation not in MUTATIONS:
            raise UsageError(f"mutation is {mutation[:40]!r}; choose one of {', '.join(MUTATIONS)}")
        desk = self._desks.of(environment)
        before = desk.log.find(delivery_id)
        if before is None:
            why = "old ones fall out (max_deliveries, delivery_bytes)"
            raise NotFound(f"No delivery in this environment's log has that id; {why}.")
        subscription = desk.subscriptions.get(before.webhook_uuid)
        letter = Letter(before.event, before.contact_uuid, before.body, cause, before.id, mutation)
        delivery = self._enlist(desk, letter, subscription, schedule.LATE if mutation == "late" else 0)
        self._wake(desk)
        return delivery.record()

    def deliveries(self, environment: Environment, since: int = 0) -> list[dict[str, object]]:
        """Return the deliveries that were made or changed after `seq` number `since`, in the order of creation."""
        desk = self._desks.find(environment)
        return [] if desk is None else [delivery.record() for delivery in desk.log if delivery.seq > since]

    async def wait(self, environment: Environment, since: int, seconds: float) -> list[dict[str, object]]:
        """Return `deliveries(environment, since)`, after waiting up to `seconds` for there to be any."""
        desk = self._desks.of(environment)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while desk.log.seq <= since and self._serves(desk):
                    await desk.change()
        return [delivery.record() for delivery in desk.log if delivery.seq > since]

    def wake(self, environment: Environment) -> None:
        """Start what is due. To be called when a clock was set, frozen or resumed; `advance` does it itself."""
        desk = self._desks.find(environment)
        if desk is not None:
            self._wake(desk)

    async def settle(self, environment: Environment, timeout: float) -> int:
        """Wait until nothing is due or in flight, `timeout` seconds at most; return how many are not finished.

        These wait for a later time of the clock, or, where the time ran out, are still under way (see `busy`).
        """
        desk = self._desks.of(environment)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._quiet(desk)
        return len(desk.log.pending)

    def busy(self, environment: Environment) -> int:
        """Return how many deliveries are due or in flight."""
        desk = self._desks.find(environment)
        return 0 if desk is None else desk.busy

    async def advance(
        self, environment: Environment, to: Callable[[], Micros], then: Callable[[], None] = lambda: None
    ) -> None:
        """Move the clock on to `to()`, stopping wherever something is due until it is done; return when all is quiet.

        `then` may change the clock further. Moves of one clock take turns, and `to` is asked when the turn has come, so
        that relative ones add up. A world that was reset, restored or deleted meanwhile is left as it is.
        """
        desk = self._desks.of(environment)
        async with desk.turn:
            if not self._serves(desk):
                return
            at = to()
            await self._quiet(desk)
            while (due := desk.next_due()) is not None and due <= at and self._serves(desk):
                environment.clock.advance_to(due)
                await self._quiet(desk)
            if self._serves(desk):
                environment.clock.advance_to(at)
                then()
                await self._quiet(desk)

    def forget(self, environment: Environment) -> None:
        """Drop everything of an environment that was deleted, or begins anew; ids and cursors count on."""
        self._desks.clear(environment)

    @property
    def undelivered(self) -> int:
        """How many deliveries of all environments are not finished."""
        return sum(len(desk.log.pending) for desk in self._desks)

    async def close(self) -> None:
        """Stop at once: cut off what is in flight, and say in the log what was not delivered."""
        self._closed = True
        tasks = [task for desk in self._desks for task in desk.tasks]
        for desk in self._desks:
            desk.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=_STOPPING)
        await self._sender.close()
        if self.undelivered:
            noun = "delivery" if self.undelivered == 1 else "deliveries"
            _log.warning("stopped with %d webhook %s not delivered", self.undelivered, noun)

    def _serves(self, desk: Desk) -> bool:
        return not self._closed and self._desks.has(desk)

    def _enlist(self, desk: Desk, letter: Letter, subscription: Subscription, delay: Micros = 0) -> Delivery:
        overdue = desk.log.overdue()
        if overdue is not None:
            self._conclude(desk, overdue, desk.environment.clock.now(), Outcome(None, 0, "log full", final=True))
        return desk.enlist(letter, subscription, delay)

    def _wake(self, desk: Desk) -> None:
        if not self._serves(desk):
            return
        for delivery in desk.release():
            self._in_line[delivery] = desk
            self._turnstile.offer(delivery)
        self._start()
        desk.arm(functools.partial(self._wake, desk))

    def _start(self) -> None:
        """Start as many attempts as the bounds allow."""
        while not self._closed and (delivery := self._turnstile.next()) is not None:
            desk = self._in_line.pop(delivery)
            if delivery.status != "pending" or not self._serves(desk):  # the log was full, or its world is gone
                self._turnstile.done(delivery)
                desk.over()
                continue
            delivery.in_flight = True
            task = asyncio.get_running_loop().create_task(self._attempt(desk, delivery))
            desk.tasks.add(task)
            task.add_done_callback(functools.partial(self._over, desk, delivery))

    def _over(self, desk: Desk, delivery: Delivery, task: asyncio.Task[None]) -> None:
        desk.tasks.discard(task)
        self._turnstile.done(delivery)
        if not task.cancelled() and task.exception() is not None:
            _log.error("delivery %s broke the engine", delivery.id, exc_info=task.exception())
        desk.over()
        self._wake(desk)
        self._start()  # also where the desk is gone: its place is free for others

    async def _attempt(self, desk: Desk, delivery: Delivery) -> None:
        began = desk.environment.clock.now()
        outcome = await self._post(desk, delivery, began)
        delivery.in_flight = False
        self._conclude(desk, delivery, began, outcome)

    async def _post(self, desk: Desk, delivery: Delivery, began: Micros) -> Outcome:
        subscription = desk.subscriptions.find(delivery.webhook_uuid)
        if subscription is None:
            return Outcome(None, 0, "the webhook was deleted", final=True)
        if not subscription.active:
            return Outcome(None, 0, "the webhook is switched off", final=True)
        token = subscription.auth_token
        if delivery.mutation == "no_token":
            token = None
        elif delivery.mutation == "old_token":
            token = subscription.previous_token or _MADE_UP_TOKEN
        _tell(self.start_listeners, desk.environment, delivery, began)
        return await self._sender.post(delivery.url, delivery.body, token)

    def _conclude(self, desk: Desk, delivery: Delivery, began: Micros, outcome: Outcome) -> None:
        """Write down an attempt and decide what becomes of its delivery."""
        if outcome.delivered:
            delivery.status = "delivered"
        else:
            due = self._retry(desk, delivery, outcome)
            if due is None:
                delivery.status = "failed"
            else:
                delivery.due = due
                desk.hold(delivery)
        attempt = Attempt(began, outcome.status, outcome.duration_ms, outcome.error, outcome.answer)
        desk.record(delivery, attempt)
        _tell(self.listeners, desk.environment, delivery, attempt)

    def _retry(self, desk: Desk, delivery: Delivery, outcome: Outcome) -> Micros | None:
        if outcome.status == 410:  # "gone": the receiver wants no more of this (assumed, g5)
            desk.subscriptions.switch_off(delivery.webhook_uuid)
            return None
        if outcome.final:
            return None
        ladder = desk.environment.dialect.get("webhook-retries", "ladder")
        return schedule.next_due(ladder, len(delivery.attempts) + 1, desk.environment.clock.now(), outcome.retry_after)

    async def _quiet(self, desk: Desk) -> None:
        """Wait until nothing is due or in flight."""
        if desk.environment.outbox:
            self.take(desk.environment, None)
        self._wake(desk)
        while desk.busy and self._serves(desk):
            await desk.idle()
            self._wake(desk)


def _letter(environment: Environment, event: TriggeredEvent, cause: str | None) -> Letter:
    return Letter(event.kind, event.contact.uuid, encoded(event, environment.ways.style), cause)


def _tell(listeners: Iterable[Callable[..., None]], environment: Environment, delivery: Delivery, what: object) -> None:
    for listener in listeners:
        try:
            listener(environment, delivery, what)
        except Exception:  # noqa: BLE001 - a listener's fault must not cost a delivery
            _log.exception("a listener failed on delivery %s", delivery.id)
