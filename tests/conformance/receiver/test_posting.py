"""The HTTP client of the checks: what it sends, and what it makes of bad company."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from mock_server.conformance.receiver.posting import Answer, Call, Target, call_all
from mock_server.errors import UsageError
from tests.miniatures.receivers.honest import Honest, Receiver


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[Target]:
    """Serve connections by a function."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            speak(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Target.of(f"http://127.0.0.1:{server.server_address[1]}/")
        server.shutdown()
        thread.join()


def one(target: Target, seconds: float = 5.0, **given: object) -> Answer:
    [answer] = call_all(target, [Call(**given)], seconds)  # type: ignore[arg-type]
    return answer


def test_what_is_sent_arrives_as_it_is() -> None:
    class Kind(Honest):
        def words(self) -> bytes:
            return b"thanks"

        def receive(self, body: bytes) -> int:
            return 202

    with Receiver(Kind) as receiver:
        answer = one(Target.of(f"{receiver.url}?a=b"), headers={"X-One": "1"}, body=b"\x00\xff")
    [heard] = receiver.heard
    assert (heard.body, heard.headers["X-One"], heard.headers.get("Content-Type")) == (b"\x00\xff", "1", None)
    assert heard.headers["User-Agent"].startswith("refiner-mock/")
    assert (answer.came, answer.status, answer.body) == ("answer", 202, b"thanks")


def test_an_empty_body_has_a_length_too() -> None:
    with Receiver(Honest) as receiver:
        one(Target.of(receiver.url))
    assert receiver.heard[0].headers["Content-Length"] == "0"


def test_a_redirect_is_told_and_not_followed() -> None:
    class Moved(Honest):
        def receive(self, body: bytes) -> int:
            return 307

    with Receiver(Moved) as receiver:
        answer = one(Target.of(receiver.url))
    assert (answer.status, answer.location, len(receiver.heard)) == (307, "/elsewhere", 1)


def test_calls_at_once_are_at_once() -> None:
    together = threading.Barrier(8, timeout=10)

    class Meeting(Honest):
        def receive(self, body: bytes) -> int:
            together.wait()
            return 200

    with Receiver(Meeting) as receiver:
        answers = call_all(Target.of(receiver.url), [Call()] * 8, 10.0)
    assert [answer.status for answer in answers] == [200] * 8


def test_who_answers_before_reading_is_heard() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")

    with speaking(refuse) as target:
        assert one(target, body=b"x" * 200).status == 401


def test_a_connection_that_ends_without_an_answer_is_closed() -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(65_536)

    with speaking(hang_up) as target:
        answer = one(target)
    assert answer.came == "closed"
    assert answer.trouble.endswith("closed the connection without a whole answer")


def test_half_an_answer_is_none() -> None:
    def half(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with speaking(half) as target:
        assert one(target).came == "closed"


def test_what_is_no_http_is_said_to_be_none() -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")
        connection.recv(65_536)

    with speaking(greet) as target:
        answer = one(target)
    told = f"what 127.0.0.1:{target.port} answered is no HTTP; perhaps it wants https"
    assert (answer.came, answer.trouble) == ("closed", told)


def test_an_answer_is_the_first_that_is_no_1xx() -> None:
    def hint(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy"
        )

    with speaking(hint) as target:
        answer = one(target)
    assert (answer.status, answer.body, answer.retry_after, answer.puts_off) == (503, b"busy", "7", True)


@pytest.mark.parametrize("trickle", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"])
def test_an_answer_that_never_ends_is_late_whatever_has_come(trickle: bytes) -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(trickle)
        while trickle and not over.wait(0.02):
            connection.sendall(b"x")
        over.wait(10)

    with speaking(drip) as target:
        began = time.monotonic()
        answer = one(target, 0.2)
        assert time.monotonic() - began < 2
        over.set()
    assert (answer.came, answer.trouble) == ("late", "no complete answer within 0.2 s")


def test_nobody_there_is_gone() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        answer = one(Target.of(f"http://127.0.0.1:{port}/"), 0.2)
    assert (answer.came, answer.trouble) == ("gone", f"nothing listens at 127.0.0.1:{port}")


def test_a_name_that_nobody_knows_is_gone() -> None:
    answer = one(Target.of("http://nobody.invalid/"))
    assert answer.came == "gone"
    assert "nobody.invalid" in answer.trouble


def test_who_restarts_is_waited_for_a_moment() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        target = Target.of(f"http://127.0.0.1:{listener.getsockname()[1]}/")

        def serve() -> None:
            listener.listen()
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        later = threading.Timer(0.2, serve)
        later.start()
        assert one(target).status == 200
        later.join()


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("http://localhost", "localhost", 80, "/"),
        ("https://example.org/hook?a=1#b", "example.org", 443, "/hook?a=1"),
        ("http://[::1]:8080/x/", "::1", 8080, "/x/"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    target = Target.of(url)
    assert (target.host, target.port, target.path) == (host, port, path)


def test_what_may_be_secret_in_an_address_is_its_query() -> None:
    assert Target.of("http://a/hook").secrets == ()
    assert Target.of("http://a/hook?key=TOP%20SECRET&a=b").secrets == ("key=TOP%20SECRET&a=b", "TOP SECRET")


@pytest.mark.parametrize(
    "url", ["", "hook", "ftp://a/", "http://", "http://a:b/", "http://a b/", "http://ä/", "http://u:p@a/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Target.of(url)
