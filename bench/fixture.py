"""What the pytest fixture costs: those that use it, and those that only have it installed.

An unused plugin takes a few milliseconds of a run of hundreds, so what it takes is counted inside the run (`probe`).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.figures import Budget, Figure, Section, Session, spread
from bench.servers import CannotMeasure, apart, clean_environment
from mock_server import MockServer
from mock_server.state.seeds import crowded

__all__ = ["measure_fixture"]

_UNUSED = "def test_nothing(): pass\n"
_USED = """
import http.client, json, pytest
from urllib.parse import urlsplit

KEPT = []
PERSON, EVENT = ({"id": "u-1", "email": "u-1@example.org"}, {"id": "u-1", "event": "Signed up"})

@pytest.mark.parametrize("number", range(200))
def test_three_requests(refiner, number):
    where = urlsplit(refiner.base_url)
    connection = KEPT[0] if KEPT else http.client.HTTPConnection(where.netloc)
    KEPT[:] = [connection]
    headers = {"Authorization": f"Bearer {refiner.api_key}", "Content-Type": "application/json"}
    for path, body in (("identify-user", PERSON), ("track-event", EVENT), ("contacts", None)):
        sent = json.dumps(body) if body else None
        connection.request("POST" if sent else "GET", f"{where.path}/{path}", sent, headers)
        answer = connection.getresponse()
        assert answer.read() and answer.status < 300
"""
_RUNS = 5
_OTHERS = ("cacheprovider", "cov", "hypothesispytest", "schemathesis")


FIXTURE = {
    "environment": ("a fresh environment, Python door", "ms", Budget(must=2, moonshot=0.3, at_most=True)),
    "fork": ("fork of 1,000 contacts, Python door", "ms", Budget(must=5, moonshot=0.5, at_most=True)),
    "start": ("server start in a thread, imports done", "ms", Budget(must=40, moonshot=5, at_most=True)),
    "stop": ("server stop", "ms", Budget(must=20, moonshot=2, at_most=True)),
    "tests": ("200 tests of three requests, with pytest's start", "s", Budget(must=3, moonshot=1.5, at_most=True)),
    "unused": ("CPU of the plugin where it is not used", "ms", Budget(must=5, moonshot=1, at_most=True)),
}
"""Those of `tests` are of issue 8, the others of performance.md."""


def measure_fixture(session: Session) -> list[Section]:
    """Return what the fixture costs, and what its doors cost in Python.

    Raises:
        CannotMeasure: when a test run fails.
    """
    measured = apart(_measured, session.rounds)
    rows = [spread(f"{title}, {unit}", measured[name], ".2f") for name, (title, unit, _) in FIXTURE.items()]
    figures = [Figure("W8", title, unit, measured[name], budget) for name, (title, unit, budget) in FIXTURE.items()]
    return [Section("W8  the pytest fixture: median, min, max", rows, figures, dict(measured))]


def _measured(rounds: int) -> dict[str, list[float]]:
    """Return what was measured in each round, by the names of `FIXTURE`.

    Raises:
        CannotMeasure: when a test run fails.
    """
    measured: dict[str, list[float]] = {name: [] for name in FIXTURE}
    with TemporaryDirectory() as folder:
        unused, used = Path(folder, "test_unused.py"), Path(folder, "test_used.py")
        unused.write_text(_UNUSED, "utf-8")
        used.write_text(_USED, "utf-8")
        _run(unused)  # warm: byte code, caches of the file system
        for _ in range(rounds):
            measured["unused"].append(median(_spent(unused) for _ in range(_RUNS)) * 1_000)
            measured["tests"].append(_run(used))
            _measure_server(measured)
    return measured


def _spent(tests: Path) -> float:
    """Return the CPU seconds that our plugin takes in a run."""
    told = tests.with_suffix(".spent")
    _run(tests, "-p", "bench.probe", PROBE_FILE=str(told))
    return float(told.read_text("utf-8"))


def _run(tests: Path, *options: str, **variables: str) -> float:
    """Return the seconds that a run of pytest takes."""
    alone = [word for name in _OTHERS for word in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", *alone, *options, str(tests)]
    environ, begun = {**clean_environment(), **variables}, time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"the tests failed: {done.stdout[-2_000:].strip()}")
    return time.perf_counter() - begun


def _measure_server(measured: dict[str, list[float]]) -> None:
    begun = time.perf_counter()
    server = MockServer().start()
    measured["start"].append((time.perf_counter() - begun) * 1_000)
    measured["environment"].append(_each(server.create_environment))
    measured["fork"].append(_each(server.create_environment(seed=crowded(contacts=1_000)).fork))
    begun = time.perf_counter()
    server.stop()
    measured["stop"].append((time.perf_counter() - begun) * 1_000)


def _each(make: Callable[[], object]) -> float:
    """Return the median milliseconds of a hundred calls."""
    times = []
    for _ in range(100):
        begun = time.perf_counter()
        make()
        times.append((time.perf_counter() - begun) * 1_000)
    return median(times)
