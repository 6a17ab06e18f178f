"""The stream of events, from a real server: what it tells, where it goes on, and that it ends."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import pytest

from mock_server.control import feed, stream
from mock_server.control.feed import Feed
from mock_server.control.masking import Mask
from mock_server.journal import Journal
from mock_server.remote import RemoteEnvironment
from mock_server.server import MockServer
from mock_server.settings import Settings
from mock_server.state.environments import Environments
from mock_server.webhooks.delivery import DeliveryEngine
from tests.miniatures.running import Receiver, receiving


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        yield running


class Listener:
    """Reads one stream, event by event."""

    def __init__(self, server: MockServer, headers: dict[str, str] | None = None, **query: Any) -> None:
        host = urlsplit(server.url).netloc
        self.connection = http.client.HTTPConnection(host, timeout=10)
        self.connection.request("GET", f"/_mock/api/stream?{urlencode(query)}", headers=headers or {})
        self.response = self.connection.getresponse()
        if self.response.status == 200:
            assert self.block() == {"": "listening"}

    def block(self) -> dict[str, str]:
        """Return the fields of the next block, none at the end."""
        fields = {}
        for line in iter(self.response.readline, b""):
            if line == b"\n":
                break
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name.rstrip(":")] = value
        return fields

    def next(self, kind: str) -> tuple[str, Any]:
        """Return id and value of the next event, which is of this kind."""
        block = self.block()
        assert block["event"] == kind
        return block["id"], orjson.loads(block["data"])


@contextlib.contextmanager
def listening(server: MockServer, headers: dict[str, str] | None = None, **query: Any) -> Iterator[Listener]:
    listener = Listener(server, headers, **query)
    with contextlib.closing(listener.connection), contextlib.closing(listener.response):
        yield listener


def identify(server: MockServer, refiner: RemoteEnvironment, id: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    with contextlib.closing(connection):
        body = urlencode({"id": id, "api_key": refiner.api_key})
        connection.request("POST", f"/e/{refiner.name}/v1/identify-user?{body}")
        assert connection.getresponse().status == 202


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def test_exchanges_and_deliveries_are_told_as_the_lists_show_them(server: MockServer, receiver: Receiver) -> None:
    refiner = server.create_environment()
    form = refiner.create_form("NPS")
    refiner.subscribe(receiver.url, ["Saw Survey"], auth_token="not-to-be-told")
    with listening(server) as listener:
        identify(server, refiner, "u-1")
        refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form["uuid"])

        first, request = listener.next("request")
        second, delivery = listener.next("delivery")

    assert listener.response.headers["content-type"].startswith("text/event-stream")
    assert [request] == refiner.journal()
    assert delivery == {"environment": refiner.name, **refiner.deliveries()[0]}
    assert (first, second) == ("1-0", "1-1")
    assert refiner.api_key not in str(request)
    assert "not-to-be-told" not in str(delivery)


def test_one_environment_can_be_asked_for(server: MockServer) -> None:
    ours, others = server.create_environment(), server.create_environment()
    with listening(server, environment=ours.project_uuid) as listener:
        identify(server, others, "u-1")
        identify(server, ours, "u-2")

        assert listener.next("request")[1]["environment"] == ours.name


def test_a_reader_that_comes_back_goes_on_where_it_was(server: MockServer, receiver: Receiver) -> None:
    refiner = server.create_environment()
    form = refiner.create_form("NPS")
    refiner.subscribe(receiver.url, ["Saw Survey"])
    identify(server, refiner, "u-1")
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form["uuid"])
    refiner.settle()
    identify(server, refiner, "u-2")

    with listening(server, since="0") as listener:
        told = [listener.next("request")[0], listener.next("delivery")[0], listener.next("request")[0]]
    assert told == ["1-0", "1-1", "2-1"]
    with listening(server, {"Last-Event-ID": "1-1"}, since="0") as listener:
        assert listener.next("request")[0] == "2-1"


def test_from_zero_on_all_that_is_kept_is_told(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_WAITING", 3)
    refiner = server.create_environment()
    for number in range(8):
        identify(server, refiner, f"u-{number}")

    with listening(server, since="0") as listener:
        told = [listener.next("request")[0] for _ in range(8)]
        identify(server, refiner, "u-8")
        told.append(listener.next("request")[0])

    assert told == [f"{seq}-0" for seq in range(1, 10)]


@pytest.mark.parametrize("begun_anew", ["deleted", "reset", "restored"])
def test_deliveries_of_a_world_that_is_gone_are_not_told(
    server: MockServer, receiver: Receiver, begun_anew: str
) -> None:
    refiner = server.create_environment(name="a")
    form = refiner.create_form("NPS")
    refiner.subscribe(receiver.url, ["Saw Survey"])
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form["uuid"])
    refiner.settle()
    if begun_anew == "deleted":
        refiner.delete()
        refiner = server.create_environment(name="a")
    elif begun_anew == "reset":
        refiner.reset()
    else:
        refiner.restore(refiner.snapshot())

    identify(server, refiner, "u-2")
    with listening(server, environment="a", since="0") as listener:
        assert listener.next("request")[1]["operation"] == "identifyUser"


def test_silence_is_broken_by_a_comment(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT", 0.01)
    with listening(server) as listener:
        assert listener.block() == {"": "still here"}


@pytest.mark.parametrize(
    ("query", "status"), [({"since": "x"}, 400), ({"environment": "nobody"}, 404), ({"a": 1}, 400)]
)
def test_a_stream_that_cannot_be_is_refused(server: MockServer, query: dict[str, Any], status: int) -> None:
    with listening(server, **query) as listener:
        assert listener.response.status == status


def test_an_open_stream_does_not_delay_stopping() -> None:
    """Toolchain, section 6: without care uvicorn waits for ever for an open stream."""
    with MockServer() as server:
        listener = Listener(server)
        began = time.monotonic()
    took = time.monotonic() - began

    assert took < 0.4
    assert listener.block() == {}
    listener.connection.close()


def test_a_client_that_goes_frees_its_place() -> None:
    with MockServer() as server:
        assert server._server is not None  # noqa: SLF001 - nothing outside shows how many listen
        readers = server._server._rooms.feed  # noqa: SLF001
        with listening(server):
            assert len(readers) == 1
        end = time.monotonic() + 10
        while len(readers) and time.monotonic() < end:
            server.remote.health()
        assert len(readers) == 0


def test_a_slow_reader_is_told_how_much_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_WAITING", 2)

    async def read() -> tuple[int, list[int]]:
        settings = Settings()
        told = Feed(Journal(settings), DeliveryEngine(settings))
        reader = told.open(None, None)
        for seq in range(1, 6):
            reader.tell(feed.Event(seq, 0, None, dict))
        got = await reader.next(1)
        assert got is not None
        assert await reader.next(0) == (0, ())
        told.close()
        assert await reader.next(1) is None
        assert await told.open(None, None).next(1) is None
        return got[0], [event.seq for event in got[1]]

    assert asyncio.run(read()) == (3, [4, 5])
    assert stream._text(3, (), Mask(Environments(Settings()), Settings())) == b'event: missed\ndata: {"missed":3}\n\n'  # noqa: SLF001
