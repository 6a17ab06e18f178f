"""The deliveries of one environment, on its clock: what waits for its time, what is due, who is waiting for quiet."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mock_server.state.environment import Environment
from mock_server.state.records import Micros
from mock_server.webhooks.log import Attempt, Delivery, DeliveryLog
from mock_server.webhooks.subscriptions import Subscription, Subscriptions

__all__ = ["Desk", "Letter"]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent, to whomever."""

    event: str
    contact_uuid: str
    body: bytes
    cause: str | None
    redelivery_of: str | None = None
    mutation: str | None = None


class Desk:
    """One environment's part of the engine. `busy` counts what is in line or in flight."""

    def __init__(self, environment: Environment, subscriptions: Subscriptions, log: DeliveryLog, made: int = 0) -> None:
        self.environment = environment
        self.subscriptions = subscriptions
        self.log = log
        self.made = made
        """How many deliveries there were so far: the number of the last one."""
        self.turn = asyncio.Lock()
        """Held while the clock is moved: who comes next counts from where it then stands."""
        self.busy = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._change = asyncio.Event()
        self._waiting: list[tuple[Micros, int, Delivery]] = []
        self._timer: asyncio.TimerHandle | None = None

    def enlist(self, letter: Letter, subscription: Subscription, delay: Micros = 0) -> Delivery:
        """Make a delivery that is due in `delay` from now, log it and return it."""
        now = self.environment.clock.now()
        self.made += 1
        delivery = Delivery(
            id=f"d{self.made}",
            number=self.made,
            event=letter.event,
            webhook_uuid=subscription.uuid,
            url=subscription.url,
            contact_uuid=letter.contact_uuid,
            body=letter.body,
            cause=letter.cause,
            created_at=now,
            due=now + delay,
            redelivery_of=letter.redelivery_of,
            mutation=letter.mutation,
        )
        self.log.add(delivery)
        self.hold(delivery)
        self._tell_waiters()
        return delivery

    def hold(self, delivery: Delivery) -> None:
        """Let a delivery wait until it is due."""
        heapq.heappush(self._waiting, (delivery.due, delivery.number, delivery))
        if len(self._waiting) > 2 * len(self.log.pending) + 100:  # mostly given up: the log was full
            self._waiting = [entry for entry in self._waiting if entry[2].status == "pending"]
            heapq.heapify(self._waiting)

    def release(self) -> Iterator[Delivery]:
        """Yield what is due now in the order of due times, addressed to where its webhook now points, as busy."""
        now = self.environment.clock.now()
        while self._waiting and self._waiting[0][0] <= now:
            delivery = heapq.heappop(self._waiting)[2]
            if delivery.status != "pending":
                continue
            subscription = self.subscriptions.find(delivery.webhook_uuid)
            if subscription is not None:
                delivery.url = subscription.url
            self.busy += 1
            yield delivery

    def over(self) -> None:
        """One busy delivery less."""
        self.busy -= 1
        if not self.busy:
            self._idle.set()

    def record(self, delivery: Delivery, attempt: Attempt) -> None:
        """Note an attempt, after the delivery's status and due time were brought up to date."""
        delivery.attempts.append(attempt)
        self.log.changed(delivery)
        self._tell_waiters()

    def next_due(self) -> Micros | None:
        """Return the earliest time at which something waits, or None."""
        while self._waiting and self._waiting[0][2].status != "pending":
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def arm(self, ring: Callable[[], None]) -> None:
        """Have `ring` called when the next delivery is due; on a frozen clock that time never comes by itself."""
        self.disarm()
        clock, due = self.environment.clock, self.next_due()
        if due is not None and clock.mode != "frozen":
            delay = max(0, due - clock.now()) / 1_000_000
            self._timer = asyncio.get_running_loop().call_later(delay, ring)

    def disarm(self) -> None:
        """Cancel what `arm` arranged."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def idle(self) -> None:
        """Return at the next moment at which nothing is busy."""
        self._idle.clear()
        await self._idle.wait()

    async def change(self) -> None:
        """Return at the next change of the log."""
        await self._change.wait()

    def stop(self) -> None:
        """Cancel attempts and timer, and wake whoever waits."""
        self.disarm()
        for task in self.tasks:
            task.cancel()
        self._idle.set()
        self._tell_waiters()

    def _tell_waiters(self) -> None:
        told, self._change = self._change, asyncio.Event()
        told.set()
