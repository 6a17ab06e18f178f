"""Whatever comes over a socket is answered in its order, once, and leaves the server as it was."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import orjson
import pytest

from mock_server import MockServer
from mock_server.remote import RemoteEnvironment
from tests.server.line import CLOSE, Answer, line, request

JSON = "Content-Type: application/json\r\n"


@pytest.fixture
def refiner(server: MockServer) -> RemoteEnvironment:
    return server.create_environment()


def posted(refiner: RemoteEnvironment, id: str, headers: Mapping[str, str] = {}) -> bytes:
    """Return a call that makes a contact."""
    return request("POST", "/v1/identify-user", refiner.api_key, orjson.dumps({"id": id}), headers=headers)


def chunked(refiner: RemoteEnvironment, chunks: bytes) -> bytes:
    head = f"POST /v1/identify-user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {refiner.api_key}\r\n{JSON}"
    return head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def journal(refiner: RemoteEnvironment) -> list[str]:
    """Return the operations of all calls that were answered, in their order."""
    return [str(entry["operation"]) for entry in refiner.journal()]


def people(server: MockServer, refiner: RemoteEnvironment) -> set[str]:
    """Return the remote ids of all contacts, read on a connection of its own."""
    with line(server.url) as fresh:
        found = fresh.send(request("GET", "/v1/contacts?page_length=100", refiner.api_key)).answer()
    assert found.status == 200
    return {contact["remote_id"] for contact in found.json["items"]}


def test_pipelined_calls_are_answered_in_their_order(server: MockServer, refiner: RemoteEnvironment) -> None:
    calls = [posted(refiner, "a"), request("GET", "/v1/contact?id=a", refiner.api_key), posted(refiner, "b")]
    elsewhere = request("GET", "/_mock/api/health")
    with line(server.url) as client:
        client.send(b"".join([*calls, elsewhere, request("GET", "/v1/contact?id=b", refiner.api_key), elsewhere]))
        answers = [client.answer() for _ in range(6)]

    assert [answer.status for answer in answers] == [202, 200, 202, 200, 200, 200]
    assert [answers[1].json["remote_id"], answers[4].json["remote_id"]] == ["a", "b"]
    assert answers[3].json["status"] == answers[5].json["status"] == "ok"


def test_a_slow_answer_holds_back_those_behind_it(server: MockServer, refiner: RemoteEnvironment) -> None:
    refiner.fault("delay", operation="verifyKey", seconds=0.05)
    with line(server.url) as client:
        client.send(request("GET", "/v1/", refiner.api_key) + posted(refiner, "late"))
        answers = [client.answer() for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 202]
    assert [answer.id for answer in answers] == [entry["id"] for entry in refiner.journal()]


def test_thousands_of_calls_come_before_the_first_answer_is_read(
    server: MockServer, refiner: RemoteEnvironment
) -> None:
    calls = [request("GET", f"/v1/contact?id=n-{number}", refiner.api_key) for number in range(3_000)]
    with line(server.url) as client:
        sender = threading.Thread(target=client.send, args=(b"".join(calls),))
        sender.start()
        wanted = [f"n-{number}" for number in range(3_000)]
        answers = [client.answer() for _ in wanted]
        sender.join()

    assert {answer.status for answer in answers} == {404}
    numbers = [int(answer.id.removeprefix("req-")) for answer in answers]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_calls_may_come_in_crumbs(server: MockServer, refiner: RemoteEnvironment, size: int) -> None:
    both = posted(refiner, "crumb") + chunked(
        refiner, b'5\r\n{"id"\r\n8;a=b\r\n:"bread"\r\n1\r\n}\r\n0\r\nA: b\r\n\r\n'
    )
    with line(server.url) as client:
        for start in range(0, len(both), size):
            client.send(both[start : start + size])
        assert [client.answer().status, client.answer().status] == [202, 202]

    assert people(server, refiner) == {"crumb", "bread"}


def test_a_trailer_is_no_header(server: MockServer) -> None:
    refiner = server.create_environment()
    call = chunked(refiner, b'9\r\n{"id":"x"\r\n1\r\n}\r\n0\r\nAuthorization: Bearer ' + b"0" * 36 + b"\r\n\r\n")
    with line(server.url) as client:
        assert client.send(call).answer().status == 202
        assert client.send(posted(refiner, "y")).answer().status == 202


@pytest.mark.parametrize(
    ("version", "headers", "closes"),
    [
        ("1.1", {}, False),
        ("1.1", {"Connection": "keep-alive"}, False),
        ("1.1", {"Connection": "close"}, True),
        ("1.0", {}, True),
    ],
)
def test_a_connection_is_kept_as_http_has_it(
    server: MockServer, refiner: RemoteEnvironment, version: str, headers: dict[str, str], closes: bool
) -> None:
    with line(server.url) as client:
        answer = client.send(request("GET", "/v1/", refiner.api_key, version=version, headers=headers)).answer()
        assert (answer.status, answer.headers.get("connection")) == (200, "close" if closes else None)
        if closes:
            assert client.over
        else:
            assert client.send(request("GET", "/v1/", refiner.api_key)).answer().status == 200


def test_what_follows_the_last_call_of_a_connection_is_not_done(server: MockServer, refiner: RemoteEnvironment) -> None:
    with line(server.url) as client:
        client.send(posted(refiner, "a") + posted(refiner, "b", headers=CLOSE) + posted(refiner, "c"))
        assert [client.answer().headers.get("connection") for _ in range(2)] == [None, "close"]
        assert client.over

    assert people(server, refiner) == {"a", "b"}


def test_head_is_answered_without_a_body_and_the_next_call_with_its_own(
    server: MockServer, refiner: RemoteEnvironment
) -> None:
    with line(server.url) as client:
        client.send(request("HEAD", "/v1/account", refiner.api_key) + request("GET", "/v1/account", refiner.api_key))
        head, whole = client.answer(head=True), client.answer()

    assert (head.status, whole.status) == (200, 200)
    assert head.headers["content-length"] == str(len(whole.body))


def test_a_client_that_asks_first_is_told_to_continue(server: MockServer, refiner: RemoteEnvironment) -> None:
    head, _, body = posted(refiner, "patient", headers={"Expect": "100-continue"}).partition(b"\r\n\r\n")
    with line(server.url) as client:
        assert client.send(head + b"\r\n\r\n").answer(head=True).status == 100
        assert client.send(body).answer().status == 202


@pytest.mark.parametrize("asked", ["h2c", "websocket", "TLS/1.0"])
def test_an_upgrade_is_overlooked(server: MockServer, refiner: RemoteEnvironment, asked: str) -> None:
    """Java's own client asks for h2c in the first call of each connection, with or without a body."""
    upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": asked, "HTTP2-Settings": "AAEAAEAAAAIAAAAB"}
    calls = [
        request("GET", "/v1/", refiner.api_key, headers=upgrade),
        posted(refiner, "java", headers=upgrade),
        request("GET", "/v1/contact?id=java", refiner.api_key),
    ]
    with line(server.url) as client:
        assert [client.send(call).answer().status for call in calls] == [200, 202, 200]
    with line(server.url) as client:
        client.send(b"".join(calls))
        assert [client.answer().status for _ in calls] == [200, 202, 200]


