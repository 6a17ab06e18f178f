"""W4: how soon a started server answers, and which imports that time goes into."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import time
from statistics import median
from tempfile import TemporaryFile

from bench.figures import Budget, Figure, Section, Session, paired, spread
from bench.servers import CannotMeasure, Cores, clean_environment, pin, serve_command

__all__ = ["measure_imports", "measure_start"]

START = Budget(must=16, moonshot=10, at_most=True)
IMPORTS = Budget(must=16, moonshot=10, at_most=True)
"""The share of W4 that imports may take, by the same measure; they are timed, which makes them dearer."""

_IMPORTED = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)
_COSTLIEST = 10


def measure_start(session: Session) -> list[Section]:
    """Return how long refiner-mock takes to its first 200 and `python -c pass` to its end, in turns.

    Raises:
        CannotMeasure: when the server does not start; so does `measure_imports`.
    """
    pin(0, session.cores.load)
    _start_once(session.cores)  # warm: byte code, caches of the file system
    ours, python = [], []
    for _ in range(session.rounds):
        python.append(_python(session.cores))
        ours.append(_start_once(session.cores)[0])
    figure = Figure("W4", "start to the first 200, against python -c pass", "x", paired(ours, python), START)
    lines = [
        spread("refiner-mock to its first 200", [second * 1_000 for second in ours]),
        spread("python -c pass", [second * 1_000 for second in python]),
    ]
    data = {"seconds": ours, "python_seconds": python}
    return [Section("W4  start, byte code on disk: milliseconds, median, min, max", lines, [figure], data)]


def measure_imports(session: Session) -> list[Section]:
    """Return what `python -X importtime` says of `serve` up to its first 200."""
    pin(0, session.cores.load)
    python, totals = [], []
    costs: dict[str, list[float]] = {}
    for _ in range(session.rounds):
        python.append(_python(session.cores) * 1_000)
        said = _start_once(session.cores, "-X", "importtime")[1]
        found = {module: int(own) / 1_000 for own, module in _IMPORTED.findall(said)}
        totals.append(sum(found.values()))
        for module, own in found.items():
            costs.setdefault(module, []).append(own)
    medians = {module: median(own) for module, own in costs.items()}
    costliest = sorted(medians.items(), key=lambda item: -item[1])[:_COSTLIEST]
    ours = sum(module.partition(".")[0] == "mock_server" for module in costs)
    return [
        Section(
            f"W4  imports of serve: {len(costs)} modules, {ours} of them ours; milliseconds, median, min, max",
            [spread("all", totals, ".1f"), *(spread(f"  {name}", costs[name], ".1f") for name, _ in costliest)],
            [Figure("W4i", "imports of serve, against python -c pass", "x", paired(totals, python), IMPORTS)],
            {"milliseconds": totals, "modules": len(costs), "costliest": dict(costliest)},
        )
    ]


def _python(cores: Cores) -> float:
    begun = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", "pass"], env=clean_environment()) as process:
        pin(process.pid, cores.server)
    return time.perf_counter() - begun


def _start_once(cores: Cores, *options: str) -> tuple[float, str]:
    """Return the seconds from start to the first 200, and what was written to stderr."""
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
            finally:
                process.terminate()
        stderr.seek(0)
        said = stderr.read()
    if ended or took > 30:
        raise CannotMeasure(f"refiner-mock did not start: {said[-2000:].strip()}")
    return took, said


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_mock/api/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
