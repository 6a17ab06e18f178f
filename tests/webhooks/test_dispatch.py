"""Copies, losses and delays of a delivery policy, as receivers and the log see them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mock_server.state.records import DeliveryPolicy

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage


def test_each_delivery_is_followed_by_its_copies(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 200)
        stage.subscribe(receiver)
        stage.environment.delivery = DeliveryPolicy(duplicate=2)
        stage.happen(make_event())
        stage.happen(make_event("Dismissed Survey"))
        await stage.advance(5)
        assert Counter(receiver.events) == {"Completed Survey": 4, "Dismissed Survey": 3}
        assert [post.body for post in receiver.posts[:3]] == [receiver.posts[0].body] * 3
        shown = [(one["id"], one["redelivery_of"], one["mutation"], one["event_id"]) for one in stage.deliveries]
        assert shown == [
            ("d1", None, None, "e1"),
            ("d2", "d1", "duplicate", "e1"),
            ("d3", "d1", "duplicate", "e1"),
            ("d4", None, None, "e4"),
            ("d5", "d4", "duplicate", "e4"),
            ("d6", "d4", "duplicate", "e4"),
        ]

    play(scene)


def test_the_next_deliveries_are_lost_and_the_log_says_so(play: Play, make_event: MakeEvent) -> None:
    heard: list[tuple[str, str]] = []

    async def scene(stage: Stage) -> None:
        stage.engine.listeners.append(lambda _, delivery, _attempt: heard.append((delivery.id, delivery.status)))
        receiver, other = await stage.receiver(), await stage.receiver()
        stage.subscribe(receiver)
        stage.subscribe(other)
        stage.environment.delivery = DeliveryPolicy(drop=3, duplicate=1)
        assert stage.environment.outbox == []
        stage.environment.outbox.append(make_event("Saw Survey"))
        assert stage.engine.take(stage.environment, "request-1") == 2
        assert stage.environment.delivery.drop == 1
        stage.environment.outbox.append(make_event())
        assert stage.engine.take(stage.environment, "request-2") == 3
        await stage.advance(24 * 3600)
        assert (receiver.events, other.events) == ([], ["Completed Survey"] * 2)
        assert [one["status"] for one in stage.deliveries] == [*["dropped"] * 3, *["delivered"] * 2]
        [attempt] = stage.deliveries[0]["attempts"]
        assert (attempt["status"], attempt["error"]) == (None, "lost on purpose (delivery policy)")
        assert stage.environment.delivery == DeliveryPolicy(duplicate=1)
        assert [one for one in heard if one[1] == "dropped"] == [
            ("d1", "dropped"),
            ("d2", "dropped"),
            ("d3", "dropped"),
        ]

    play(scene)


def test_what_was_lost_can_be_sent_by_hand_which_follows_no_policy(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        webhook = stage.subscribe(receiver)
        stage.environment.delivery = DeliveryPolicy(drop=1)
        stage.happen(make_event())
        stage.environment.delivery = DeliveryPolicy(drop=5, duplicate=3, delay=60.0, order="reversed")
        stage.engine.redeliver(stage.environment, "d1")
        stage.engine.send(stage.environment, webhook.uuid, make_event("Saw Survey"), None)
        assert stage.engine.busy(stage.environment) == 2
        await stage.settle()
        assert receiver.events == ["Completed Survey", "Saw Survey"]
        assert stage.environment.delivery.drop == 5
        assert [one["event_id"] for one in stage.deliveries] == ["e1", "e1", "e3"]

    play(scene)


def test_a_delay_is_waited_for_before_the_first_attempt_only(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 200)
        stage.subscribe(receiver)
        stage.environment.delivery = DeliveryPolicy(delay=90.5)
        stage.happen(make_event())
        assert await stage.settle() == 1
        assert stage.deliveries[0]["next_attempt_at"] == "2025-03-14T12:01:30.500000Z"
        await stage.advance(90)
        assert receiver.posts == []
        await stage.advance(3600)
        times = [attempt["at"][11:] for attempt in stage.deliveries[0]["attempts"]]
        assert times == ["12:01:30.500000Z", "12:01:35.500000Z"]

    play(scene)


def test_what_is_delayed_and_reordered_is_both(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        stage.environment.delivery = DeliveryPolicy(order="reversed", delay=30.0)
        stage.happen(make_event("Saw Survey"))
        stage.happen(make_event())
        seen = stage.engine.log(stage.environment).seq
        assert await stage.settle() == 2
        changed = stage.engine.deliveries(stage.environment, seen)
        assert [one["next_attempt_at"] for one in changed] == ["2025-03-14T12:00:30.000000Z"] * 2
        await stage.advance(30)
        assert receiver.events == ["Completed Survey", "Saw Survey"]

    play(scene)
