"""A server of our own for one run: a child process, which ends with the run and even with a killed parent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mock_server.errors import ServerUnavailable
from mock_server.remote import Remote

__all__ = ["served", "serving"]

_WITHIN = 20.0
"""Seconds within which it must listen."""
_LEAVING = 5.0
_STEP = 0.02
_UNTIL_ALONE = """
import os, signal, sys, threading
from mock_server.cli import main

def wait():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=wait, daemon=True).start()
sys.exit(main(sys.argv[1:]))
"""
"""Serves until its standard input ends, which it does when whoever started it is no more."""


@contextmanager
def served(server: Remote | str | None) -> Iterator[Remote]:
    """Yield a server: the one given, the one at a URL, or (None) one of its own that ends with the block.

    Raises:
        ServerUnavailable: when nothing answers there, or none can be started.
    """
    if server is None:
        with serving() as url, closing(Remote(url)) as remote:
            yield remote
        return
    remote = Remote(server) if isinstance(server, str) else server
    try:
        remote.health()
        yield remote
    finally:
        if remote is not server:
            remote.close()


@contextmanager
def serving() -> Iterator[str]:
    """Yield the URL of a server that runs in a child process until the block ends.

    Raises:
        ServerUnavailable: when it does not listen in time; the message has what it said.
    """
    with tempfile.TemporaryDirectory(prefix="refiner-mock-") as folder:
        ready, words = Path(folder, "ready.json"), Path(folder, "words.txt")
        command = [sys.executable, "-c", _UNTIL_ALONE, "serve", "--quiet", "--port", "0", "--ready-file", str(ready)]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("REFINER_MOCK_")}
        with words.open("wb") as output:
            child = subprocess.Popen(  # noqa: S603 - this very interpreter
                command, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environ, start_new_session=True
            )
        try:
            yield _address(child, ready, words)
        finally:
            _end(child)


def _address(child: subprocess.Popen[bytes], ready: Path, words: Path) -> str:
    end = time.monotonic() + _WITHIN
    while time.monotonic() < end:
        if ready.exists():
            return str(json.loads(ready.read_text("utf-8"))["control_url"]).removesuffix("/_mock/api")
        if child.poll() is not None:
            break
        time.sleep(_STEP)
    said = words.read_text("utf-8", "replace").strip()[-500:]
    raise ServerUnavailable(f"refiner-mock could not start a server of its own; it said: {said or 'nothing'}")


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()  # the polite way to say it
    try:
        child.wait(_LEAVING)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
