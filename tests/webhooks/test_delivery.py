"""The engine: from the outbox to receivers on loopback, on a clock that moves only when it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.errors import NotFound, UsageError

if TYPE_CHECKING:
    from mock_server.state.environment import Environment
    from mock_server.state.records import Micros
    from mock_server.webhooks.log import Delivery
    from tests.webhooks.conftest import MakeEvent, Play, Stage


def test_the_log_tells_cause_and_every_attempt(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        webhook = stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        [delivery] = stage.deliveries
        [attempt] = delivery.pop("attempts")
        assert attempt.pop("duration_ms") >= 0
        assert attempt == {"at": "2025-03-14T12:00:00.000000Z", "status": 200, "error": None, "answer": "thanks"}
        assert delivery == {
            "id": "d1",
            "seq": 2,
            "event": "Completed Survey",
            "event_id": "e1",
            "webhook_uuid": webhook.uuid,
            "url": receiver.url,
            "status": "delivered",
            "cause": "request-1",
            "created_at": "2025-03-14T12:00:00.000000Z",
            "next_attempt_at": None,
            "redelivery_of": None,
            "mutation": None,
        }

    play(scene)


def test_what_is_sent_is_the_moment_when_it_happened(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(500, 200)
        stage.subscribe(receiver)
        environment = stage.environment
        stage.happen(make_event())
        environment.clock.advance_to(environment.clock.now() + 3_000_000)
        stage.happen(make_event("Dismissed Survey"))
        await stage.advance(60)
        first = [post.body for post in receiver.posts if post.body["triggered_event"] == "Completed Survey"]
        assert len(first) == 2
        assert first[0] == first[1]
        assert first[0]["response"]["dismissed_at"] is None

    play(scene)


def test_an_event_nobody_wants_makes_no_delivery(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        stage.happen(make_event())
        receiver = await stage.receiver()
        stage.subscribe(receiver, events=["Saw Survey"])
        stage.happen(make_event())
        assert await stage.settle() == 0
        assert stage.deliveries == []
        assert stage.environment.outbox == []

    play(scene)


def test_several_webhooks_get_one_event_each_with_its_own_token(play: Play, make_event: MakeEvent) -> None:
    """(d) Configuration: several webhooks per environment (KB-wh)."""

    async def scene(stage: Stage) -> None:
        receivers = [await stage.receiver() for _ in range(3)]
        for number, receiver in enumerate(receivers):
            stage.subscribe(receiver, auth_token=f"token-{number}")
        stage.happen(make_event())
        await stage.settle()
        tokens = [receiver.posts[0].headers["authorization"] for receiver in receivers]
        assert tokens == ["Bearer token-0", "Bearer token-1", "Bearer token-2"]
        assert [one["event_id"] for one in stage.deliveries] == ["e1"] * 3

    play(scene)


@pytest.mark.parametrize(
    ("mutation", "header"),
    [(None, "Bearer new"), ("duplicate", "Bearer new"), ("old_token", "Bearer old"), ("no_token", None)],
)
def test_a_redelivery_is_a_new_delivery_of_the_same_body(
    play: Play, make_event: MakeEvent, mutation: str | None, header: str | None
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        webhook = stage.subscribe(receiver, auth_token="old")
        stage.happen(make_event())
        await stage.settle()
        stage.engine.subscriptions(stage.environment).update(webhook.uuid, {"auth_token": "new"})
        record = stage.engine.redeliver(stage.environment, "d1", mutation, "request-2")
        assert await stage.settle() == 0
        first, second = receiver.posts
        assert first.body == second.body
        assert second.headers.get("authorization") == header
        assert (record["id"], record["redelivery_of"], record["mutation"]) == ("d2", "d1", mutation)
        assert stage.deliveries[1]["cause"] == "request-2"
        assert stage.deliveries[1]["status"] == "delivered"

    play(scene)


def test_an_old_token_is_made_up_where_there_was_none(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver, auth_token="only")
        stage.happen(make_event())
        await stage.settle()
        stage.engine.redeliver(stage.environment, "d1", "old_token")
        await stage.settle()
        assert receiver.posts[1].headers["authorization"] not in ("", "Bearer only")

    play(scene)


def test_a_late_redelivery_is_overtaken(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        stage.happen(make_event("Saw Survey"))
        await stage.settle()
        stage.engine.redeliver(stage.environment, "d1", "late")
        stage.happen(make_event("Dismissed Survey"))
        assert await stage.settle() == 1
        await stage.advance(3600)
        assert receiver.events == ["Saw Survey", "Dismissed Survey", "Saw Survey"]

    play(scene)


def test_what_cannot_be_redelivered_is_said(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        webhook = stage.subscribe(await stage.receiver())
        stage.happen(make_event())
        await stage.settle()
        redeliver, environment = stage.engine.redeliver, stage.environment
        with pytest.raises(UsageError, match="duplicate, old_token, no_token, late"):
            redeliver(environment, "d1", "upside-down")
        with pytest.raises(NotFound, match="max_deliveries"):
            redeliver(environment, "d7")
        stage.engine.subscriptions(environment).delete(webhook.uuid)
        with pytest.raises(NotFound, match="webhook"):
            redeliver(environment, "d1")

    play(scene)


def test_an_event_can_be_sent_to_one_webhook_that_does_not_want_it(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        chosen, other = await stage.receiver(), await stage.receiver()
        webhook = stage.subscribe(chosen, events=["Tag Added"])
        stage.subscribe(other)
        delivery = stage.engine.send(stage.environment, webhook.uuid, make_event(), "request-3")
        await stage.settle()
        assert delivery.status == "delivered"
        assert (chosen.events, other.events) == (["Completed Survey"], [])

    play(scene)


def test_listeners_hear_of_every_attempt_and_cannot_break_it(
    play: Play, make_event: MakeEvent, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[tuple[str, int | None, str]] = []

    def broken(*_: object) -> None:
        raise RuntimeError("a listener of somebody's")

    async def scene(stage: Stage) -> None:
        stage.engine.listeners += [
            broken,
            lambda _environment, delivery, attempt: heard.append((delivery.id, attempt.status, delivery.status)),
        ]
        stage.subscribe(await stage.receiver(500, 200))
        stage.happen(make_event())
        await stage.advance(5)
        assert heard == [("d1", 500, "pending"), ("d1", 200, "delivered")]

    play(scene)
    assert "a listener failed on delivery d1" in caplog.text


def test_start_listeners_hear_of_an_attempt_before_its_answer(play: Play, make_event: MakeEvent, held: Any) -> None:
    heard: list[tuple[str, int, bool]] = []

    async def scene(stage: Stage) -> None:
        def started(environment: Environment, delivery: Delivery, began: Micros) -> None:
            heard.append((delivery.id, len(delivery.attempts), began == environment.clock.now()))

        stage.engine.start_listeners.append(started)
        stage.environment.clock.freeze()
        stage.subscribe(await stage.receiver(held(), 200))
        stage.happen(make_event())
        await stage.settle()
        await stage.advance(5)
        assert heard == [("d1", 0, True), ("d1", 1, True)]

    play(scene, delivery_timeout=0.05)


def test_what_is_not_sent_is_not_told_as_started(play: Play, make_event: MakeEvent) -> None:
    heard: list[str] = []

    async def scene(stage: Stage) -> None:
        stage.engine.start_listeners.append(lambda _environment, delivery, _began: heard.append(delivery.id))
        webhook = stage.subscribe(await stage.receiver())
        stage.happen(make_event())
        stage.engine.subscriptions(stage.environment).update(webhook.uuid, {"active": False})
        await stage.settle()
        assert (heard, stage.deliveries[0]["status"]) == ([], "failed")

    play(scene)
