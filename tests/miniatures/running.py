"""The real command as a process, and a real receiver of webhooks: what tests of the outside speak to."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Receiver", "Served", "command", "receiving", "run", "serving", "tool"]

PATIENCE = 90.0
"""Seconds after which something that should have happened counts as not happening."""


def command(*words: str) -> list[str]:
    """Return a command line of ours."""
    return [sys.executable, "-m", "mock_server", *words]


def surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a process of ours: those of the tests without any setting of ours, and the given ones."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REFINER_")}
    return {**inherited, **given}


def run(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run a command line of ours to its end, `given` variables set; nothing is checked."""
    return subprocess.run(
        command(*words), env=surroundings(given), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@dataclass
class Served:
    """A running `refiner-mock serve`."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    """What its ready file said."""
    first_line: str

    @property
    def url(self) -> str:
        return str(self.ready["base_url"]).removesuffix("/v1")

    def lines(self) -> Iterator[str]:
        """Yield what it says, waiting for each line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield line.rstrip("\n")

    def line(self, wanted: Callable[[str], bool]) -> str:
        """Return the next line that is wanted."""
        return next(line for line in self.lines() if wanted(line))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command line of ours against this server."""
        done = run(*words, REFINER_MOCK_URL=self.url)
        assert done.returncode == 0, done.stderr
        return done

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and return its exit code."""
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def serving(folder: Path, *words: str, **given: str) -> Iterator[Served]:
    """Run `serve` on a free port until the block ends."""
    ready_file = folder / "ready.json"
    process = subprocess.Popen(
        command("serve", "--port", "0", "--ready-file", str(ready_file), *words),
        env=surroundings(given),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        try:
            first_line = process.stdout.readline()
            assert first_line, "serve ended before it listened; its reason is in the captured stderr"
            yield Served(process, json.loads(ready_file.read_text("utf-8")), first_line)
        finally:
            if process.poll() is None:
                process.terminate()
            # Or a process that still has something to say would never end.
            process.stdout.close()


@dataclass(frozen=True)
class Received:
    """One webhook as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class Receiver:
    """A receiver that answers with the given statuses in turn, and then with 200."""

    def __init__(self, statuses: Sequence[int]) -> None:
        self._got: queue.Queue[Received] = queue.Queue()
        left = list(statuses)
        got = self._got

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                got.put(Received(self.path, dict(self.headers), body))
                self.send_response(left.pop(0) if left else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def next(self) -> Received:
        """Return the next webhook, waiting for it."""
        return self._got.get(timeout=PATIENCE)

    @property
    def idle(self) -> bool:
        """Nothing arrived that `next` has not returned."""
        return self._got.empty()


@contextlib.contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    """Receive webhooks until the block ends."""
    receiver = Receiver(statuses)
    # The default poll makes shutdown take half a second.
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()


def tool(name: str) -> str:
    """Return the path of a program; where it is missing the test is skipped, but fails in CI."""
    from shutil import which

    path = which(name)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed")
    return path
