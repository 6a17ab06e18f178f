"""What the pytest fixture costs: those that use it, and those that only have it installed."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.servers import CannotMeasure, clean_environment
from mock_server import MockServer

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
_OTHERS = ("cacheprovider", "cov", "hypothesispytest", "schemathesis")


def measure_fixture(rounds: int) -> dict[str, list[float]]:
    """Return what was measured in each round, by the names of `workloads.FIXTURE`.

    Raises:
        CannotMeasure: when a test run fails.
    """
    measured: dict[str, list[float]] = {"unused": [], "tests": [], "start": [], "stop": [], "environment": []}
    with TemporaryDirectory() as folder:
        unused, used = Path(folder, "test_unused.py"), Path(folder, "test_used.py")
        unused.write_text(_UNUSED, "utf-8")
        used.write_text(_USED, "utf-8")
        _run(unused)  # warm: byte code, caches of the file system
        for _ in range(rounds):
            # A few milliseconds among hundreds: CPU, and several pairs, or it would be lost in the noise.
            pairs = [_run(unused)[0] - _run(unused, "-p", "no:refiner_mock")[0] for _ in range(5)]
            measured["unused"].append(median(pairs) * 1_000)
            measured["tests"].append(_run(used)[1])
            _measure_server(measured)
    return measured


def _run(tests: Path, *options: str) -> tuple[float, float]:
    """Return the CPU seconds and the seconds that a run of pytest takes."""
    alone = [word for name in _OTHERS for word in ("-p", f"no:{name}")]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", *alone, *options, str(tests)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"the tests failed: {done.stdout[-2_000:].strip()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - begun


def _measure_server(measured: dict[str, list[float]]) -> None:
    begun = time.perf_counter()
    server = MockServer().start()
    measured["start"].append((time.perf_counter() - begun) * 1_000)
    times = []
    for _ in range(100):
        begun = time.perf_counter()
        server.create_environment()
        times.append((time.perf_counter() - begun) * 1_000)
    measured["environment"].append(median(times))
    begun = time.perf_counter()
    server.stop()
    measured["stop"].append((time.perf_counter() - begun) * 1_000)
