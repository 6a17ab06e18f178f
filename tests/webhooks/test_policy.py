"""The order of a delivery policy, as receivers see it, and that no policy loses what it does not say."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state.records import DeliveryPolicy
from mock_server.webhooks.log import Delivery
from mock_server.webhooks.policy import ORDERS, arranged, dice
from mock_server.webhooks.schedule import LADDERS

if TYPE_CHECKING:
    from mock_server.state.records import TriggeredEvent
    from tests.webhooks.conftest import MakeEvent, Play, Stage

LIFE = ("Saw Survey", "Completed Survey", "Tag Added")
"""What happens to one contact, one request after the other."""


def policy(stage: Stage, **given: Any) -> None:
    stage.environment.delivery = DeliveryPolicy(**given)


def live(stage: Stage, make_event: MakeEvent, kinds: tuple[str, ...] = LIFE) -> None:
    for kind in kinds:
        stage.happen(make_event(kind))


def crowd(event: TriggeredEvent, count: int) -> list[TriggeredEvent]:
    people = [f"{number:08x}-00b5-11f0-9944-0d5ca6a3a450" for number in range(count)]
    return [replace(event, contact=replace(event.contact, uuid=uuid)) for uuid in people]


def order(play: Play, make_event: MakeEvent, name: str = "stage", rounds: int = 1) -> list[list[str]]:
    """Return in which order ten contacts' events arrive under `shuffled`, in as many worlds that begin anew."""
    arrived: list[list[str]] = []

    async def scene(stage: Stage) -> None:
        stage.environment.name = name
        receiver = await stage.receiver()
        for _ in range(rounds):
            stage.subscribe(receiver)
            policy(stage, order="shuffled")
            stage.happen(*crowd(make_event(), 10))
            await stage.settle()
            arrived.append([post.body["uuid"][:8] for post in receiver.posts])
            receiver.posts.clear()
            stage.engine.forget(stage.environment)

    play(scene, delivery_concurrency_per_target=1)
    return arrived


