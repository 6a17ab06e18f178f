"""The peers: how each is had, run and taught to answer W1 and W3."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import Budget
from bench.servers import CannotMeasure

__all__ = ["PEERS", "Answers", "Peer"]

_HTTPSERVER = """
import json, signal, sys
from pytest_httpserver import HTTPServer
server = HTTPServer(port=int(sys.argv[1]))
for method, path, body in json.loads(sys.argv[2]):
    server.expect_request(path, method=method).respond_with_data(body, content_type="application/json")
server.start()
signal.pause()
"""
Answers = list[tuple[str, str, str]]
"""Method, path without its query, and the body to answer with."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to race: how it is had, run and taught."""

    name: str
    package: str
    """In the registry of npm, or with `pypi:` before it of Python's."""
    needs: str
    """The program that runs it."""
    command: Callable[[Path, int, Answers], list[str]]
    budget: Budget
    cold: Budget | None = None
    admin: Callable[[int, Answers], Iterator[tuple[str, str, Any]]] | None = None
    """Method, URL and document of the calls that teach it its answers."""
    prefix: str = "/v1"
    """What stands before the paths that it serves."""


def _java(folder: Path, pattern: str) -> list[str]:
    jar = next(folder.rglob(pattern), None)
    if jar is None:
        raise CannotMeasure("its package brings no jar, and would fetch one from elsewhere")
    return ["java", "-jar", str(jar)]


def _mappings(port: int, answers: Answers) -> Iterator[tuple[str, str, Any]]:
    for method, path, body in answers:
        answer = {"status": 200, "body": body, "headers": {"Content-Type": "application/json"}}
        request = {"method": method, "urlPath": path}
        yield "POST", f"http://127.0.0.1:{port}/__admin/mappings", {"request": request, "response": answer}


def _expectations(port: int, answers: Answers) -> Iterator[tuple[str, str, Any]]:
    for method, path, body in answers:
        answer = {"statusCode": 200, "body": body, "headers": {"Content-Type": ["application/json"]}}
        expected = {"httpRequest": {"method": method, "path": path}, "httpResponse": answer}
        yield "PUT", f"http://127.0.0.1:{port}/mockserver/expectation", expected


def _imposters(port: int, answers: Answers) -> Iterator[tuple[str, str, Any]]:
    stubs = [
        {
            "predicates": [{"equals": {"method": method, "path": path}}],
            "responses": [{"is": {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": body}}],
        }
        for method, path, body in answers
    ]
    yield "POST", f"http://127.0.0.1:{port + 1}/imposters", {"protocol": "http", "port": port, "stubs": stubs}


def _prism(folder: Path, port: int, _: Answers) -> list[str]:
    contract = Path(__file__).resolve().parents[1] / "contracts" / "refiner.yaml"
    return [str(folder / "node_modules/.bin/prism"), "mock", "-v", "error", "-p", str(port), str(contract)]


_FOUR, _MOCKSERVER = Budget(must=4, moonshot=6), Budget(must=0.8, moonshot=1.2)
PEERS = (
    Peer("Prism", "@stoplight/prism-cli", "node", _prism, _FOUR, prefix=""),
    Peer(
        "mountebank",
        "mountebank",
        "node",
        lambda folder, port, _: [
            *(str(folder / "node_modules/.bin/mb"), "--port", str(port + 1), "--nologfile"),
            *("--loglevel", "error", "--pidfile", str(folder / f"mb-{port}.pid")),
        ],
        _FOUR,
        admin=_imposters,
    ),
    Peer(
        "pytest-httpserver",
        "pypi:pytest-httpserver",
        sys.executable,
        lambda _, port, answers: [sys.executable, "-c", _HTTPSERVER, str(port), json.dumps(answers)],
        _FOUR,
    ),
    Peer(
        "WireMock",
        "wiremock",
        "java",
        # With a bound on its journal it would count that at every request; ours has one, its default has none.
        lambda folder, port, _: [*_java(folder, "wiremock-standalone-*.jar"), "--port", str(port)],
        Budget(must=1.5, moonshot=3),
        admin=_mappings,
    ),
    Peer(
        "MockServer",
        "mockserver-node",
        "java",
        lambda folder, port, _: [
            *_java(folder, "mockserver-netty-*.jar"),
            *("-serverPort", str(port), "-logLevel", "WARN"),
        ],
        _MOCKSERVER,
        cold=Budget(must=3, moonshot=5),
        admin=_expectations,
    ),
)
