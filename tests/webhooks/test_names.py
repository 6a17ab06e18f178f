"""Names become addresses: only near ones, and nobody waits for a silent name server when the server stops."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from mock_server.settings import Settings
from mock_server.webhooks.sender import Sender

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage

FAR = [
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80)),
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 80, 0, 0)),
]


def test_a_name_with_two_forbidden_addresses_fails_at_once(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: FAR)

    async def scene(stage: Stage) -> None:
        stage.subscribe("http://both.test/hook")
        stage.happen(make_event())
        assert await stage.settle() == 0
        [delivery] = stage.deliveries
        assert delivery["status"] == "failed"
        assert "93.184.216.34 is neither" in delivery["attempts"][0]["error"]

    play(scene)


def test_of_several_addresses_the_near_one_is_taken(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        near = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [*FAR, near])
        stage.subscribe(f"http://both.test:{receiver.port}/hook")
        stage.happen(make_event())
        await stage.settle()
        assert receiver.events == ["Completed Survey"]

    play(scene)


def test_stopping_does_not_wait_for_a_silent_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's own threads would be joined when the loop closes, for as long as the system asks."""
    asked, answer = threading.Event(), threading.Event()

    def silent(*_arguments: Any, **_more: Any) -> list[Any]:
        asked.set()
        assert answer.wait(20)
        return FAR

    monkeypatch.setattr(socket, "getaddrinfo", silent)

    async def post() -> None:
        sender = Sender(Settings())
        attempt = asyncio.create_task(sender.post("http://slow.test/hook", b"{}", None))
        while not asked.is_set():  # noqa: ASYNC110 - it is set by a thread
            await asyncio.sleep(0)
        attempt.cancel()
        await asyncio.wait([attempt])
        await sender.close()

    asyncio.run(post())
    assert not answer.is_set()
    [asking] = [thread for thread in threading.enumerate() if thread.name == "look up slow.test"]
    answer.set()
    asking.join(10)
    assert not asking.is_alive()
