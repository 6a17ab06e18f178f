"""Presses on a server over 32 kept connections: with wrk where it is installed, else with a generator of ours.

wrk counts whole seconds, so shorter presses are ours, too.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, takewhile
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from bench.servers import CannotMeasure, Server
from bench.workloads import Workload

__all__ = ["CONNECTIONS", "generator", "press", "send"]

CONNECTIONS = 32

_SCRIPT = """
local bodies, made, at = {%(bodies)s}, {}, 0
local headers = {["Authorization"] = %(key)s, ["Content-Type"] = "application/json"}
init = function(args)
  for number, body in ipairs(bodies) do
    made[number] = wrk.format(%(method)s, %(path)s, headers, body ~= "" and body or nil)
  end
end
request = function()
  at = at %% #made + 1
  return made[at]
end
"""


def generator() -> str:
    """Return the name of the load generator that `press` will use."""
    return "wrk" if shutil.which("wrk") else "own (wrk is not installed; apt install wrk gives a faster one)"


def press(server: Server, workload: Workload, seconds: float, folder: Path) -> int:
    """Ask for so many seconds and return how many answers came.

    Raises:
        CannotMeasure: when an answer was not a success, or none came at all.
    """
    if shutil.which("wrk") and float(seconds).is_integer():
        return _wrk(server, workload, int(seconds), folder)
    end = time.monotonic() + seconds
    ready = cycle([_request(server, workload, body) for body in workload.bodies])
    return _own(server, workload, takewhile(lambda _: time.monotonic() < end, ready))


def send(server: Server, workload: Workload, bodies: Iterable[str]) -> int:
    """Ask the workload's operation once for each body, which may be other ones, and return how many answers came.

    Raises:
        CannotMeasure: when an answer was not a success.
    """
    return _own(server, workload, (_request(server, workload, body) for body in bodies))


def _own(server: Server, workload: Workload, requests: Iterator[bytes]) -> int:
    with asyncio.Runner(loop_factory=_loop) as runner:
        connections = runner.run(_drive(server, requests))
    failure = next((connection.failure for connection in connections if connection.failure), "")
    if failure:
        raise CannotMeasure(f"{workload.name} on {server.name} failed: {failure}")
    return sum(connection.answers for connection in connections)


def _wrk(server: Server, workload: Workload, seconds: int, folder: Path) -> int:
    # JSON's quoting of these plain texts is Lua's, too.
    script = folder / f"{server.name}-{workload.name}.lua"
    words = {
        "bodies": ",".join(json.dumps(body) for body in workload.bodies),
        "key": json.dumps(f"Bearer {server.api_key}"),
        "method": json.dumps(workload.method),
        "path": json.dumps(workload.path),
    }
    script.write_text(_SCRIPT % words, "utf-8")
    pressed = f"-t1 -c{CONNECTIONS} -d{seconds}s --timeout 10s -s".split()
    command = ["wrk", *pressed, str(script), server.base_url]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    said = run.stdout
    count = re.search(r"(\d+) requests in", said)
    if count is None or count[1] == "0" or re.search(r"Non-2xx|Socket errors", said):
        raise CannotMeasure(f"{workload.name} on {server.name} failed: {said.strip()}")
    return int(count[1])


class _Connection(asyncio.Protocol):
    """Sends the next request whenever an answer is whole; counts answers and remembers a failure."""

    def __init__(self, next_request: Callable[[], bytes | None]) -> None:
        self._next_request = next_request
        self._missing = 0
        self._head = b""
        self.answers = 0
        self.failure = ""
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._missing == 0:
            head, blank, body = (self._head + data).partition(b"\r\n\r\n")
            if not blank:
                self._head = head
                return
            self._head = b""
            if not head.startswith(b"HTTP/1.1 2"):
                self._fail(f"it answered {head[:60]!r}")
                return
            self._missing = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]) - len(body)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self.answers += 1
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self.failure = self.failure or (str(exc) if exc else "")
        if not self.closed.done():
            self.closed.set_result(None)

    def _ask(self) -> None:
        request = self._next_request()
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)

    def _fail(self, reason: str) -> None:
        self.failure = reason
        self._transport.close()


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()  # slower, but it does
    return uvloop.new_event_loop()


async def _drive(server: Server, requests: Iterator[bytes]) -> list[_Connection]:
    host, _, port = urlsplit(server.base_url).netloc.rpartition(":")
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: _Connection(lambda: next(requests, None)), host, int(port))
        for _ in range(CONNECTIONS)
    ]
    connections = [connection for _, connection in opened]
    await asyncio.gather(*(connection.closed for connection in connections))
    return connections


def _request(server: Server, workload: Workload, body: str) -> bytes:
    lines = [
        f"{workload.method} {workload.path} HTTP/1.1",
        f"Host: {urlsplit(server.base_url).netloc}",
        f"Authorization: Bearer {server.api_key}",
        "Content-Type: application/json",
        *([f"Content-Length: {len(body.encode())}"] if body else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()
