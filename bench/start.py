"""W4: how soon a started server answers, and which imports that time goes into.

What is compared is CPU time: on an idle machine it is what the clock shows (354 against 351 ms), and the clock of a
shared one shows what else ran. Of a few starts in turns the shortest counts, as nothing but others makes one longer.
"""

from __future__ import annotations

import http.client
import math
import re
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import NamedTuple

from bench.figures import Budget, Figure, Section, Session, paired, spread
from bench.servers import CannotMeasure, Cores, clean_environment, pin, serve_command

__all__ = ["measure_imports", "measure_start"]

START = Budget(must=16, moonshot=10, at_most=True)
IMPORTS = Budget(must=16, moonshot=10, at_most=True)
"""The share of W4 that imports may take, by the same measure; they are timed, which makes them dearer."""

_IMPORTED = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)
_COSTLIEST = 15
_STARTS = 5
"""In each round, of either kind."""


def measure_start(session: Session) -> list[Section]:
    """Return how long refiner-mock takes to its first 200 and `python -c pass` to its end, in turns.

    Raises:
        CannotMeasure: when the server does not start; so does `measure_imports`.
    """
    pin(0, session.cores.load)
    _start_once(session.cores)  # warm: byte code, caches of the file system
    ours, python, clock = [], [], []
    for _ in range(session.rounds):
        starts = [(_python(session.cores), _start_once(session.cores)) for _ in range(_STARTS)]
        python.append(min(cpu for cpu, _ in starts) * 1_000)
        ours.append(min(start.cpu for _, start in starts) * 1_000)
        clock.append(min(start.seconds for _, start in starts) * 1_000)
    figure = Figure("W4", "start to the first 200, against python -c pass", "x", paired(ours, python), START)
    lines = [
        spread("refiner-mock to its first 200", ours),
        spread("python -c pass", python),
        spread("refiner-mock by the clock", clock),
    ]
    data = {"milliseconds": ours, "python_milliseconds": python, "clock_milliseconds": clock}
    title = f"W4  start, byte code on disk: milliseconds of CPU, least of {_STARTS} starts a round; median, min, max"
    return [Section(title, lines, [figure], data)]


def measure_imports(session: Session) -> list[Section]:
    """Return what `python -X importtime` says of `serve` up to its first 200."""
    pin(0, session.cores.load)
    python, totals = [], []
    costs: dict[str, list[float]] = {}
    for _ in range(session.rounds):
        python.append(min(_python(session.cores) for _ in range(_STARTS)) * 1_000)
        runs = []
        for _ in range(_STARTS):
            said = _start_once(session.cores, "-X", "importtime").said
            runs.append({module: int(own) / 1_000 for own, module in _IMPORTED.findall(said)})
        totals.append(min(sum(found.values()) for found in runs))
        for module in runs[0]:
            costs.setdefault(module, []).append(min(found.get(module, math.inf) for found in runs))
    costliest = sorted(costs, key=lambda module: -median(costs[module]))[:_COSTLIEST]
    ours = sum(module.partition(".")[0] == "mock_server" for module in costs)
    return [
        Section(
            f"W4  imports of serve: {len(costs)} modules, {ours} of them ours; least ms of {_STARTS} a round",
            [spread("all", totals, ".1f"), *(spread(f"  {name}", costs[name], ".1f") for name in costliest)],
            [Figure("W4i", "imports of serve, against python -c pass", "x", paired(totals, python), IMPORTS)],
            {
                "milliseconds": totals,
                "modules": len(costs),
                "costliest": {name: median(costs[name]) for name in costliest},
            },
        )
    ]


def _python(cores: Cores) -> float:
    """Return the CPU seconds of `python -c pass`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen([sys.executable, "-c", "pass"], env=clean_environment()) as process:
        pin(process.pid, cores.server)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class _Start(NamedTuple):
    """One start: its seconds to the first 200, by the clock and of CPU, and what was written to stderr."""

    seconds: float
    cpu: float
    said: str


def _start_once(cores: Cores, *options: str) -> _Start:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    begun = time.perf_counter()
    python, *words = serve_command("--port", str(port))
    # Into a file: `-X importtime` says more than a pipe holds.
    with TemporaryFile("w+") as stderr:
        with subprocess.Popen(
            [python, *options, *words], env=clean_environment(), stdout=subprocess.DEVNULL, stderr=stderr
        ) as process:
            try:
                pin(process.pid, cores.server)
                while not _healthy(port) and process.poll() is None and time.perf_counter() - begun < 30:
                    time.sleep(0.001)
                took = time.perf_counter() - begun
                ended = process.poll() is not None
                cpu = 0.0 if ended else _cpu(process.pid)
            finally:
                process.terminate()
        stderr.seek(0)
        said = stderr.read()
    if ended or took > 30:
        raise CannotMeasure(f"refiner-mock did not start: {said[-2000:].strip()}")
    return _Start(took, cpu, said)


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used, finer than the ticks of `/proc/PID/stat`."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text("ascii").split()[0]) for thread in threads) / 1e9


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_mock/api/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
