"""From due to done: what is in line and in flight, over all environments, and what comes of each attempt."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Iterable

from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.records import Micros
from mock_server.webhooks.desk import Desk
from mock_server.webhooks.desks import Desks
from mock_server.webhooks.log import Attempt, Delivery
from mock_server.webhooks.sender import Outcome, Sender, since
from mock_server.webhooks.turnstile import Turnstile

__all__ = ["CUT_OFF", "Attempts", "Listener", "StartListener"]

Listener = Callable[[Environment, Delivery, Attempt], None]
StartListener = Callable[[Environment, Delivery, Micros], None]

CUT_OFF = "cut off as the server stopped; it may have arrived"
"""The error of an attempt that was in flight then."""

_STOPPING = 0.3
"""Seconds that attempts in flight have to end when the server stops, and then to notice that they were cancelled."""
_DROPPED = Outcome(None, 0, "lost on purpose (delivery policy)", final=True)
_LOG_FULL = Outcome(None, 0, "log full (max_deliveries, delivery_bytes)", final=True)

_log = logging.getLogger(__name__)


class Attempts:
    """Makes the attempts that are due at the desks, as the turnstile lets them, and notes how they ended."""

    def __init__(self, settings: Settings, desks: Desks) -> None:
        self.start_listeners: list[StartListener] = []
        self.listeners: list[Listener] = []
        self._desks = desks
        self._sender = Sender(settings)
        self._turnstile = Turnstile(settings.delivery_concurrency, settings.delivery_concurrency_per_target)
        self._in_line: dict[Delivery, Desk] = {}
        self._closed = False

    def serves(self, desk: Desk) -> bool:
        """Tell whether anything will still be tried for a desk: neither its world nor the engine is gone."""
        return not self._closed and self._desks.has(desk)

    def wake(self, desk: Desk) -> None:
        """Put what is due at a desk in line, and start as many attempts as the bounds allow."""
        if not self.serves(desk):
            return
        for delivery in desk.release():
            self._in_line[delivery] = desk
            self._turnstile.offer(delivery)
        self._start()
        desk.arm(functools.partial(self.wake, desk))

    def _start(self) -> None:
        while not self._closed and (delivery := self._turnstile.next()) is not None:
            desk = self._in_line.pop(delivery)
            if delivery.status != "pending" or not self.serves(desk):  # the log was full, or its world is gone
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
        self.wake(desk)
        self._start()  # also where the desk is gone: its place is free for others

    async def _attempt(self, desk: Desk, delivery: Delivery) -> None:
        began, started = desk.environment.clock.now(), time.perf_counter()
        try:
            outcome = await self._post(desk, delivery, began)
        except asyncio.CancelledError:
            if self._desks.has(desk):
                desk.record(delivery, Attempt(began, None, since(started), CUT_OFF, None))
            raise
        delivery.in_flight = False
        self._conclude(desk, delivery, began, outcome)

    async def _post(self, desk: Desk, delivery: Delivery, began: Micros) -> Outcome:
        subscription = desk.subscriptions.find(delivery.webhook_uuid)
        if subscription is None:
            return Outcome(None, 0, "the webhook was deleted", final=True)
        if not subscription.active:
            return Outcome(None, 0, "the webhook is switched off", final=True)
        _tell(self.start_listeners, desk.environment, delivery, began)

        def secrets() -> set[str]:
            now = desk.subscriptions.find(delivery.webhook_uuid) or subscription
            return {*subscription.secrets, *now.secrets}

        return await self._sender.post(delivery.url, delivery.body, subscription.token(delivery.mutation), secrets)

    def drop(self, desk: Desk, delivery: Delivery) -> None:
        """Lose a delivery on purpose; the log says so."""
        delivery.status = "dropped"
        self._note(desk, delivery, delivery.created_at, _DROPPED)

    def make_room(self, desk: Desk) -> None:
        """Give up the oldest that wait at a desk where its log has no room for one more; the log says so."""
        while (overdue := desk.log.overdue()) is not None:
            self._conclude(desk, overdue, desk.environment.clock.now(), _LOG_FULL)

    async def close(self) -> None:
        """Try nothing more, and cut off what is in flight and does not end in a moment."""
        self._closed = True
        for desk in self._desks:
            desk.stop()
        late = {task for desk in self._desks for task in desk.tasks}
        if late:
            _, late = await asyncio.wait(late, timeout=_STOPPING)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_STOPPING)
        await self._sender.close()

    def _conclude(self, desk: Desk, delivery: Delivery, began: Micros, outcome: Outcome) -> None:
        """Decide what becomes of a delivery after an attempt, and note that."""
        if outcome.status == 410:  # "gone": the receiver wants no more of this (assumed, g5)
            desk.subscriptions.switch_off(delivery.webhook_uuid)
        if outcome.delivered:
            delivery.status = "delivered"
        elif outcome.final or (due := desk.retry(delivery, outcome.retry_after)) is None:
            delivery.status = "failed"
        else:
            delivery.due = due
            desk.hold(delivery)
        self._note(desk, delivery, began, outcome)

    def _note(self, desk: Desk, delivery: Delivery, began: Micros, outcome: Outcome) -> None:
        attempt = Attempt(began, outcome.status, outcome.duration_ms, outcome.error, outcome.answer)
        desk.record(delivery, attempt)
        _tell(self.listeners, desk.environment, delivery, attempt)


def _tell(listeners: Iterable[Callable[..., None]], environment: Environment, delivery: Delivery, what: object) -> None:
    for listener in listeners:
        try:
            listener(environment, delivery, what)
        except Exception:  # noqa: BLE001 - a listener's fault must not cost a delivery
            _log.exception("a listener failed on delivery %s", delivery.id)
