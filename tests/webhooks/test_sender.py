"""One attempt over HTTP, seen from a real receiver on loopback and from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage


def test_the_token_arrives_as_a_bearer_token_in_a_json_post(play: Play, make_event: MakeEvent) -> None:
    """(d) Delivery: POST, JSON, `Authorization: Bearer <token>` (KB-wh; Make's Refiner help page)."""

    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver, auth_token="s3cret")
        stage.happen(make_event())
        assert await stage.settle() == 0
        [post] = receiver.posts
        assert post.path == "/hook"
        assert post.headers["authorization"] == "Bearer s3cret"
        assert post.headers["content-type"] == "application/json"
        assert post.headers["user-agent"].startswith("refiner-mock/")
        assert post.body["triggered_event"] == "Completed Survey"

    play(scene)


def test_without_a_token_no_authorization_is_sent(play: Play, make_event: MakeEvent) -> None:
    """(d) Configuration: the secret token is optional (KB-wh)."""

    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        assert "authorization" not in receiver.posts[0].headers

    play(scene)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(play: Play, make_event: MakeEvent, status: int) -> None:
    async def scene(stage: Stage) -> None:
        from_receiver = await stage.receiver(status)
        stage.subscribe(from_receiver)
        stage.happen(make_event())
        await stage.settle()
        assert stage.deliveries[0]["status"] == "delivered"

    play(scene)


def test_a_redirect_is_a_failure_and_is_not_followed(play: Play, make_event: MakeEvent, reply: Any) -> None:
    async def scene(stage: Stage) -> None:
        elsewhere = await stage.receiver()
        receiver = await stage.receiver(reply(302, {"Location": elsewhere.url}))
        stage.subscribe(receiver)
        stage.happen(make_event())
        assert await stage.settle() == 1
        assert elsewhere.posts == []
        [attempt] = stage.deliveries[0]["attempts"]
        assert (attempt["status"], attempt["error"]) == (302, "a redirect is a failure and is not followed")

    play(scene)


def test_a_receiver_that_is_down_gets_it_once_it_is_up(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        await receiver.close()
        stage.subscribe(receiver)
        stage.happen(make_event())
        assert await stage.settle() == 1
        [attempt] = stage.deliveries[0]["attempts"]
        assert attempt["status"] is None
        assert "ConnectorError" in attempt["error"]
        await receiver.open()
        await stage.advance(5)
        assert receiver.events == ["Completed Survey"]

    play(scene)


def test_a_connection_closed_without_an_answer_is_a_failed_attempt(
    play: Play, make_event: MakeEvent, reply: Any
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(reply(silent=True), 200)
        stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        assert stage.deliveries[0]["attempts"][0]["error"].startswith("ServerDisconnectedError")
        await stage.advance(5)
        assert stage.deliveries[0]["status"] == "delivered"

    play(scene)


def test_a_slow_receiver_runs_into_the_time_out(play: Play, make_event: MakeEvent, held: Any) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(held(), 200)
        stage.subscribe(receiver)
        stage.happen(make_event())
        assert await stage.settle() == 1
        [attempt] = stage.deliveries[0]["attempts"]
        assert (attempt["status"], attempt["error"]) == (None, "no complete answer within 0.05 s")
        assert attempt["duration_ms"] >= 50

    play(scene, delivery_timeout=0.05)


def test_of_the_answer_the_first_512_bytes_are_kept_and_the_connection_too(
    play: Play, make_event: MakeEvent, reply: Any
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(reply(500, body=b"x" * 5_000), reply(200, body="é".encode() * 300))
        stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        await stage.advance(5)
        answers = [attempt["answer"] for attempt in stage.deliveries[0]["attempts"]]
        assert answers == ["x" * 512, "é" * 256]
        assert receiver.connections == 1

    play(scene)


def test_an_endless_answer_is_not_waited_for(play: Play, make_event: MakeEvent, reply: Any) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(reply(200, body=b"x" * 1_000_000))
        stage.subscribe(receiver)
        stage.happen(make_event())
        await stage.settle()
        assert stage.deliveries[0]["status"] == "delivered"

    play(scene)
