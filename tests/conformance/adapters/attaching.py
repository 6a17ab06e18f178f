"""Adapters for tests: the honest ones of `tests/miniatures/adapters`, and small ones that go wrong."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.adapters.http import HttpAdapter
from mock_server.conformance.adapters.process import ProcessAdapter
from mock_server.conformance.protocol import Outcome, Request
from mock_server.remote import RemoteEnvironment
from tests.miniatures.running import tool

__all__ = ["HONEST", "NOWHERE", "asked", "failing", "honest", "script"]

HONEST = ("Python stream", "Python oneshot", "Python http", "Node stream", "Node oneshot", "PHP stream", "PHP oneshot")
NOWHERE = "http://127.0.0.1:9/v1"
_FOLDER = Path(__file__).parents[2] / "miniatures" / "adapters"
_PREPARED = """
import json, os, subprocess, sys, time
def say(document):
    print(json.dumps(document), flush=True)
def hello(**other):
    about = {"hello": "refiner-adapter", "v": 1, "name": "rough", "language": "Python", "operations": ["verifyKey"]}
    say({**about, **other})
def requests():
    for line in sys.stdin:
        yield json.loads(line)
def answer(request, **other):
    say({"case": request["case"], "outcome": "ok", "value": {}, **other})
"""


def honest(way: str) -> Adapter:
    """Return an honest adapter, such as `Node stream`; where its language is missing the test is skipped."""
    language, mode = way.split()
    program, ending = {"Python": (sys.executable, "py"), "Node": ("node", "mjs"), "PHP": ("php", "php")}[language]
    command = [tool(program), str(_FOLDER / f"honest.{ending}"), mode]
    if mode == "http":
        return HttpAdapter(command)
    return ProcessAdapter(command, "stream" if mode == "stream" else "oneshot")


def script(code: str) -> list[str]:
    """Return a command that runs a few lines of Python, in which say, hello, requests and answer are there."""
    return [sys.executable, "-c", _PREPARED + code]


def asked(
    adapter: Adapter,
    operation: str = "verifyKey",
    args: Mapping[str, Any] | None = None,
    *,
    of: RemoteEnvironment | None = None,
    key: str = "",
    deadline_ms: int = 8_000,
) -> Outcome:
    """Have an operation done in an environment, by default in none."""
    key = key or (of.api_key if of else "0f6d9f0a-0000-4000-8000-00000000c0de")
    return adapter.run(Request("case", operation, args or {}, of.base_url if of else NOWHERE, key, deadline_ms))


def failing(adapter: Adapter, *, deadline_ms: int = 8_000) -> AdapterFailed:
    """Return how an adapter fails at a request."""
    try:
        outcome = asked(adapter, deadline_ms=deadline_ms)
    except AdapterFailed as failure:
        return failure
    raise AssertionError(f"it did not fail: {outcome}")
