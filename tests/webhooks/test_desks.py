"""What outlives a desk: counts that go on, clocks of worlds that are gone, and one bound of bytes for all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mock_server.state.environment import Environment
from mock_server.webhooks.subscriptions import EVENTS

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage

HOUR = 3_600_000_000


def test_ids_and_cursors_go_on_when_a_world_begins_anew(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        stage.happen(make_event())
        stage.happen(make_event())
        await stage.settle()
        seen = stage.engine.log(stage.environment).seq
        assert stage.engine.forget(stage.environment) == 0
        assert stage.engine.log(stage.environment).seq == seen
        poll = asyncio.create_task(stage.engine.wait(stage.environment, seen, 20))
        await asyncio.sleep(0)
        stage.subscribe(receiver)
        stage.happen(make_event())
        assert [one["id"] for one in await poll] == ["d3"]

    play(scene)


def test_another_environment_begins_at_one(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        stage.subscribe(await stage.receiver())
        stage.happen(make_event())
        await stage.settle()
        stage.engine.forget(stage.environment)
        stage.environment = Environment("other")
        stage.subscribe(await stage.receiver())
        stage.happen(make_event())
        assert [one["id"] for one in stage.deliveries] == ["d1"]

    play(scene)


def test_counts_of_deleted_environments_are_bounded(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        for name in ("one", "two", "one"):
            stage.environment = Environment(name)
            stage.subscribe("http://127.0.0.1:9/")
            stage.happen(make_event())
            assert [one["id"] for one in stage.deliveries] == ["d1"]
            stage.engine.forget(stage.environment)

    play(scene, max_environments=1)


def test_an_advance_leaves_the_clock_of_a_world_that_began_anew_alone(
    play: Play, make_event: MakeEvent, held: Any
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(held())
        stage.subscribe(receiver)
        stage.happen(make_event())
        before = stage.environment.clock.now()
        moves = [asyncio.create_task(stage.advance(360_000)) for _ in range(2)]
        await receiver.arrived.wait()
        assert stage.engine.forget(stage.environment) == 1
        stage.subscribe(receiver)
        assert await asyncio.gather(*moves) == [False, False]
        assert stage.environment.clock.now() == before

    play(scene)


def test_advances_that_meet_add_up(play: Play, make_event: MakeEvent, held: Any) -> None:
    async def scene(stage: Stage) -> None:
        slow = held()
        receiver = await stage.receiver(slow, 200)
        stage.subscribe(receiver)
        stage.happen(make_event())
        before = stage.environment.clock.now()
        moves = [asyncio.create_task(stage.advance(3_600 * hours)) for hours in (1, 2, 3)]
        await receiver.arrived.wait()
        slow.hold.set()
        assert await asyncio.gather(*moves) == [True, True, True]
        assert stage.environment.clock.now() == before + 6 * HOUR

    play(scene)


def test_of_all_logs_the_oldest_finished_ones_fall_out_by_bytes(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        first, second = stage.environment, Environment("other")
        receiver, event = await stage.receiver(), make_event()
        fat = replace(event, contact_attributes={"story": "x" * 20_000})
        for environment in (first, second):
            stage.engine.subscriptions(environment).create({"url": receiver.url, "events": list(EVENTS)})
        for environment in (first, second, first, second, first):
            environment.outbox.append(fat)
            stage.engine.take(environment, None)
            await stage.engine.settle(environment, 10)
        assert [one["id"] for one in stage.engine.deliveries(first)] == ["d3"]
        assert [one["id"] for one in stage.engine.deliveries(second)] == ["d2"]
        assert (stage.engine.log(first).dropped, stage.engine.log(second).dropped) == (2, 1)
        stage.engine.forget(second)
        first.outbox.append(fat)
        stage.engine.take(first, None)
        await stage.engine.settle(first, 10)
        assert [one["id"] for one in stage.engine.deliveries(first)] == ["d3", "d4"]

    play(scene, delivery_bytes=50_000)
