"""Faults on the wire: real connections to a real server, and the app in the hands of another one."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from mock_server.faults import BODIES
from mock_server.remote import RemoteEnvironment
from mock_server.server import MockServer
from mock_server.settings import Settings
from tests.api.door import Client, Door
from tests.miniatures.running import Receiver, receiving

CUTS = ("drop", "reset", "truncate")
PATIENCE = 20.0


class Line:
    """One connection of a client to an environment, held by hand."""

    def __init__(self, refiner: RemoteEnvironment) -> None:
        self._refiner = refiner
        host, _, port = refiner.remote.url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)

    def request(self, path: str, method: str = "GET", body: bytes = b"") -> bytes:
        """Return a request as bytes."""
        head = [
            f"{method} /e/{self._refiner.name}/v1{path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Authorization: Bearer {self._refiner.api_key}",
            f"Content-Length: {len(body)}",
            "Content-Type: application/json",
        ]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def ask(self, path: str, method: str = "GET", body: bytes = b"") -> None:
        """Send a request."""
        self.socket.sendall(self.request(path, method, body))

    def answer(self) -> http.client.HTTPResponse:
        """Return the head of the answer, its body unread."""
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        return response

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def server(caplog: pytest.LogCaptureFixture) -> Iterator[MockServer]:
    """A server of which nothing is logged to its end."""
    with MockServer() as running:
        yield running
    assert [record.getMessage() for record in caplog.records] == []


@pytest.fixture
def refiner(server: MockServer) -> RemoteEnvironment:
    return server.create_environment()


@pytest.fixture
def line(refiner: RemoteEnvironment) -> Iterator[Line]:
    with contextlib.closing(Line(refiner)) as connection:
        yield connection


IDENTIFY = ("/identify-user", "POST", b'{"id":"u-1"}')


def people(refiner: RemoteEnvironment) -> list[str]:
    """Return the ids of the contacts that there are."""
    return [contact["remote_id"] for contact in refiner.snapshot()["contacts"]]


def test_a_status_is_answered_in_place_of_the_call(refiner: RemoteEnvironment, line: Line) -> None:
    refiner.fault("status", status=503, retry_after=7)

    line.ask(*IDENTIFY)
    answer = line.answer()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
    assert orjson.loads(answer.read()) == {"message": "Service Unavailable"}
    assert people(refiner) == []


def test_a_dropped_call_is_done_and_never_answered(refiner: RemoteEnvironment, line: Line) -> None:
    refiner.fault("drop")

    line.ask(*IDENTIFY)

    assert line.socket.recv(1) == b""
    assert people(refiner) == ["u-1"]
    assert (refiner.journal()[-1]["status"], refiner.journal()[-1]["fault"]) == (202, "drop")


def test_a_reset_call_is_not_done(refiner: RemoteEnvironment, line: Line) -> None:
    refiner.fault("reset")

    line.ask(*IDENTIFY)

    with pytest.raises(ConnectionResetError):
        line.socket.recv(1)
    assert people(refiner) == []
    assert (refiner.journal()[-1]["status"], refiner.journal()[-1]["fault"]) == (0, "reset")


def test_a_truncated_answer_announces_the_whole_and_ends_after_half(refiner: RemoteEnvironment, line: Line) -> None:
    refiner.fault("truncate")

    line.ask(*IDENTIFY)
    answer = line.answer()

    assert answer.status == 202
    with pytest.raises(http.client.IncompleteRead) as cut:
        answer.read()
    whole = int(answer.headers["Content-Length"])
    assert (len(cut.value.partial), cut.value.expected) == (whole // 2, whole - whole // 2)
    assert people(refiner) == ["u-1"]


def test_a_large_answer_is_truncated_at_half_even_for_a_slow_reader(server: MockServer) -> None:
    refiner = server.create_environment(seed="crowded")
    refiner.fault("truncate")
    with contextlib.closing(Line(refiner)) as line:
        line.ask("/contacts?page_length=1000")
        answer = line.answer()
        whole, got = int(answer.headers["Content-Length"]), 0
        while part := answer.read(50_000):
            got += len(part)
            # Something else meanwhile, so that the server is not rid of it all at once.
            refiner.remote.get("/health")

    assert whole > 500_000
    assert got == whole // 2


@pytest.mark.parametrize("body", [None, *BODIES])
def test_a_garbled_answer_is_no_json_and_else_as_it_was(
    refiner: RemoteEnvironment, line: Line, body: str | None
) -> None:
    refiner.fault("garble", body=body)

    line.ask(*IDENTIFY)
    answer = line.answer()

    assert (answer.status, answer.headers["Content-Type"]) == (202, "application/json")
    got = answer.read()
    assert got == BODIES[body or "page"]
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(got)
    assert people(refiner) == ["u-1"]


@pytest.mark.parametrize("fault", [{"kind": "delay", "seconds": 0.05}, {"kind": "slow_body", "seconds": 0.05}])
def test_a_late_answer_is_late_and_whole(refiner: RemoteEnvironment, line: Line, fault: dict[str, Any]) -> None:
    refiner.fault(**fault)

    began = time.monotonic()
    line.ask(*IDENTIFY)
    answer = line.answer()

    assert orjson.loads(answer.read())["message"] == "ok"
    assert time.monotonic() - began >= 0.05


def test_a_delayed_call_is_done_at_once_and_answered_when_the_server_stops() -> None:
    server = MockServer().start()
    refiner = server.create_environment()
    refiner.fault("delay", seconds=60)
    with contextlib.closing(Line(refiner)) as line:
        line.ask(*IDENTIFY)
        assert [entry["fault"] for entry in refiner.journal(wait=PATIENCE)] == ["delay"]
        assert people(refiner) == ["u-1"]
        began = time.monotonic()

        server.stop()

        assert orjson.loads(line.answer().read())["message"] == "ok"
        assert time.monotonic() - began < 30


def test_the_head_of_a_slow_body_comes_at_once_and_the_rest_when_the_server_stops() -> None:
    server = MockServer().start()
    refiner = server.create_environment()
    refiner.fault("slow_body", seconds=60)
    with contextlib.closing(Line(refiner)) as line:
        line.ask(*IDENTIFY)
        answer = line.answer()
        assert answer.status == 202

        server.stop()

        assert orjson.loads(answer.read())["message"] == "ok"


def test_webhooks_do_not_wait_for_a_delayed_answer(server: MockServer, receiver: Receiver) -> None:
    refiner = server.create_environment()
    segment = refiner.create_segment("Trial")["uuid"]
    refiner.subscribe(receiver.url, ["Entered Segment"])
    refiner.fault("delay", seconds=60, operation="addToSegment")
    with contextlib.closing(Line(refiner)) as line:
        line.ask("/sync-segment", "POST", orjson.dumps({"id": "u-1", "segment_uuid": segment}))

        assert receiver.next().body["remote_id"] == "u-1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.mark.parametrize("calls", [1, 3])
@pytest.mark.parametrize("kind", ["delay", "slow_body"])
def test_a_client_that_gives_up_meanwhile_is_no_trouble(server: MockServer, kind: str, calls: int) -> None:
    """Of calls that were sent at once uvicorn tells the last one alone that nobody is there any more."""
    refiner = server.create_environment()
    for seconds in (0.05, 60):
        refiner.fault(kind, seconds=seconds)
        with contextlib.closing(Line(refiner)) as line:
            line.socket.sendall(line.request(*IDENTIFY) * calls)
            assert refiner.journal(wait=PATIENCE)
        refiner.remote.delete(f"/environments/{refiner.name}/journal")
    # The short one is over before this is answered; the long one ends with the server.
    refiner.fault("delay", seconds=0.1)
    with contextlib.closing(Line(refiner)) as line:
        line.ask("/")
        assert line.answer().status == 200


@pytest.mark.parametrize("fault", [("status", {"status": 500}), ("garble", {}), ("delay", {"seconds": 0.001})])
def test_a_connection_that_was_not_cut_is_good_for_more(
    refiner: RemoteEnvironment, line: Line, fault: tuple[str, dict[str, Any]]
) -> None:
    kind, more = fault
    refiner.fault(kind, operation="identifyUser", **more)
    line.ask(*IDENTIFY)
    line.answer().read()

    line.ask("/")

    assert line.answer().status == 200


@pytest.mark.parametrize("kind", CUTS)
def test_calls_that_were_sent_ahead_on_a_cut_connection_are_lost(
    refiner: RemoteEnvironment, line: Line, kind: str
) -> None:
    refiner.fault(kind, operation="identifyUser")

    line.socket.sendall(line.request(*IDENTIFY) + 3 * line.request("/"))
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while part := line.socket.recv(65_536):
            got += part

    assert got.count(b"HTTP/1.1 ") == (1 if kind == "truncate" else 0)
    assert [entry["operation"] for entry in refiner.journal()] == ["identifyUser"]


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of an app that no server of ours serves."""
    door = Door(Settings())
    yield Client(door, door.rooms.environments.get("default"))
    door.close()


@pytest.mark.parametrize("kind", CUTS)
def test_under_another_server_what_is_to_be_cut_is_raised_for_it_to_close(client: Client, kind: str) -> None:
    client.control("POST", "/faults", {"kind": kind})

    with pytest.raises(ConnectionResetError, match="fault"):
        client.post("/identify-user", {"id": "u-1"})

    assert client.get("/contact", id="u-1").status == (404 if kind == "reset" else 200)


def test_under_another_server_all_other_faults_work(client: Client) -> None:
    for fault in (
        {"kind": "delay", "seconds": 0.001},
        {"kind": "slow_body", "seconds": 0.001},
        {"kind": "status", "status": 429},
    ):
        client.control("POST", "/faults", fault)

    assert [client.post("/identify-user", {"id": "u-1"}).status for _ in range(4)] == [202, 202, 429, 202]
