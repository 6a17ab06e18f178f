"""The log: bounded, and honest about what it lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from mock_server.webhooks.log import Delivery, DeliveryLog

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage


def delivery(number: int) -> Delivery:
    return Delivery(
        id=f"d{number}",
        number=number,
        event="Saw Survey",
        webhook_uuid="w",
        url="http://127.0.0.1:1/",
        contact_uuid="c",
        body=b"{}",
        cause=None,
        created_at=0,
        due=0,
    )


@given(limit=st.integers(2, 6), steps=st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=60))
def test_it_never_outgrows_its_bound_and_never_drops_what_waits(limit: int, steps: list[int | None]) -> None:
    """A None adds a delivery, a number finishes the waiting one of that rank, if there is one."""
    log, made = DeliveryLog(limit), 0
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
    log = DeliveryLog(10)
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
        assert [attempt["error"] for attempt in kept[0]["attempts"]] == [None, "log full"]
        assert stage.engine.log(stage.environment).dropped == 2

    play(scene, max_deliveries=4)


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
