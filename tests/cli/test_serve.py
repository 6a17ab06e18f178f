"""`refiner-mock serve`: what it says, what it writes, how it ends."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from mock_server.remote import Remote
from tests.miniatures.running import Receiver, Served, receiving, run, serving, surroundings, tool

KEY = "5d0c3f8a-4b1e-4f57-9c55-0a9f3c1d2e4b"

STOP_LIMIT = 3.0
"""Seconds. The promise is one; a hanging delivery or long-poll would hold a server for 15 and 60."""


def identify(served: Served, **parameters: str) -> requests.Response:
    """Make one call with the server's key."""
    headers = {"Authorization": f"Bearer {served.ready['api_key']}"}
    return requests.post(f"{served.ready['base_url']}/identify-user", data=parameters, headers=headers, timeout=10)


def test_the_greeting_has_a_curl_that_works(tmp_path: Path) -> None:
    with serving(tmp_path, "--api-key", KEY) as served:
        lines = served.lines()
        greeting = []
        for line in lines:
            greeting.append(line)
            if line.startswith("    -d "):
                break
        text = "\n".join(greeting)
        for shown in (served.ready["base_url"], KEY, served.ready["page_url"], served.ready["control_url"]):
            assert shown in text
        tool("curl")
        pasted = text[text.index("  curl ") :]
        done = subprocess.run(pasted, shell=True, env=surroundings({}), capture_output=True, text=True, check=True)  # noqa: S602
    answer = json.loads(done.stdout)
    assert answer["message"] == "ok"


def test_each_request_has_a_readable_line(tmp_path: Path) -> None:
    with serving(tmp_path, "--api-key", KEY) as served:
        identify(served, id="u-204")
        assert re.search(
            r"^\d\d:\d\d:\d\d POST /v1/identify-user 202 default u-204 [\d.]+ ms$",
            served.line(lambda line: "identify" in line and "curl" not in line),
        )
        requests.post(f"{served.ready['base_url']}/nonsense\x1b[2J?api_key={KEY}", timeout=10)
        line = served.line(lambda line: "nonsense" in line)
        assert "\x1b" not in line
        assert KEY not in line
        assert " 404 default - " in line
        assert "could not be found" in line
        requests.post(f"{served.ready['base_url']}/{KEY}?token={KEY}&id={KEY}", json={"id": KEY}, timeout=10)
        line = served.line(lambda line: "token=" in line)
        assert KEY not in line
        assert line.count("5d0c…") == 5  # path, query, person, reason


def test_each_webhook_attempt_has_two_arrows(tmp_path: Path) -> None:
    with receiving(500) as receiver, serving(tmp_path, "--webhook", receiver.url, "--seed", "demo") as served:
        served.run("trigger", "saw-survey")
        assert re.fullmatch(
            rf"\d\d:\d\d:\d\d -> d1 Saw Survey {re.escape(receiver.url)} attempt 1",
            served.line(lambda line: "->" in line),
        )
        assert re.fullmatch(
            r"\d\d:\d\d:\d\d <- d1 500 in [\d.]+ ms, next try in (5|4\.\d) s", served.line(lambda line: "<-" in line)
        )
        served.run("clock", "advance", "10s")
        assert served.line(lambda line: "->" in line).endswith(" attempt 2")
        assert re.search(r" <- d1 200 in [\d.]+ ms, delivered$", served.line(lambda line: "<-" in line))