def test_a_call_is_answered_though_its_client_sends_no_more(server: MockServer, refiner: RemoteEnvironment) -> None:
    with line(server.url) as client:
        client.send(posted(refiner, "a") + posted(refiner, "b")).finish()
        assert [client.answer().status for _ in range(2)] == [202, 202]
        assert client.over


@pytest.mark.parametrize("cut", [1, 30, -1])
def test_half_a_call_is_never_done(server: MockServer, refiner: RemoteEnvironment, cut: int) -> None:
    whole = posted(refiner, "half")
    with line(server.url) as client:
        assert client.send(whole[:cut]).finish().over
    with line(server.url) as client:
        client.send(posted(refiner, "whole") + whole[:cut])
        assert client.answer().status == 202

    assert people(server, refiner) == {"whole"}
    assert journal(refiner) == ["identifyUser", "listContacts"]


def test_half_a_control_call_is_never_done(server: MockServer) -> None:
    before = server.remote.health()["environments"]
    with line(server.url) as client:
        call = request("POST", "/_mock/api/environments", body=b'{"name": "half"}')
        assert client.send(call[:-1]).finish().over

    assert server.remote.health()["environments"] == before


NO_HTTP = {
    "binary": b"\x00\x01\x02\xff nonsense\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + b"\0" * 64,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no method": b"/v1/ HTTP/1.1\r\n\r\n",
    "unknown method": request("BREW", "/v1/"),
    "CONNECT": request("CONNECT", "127.0.0.1:80"),
    "bytes in the URL": b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "unclosed address": request("GET", "http://["),
    "line feeds alone": b"GET /v1/ HTTP/1.1\nHost: x\n\n",
    "folded header": b"GET /v1/ HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "NUL in a header": b"GET /v1/ HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
    "blank before the colon": b"GET /v1/ HTTP/1.1\r\nHost : x\r\n\r\n",
    "two lengths": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length and chunks": b"POST /v1/ HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "negative length": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n",
    "length of a sextillion": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999999999999\r\n\r\n",
    "length in words": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nContent-Length: three\r\n\r\n",
    "encoding of no kind": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
    "chunk of no size": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "negative chunk": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n",
    "chunk longer than said": b"POST /v1/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
    "chunk of a sextillion": b"POST /v1/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\n",
}


def assert_refused(answer: Answer) -> None:
    assert (answer.status, answer.headers["connection"]) == (400, "close")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {"message": "This is not an HTTP request that can be read."}


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_http_is_refused_in_the_shape_of_every_error(server: MockServer, what: str) -> None:
    with line(server.url) as client:
        assert_refused(client.send(NO_HTTP[what]).answer())
        assert client.over


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_http_costs_no_call_before_it_its_answer(
    server: MockServer, refiner: RemoteEnvironment, what: str
) -> None:
    refiner.fault("delay", operation="verifyKey", seconds=0.02)
    with line(server.url) as client:
        client.send(posted(refiner, "a") + request("GET", "/v1/", refiner.api_key) + posted(refiner, "b"))
        client.send(NO_HTTP[what] + posted(refiner, "never"))
        assert [client.answer().status for _ in range(3)] == [202, 200, 202]
        assert_refused(client.answer())
        assert client.over

    assert people(server, refiner) == {"a", "b"}


def test_a_client_that_resets_its_connection_is_forgotten(server: MockServer, refiner: RemoteEnvironment) -> None:
    refiner.fault("delay", operation="verifyKey", seconds=0.02, times=5)
    for _ in range(5):
        with line(server.url) as client:
            client.socket.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER of 0 seconds: closing is a reset
            client.send(request("GET", "/v1/", refiner.api_key) + posted(refiner, "cut"))

    with line(server.url) as client:
        assert client.send(posted(refiner, "after")).answer().status == 202
    assert "after" in people(server, refiner)
