"""One attempt over HTTP, seen from a real receiver on loopback and from the log."""

from __future__ import annotations

import asyncio
import socket
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
        assert attempt["error"] == f"nothing listens at {receiver.url.split('/')[2]}"
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
        assert stage.deliveries[0]["attempts"][0]["error"].endswith(" closed the connection without an answer")
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


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/hook", "nothing listens at 127.0.0.1:9"),
        ("https://127.0.0.1:9/hook", "nothing listens at 127.0.0.1:9"),
    ],
)
def test_what_kept_a_receiver_from_answering_is_said_in_plain_words(
    play: Play, make_event: MakeEvent, url: str, words: str
) -> None:
    async def scene(stage: Stage) -> None:
        stage.subscribe(url)
        stage.happen(make_event())
        await stage.settle()
        assert stage.deliveries[0]["attempts"][0]["error"].startswith(words)

    play(scene)


def test_a_name_that_nobody_knows_is_said_so(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def scene(stage: Stage) -> None:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        stage.subscribe("http://nowhere.invalid/hook")
        stage.happen(make_event())
        await stage.settle()
        [attempt] = stage.deliveries[0]["attempts"]
        assert attempt["error"] == "the name nowhere.invalid is not known"

    play(scene)


def test_a_receiver_without_tls_is_told_from_one_that_is_down(play: Play, make_event: MakeEvent) -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 X\r\n\r\n")
        writer.close()

    async def scene(stage: Stage) -> None:
        async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
            place = "127.0.0.1:{1}".format(*server.sockets[0].getsockname())
            stage.subscribe(f"https://{place}/hook")
            stage.happen(make_event())
            await stage.settle()
        assert stage.deliveries[0]["attempts"][0]["error"].startswith(f"TLS with {place} fails: ")

    play(scene)


@pytest.mark.parametrize("before", [0, 495, 503, 508, 512])
def test_a_token_that_the_receiver_sends_back_is_not_kept(
    play: Play, make_event: MakeEvent, reply: Any, before: int
) -> None:
    async def scene(stage: Stage) -> None:
        echo = b"x" * before + b"s3cret-token" + b"y" * 20
        stage.subscribe(await stage.receiver(reply(500, body=echo)), auth_token="s3cret-token")
        stage.happen(make_event())
        await stage.settle()
        [attempt] = stage.deliveries[0]["attempts"]
        assert "s3cret" not in attempt["answer"]
        assert len(attempt["answer"].encode()) <= 512
        assert attempt["answer"].startswith("x" * min(before, 500))

    play(scene)


@pytest.mark.parametrize("mutation", ["duplicate", "old_token", "no_token"])
def test_no_token_of_the_webhook_is_kept_whichever_was_sent(
    play: Play, make_event: MakeEvent, reply: Any, mutation: str
) -> None:
    async def scene(stage: Stage) -> None:
        echo = reply(403, body=b"wanted two-SECRET, as one-SECRET is over; two-SECRETS")
        receiver = await stage.receiver(200, echo)
        webhook = stage.subscribe(receiver, auth_token="one-SECRET")
        stage.happen(make_event())
        await stage.settle()
        stage.engine.subscriptions(stage.environment).update(webhook.uuid, {"auth_token": "two-SECRET"})
        stage.engine.redeliver(stage.environment, "d1", mutation)
        await stage.settle()
        assert stage.deliveries[1]["attempts"][0]["answer"] == "wanted two-…, as one-… is over; two-…S"

    play(scene)


def test_a_token_that_was_set_while_an_attempt_was_under_way_is_not_kept(
    play: Play, make_event: MakeEvent, held: Any
) -> None:
    async def scene(stage: Stage) -> None:
        slow = held()
        slow.body = b"wanted two-SECRET, got one-SECRET"
        receiver = await stage.receiver(slow)
        webhook = stage.subscribe(receiver, auth_token="one-SECRET")
        stage.happen(make_event())
        await receiver.arrived.wait()
        webhooks = stage.engine.subscriptions(stage.environment)
        for token in ("three", "two-SECRET"):
            webhooks.update(webhook.uuid, {"auth_token": token})
        slow.hold.set()
        await stage.settle()
        assert stage.deliveries[0]["attempts"][0]["answer"] == "wanted two-…, got one-…"

    play(scene)


@pytest.mark.parametrize(
    ("tokens", "answer", "kept"),
    [
        (["s3cret"], b"not s3cret", "not s3c…"),
        (["abc"], b"not abc, not ab", "not a…, not ab"),
        (["a"], b"a or b", "… or b"),
        (["ab", "abc"], b"abc ab", "a… a…"),
        (["ab", "abcdefgh"], b"abcdefgh", "abcd…"),
    ],
)
def test_of_a_short_token_at_most_half_is_kept(
    play: Play, make_event: MakeEvent, reply: Any, tokens: list[str], answer: bytes, kept: str
) -> None:
    async def scene(stage: Stage) -> None:
        webhook = stage.subscribe(await stage.receiver(reply(500, body=answer)))
        for token in tokens:
            stage.engine.subscriptions(stage.environment).update(webhook.uuid, {"auth_token": token})
        stage.happen(make_event())
        await stage.settle()
        assert stage.deliveries[0]["attempts"][0]["answer"] == kept

    play(scene)