def test_machines_get_one_document_per_line(tmp_path: Path) -> None:
    with receiving(500) as receiver, serving(tmp_path, "--json", "--webhook", receiver.url, "--seed", "demo") as served:
        assert json.loads(served.first_line) == {"type": "ready", **served.ready}
        identify(served, id="u-204", api_key=served.ready["api_key"])
        request = json.loads(next(served.lines()))
        served.run("trigger", "saw-survey")
        start, attempt = (json.loads(next(served.lines())) for _ in range(2))

    assert (request["type"], request["path"], request["status"]) == ("request", "/v1/identify-user", 202)
    assert (request["environment"], request["contact"], request["violations"]) == ("default", "u-204", 0)
    assert request["id"].startswith("req-")
    assert (start["type"], attempt["type"], attempt["event"]) == ("attempt_start", "attempt", "Saw Survey")
    assert {**start, "type": "attempt"}.items() <= attempt.items()
    assert (attempt["number"], attempt["status"]) == (1, 500)
    assert attempt["delivery_status"] == "pending"
    assert 0 < attempt["next_attempt_in_ms"] <= 5_000


def test_an_attempt_is_told_while_the_receiver_is_still_busy(tmp_path: Path) -> None:
    with Silent() as receiver, serving(tmp_path, "--webhook", receiver.url, "--seed", "demo") as served:
        form = {"event": "Saw Survey", "contact": {"id": "u-1"}}
        requests.post(f"{served.ready['control_url']}/environments/default/simulate", json=form, timeout=10)
        with receiver.take():
            assert "-> d1 Saw Survey" in served.line(lambda line: "->" in line)


