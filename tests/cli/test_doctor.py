"""`refiner-mock doctor`."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import mock_server
from mock_server.cli import checkup, main
from mock_server.errors import ContractError
from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say
from tests.miniatures.running import Served, run

UNKNOWN = "11111111-1111-4111-8111-111111111111"


class Stranger:
    """Some other HTTP server: answers with one status, and remembers what came."""

    def __init__(self, status: int, body: bytes) -> None:
        self.got: list[tuple[str, str | None]] = []
        stranger = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stranger.got.append((self.command, self.headers["Authorization"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_HEAD = do_GET  # noqa: N815 - names of the base

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def stranger(request: pytest.FixtureRequest) -> Iterator[Stranger]:
    status, body = getattr(request, "param", (200, b"hello"))
    running = Stranger(status, body)
    yield running
    running.close()


def lines(out: str) -> dict[str, tuple[str, str]]:
    """Return check -> (status, rest)."""
    found = {}
    for line in out.splitlines():
        status, _, rest = line.partition(" ")
        check, _, words = rest.strip().partition(": ")
        found[check] = (status, words)
    return found


def test_all_is_well(say: Say, refiner: RemoteEnvironment, stranger: Stranger) -> None:
    said = say("doctor", "--api-key", refiner.api_key, "--receiver", f"{stranger.url}/hook?t=secret", "--token", "t")

    assert said.code == 0, said.out
    found = lines(said.out)
    assert list(found) == ["versions", "contract", "port", "server", "key", "target", "receiver"]
    assert {status for status, _ in found.values()} == {"ok"}
    assert f"refiner-mock {mock_server.__version__}" in found["versions"][1]
    assert "19 operations" in found["contract"][1]
    assert "taken by a refiner-mock" in found["port"][1]
    assert found["key"][1] == f"{refiner.api_key[:4]}… opens the environment {refiner.name}"
    assert stranger.got == [("GET", "Bearer t")]
    assert refiner.api_key not in said.out
    assert "secret" not in said.out


def test_nothing_listens_so_the_target_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = run("doctor", "--url", f"http://127.0.0.1:{port}")
    assert said.returncode == 2
    found = lines(said.stdout)
    assert found["port"] == ("ok", f"{port} is free")
    assert found["server"][0] == "down"
    assert "Remedy: start one with refiner-mock serve" in found["server"][1]


def test_a_problem_weighs_more_than_what_is_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--url", "http://127.0.0.1:9", "--api-key", "short"]) == 1
    assert "down" in capsys.readouterr().out
    assert main(["doctor", "--url", "http://127.0.0.1:9", "--api-key", UNKNOWN]) == 2
    assert "no server to ask" in capsys.readouterr().out


@pytest.mark.parametrize(
    "stranger",
    [(200, b"hello"), (200, b"[]"), (200, b"{}"), (404, b'{"error": "nothing here"}'), (500, b"")],
    indirect=True,
)
def test_another_program_is_told_from_a_refiner_mock(stranger: Stranger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--url", stranger.url]) == 1
    found = lines(capsys.readouterr().out)
    assert found["port"][0] == found["server"][0] == "problem"
    assert "no refiner-mock" in found["port"][1]
    assert "no refiner-mock" in found["server"][1]


@pytest.mark.parametrize("stranger", [(200, b'{"status": "ok", "version": "0.0.1"}')], indirect=True)
def test_another_version_is_a_problem(stranger: Stranger, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--url", stranger.url]) == 1
    assert "is refiner-mock 0.0.1, this command is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("short", "401 'No API key found in headers'"),
        ("x" * 36, "401 'API key does not look valid'"),
        (UNKNOWN, "opens no environment"),
    ],
)
def test_a_bad_key_is_explained_and_shown_shortened(say: Say, key: str, words: str) -> None:
    said = say("doctor", "--api-key", key)
    status, rest = lines(said.out)["key"]
    assert (said.code, status) == (1, "problem")
    assert rest.startswith(f"{key[:4]}… ")
    assert words in rest
    assert "refiner-mock env" in rest
    assert key not in said.out


@pytest.mark.parametrize(
    ("stranger", "token", "status", "words"),
    [
        ((405, b""), None, "ok", "only POST"),
        ((501, b""), None, "ok", "only POST"),
        ((404, b""), None, "ok", "only POST"),
        ((401, b""), None, "ok", "wants a token"),
        ((401, b""), "t", "problem", "refuses the token"),
        ((403, b""), "t", "problem", "refuses the token"),
        ((302, b""), None, "problem", "no redirect"),
        ((500, b""), None, "problem", "log"),
    ],
    indirect=["stranger"],
)
def test_what_a_receiver_answers_is_explained(
    say: Say, stranger: Stranger, token: str | None, status: str, words: str
) -> None:
    said = say("doctor", "--receiver", f"{stranger.url}/hook", *(() if token is None else ("--token", token)))
    found = lines(said.out)["receiver"]
    assert found[0] == status
    assert words in found[1]
    assert said.code == (1 if status == "problem" else 0)


def test_a_receiver_that_is_not_there_is_down(say: Say) -> None:
    said = say("doctor", "--receiver", "http://127.0.0.1:9/hook")
    assert (said.code, lines(said.out)["receiver"][0]) == (2, "down")


def test_a_receiver_that_speaks_no_http_is_a_problem(say: Say) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def mutter() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4_096)
                connection.sendall(b"220 smtp.example.org\r\n")

        thread = threading.Thread(target=mutter, daemon=True)
        thread.start()
        said = say("doctor", "--receiver", f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()
    assert (said.code, lines(said.out)["receiver"][0]) == (1, "problem")


def test_a_public_target_is_named_and_not_called(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_get", lambda *_: pytest.fail("it was called"))
    said = say("doctor", "--receiver", "http://203.0.113.7/hook")
    status, rest = lines(said.out)["target"]
    assert (said.code, status) == (1, "problem")
    assert "--allow-public-targets" in rest
    assert "receiver" not in lines(said.out)


def test_a_public_target_that_is_allowed_is_fine(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFINER_MOCK_ALLOW_PUBLIC_TARGETS", "1")
    monkeypatch.setattr(checkup, "_get", lambda *_: 200)
    assert say("doctor", "--receiver", "http://203.0.113.7/hook").code == 0


def test_broken_data_files_are_a_problem(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ContractError("contracts/refiner.yaml is missing from this installation; reinstall refiner-mock")

    monkeypatch.setattr("mock_server.contract.document.load", broken)
    said = say("doctor")
    assert (said.code, lines(said.out)["contract"][0]) == (1, "problem")


def test_a_port_can_be_asked_for(say: Say, stranger: Stranger) -> None:
    said = say("doctor", "--port", str(stranger.port))
    assert (said.code, lines(said.out)["port"][0]) == (1, "problem")


def test_findings_come_as_json(say: Say, served: Served) -> None:
    said = say("doctor", "--json")
    assert said.code == 0
    came = json.loads(said.out)
    assert came["ok"] is True
    assert [check["check"] for check in came["checks"]] == ["versions", "contract", "port", "server"]
    assert all(check["status"] == "ok" and check["remedy"] is None for check in came["checks"])


@pytest.mark.parametrize(
    "line",
    [
        "--port 0",
        "--port 70000",
        "--token t",
        "--receiver nonsense",
        "--receiver http://127.0.0.1:x/",
        "--url http://127.0.0.1:x",
        "--url http://[::1",
    ],
)
def test_wrong_usage(say: Say, line: str) -> None:
    said = say("doctor", *line.split())
    assert (said.code, said.out) == (3, "")
    assert len(said.err.splitlines()) == 1
