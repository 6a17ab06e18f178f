"""Each bound of a connection at its border: what just fits is served, one more is refused with the setting's name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import orjson
import pytest

from mock_server import MockServer
from tests.server.line import CLOSE, Answer, Line, line, request

URL, HEADERS, BYTES = 300, 12, 600


@pytest.fixture(scope="module")
def narrow() -> Iterator[MockServer]:
    with MockServer(max_url=URL, max_headers=HEADERS, max_header_bytes=BYTES, max_body=1_000) as running:
        yield running


def fitted(url: int = 0, headers: int = 0, size: int = 0) -> bytes:
    """Return a call with a URL, a number of headers and bytes of headers just so long."""
    target = "/v1/?a=".ljust(url, "a")
    names = [f"X{number}" for number in range(headers - 1)]  # Host is one
    lines = ["Host: 127.0.0.1", *(f"{name}: 1" for name in names)]
    if size:
        lines.append("Y: ".ljust(size - sum(len(line) + 2 for line in lines) - 2, "y"))
    return "\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""]).encode()


def assert_refused(answer: Answer, status: int, setting: str) -> None:
    assert (answer.status, answer.headers["connection"]) == (status, "close")
    assert answer.headers["content-type"] == "application/json"
    assert f"({setting})" in answer.json["message"]


@pytest.mark.parametrize("crumb", [10_000, 50])
@pytest.mark.parametrize(
    ("fits", "over", "status", "setting"),
    [
        (fitted(url=URL), fitted(url=URL + 1), 414, "max_url"),
        (fitted(headers=HEADERS), fitted(headers=HEADERS + 1), 431, "max_headers"),
        (fitted(size=BYTES), fitted(size=BYTES + 1), 431, "max_header_bytes"),
    ],
)
def test_a_head_is_served_up_to_its_bounds(
    narrow: MockServer, fits: bytes, over: bytes, status: int, setting: str, crumb: int
) -> None:
    with line(narrow.url) as client:
        for start in range(0, len(fits), crumb):
            client.send(fits[start : start + crumb])
        assert client.answer().status == 401
        for start in range(0, len(over), crumb):
            client.send(over[start : start + crumb])
        assert_refused(client.answer(), status, setting)
        assert client.over


@pytest.mark.parametrize(
    ("start", "more", "status", "setting"),
    [
        (b"GET /v1/", b"a" * 500, 414, "max_url"),
        (b"GET /v1/ HTTP/1.1\r\nX: ", b"a" * 500, 431, "max_header_bytes"),
        (b"GET /v1/ HTTP/1.1\r\n", b"X: 1\r\n" * 100, 431, "max_header_bytes"),
        (b"POST /v1/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a" * 500, 431, "max_header_bytes"),
        (b"POST /v1/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a" * 500, 431, "max_header_bytes"),
        (b"", b"\r\n" * 500, 431, "max_header_bytes"),
    ],
    ids=["URL", "header", "headers", "trailer", "chunk", "blank lines"],
)
def test_what_never_ends_is_refused_before_it_fills_the_memory(
    narrow: MockServer, start: bytes, more: bytes, status: int, setting: str
) -> None:
    with line(narrow.url) as client:
        client.send(start)
        for _ in range(20):
            client.send(more)
            narrow.remote.health()  # so that the pieces arrive one by one
        assert_refused(client.answer(), status, setting)


def test_what_is_refused_before_it_is_a_request_never_reaches_the_journal(narrow: MockServer) -> None:
    """Help page "limits"."""
    before = narrow.remote.get("/journal")["next_since"]
    for call in (fitted(url=URL + 1), fitted(headers=HEADERS + 1), fitted(size=BYTES + 1), b"nonsense\r\n\r\n"):
        with line(narrow.url) as client:
            assert client.send(call).answer().status in (400, 414, 431)
    assert narrow.remote.get("/journal")["next_since"] == before


@pytest.mark.parametrize("chunks", [False, True])
def test_a_body_is_read_up_to_its_bound_and_the_connection_lives_on(narrow: MockServer, chunks: bool) -> None:
    refiner = narrow.create_environment()

    def call(size: int) -> bytes:
        body = orjson.dumps({"id": "u-1", "note": ""})
        body = body.replace(b'""', b'"' + b"n" * (size - len(body)) + b'"')
        plain = request("POST", "/v1/identify-user", refiner.api_key, body)
        if not chunks:
            return plain
        head = plain.partition(b"\r\n\r\n")[0].replace(b"Content-Length: %d" % size, b"Transfer-Encoding: chunked")
        return head + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (size, body)

    with line(narrow.url) as client:
        assert client.send(call(1_000)).answer().status == 202
        refused = client.send(call(1_001)).answer()
        assert (refused.status, refused.json) == (413, {"message": "The body is larger than 1000 bytes (max_body)."})
        assert client.send(request("GET", "/v1/", refiner.api_key)).answer().status == 200


def test_one_connection_too_many_is_refused_and_served_once_another_has_gone() -> None:
    with MockServer(max_connections=5) as server, contextlib.ExitStack() as stack:
        server.remote.health()  # keeps one open
        lines = [stack.enter_context(line(server.url)) for _ in range(4)]
        assert [one.send(request("GET", "/v1/")).answer().status for one in lines] == [401] * 4

        with line(server.url) as late:
            assert_refused(late.answer(), 503, "max_connections")
            assert late.over

        assert lines[0].send(request("GET", "/v1/", headers=CLOSE)).answer().status == 401
        assert lines[0].over
        assert served_at_last(server, stack)


def served_at_last(server: MockServer, stack: contextlib.ExitStack) -> bool:
    """Tell whether a new connection is served, once the server has learnt of those that have gone."""
    for _ in range(200):
        fresh = stack.enter_context(line(server.url)).send(request("GET", "/v1/"))
        with contextlib.suppress(ConnectionError):
            if fresh.answer().status == 401:
                return True
    return False


@pytest.mark.parametrize(
    ("part", "answered"),
    [
        (b"", False),
        (b"GET", False),
        (b"GET /v1/ HTTP/1.1\r\nHost: x\r\nX: ", True),
        (b"POST /v1/ HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", True),
        (b"POST /_mock/api/environments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n{", True),
        (b"POST /v1/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", True),
    ],
    ids=["nothing", "a method", "a head", "a body", "a control call", "a chunk"],
)
def test_who_does_not_finish_a_request_is_let_go(part: bytes, answered: bool) -> None:
    with MockServer(idle_timeout=0.4) as server, line(server.url) as first, line(server.url) as later:
        later.send(request("GET", "/v1/")).answer()
        for client in (first.send(part), later.send(part)):
            if answered:
                answer = client.answer()
                assert (answer.status, answer.headers["connection"]) == (408, "close")
                assert answer.json == {"message": "The request did not arrive within 0.4 seconds (idle_timeout)."}
            assert client.over


def test_a_drip_does_not_keep_a_request_alive() -> None:
    """Slow loris: a byte now and then, for ever."""
    with MockServer(idle_timeout=0.4) as server, line(server.url) as client:
        client.send(b"GET /v1/ HTTP/1.1\r\nHost: x\r\nX: ")
        client.socket.settimeout(0.01)
        for _ in range(2_000):
            client.send(b"x")
            with contextlib.suppress(TimeoutError):
                received = client.socket.recv(65_536)
                break
    assert received.startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_takes_long_is_waited_for() -> None:
    with MockServer(idle_timeout=0.2) as server, line(server.url) as client:
        refiner = server.create_environment()
        refiner.fault("delay", operation="verifyKey", seconds=0.6)
        client.send(request("GET", "/v1/", refiner.api_key) + b"GET /half")
        assert client.answer().status == 200
        assert client.answer().status == 408


def test_a_thousand_idle_connections_hinder_nobody(server: MockServer) -> None:
    refiner = server.create_environment()
    crowd: list[Line] = []
    try:
        half = b"GET /v1/ HTTP/1.1\r\nHost: x\r\n"
        crowd.extend(Line(server.url).send(half if number % 2 else b"") for number in range(1_000))
        for number in range(20):
            refiner.identify(f"u-{number}")
        crowd[1].send(f"Authorization: Bearer {refiner.api_key}\r\n\r\n".encode())
        assert crowd[1].answer().status == 200
    finally:
        for one in crowd:
            one.close()
    assert server.remote.health()["status"] == "ok"
