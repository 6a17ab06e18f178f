"""MockServer: up in a moment, gone in a moment."""

from __future__ import annotations

import http.client
import math
import socket
import time
from urllib.parse import urlsplit

import orjson
import pytest

from mock_server.errors import ServerUnavailable, UsageError
from mock_server.remote import Remote
from mock_server.server import MockServer
from mock_server.settings import Settings


def connect(server: MockServer) -> http.client.HTTPConnection:
    parts = urlsplit(server.url)
    assert parts.hostname is not None
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)


def test_a_server_is_ready_when_entered_and_gone_when_left() -> None:
    with MockServer() as server:
        assert server.remote.health()["status"] == "ok"
        assert server.base_url == f"{server.url}/v1"
        url = server.url

    with pytest.raises(ServerUnavailable):
        Remote(url).health()
    with pytest.raises(UsageError, match="not running"):
        _ = server.url


def test_a_server_can_be_started_again() -> None:
    server = MockServer()
    for _ in range(2):
        with server:
            assert server.remote.health()["environments"] == 1


def test_environments_of_two_servers_know_nothing_of_each_other() -> None:
    with MockServer() as one, MockServer() as two:
        key = one.create_environment("shared").api_key

        connection = connect(two)
        connection.request("GET", "/v1/", headers={"Authorization": f"Bearer {key}"})

        assert connection.getresponse().status == 404
        connection.close()


def test_the_default_port_stands_for_a_free_one() -> None:
    with MockServer(Settings(any_key=True)) as one, MockServer(any_key=True) as two:
        assert len({one.url, two.url, "http://127.0.0.1:7334"}) == 3


def test_a_taken_port_is_refused_in_plain_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1 is taken"):
            MockServer(Settings(port=port)).start()


def test_keep_alive_requests_are_not_delayed_by_the_stack() -> None:
    """toolchain.md, the 44 ms trap: without TCP_NODELAY every request, the luckiest too, waits for 44 ms."""
    with MockServer() as server:
        connection, key = connect(server), server.api_key
        luckiest = math.inf
        for _ in range(50):
            started = time.monotonic()
            connection.request("GET", "/v1/", headers={"Authorization": f"Bearer {key}"})
            connection.getresponse().read()
            luckiest = min(luckiest, time.monotonic() - started)
        connection.close()

    # The only look at real time: what is tested is a constant, not speed.
    assert luckiest < 0.04


def test_a_running_server_is_not_started_twice() -> None:
    with MockServer() as server:
        with pytest.raises(UsageError, match="running already"):
            server.start()
        assert server.remote.health()["status"] == "ok"


def test_half_a_request_neither_holds_nor_soils_the_stop(caplog: pytest.LogCaptureFixture) -> None:
    server = MockServer().start()
    half = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
    half.sendall(b"POST /v1/track-event HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    for _ in range(3):
        server.remote.health()

    server.stop()

    assert half.recv(1) == b""
    assert caplog.records == []
    half.close()


def test_stopping_answers_a_long_poll() -> None:
    server = MockServer().start()
    environment = server.create_environment()
    poller = connect(server)
    poller.request("GET", f"/_mock/api/environments/{environment.name}/journal?wait=60")
    # What was sent before these is being answered once they are.
    for _ in range(3):
        server.remote.health()

    server.stop()

    answer = poller.getresponse()
    assert orjson.loads(answer.read()) == {"items": [], "next_since": 0, "dropped": 0}
    poller.close()
