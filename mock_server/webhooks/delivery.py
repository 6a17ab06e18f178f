"""DeliveryEngine: from the outbox of an environment to the receivers, and back into a log.

One engine serves all environments and lives on the server's event loop. An event becomes one delivery per webhook that
wants it, with the payload of the moment it happened. A delivery waits at its environment's desk until the clock there
shows its time, then stands in line at the turnstile, then is tried; a failed one goes back to the desk as long as the
retry ladder lasts. Each waiting is for an event, never for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from mock_server.errors import NotFound, UsageError
from mock_server.settings import Settings
from mock_server.spelling import advice
from mock_server.state.environment import Environment
from mock_server.state.records import Micros, TriggeredEvent
from mock_server.webhooks import schedule
from mock_server.webhooks.attempts import CUT_OFF, Attempts, Listener, StartListener
from mock_server.webhooks.desk import Desk, Letter
from mock_server.webhooks.desks import Desks
from mock_server.webhooks.log import Delivery, DeliveryLog
from mock_server.webhooks.payloads import encoded
from mock_server.webhooks.sender import Sender
from mock_server.webhooks.subscriptions import Subscription, Subscriptions

__all__ = ["MUTATIONS", "DeliveryEngine", "Listener", "StartListener"]

MUTATIONS = ("duplicate", "old_token", "no_token", "late")
"""How a redelivery may differ: not at all; with the token before the last change (or one that never was); without a
token; held back by `schedule.LATE`."""

_NAMED = 10
"""Deliveries that are named when the engine stops and they are not over."""

_log = logging.getLogger(__name__)

TakeListener = Callable[[Environment, str | None, Sequence[TriggeredEvent]], None]


class DeliveryEngine:
    """Delivers triggered events to webhooks, with retries on each environment's clock.

    `take_listeners` are called with what happened and its cause, whether or not a webhook wants it, `start_listeners`
    when something is about to be sent, with the time on the environment's clock, and `listeners` after every attempt,
    with the delivery as it then is.
    """

    def __init__(self, settings: Settings) -> None:
        self._desks = Desks(settings, Sender.prepare)
        self._attempts = Attempts(settings, self._desks)
        self.take_listeners: list[TakeListener] = []
        self.start_listeners = self._attempts.start_listeners
        self.listeners = self._attempts.listeners

    def subscriptions(self, environment: Environment) -> Subscriptions:
        """Return the webhooks of an environment."""
        return self._desks.of(environment).subscriptions

    def log(self, environment: Environment) -> DeliveryLog:
        """Return the log of an environment, for its `seq` and `dropped`; an empty one where nobody ever subscribed."""
        return self._desks.log(environment)

    def take(self, environment: Environment, cause: str | None) -> int:
        """Empty the outbox into deliveries, start those that are due, and return how many were made.

        `cause` is the id of the request behind. What is sent is what the delivery policy makes of it.
        """
        events = environment.outbox[:]
        environment.outbox.clear()
        for listener in self.take_listeners:
            listener(environment, cause, events)
        desk, made = self._desks.find(environment), 0
        if desk is None or not len(desk.subscriptions):
            return 0
        for event in events:
            wanted = desk.subscriptions.wants(event)
            if wanted:
                letter = _letter(desk, event, cause)
                made += sum(self._dispatch(desk, letter, subscription) for subscription in wanted)
        self._attempts.wake(desk)
        return made

    def send(self, environment: Environment, webhook_uuid: str, event: TriggeredEvent, cause: str | None) -> Delivery:
        """Deliver an event to one webhook whether it wants it or not, and return the delivery. Raises NotFound.

        What is sent by hand, as here and by `redeliver`, is sent as it was asked for, whatever the delivery policy.
        """
        desk = self._desks.of(environment)
        delivery = self._enlist(desk, _letter(desk, event, cause), desk.subscriptions.get(webhook_uuid))
        self._attempts.wake(desk)
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
            raise UsageError(f"mutation is {mutation[:40]!r}; {advice(mutation, MUTATIONS)}")
        desk = self._desks.of(environment)
        before = desk.log.find(delivery_id)
        if before is None:
            why = "old ones fall out (max_deliveries, delivery_bytes)"
            raise NotFound(f"No delivery in this environment's log has that id; {why}.")
        subscription = desk.subscriptions.get(before.webhook_uuid)
        letter = Letter(before.event, before.event_id, before.contact_uuid, before.body, cause, before.id, mutation)
        delivery = self._enlist(desk, letter, subscription, schedule.LATE if mutation == "late" else 0)
        self._attempts.wake(desk)
        return delivery.record()

    def deliveries(self, environment: Environment, since: int = 0) -> list[dict[str, object]]:
        """Return the deliveries that were made or changed after `seq` number `since`, in the order of creation."""
        return [delivery.record() for delivery in self.log(environment).since(since)]

    async def wait(
        self, environment: Environment, since: int, seconds: float, cause: str | None = None, limit: int | None = None
    ) -> list[dict[str, object]]:
        """Return `deliveries(environment, since)`, after waiting up to `seconds` for there to be any.

        `cause` and `limit` are those of `DeliveryLog.since`.
        """
        desk = self._desks.of(environment)
        found = desk.log.since(since, cause, limit)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not found and self._attempts.serves(desk):
                    seen = max(since, desk.log.seq)
                    await desk.change()
                    found = desk.log.since(seen, cause, limit)
        return [delivery.record() for delivery in found]

    def wake(self, environment: Environment) -> None:
        """Start what is due and what was gathered, in the order that the delivery policy has now.

        To be called before another order is to hold, and after a clock was changed by other means than `advance`.
        """
        desk = self._desks.find(environment)
        if desk is not None:
            desk.close_window()
            self._attempts.wake(desk)

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
    ) -> bool:
        """Move the clock on to `to()`, stopping wherever something is due until it is done; return when all is quiet.

        `then` may change the clock further; where it sets it back, what waits keeps the wait that it still had. Moves
        of one clock take turns, and `to` is asked when the turn has come, so that relative ones add up.

        Returns:
            Whether it was done: a world that was reset, restored or deleted meanwhile is left as it is.
        """
        desk = self._desks.of(environment)
        clock = environment.clock
        async with desk.turn:
            if self._attempts.serves(desk):
                at = to()
                await self._quiet(desk)
                while (due := desk.next_due()) is not None and due <= at and self._attempts.serves(desk):
                    clock.advance_to(due)
                    await self._quiet(desk)
            if self._attempts.serves(desk):
                clock.advance_to(at)
                before = clock.now()
                then()
                if (jump := before - clock.now()) > 0:
                    desk.turn_back(jump)
                await self._quiet(desk)
            return self._attempts.serves(desk)

    def forget(self, environment: Environment) -> int:
        """Drop everything of an environment that was deleted, or begins anew; ids and cursors count on.

        Returns:
            How many of its deliveries were not over; one that was in flight may have arrived.
        """
        return self._desks.clear(environment)

    @property
    def undelivered(self) -> int:
        """How many deliveries of all environments are not finished."""
        return sum(len(desk.log.pending) for desk in self._desks)

    async def close(self) -> None:
        """Stop soon: cut off what is in flight for long, and say what was not delivered, the oldest one by one."""
        await self._attempts.close()
        left = [(desk.environment.name, one) for desk in self._desks for one in desk.log.pending.values()]
        if left:
            noun = "delivery" if len(left) == 1 else "deliveries"
            lines = [f"  {name} {one.id} {one.event}, {_fate(one)}" for name, one in left[:_NAMED]]
            more = [f"  and {len(left) - _NAMED} more"] if len(left) > _NAMED else []
            said = "\n".join([f"stopped with {len(left)} webhook {noun} not delivered:", *lines, *more])
            _log.warning("%s", said)

    def _dispatch(self, desk: Desk, letter: Letter, subscription: Subscription) -> int:
        """Send a letter as the delivery policy has it, and return how many deliveries that makes."""
        policy = desk.environment.delivery
        wait, gather = round(policy.delay * 1_000_000), policy.order != "in-order"
        first = self._enlist(desk, letter, subscription, wait, gather=gather)
        if policy.drop:
            desk.environment.delivery = replace(policy, drop=policy.drop - 1)
            self._attempts.drop(desk, first)
            return 1
        for _ in range(policy.duplicate):
            copy = replace(letter, redelivery_of=first.id, mutation="duplicate")
            self._enlist(desk, copy, subscription, wait, gather=gather)
        return 1 + policy.duplicate

    def _enlist(
        self, desk: Desk, letter: Letter, subscription: Subscription, wait: Micros = 0, *, gather: bool = False
    ) -> Delivery:
        self._attempts.make_room(desk)
        return desk.enlist(letter, subscription, wait, gather=gather)

    async def _quiet(self, desk: Desk) -> None:
        """Wait until nothing is due or in flight, nor gathered to be so."""
        if desk.environment.outbox:
            self.take(desk.environment, None)
        while True:
            desk.close_window()
            self._attempts.wake(desk)
            if not desk.busy or not self._attempts.serves(desk):
                return
            await desk.idle()


def _fate(delivery: Delivery) -> str:
    """Return how far a delivery came before the server stopped."""
    tries = len(delivery.attempts)
    if tries and delivery.attempts[-1].error == CUT_OFF:
        return f"cut off in attempt {tries}; it may have arrived"
    return f"{tries} tried"


def _letter(desk: Desk, event: TriggeredEvent, cause: str | None) -> Letter:
    body = encoded(event, desk.environment.ways.style)
    # An event is named by the first delivery of it: a name that no other one of this environment gets.
    return Letter(event.kind, f"e{desk.made + 1}", event.contact.uuid, body, cause)