@pytest.mark.parametrize("how", ["settle", "advance"])
def test_reversed_is_what_happened_last_first_also_over_several_requests(
    play: Play, make_event: MakeEvent, how: str
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        policy(stage, order="reversed")
        live(stage, make_event)
        assert stage.engine.busy(stage.environment) == 0
        assert {one["next_attempt_at"] for one in stage.deliveries} == {"2025-03-14T12:00:02.000000Z"}
        await (stage.settle() if how == "settle" else stage.advance(3600))
        assert receiver.events == [*reversed(LIFE)]
        assert [one["attempts"][0]["at"][11:19] for one in stage.deliveries] == ["12:00:00"] * 3
        assert stage.engine.undelivered == 0

    play(scene)


def test_what_happens_after_a_settling_is_gathered_anew(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        policy(stage, order="reversed")
        live(stage, make_event)
        await stage.settle()
        live(stage, make_event)
        await stage.settle()
        assert receiver.events == [*reversed(LIFE)] * 2

    play(scene)


def test_on_a_running_clock_what_is_gathered_goes_by_itself(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_server.webhooks.desk.GATHERING", 50_000)

    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        stage.environment.clock.resume()
        policy(stage, order="reversed")
        live(stage, make_event)
        while len(receiver.posts) < len(LIFE):
            receiver.arrived.clear()
            await receiver.arrived.wait()
        assert receiver.events == [*reversed(LIFE)]

    play(scene)


def test_a_delivery_that_is_answered_by_another_event_is_settled_with_it(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        policy(stage, order="reversed")

        def answer(_environment: object, delivery: Any, _attempt: object) -> None:
            if delivery.event == "Completed Survey":
                stage.happen(make_event("Tag Added"))

        stage.engine.listeners.append(answer)
        stage.happen(make_event())
        assert await stage.settle() == 0
        assert receiver.events == ["Completed Survey", "Tag Added"]

    play(scene)


def test_retries_that_meet_are_reversed_too(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 500, 200)
        stage.subscribe(receiver)
        live(stage, make_event, LIFE[:2])
        await stage.settle()
        policy(stage, order="reversed")
        await stage.advance(5)
        assert receiver.events == [*LIFE[:2], *reversed(LIFE[:2])]

    play(scene)


def test_what_was_gathered_goes_in_the_order_that_held_then(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        policy(stage, order="reversed")
        live(stage, make_event)
        stage.engine.wake(stage.environment)  # as the control API does before it sets another policy
        policy(stage)
        live(stage, make_event)
        await stage.settle()
        assert receiver.events == [*reversed(LIFE), *LIFE]

    play(scene)


def test_a_clock_that_is_set_back_does_not_hold_what_was_gathered(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        policy(stage, order="reversed", delay=10.0)
        live(stage, make_event)
        clock = stage.environment.clock
        await stage.engine.advance(stage.environment, clock.now, lambda: clock.set(clock.now() - 3_600_000_000))
        assert {one["next_attempt_at"] for one in stage.deliveries} == {"2025-03-14T11:00:10.000000Z"}
        live(stage, make_event, ("Dismissed Survey",))
        await stage.advance(9)
        assert receiver.events == []
        await stage.advance(1)
        assert receiver.events == ["Dismissed Survey", *reversed(LIFE)]

    play(scene)


def test_shuffled_is_the_same_for_the_same_seed_and_calls(play: Play, make_event: MakeEvent) -> None:
    first, again = order(play, make_event, rounds=2)
    assert order(play, make_event) == [first] == [again]
    assert first != sorted(first)
    assert sorted(first) == [f"{number:08x}" for number in range(10)]
    assert order(play, make_event, "other") != [first]


@given(order=st.sampled_from(ORDERS), numbers=st.lists(st.integers(1, 99), unique=True).map(sorted))
def test_an_order_neither_loses_nor_adds_anything(order: str, numbers: list[int]) -> None:
    due = [
        Delivery("d", number, "Saw Survey", "e", "w", "http://127.0.0.1:1/", "c", b"", None, 0, 0) for number in numbers
    ]
    assert Counter(map(id, arranged(due, order, dice(lambda: "seed", 0)))) == Counter(map(id, due))


@given(
    given=st.builds(
        DeliveryPolicy,
        order=st.sampled_from(ORDERS),
        duplicate=st.integers(0, 2),
        drop=st.integers(0, 3),
        delay=st.sampled_from([0.0, 1.0, 3600.0]),
        jitter=st.floats(0, 1),
    ),
    script=st.lists(st.sampled_from([200, 302, 404, 500, 503]), max_size=8),
    events=st.integers(1, 4),
    ladder=st.sampled_from(["ladder", "none"]),
)
@settings(max_examples=25)
def test_no_policy_loses_what_it_does_not_say(
    play: Play, make_event: MakeEvent, given: DeliveryPolicy, script: list[int], events: int, ladder: str
) -> None:
    """Everything is dropped as often as asked, delivered, or failed after the attempts it was owed."""

    async def scene(stage: Stage) -> None:
        stage.environment.dialect["webhook-retries"] = ladder
        stage.environment.delivery = given
        receiver = await stage.receiver(*script, 200)
        stage.subscribe(receiver)
        stage.happen(*crowd(make_event(), events))
        await stage.settle()
        await stage.advance(72 * 3600)
        log = stage.deliveries
        statuses = Counter(one["status"] for one in log)
        assert statuses["dropped"] == min(given.drop, events)
        assert len(log) == events + given.duplicate * (events - statuses["dropped"])
        assert statuses["pending"] == 0
        sent = [one for one in log if one["status"] != "dropped"]
        assert sum(len(one["attempts"]) for one in sent) == len(receiver.posts)
        for one in sent:
            owed = len(LADDERS[ladder])
            assert (
                one["attempts"][-1]["status"] == 200 if one["status"] == "delivered" else len(one["attempts"]) == owed
            )

    play(scene)
