"""Deliveries on the environment's clock: retries, `Retry-After`, advancing, and what changes while one waits."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from mock_server.state.records import DeliveryPolicy
from mock_server.webhooks.schedule import LADDERS

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage


def statuses(delivery: dict[str, Any]) -> list[int | None]:
    return [attempt["status"] for attempt in delivery["attempts"]]


def test_two_failures_and_an_advance_make_three_attempts_in_order(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 500, 200)
        stage.subscribe(receiver)
        stage.happen(make_event())
        assert await stage.settle() == 1
        assert stage.deliveries[0]["next_attempt_at"] == "2025-03-14T12:00:05.000000Z"
        await stage.advance(3600)
        [delivery] = stage.deliveries
        assert delivery["status"] == "delivered"
        assert [(attempt["at"][11:19], attempt["status"]) for attempt in delivery["attempts"]] == [
            ("12:00:00", 500),
            ("12:00:05", 500),
            ("12:05:05", 200),
        ]
        assert [post.body for post in receiver.posts] == [receiver.posts[0].body] * 3

    play(scene)


def test_the_whole_ladder_fails_after_seven_attempts_and_takes_no_real_time(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(503)
        stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        began = time.process_time()  # other tests share the machine
        await stage.advance(18 * 3600)
        assert time.process_time() - began < 0.5
        [delivery] = stage.deliveries
        assert delivery["status"] == "failed"
        assert statuses(delivery) == [503] * 7
        assert delivery["attempts"][-1]["at"] == "2025-03-15T05:35:05.000000Z"
        assert delivery["next_attempt_at"] is None

    play(scene)


def test_under_the_dialect_none_there_is_one_attempt(play: Play, make_event: MakeEvent) -> None:
    """(d) Delivery: retries are known from no source, so a receiver can be tried without (g5)."""

    async def scene(stage: Stage) -> None:
        stage.environment.dialect["webhook-retries"] = "none"
        receiver = await stage.receiver(500)
        stage.subscribe(receiver)
        stage.happen(make_event())
        assert await stage.settle() == 0
        assert stage.deliveries[0]["status"] == "failed"
        assert statuses(stage.deliveries[0]) == [500]

    play(scene)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for_on_the_clock(play: Play, make_event: MakeEvent, reply: Any, status: int) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(reply(status, {"Retry-After": "90"}), 200)
        stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        await stage.advance(89)
        assert len(receiver.posts) == 1
        await stage.advance(1)
        assert stage.deliveries[0]["attempts"][1]["at"] == "2025-03-14T12:01:30.000000Z"
        assert stage.deliveries[0]["status"] == "delivered"

    play(scene)


def test_410_switches_the_webhook_off(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(410)
        webhook = stage.subscribe(receiver)
        stage.happen(make_event())
        assert await stage.settle() == 0
        assert not stage.engine.subscriptions(stage.environment).get(webhook.uuid).active
        stage.happen(make_event())
        await stage.advance(24 * 3600)
        assert len(receiver.posts) == 1
        assert [delivery["status"] for delivery in stage.deliveries] == ["failed"]

    play(scene)


def test_a_webhook_deleted_before_the_retry_ends_the_delivery(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500)
        webhook = stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        stage.engine.subscriptions(stage.environment).delete(webhook.uuid)
        await stage.advance(60)
        assert len(receiver.posts) == 1
        [delivery] = stage.deliveries
        assert delivery["status"] == "failed"
        assert delivery["attempts"][1]["error"] == "the webhook was deleted"

    play(scene)


def test_a_webhook_switched_off_before_the_retry_ends_the_delivery(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500)
        webhook = stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        stage.engine.subscriptions(stage.environment).update(webhook.uuid, {"active": False})
        await stage.advance(60)
        assert len(receiver.posts) == 1
        assert stage.deliveries[0]["attempts"][1]["error"] == "the webhook is switched off"

    play(scene)


def test_retries_that_were_given_up_are_not_kept_waiting(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500)
        stage.subscribe(receiver)
        for _ in range(130):
            stage.happen(make_event())
            await stage.settle()
        assert stage.engine.undelivered == 3
        await stage.advance(5)
        assert len(receiver.posts) == 133

    play(scene, max_deliveries=4)


def test_a_retry_goes_to_where_the_webhook_now_points_with_its_new_token(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        old, new = await stage.receiver(500), await stage.receiver()
        webhook = stage.subscribe(old, auth_token="before")
        stage.happen(make_event())
        await stage.settle()
        webhooks = stage.engine.subscriptions(stage.environment)
        webhooks.update(webhook.uuid, {"url": new.url, "auth_token": "after"})
        await stage.advance(5)
        assert [len(old.posts), len(new.posts)] == [1, 1]
        assert new.posts[0].headers["authorization"] == "Bearer after"
        assert stage.deliveries[0]["url"] == new.url

    play(scene)


def test_a_frozen_clock_never_retries_by_itself_and_a_resumed_one_does(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 200)
        stage.subscribe(receiver)
        stage.happen(make_event())
        assert await stage.settle() == 1
        receiver.arrived.clear()
        stage.environment.clock.resume()  # years later than the due time
        stage.engine.wake(stage.environment)
        await receiver.arrived.wait()
        await stage.settle()
        assert stage.deliveries[0]["status"] == "delivered"

    play(scene)


@pytest.mark.parametrize("mode", ["real", "offset"])
def test_a_running_clock_retries_by_itself(play: Play, make_event: MakeEvent, mode: str) -> None:
    async def scene(stage: Stage) -> None:
        clock, receiver = stage.environment.clock, await stage.receiver(500, 200)
        stage.subscribe(receiver)
        clock.resume()
        if mode == "offset":
            clock.set(clock.now() - 3_600_000_000)
        stage.happen(make_event())
        assert await stage.settle() == 1
        receiver.arrived.clear()
        clock.set(clock.now() + 4_900_000)  # a tenth of a second before the retry
        stage.engine.wake(stage.environment)
        assert len(receiver.posts) == 1
        await receiver.arrived.wait()
        assert await stage.settle() == 0
        assert clock.mode == "offset"

    play(scene)


def test_advancing_a_running_clock_runs_what_falls_due(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        stage.environment.clock.resume()
        stage.subscribe(await stage.receiver(500))
        stage.happen(make_event())
        await stage.advance(18 * 3600)
        assert stage.deliveries[0]["status"] == "failed"
        assert statuses(stage.deliveries[0]) == [500] * 7

    play(scene)


def test_what_falls_due_at_different_times_is_sent_in_that_order(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 500, 200)
        stage.subscribe(receiver)
        stage.happen(make_event("Saw Survey"))
        await stage.advance(2)
        stage.happen(make_event("Dismissed Survey"))
        await stage.advance(3600)
        assert receiver.events == ["Saw Survey", "Dismissed Survey", "Saw Survey", "Dismissed Survey"]
        times = [[attempt["at"][11:19] for attempt in delivery["attempts"]] for delivery in stage.deliveries]
        assert times == [["12:00:00", "12:00:05"], ["12:00:02", "12:00:07"]]

    play(scene)


def test_where_the_clock_is_set_back_what_waits_keeps_the_wait_that_it_still_had(
    play: Play, make_event: MakeEvent
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 500, 500, 200)
        stage.subscribe(receiver)
        stage.happen(make_event("Saw Survey"))
        await stage.advance(2)
        stage.happen(make_event("Dismissed Survey"))
        await stage.settle()
        clock, seen = stage.environment.clock, stage.engine.log(stage.environment).seq
        back = clock.now() - 3_600_000_000
        assert await stage.engine.advance(stage.environment, clock.now, lambda: clock.set(back))
        changed = [one for one in stage.deliveries if one["seq"] > seen]
        assert [one["next_attempt_at"][11:19] for one in changed] == ["11:00:05", "11:00:07"]
        await stage.advance(2)
        assert len(receiver.posts) == 2
        await stage.advance(1)
        assert receiver.events[2:] == ["Saw Survey"]
        await stage.advance(2)
        assert receiver.events[3:] == ["Dismissed Survey"]

    play(scene)


def waits(play: Play, make_event: MakeEvent, jitter: float) -> list[float]:
    """Return how many seconds lie between the attempts at a receiver that always fails."""
    found: list[float] = []

    async def scene(stage: Stage) -> None:
        stage.subscribe(await stage.receiver(500))
        stage.environment.delivery = DeliveryPolicy(jitter=jitter)
        moments: list[int] = []
        stage.engine.start_listeners.append(lambda _environment, _delivery, began: moments.append(began))
        stage.happen(make_event())
        await stage.advance(48 * 3600)
        found.extend(after - before for before, after in pairwise(moments))

    play(scene)
    return found


def test_jitter_lets_each_wait_grow_by_at_most_its_part_and_the_same_again(play: Play, make_event: MakeEvent) -> None:
    ladder = LADDERS["ladder"][1:]
    assert waits(play, make_event, 0.0) == [*ladder]
    grown = waits(play, make_event, 0.5)
    parts = [wait / step - 1 for wait, step in zip(grown, ladder, strict=True)]
    assert all(0 <= part <= 0.5 for part in parts)
    assert len(set(parts)) == len(parts)
    assert waits(play, make_event, 0.5) == grown
