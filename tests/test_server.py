"""MockServer: up in a moment, gone in a moment."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from urllib.parse import urlsplit

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


def test_a_taken_port_is_refused_in_plain_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}"):
            MockServer(Settings(port=port)).start()


def test_keep_alive_requests_are_not_delayed_by_the_stack() -> None:
    """toolchain.md, the 44 ms trap: without TCP_NODELAY 50 requests take over two seconds."""
    with MockServer() as server:
        connection, key = connect(server), server.api_key
        started = time.monotonic()
        for _ in range(50):
            connection.request("GET", "/v1/", headers={"Authorization": f"Bearer {key}"})
            connection.getresponse().read()
        connection.close()

    # The only look at real time: what is tested is a constant 44 ms per request, not speed.
    assert time.monotonic() - started < 2.0


def test_stopping_wakes_a_long_poll() -> None:
    server = MockServer().start()
    environment = server.create_environment()
    answers: list[object] = []

    def poll() -> None:
        with OwnRemote(server) as remote:
            answers.append(remote.get(f"/environments/{environment.name}/journal", wait=60))

    poller = threading.Thread(target=poll)
    poller.start()
    wait_for_open_request(server)
    server.stop()
    poller.join(timeout=5)

    assert not poller.is_alive()
    assert answers == [{"items": [], "next_since": 0, "dropped": 0}]


class OwnRemote:
    """A control connection of its own to a running server."""

    def __init__(self, server: MockServer) -> None:
        self._remote = Remote(server.url)

    def __enter__(self) -> Remote:
        return self._remote

    def __exit__(self, *_: object) -> None:
        self._remote.close()


def wait_for_open_request(server: MockServer) -> None:
    """Return when the server's loop has a request in flight besides ours."""
    assert server._server is not None
    deadline = time.monotonic() + 5
    while not server._server.server_state.tasks:
        assert time.monotonic() < deadline, "the long-poll never arrived"
        time.sleep(0.001)
