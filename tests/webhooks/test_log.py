"""The log: bounded, and honest about what it lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server.webhooks.log import Delivery, DeliveryLog, Shelf

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage


def delivery(number: int) -> Delivery:
    return Delivery(
        id=f"d{number}",
        number=number,
        event="Saw Survey",
        event_id="e1",
        webhook_uuid="w",
        url="http://127.0.0.1:1/",
        contact_uuid="c",
        body=b"{}",
        cause=None,
        created_at=0,
        due=0,
    )


def test_of_more_than_are_wanted_those_that_changed_first_are_told() -> None:
    log, made = DeliveryLog(9, Shelf(10**9)), [delivery(number) for number in (1, 2, 3)]
    for one in made:
        log.add(one)
    made[0].status = "delivered"
    log.changed(made[0])

    assert [one.number for one in log.since(0, limit=2)] == [2, 3]
    assert [one.number for one in log.since(made[2].seq, limit=2)] == [1]
    assert [one.number for one in log.since(0, limit=3)] == [1, 2, 3]
    assert log.since(0, limit=0) == []


@given(limit=st.integers(2, 6), steps=st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=60))
def test_it_never_outgrows_its_bound_and_never_drops_what_waits(limit: int, steps: list[int | None]) -> None:
    """A None adds a delivery, a number finishes the waiting one of that rank, if there is one."""
    log, made = DeliveryLog(limit, Shelf(10**9)), 0
    waiting: list[Delivery] = []
    for step in steps:
        if step is not None:
            if step < len(waiting):
                done = waiting.pop(step)
                done.status = "delivered"
                log.changed(done)
            continue
        overdue = log.overdue()
        if overdue is not None:
            assert overdue is waiting.pop(0)
            overdue.status = "failed"
            log.changed(overdue)
        made += 1
        waiting.append(delivery(made))
        log.add(waiting[-1])
        kept = list(log)
        assert len(kept) <= limit
        assert len(kept) + log.dropped == made
        assert [one.number for one in kept] == sorted(one.number for one in kept)
        assert list(log.pending.values()) == waiting
        assert all(log.find(one.id) is one for one in kept)
        assert overdue is None or overdue in kept


def test_seq_tells_what_changed_since() -> None:
    log = DeliveryLog(10, Shelf(10**9))
    first, second = delivery(1), delivery(2)
    log.add(first)
    log.add(second)
    seen = log.seq
    first.status = "delivered"
    log.changed(first)
    assert [one.id for one in log if one.seq > seen] == ["d1"]
    assert log.find("d9") is None


def test_a_full_log_gives_up_the_oldest_that_waits_and_says_so(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        stage.subscribe(await stage.receiver(500))
        for _ in range(6):
            stage.happen(make_event())
            await stage.settle()
        kept = stage.deliveries
        assert [(one["id"], one["status"]) for one in kept] == [
            ("d3", "failed"),
            ("d4", "pending"),
            ("d5", "pending"),
            ("d6", "pending"),
        ]
        assert [attempt["error"] for attempt in kept[0]["attempts"]] == [
            None,
            "log full (max_deliveries, delivery_bytes)",
        ]
        assert stage.engine.log(stage.environment).dropped == 2

    play(scene, max_deliveries=4)


def test_what_waits_is_bounded_by_bytes_too(play: Play, make_event: MakeEvent) -> None:
    """The bound holds over all logs; the one that takes in something more has to give something up."""
    shelf = Shelf(5_000)
    log, other = DeliveryLog(100, shelf), DeliveryLog(100, shelf)
    waiting = [delivery(number) for number in range(1, 5)]
    for one in waiting:
        assert log.overdue() is None
        log.add(one)
    assert log.overdue() is waiting[0]
    assert other.overdue() is None
    log.clear()
    assert shelf.waiting == 0

    async def scene(stage: Stage) -> None:
        stage.subscribe(await stage.receiver(500))
        for _ in range(6):
            stage.happen(make_event())
            await stage.settle()
        assert [one["status"] for one in stage.deliveries].count("pending") < 6
        assert "delivery_bytes" in stage.deliveries[0]["attempts"][-1]["error"]

    play(scene, delivery_bytes=7_000)


def test_the_cause_picks_what_followed_from_one_request(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        stage.subscribe(await stage.receiver(500, 200))
        stage.happen(make_event())
        stage.environment.outbox.append(make_event())
        stage.engine.take(stage.environment, "request-2")
        await stage.settle()
        log = stage.engine.log(stage.environment)
        assert [one.id for one in log.since(0, "request-2")] == ["d2"]
        assert log.since(log.seq, "request-2") == log.since(0, "request-3") == []
        assert len(log.since(0)) == 2

    play(scene)


def test_finished_ones_fall_out_first(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        stage.subscribe(await stage.receiver(500, 200))
        for _ in range(9):
            stage.happen(make_event())
            await stage.settle()
        assert [(one["id"], one["status"]) for one in stage.deliveries] == [
            ("d1", "pending"),
            ("d7", "delivered"),
            ("d8", "delivered"),
            ("d9", "delivered"),
        ]
        assert stage.engine.log(stage.environment).dropped == 5

    play(scene, max_deliveries=4)


def test_what_is_in_flight_is_not_given_up_although_the_log_is_full(
    play: Play, make_event: MakeEvent, held: Any
) -> None:
    async def scene(stage: Stage) -> None:
        first = held()
        receiver = await stage.receiver(first, 500)
        stage.subscribe(receiver)
        stage.happen(make_event())
        await receiver.arrived.wait()
        for number in range(4):
            stage.happen(replace(make_event(), contact=replace(make_event().contact, uuid=f"someone-{number}")))
        first.hold.set()
        await stage.settle()
        assert next(one["status"] for one in stage.deliveries if one["id"] == "d1") == "delivered"

    play(scene, max_deliveries=3)


def test_more_in_flight_than_the_log_holds_are_all_kept(play: Play, make_event: MakeEvent, held: Any) -> None:
    async def scene(stage: Stage) -> None:
        reply = held()
        receiver = await stage.receiver(reply)
        stage.subscribe(receiver)
        for number in range(5):
            stage.happen(replace(make_event(), contact=replace(make_event().contact, uuid=f"someone-{number}")))
        while len(receiver.posts) < 5:
            receiver.arrived.clear()
            await receiver.arrived.wait()
        assert len(stage.deliveries) == 5
        reply.hold.set()
        assert await stage.settle() == 0
        assert [one["status"] for one in stage.deliveries] == ["delivered"] * 2

    play(scene, max_deliveries=2)
