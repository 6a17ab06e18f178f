"""Starts servers on a core of their own and reads how much of it they used."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = [
    "CannotMeasure",
    "Cores",
    "Server",
    "apart",
    "choose_cores",
    "clean_environment",
    "pin",
    "running",
    "serve_command",
    "stopping",
]

Found = TypeVar("Found")

START_TIMEOUT = 30.0
_BYTE_CODE = Path(__file__).resolve().parents[1] / ".bench" / "pycache"
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class CannotMeasure(Exception):
    """Something the measurement needs is missing or broke; the message says what."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the servers run and where the load comes from; None where cores cannot be told apart."""

    server: int | None
    load: int | None


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its process, and how it is asked."""

    name: str
    pid: int
    base_url: str
    api_key: str

    def cpu(self) -> float:
        """Return the seconds of CPU that the process and its children have used, user and system, in steps of 10 ms."""
        return sum(_ticks(pid) for pid in _with_children(self.pid)) / TICKS


def _ticks(pid: int) -> int:
    """Return what a process has used, with those of its children that have ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return 0
    return sum(map(int, after_name[11:15]))


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    for of_thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in of_thread.read_text("utf-8").split():
                yield from _with_children(int(child))


def choose_cores() -> Cores:
    """Return two cores that this process may use, or none of both where there is only one."""
    if not Path("/proc/self/stat").exists():
        raise CannotMeasure("CPU time is read from /proc, so the benchmark needs Linux")
    free = sorted(os.sched_getaffinity(0))
    return Cores(free[0], free[1]) if len(free) > 1 else Cores(None, None)


def pin(pid: int, core: int | None) -> None:
    """Keep a process (0: this one) on one core; its children inherit that."""
    if core is not None:
        os.sched_setaffinity(pid, {core})


def serve_command(*words: str) -> list[str]:
    """Return the command that serves refiner-mock with this interpreter; no server here writes a line per request."""
    return [sys.executable, "-m", "mock_server", "serve", "--quiet", *words]


def clean_environment() -> dict[str, str]:
    """Return this process's environment without settings of a user's refiner-mock, and with byte code kept on disk.

    That is how an installed package starts; where it is kept, it litters no checkout.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("REFINER_")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**ours, "PYTHONPYCACHEPREFIX": str(_BYTE_CODE)}


@contextlib.contextmanager
def running(name: str, command: Sequence[str], folder: Path, core: int | None) -> Iterator[Server]:
    """Run a server that writes a ready file, pinned to a core, and stop it afterwards.

    Raises:
        CannotMeasure: when it ends or stays silent instead of getting ready; the message has its last words.
    """
    ready, log = folder / f"{name}.ready", folder / f"{name}.log"
    ready.unlink(missing_ok=True)  # of another of that name, which may still run
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*command, "--ready-file", str(ready)], stdout=subprocess.DEVNULL, stderr=stderr, env=clean_environment()
        )
    try:
        pin(process.pid, core)
        give_up = time.monotonic() + START_TIMEOUT
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > give_up:
                raise CannotMeasure(f"{name} did not start: {log.read_text('utf-8', 'replace')[-2000:].strip()}")
            time.sleep(0.01)
        told = json.loads(ready.read_text("utf-8"))
        yield Server(name, process.pid, told["base_url"], told["api_key"])
    finally:
        stopping(process)


def stopping(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours, politely first."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def apart(measure: Callable[..., Found], *given: object, core: int | None = None) -> Found:
    """Return what a function returns in a fresh process of its own, which inherits nothing of ours but files."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, initializer=pin, initargs=(0, core)) as pool:
        return pool.submit(measure, *given).result()