def test_what_listens_everywhere_says_what_to_call(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0") as served:  # noqa: S104
        port = served.url.rsplit(":", 1)[1]
        line = served.line(lambda line: line.startswith("  API"))
        assert line == f"  API      http://0.0.0.0:{port}/v1, from this machine http://127.0.0.1:{port}/v1"
        assert f"curl http://127.0.0.1:{port}/v1/" in served.line(lambda line: "curl" in line)


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "cannot be read"), ("{", "no JSON"), ("[]", "no JSON object"), ('{"nonsense": 1}', "nonsense")],
)
def test_a_seed_file_that_is_none_is_wrong_usage(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "seed.json"
    if text is not None:
        path.write_text(text, "utf-8")
    said = run("serve", "--port", "0", "--seed", str(path))
    assert (said.returncode, said.stdout) == (3, "")
    assert words in said.stderr


def test_a_seed_may_be_a_document_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "seed.json"
    path.write_text('{"contacts": [{"id": "u-1", "at": "-3d", "traits": {"plan": "trial"}}]}', "utf-8")
    with serving(tmp_path, "--seed", str(path), "--api-key", KEY) as served:
        found = requests.get(f"{served.ready['base_url']}/contact", {"id": "u-1", "api_key": KEY}, timeout=10)
        assert found.json()["attributes"]["plan"] == "trial"
        made = json.loads(served.run("env", "create", "--json", "--seed", str(path)).stdout)
        key = {"id": "u-1", "api_key": made["api_key"]}
        assert requests.get(f"{made['base_url']}/contact", key, timeout=10).status_code == 200


def test_quiet_says_nothing_after_the_greeting(tmp_path: Path) -> None:
    with serving(tmp_path, "--quiet", "--json") as served:
        identify(served, id="u-204")
        served.stop()
        assert list(served.lines()) == []


def test_a_pipe_that_nobody_reads_holds_nothing_up(tmp_path: Path) -> None:
    """A pipe takes 64 KiB; a server that waited for its reader would answer no more once it is full."""
    with serving(tmp_path) as served, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {served.ready['api_key']}"
        for _ in range(1_500):
            answer = session.post(f"{served.ready['base_url']}/track-event", data={"id": "u", "event": "e"}, timeout=10)
            assert answer.status_code == 202
        assert served.stop() == 0


def test_the_webhook_of_the_command_line_gets_its_events_and_token(tmp_path: Path, receiver: Receiver) -> None:
    words = ("--webhook", receiver.url, "--webhook-token", "s3cret", "--webhook-event", "Completed Survey")
    with serving(tmp_path, "--seed", "demo", *words) as served:
        served.run("trigger", "saw-survey")
        served.run("trigger", "completed-survey", "--set", "data.nps=9")
        got = receiver.next()
        assert receiver.idle
    assert (got.body["triggered_event"], got.headers["Authorization"]) == ("Completed Survey", "Bearer s3cret")


def test_a_webhook_without_events_gets_all_five(tmp_path: Path, receiver: Receiver) -> None:
    with serving(tmp_path, "--webhook", receiver.url) as served, closing(Remote(served.url)) as remote:
        (webhook,) = remote.get("/environments/default/webhooks")["items"]
    assert sorted(webhook["events"]) == [
        "Completed Survey", "Dismissed Survey", "Entered Segment", "Saw Survey", "Tag Added",
    ]  # fmt: skip
    assert webhook["has_auth_token"] is False


@pytest.mark.parametrize("given", [{"words": ["--any-key"]}, {"REFINER_MOCK_ANY_KEY": "1"}])
def test_any_key_can_open_the_environment(tmp_path: Path, given: dict[str, Any]) -> None:
    words = given.pop("words", [])
    with serving(tmp_path, *words, **given) as served:
        answer = requests.get(f"{served.ready['base_url']}/", params={"api_key": KEY}, timeout=10)
    assert answer.status_code == 200


def test_an_option_wins_over_its_variable(tmp_path: Path) -> None:
    with serving(tmp_path, "--api-key", KEY, REFINER_MOCK_API_KEY="9d0c3f8a-4b1e-4f57-9c55-0a9f3c1d2e4b") as served:
        assert served.ready["api_key"] == KEY


def test_a_taken_port_ends_with_3_and_a_remedy(served: Served, tmp_path: Path) -> None:
    port = served.url.rsplit(":", 1)[1]
    said = run("serve", "--port", port, "--ready-file", str(tmp_path / "ready.json"))
    assert (said.returncode, said.stdout) == (3, "")
    assert f"127.0.0.1:{port}" in said.stderr
    assert "--port" in said.stderr
    assert "Traceback" not in said.stderr
    assert list(tmp_path.iterdir()) == []


class Silent:
    """A receiver that takes connections and never answers."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/hook"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def take(self) -> socket.socket:
        """Return the next connection once something was sent on it."""
        connection, _ = self._socket.accept()
        assert connection.recv(16)
        return connection


def poll(served: Served) -> Callable[[], Any]:
    """Open a long-poll that waits a minute; return what ends with its answer or its end."""
    connection = http.client.HTTPConnection("127.0.0.1", int(served.url.rsplit(":", 1)[1]), timeout=60)
    connection.request("GET", "/_mock/api/environments/default/journal?wait=60&since=1000000")
    ended: list[Any] = []

    def wait() -> None:
        try:
            ended.append(connection.getresponse().read())
        except (OSError, http.client.HTTPException) as error:
            ended.append(error)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()

    def join() -> Any:
        thread.join(10)
        connection.close()
        return ended

    return join


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_at_once_whatever_is_open(tmp_path: Path, by: signal.Signals) -> None:
    with Silent() as receiver, serving(tmp_path, "--seed", "demo", "--webhook", receiver.url) as served:
        idle = socket.create_connection(("127.0.0.1", int(served.url.rsplit(":", 1)[1])))
        ended = poll(served)
        # Its answer comes after the poll has arrived: same event loop, accepted in order.
        form = {"event": "Saw Survey", "contact": {"id": "u-1"}}
        control = served.ready["control_url"]
        assert requests.post(f"{control}/environments/default/simulate", json=form, timeout=10).status_code == 200
        hanging = receiver.take()

        begun = time.monotonic()
        assert served.stop(by) == 0
        assert time.monotonic() - begun < STOP_LIMIT
        assert len(ended()) == 1
        hanging.close()
        idle.close()
    assert list(tmp_path.iterdir()) == []


def test_a_second_signal_does_no_harm(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        os.kill(served.process.pid, signal.SIGINT)
        os.kill(served.process.pid, signal.SIGTERM)
        assert served.process.wait(10) == 0
