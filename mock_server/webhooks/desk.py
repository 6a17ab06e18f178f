"""The deliveries of one environment, on its clock: what waits for its time, what is due, who is waiting for quiet."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Sequence

from mock_server.frozen import frozen
from mock_server.state.environment import Environment
from mock_server.state.records import Micros
from mock_server.webhooks import schedule
from mock_server.webhooks.log import Attempt, Delivery, DeliveryLog
from mock_server.webhooks.policy import GATHERING, arranged, dice
from mock_server.webhooks.subscriptions import Subscription, Subscriptions

__all__ = ["Desk", "Letter"]


@frozen
class Letter:
    """What is to be sent, to whomever."""

    event: str
    event_id: str
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
        self._window: Micros | None = None
        """When the deliveries that are being gathered are due, but for the delay of the policy."""
        self._dice = dice(lambda: f"{environment.name}/{environment.seed}", made)
        self._timer: asyncio.TimerHandle | None = None

    def enlist(self, letter: Letter, subscription: Subscription, wait: Micros = 0, *, gather: bool = False) -> Delivery:
        """Make a delivery, log it and return it.

        It is due in `wait` from now; where it is to be gathered with others, in `wait` from the end of their window.
        """
        now = self.environment.clock.now()
        window = self._join(now) if gather else None
        self.made += 1
        delivery = Delivery(
            id=f"d{self.made}",
            number=self.made,
            event=letter.event,
            event_id=letter.event_id,
            webhook_uuid=subscription.uuid,
            url=subscription.url,
            contact_uuid=letter.contact_uuid,
            body=letter.body,
            cause=letter.cause,
            created_at=now,
            due=(now if window is None else window) + wait,
            redelivery_of=letter.redelivery_of,
            mutation=letter.mutation,
            window=window,
        )
        self.log.add(delivery)
        self.hold(delivery)
        self._tell_waiters()
        return delivery

    def _join(self, now: Micros) -> Micros:
        """Return the end of the window that is open, of a new one where none is."""
        if self._window is None or self._window <= now:
            self._window = now + GATHERING
        return self._window

    def close_window(self) -> None:
        """Gather no longer: what was gathered is due as if its window ended now."""
        now, end = self.environment.clock.now(), self._window
        self._window = None
        if end is None or end <= now:
            return
        for _, _, delivery in self._waiting:
            if delivery.status == "pending" and delivery.window == end:
                delivery.due -= end - now
                delivery.window = None
                self.log.changed(delivery)
        self._sift()
        self._tell_waiters()

    def turn_back(self, jump: Micros) -> None:
        """Let all that waits wait as long as it still had to, now that the clock was set back by `jump`."""
        for _, _, delivery in self._waiting:
            if delivery.status == "pending":
                delivery.due -= jump
                self.log.changed(delivery)
        self._sift()
        self._tell_waiters()

    def hold(self, delivery: Delivery) -> None:
        """Let a delivery wait until it is due."""
        heapq.heappush(self._waiting, (delivery.due, delivery.number, delivery))
        if len(self._waiting) > 2 * len(self.log.pending) + 100:  # mostly given up: the log was full
            self._sift()

    def _sift(self) -> None:
        """Keep what still waits, each until its due time as it now is."""
        self._waiting = [(one.due, one.number, one) for _, _, one in self._waiting if one.status == "pending"]
        heapq.heapify(self._waiting)

    def release(self) -> Sequence[Delivery]:
        """Return what is due now as the policy orders it, addressed to where its webhook now points, as busy."""
        now, released = self.environment.clock.now(), list[Delivery]()
        while self._waiting and self._waiting[0][0] <= now:
            delivery = heapq.heappop(self._waiting)[2]
            if delivery.status != "pending":
                continue
            subscription = self.subscriptions.find(delivery.webhook_uuid)
            if subscription is not None:
                delivery.url = subscription.url
            released.append(delivery)
        self.busy += len(released)
        return arranged(released, self.environment.delivery.order, self._dice)

    def retry(self, delivery: Delivery, asked: Micros) -> Micros | None:
        """Return when to try again after one more failed attempt, or None; `asked` is the receiver's own wish."""
        environment, failed = self.environment, len(delivery.attempts) + 1
        ladder, jitter = environment.dialect.get("webhook-retries", "ladder"), environment.delivery.jitter
        stretch = jitter * self._dice(delivery) if jitter else 0.0
        return schedule.next_due(ladder, failed, environment.clock.now(), asked, stretch)

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
        """Let nothing fall due by itself any more, and wake whoever waits."""
        self.disarm()
        self._idle.set()
        self._tell_waiters()

    def _tell_waiters(self) -> None:
        told, self._change = self._change, asyncio.Event()
        told.set()
