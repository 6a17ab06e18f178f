"""Clients behind an HTTP server, started by us or running already."""

from __future__ import annotations

import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mock_server.conformance.adapters.base import AdapterFailed
from mock_server.conformance.adapters.http import HttpAdapter
from mock_server.conformance.protocol import Outcome
from mock_server.errors import CannotRun, UsageError
from tests.conformance.adapters.attaching import asked, failing, script

SERVER = """
from http.server import BaseHTTPRequestHandler, HTTPServer
HELLO = {"hello": "refiner-adapter", "v": 1, "name": "rough", "language": "Python", "operations": ["verifyKey"]}
class Handler(BaseHTTPRequestHandler):
    def reply(self, document, status=200):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(document if isinstance(document, bytes) else json.dumps(document).encode())
    def do_GET(self):
        self.reply(HELLO)
    def do_DELETE(self):
        self.reply({})
        os._exit(0)
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        %s
HTTPServer(("127.0.0.1", int(os.environ["REFINER_ADAPTER_PORT"])), Handler).serve_forever()
"""
ANSWER = "self.reply({'case': request['case'], 'outcome': 'ok', 'value': self.path})"


def serving(reply: str, **others: Any) -> HttpAdapter:
    return HttpAdapter(script(SERVER % reply), **others)


def test_it_is_started_asked_and_ended() -> None:
    with closing(serving(f"print('chatter'); {ANSWER}")) as adapter:
        assert adapter.hello().name == "rough"
        assert [asked(adapter) for _ in range(3)] == [Outcome("ok", "/run")] * 3
        with closing(adapter.another()) as other:
            assert asked(other).outcome == "ok"
    assert adapter.restarts == 0


def test_it_is_told_to_end_and_can_be_used_again(tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    code = (SERVER % ANSWER).replace("os._exit(0)", f"open({str(ends)!r}, 'a').write('x'); os._exit(0)")
    adapter = HttpAdapter(script(code))
    for told in ("x", "xx"):
        assert asked(adapter).outcome == "ok"
        adapter.close()
        assert ends.read_text("utf-8") == told
    assert adapter.restarts == 0


@pytest.mark.parametrize(
    ("reply", "how", "said"),
    [
        (
            "sys.stderr.write('oh no'); sys.stderr.flush(); os._exit(3)",
            "crash",
            "ended with exit code 3 when it was asked",
        ),
        ("time.sleep(60)", "hang", "gave no answer to verifyKey within 2.0 s"),
        (
            "self.send_response(200); self.end_headers()\n        while 1: self.wfile.write(b' '); time.sleep(.01)",
            "hang",
            "",
        ),
        ("self.reply(b'<html>')", "garbage", "'<html>' is no JSON"),
        ("self.reply({'case': 'x', 'outcome': 'ok'})", "garbage", "answers the case 'x'"),
        ("self.reply({'oops': 1}, 500)", "garbage", "POST /run has the status 500: '{\"oops\": 1}'"),
        ("self.reply(b'x' * 17_000_000)", "garbage", "more than 16777216 bytes"),
        ("self.wfile.write(b'nonsense' + bytes([10]))", "garbage", "could not be spoken with when it was asked"),
        ("self.connection.close(); self.close_connection = True", "crash", "could not be spoken with"),
    ],
)
def test_no_answer_says_why_and_the_next_request_starts_it_anew(reply: str, how: str, said: str) -> None:
    with closing(serving(reply)) as adapter:
        failure = failing(adapter, deadline_ms=30)
        assert (failure.how, said in failure.detail) == (how, True), failure.detail
        assert len(failure.detail) < 1_500
        assert adapter.restarts == 0
        if how != "hang":
            assert failing(adapter, deadline_ms=30).how == how
            assert adapter.restarts == 1
        assert "standard output" not in failure.detail


def test_who_hangs_again_and_again_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.conformance.adapters.http.GRACE", 0.3)
    with closing(serving("time.sleep(60)")) as adapter:
        assert [failing(adapter, deadline_ms=30).how for _ in range(3)] == ["hang"] * 3


@pytest.mark.parametrize(
    ("code", "how", "said"),
    [
        ("1 / 0", "crash", "ZeroDivisionError"),
        ("time.sleep(60)", "hang", "said no hello to GET / on 127.0.0.1, port REFINER_ADAPTER_PORT, within 0.5 s"),
        ((SERVER % ANSWER).replace('"v": 1', '"v": 9'), "garbage", "must say its hello to GET /, but"),
        ((SERVER % ANSWER).replace("self.reply(HELLO)", "time.sleep(60)"), "hang", "said no hello"),
    ],
)
def test_without_a_hello_nothing_is_asked(code: str, how: str, said: str) -> None:
    adapter = HttpAdapter(script(code), hello_within=0.5 if how == "hang" else 15)
    with pytest.raises(AdapterFailed) as raised:
        adapter.hello()
    assert (raised.value.how, said in raised.value.detail) == (how, True), raised.value.detail


class Running(BaseHTTPRequestHandler):
    """An adapter that somebody else has started."""

    hello = b'{"hello":"refiner-adapter","v":1,"name":"there","language":"Python","operations":["verifyKey"]}'

    def do_GET(self) -> None:
        self.reply(self.hello)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(b'{"case":"case","outcome":"unsupported","reason":"%s"}' % self.path.encode())

    def reply(self, body: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def test_one_that_runs_already_is_not_ended() -> None:
    server = HTTPServer(("127.0.0.1", 0), Running)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    adapter = HttpAdapter(url=f"http://127.0.0.1:{server.server_address[1]}/adapter/")
    assert adapter.hello().name == "there"
    for each in (adapter, adapter.another()):
        assert asked(each).message == "/adapter/run"
        each.close()
        assert asked(each).outcome == "unsupported"
    server.shutdown()
    thread.join()
    server.server_close()
    assert [(failing(adapter).how, adapter.restarts) for _ in range(2)] == [("crash", 0), ("crash", 1)]
    assert "could not be spoken with before it said its hello" in failing(adapter).detail
    adapter.close()


def test_wrong_usage_says_what_is_right() -> None:
    with pytest.raises(UsageError, match="either a command to start or the url"):
        HttpAdapter()
    with pytest.raises(UsageError, match="either a command to start or the url"):
        HttpAdapter([sys.executable], url="http://127.0.0.1:1")
    for url in ("127.0.0.1:9000", "https://127.0.0.1", "http://127.0.0.1:x", ""):
        with pytest.raises(UsageError, match="one of HTTP's, such as"):
            HttpAdapter(url=url)
    with pytest.raises(CannotRun, match="cannot be started"):
        HttpAdapter(["/no/such/program"]).hello()
