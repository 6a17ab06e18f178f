"""Thousands of deliveries to a receiver that dies, is restarted, fails and hangs: nothing is lost, memory is bounded.

The small run is a part of every suite, the big one (marker `soak`) of `make soak`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mock_server.remote import Remote, RemoteEnvironment
from mock_server.webhooks.schedule import LADDERS
from tests.miniatures import rough_receiver
from tests.miniatures.running import Served, serving

RING = 2_000
"""Deliveries that the server keeps: less than there are, so that what is over falls out while the run goes on."""
PAGE = 500
"""Of these so many are read at once."""
GROWTH = 24 * 2**20
"""Bytes by which the server may grow once its rings are full."""


Ends = dict[str, tuple[str, list[int | str]]]
"""By cause: how its delivery ended, and the status or the error of each attempt."""


class Mortal:
    """The rough receiver, restarted on its port whenever it has died."""

    def __init__(self, ledger: Path, life: int) -> None:
        self._ledger, self._life = ledger, life
        self._over = False
        self._change = threading.Lock()
        self.deaths = 0
        self.port = 0
        self._process = self._born()
        self._nurse = threading.Thread(target=self._watch, daemon=True)
        self._nurse.start()

    def _born(self) -> subprocess.Popen[str]:
        words = [sys.executable, rough_receiver.__file__, str(self.port), str(self._ledger), str(self._life)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        self.port = int(process.stdout.readline())
        process.stdout.close()
        return process

    def _watch(self) -> None:
        while True:
            self._process.wait()
            with self._change:
                if self._over:
                    return
                self.deaths += 1
                self._process = self._born()

    def close(self) -> None:
        with self._change:
            self._over = True
            self._process.kill()
        self._nurse.join()

    def told(self) -> set[str]:
        """What it has said 200 to, over all its lives."""
        return set(self._ledger.read_text("utf-8").splitlines())


class Audit:
    """Reads along in the log of deliveries, as it does not keep everything, and remembers how each one ended."""

    def __init__(self, refiner: RemoteEnvironment) -> None:
        self._refiner = refiner
        self._since = 0
        self.fell_out = 0
        self.ends: Ends = {}

    def read(self) -> None:
        path, full = f"/environments/{self._refiner.name}/deliveries", True
        while full:
            answer = self._refiner.remote.get(path, since=self._since, limit=PAGE)
            self._since, self.fell_out, full = answer["next_since"], answer["dropped"], len(answer["items"]) == PAGE
            self._note(answer["items"])

    def _note(self, deliveries: list[dict[str, Any]]) -> None:
        for one in deliveries:
            if one["status"] != "pending":
                assert one["cause"] not in self.ends, "it ended once"
                tries = [attempt["status"] or attempt["error"] for attempt in one["attempts"]]
                self.ends[one["cause"]] = one["status"], tries


@contextmanager
def mortal(ledger: Path, life: int) -> Iterator[Mortal]:
    receiver = Mortal(ledger, life)
    try:
        yield receiver
    finally:
        receiver.close()


def resident(process: int) -> int:
    """Return how many bytes of memory a process has; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0
    return int(status.read_text("utf-8").partition("VmRSS:")[2].split()[0]) * 1024


def endure(folder: Path, served: Served, *, people: int, rounds: int, life: int, ladder: str) -> None:
    """Let everybody enter a segment in each round, and hold log and ledger against what happened."""
    remote, sizes, caused = Remote(served.url), list[int](), dict[str, str]()
    began = time.perf_counter()
    dialect = {"webhook-retries": ladder}
    clock = {"freeze": "2026-01-31T10:00:00Z"}
    with (
        remote.create_environment(dialect=dialect, clock=clock) as refiner,
        mortal(folder / "ledger", life) as receiver,
    ):
        refiner.subscribe(f"http://127.0.0.1:{receiver.port}/hook", ["Entered Segment"])
        segment, audit = refiner.create_segment("Beta")["uuid"], Audit(refiner)
        for _ in range(rounds):
            at = refiner.clock()["now"][:19]
            for number in range(people):
                came = refiner.simulate("Entered Segment", contact={"id": f"u-{number}"}, segment_uuid=segment)
                caused[came["cause"]] = f"u-{number} {at}.000000Z"
            refiner.advance("20h")
            audit.read()
            sizes.append(resident(served.process.pid))
        assert refiner.settle()["pending"] == 0
        ends, told, deaths = audit.ends, receiver.told(), receiver.deaths
    remote.close()
    check(caused, ends, told, ladder)
    assert deaths > 0
    assert audit.fell_out == max(0, len(caused) - RING)
    tell(ends, sizes, deaths, time.perf_counter() - began)
    if not all(sizes):
        pytest.skip("nothing was lost, but without /proc nobody sees whether memory is bounded")
    assert sizes[-1] - sizes[len(sizes) // 5] < GROWTH


def check(caused: dict[str, str], ends: Ends, told: set[str], ladder: str) -> None:
    """Every event has one delivery that is over: told to the receiver, or failed after the attempts it was owed."""
    assert ends.keys() == caused.keys()
    for cause, (status, tries) in ends.items():
        if status == "delivered":
            assert tries[-1] == 200
            assert caused[cause] in told
        else:
            assert status == "failed"
            assert len(tries) == len(LADDERS[ladder])
            assert all(isinstance(one, str) or one in (500, 503) for one in tries)
    assert {status for status, _ in ends.values()} == {"delivered", "failed"}


def tell(ends: Ends, sizes: list[int], deaths: int, seconds: float) -> None:
    """Say how it went, to whoever runs pytest with -s."""
    tries = Counter(re.sub(r"127\S*", "it", str(one)) for _, tries in ends.values() for one in tries)
    along = ", ".join(f"{size / 2**20:.0f}" for size in sizes[:: max(1, len(sizes) // 10)])
    sys.stdout.write(
        f"\n{len(ends)} deliveries {dict(Counter(status for status, _ in ends.values()))} in {seconds:.1f} s, "
        f"{tries.total()} attempts {dict(tries)}, {deaths} deaths of the receiver; MiB of the server: {along}\n"
    )


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[Served]:
    """A server that does not wait for long and does not keep much."""
    bounds = {"DELIVERY_TIMEOUT": "0.3", "DELIVERY_CONCURRENCY_PER_TARGET": "16", "MAX_DELIVERIES": str(RING)}
    variables = {f"REFINER_MOCK_{name}": value for name, value in bounds.items()}
    with serving(tmp_path, "--quiet", **variables) as running:
        yield running


@pytest.mark.parametrize("ladder", LADDERS)
def test_nothing_is_lost_on_a_rough_receiver(tmp_path: Path, hurried: Served, ladder: str) -> None:
    endure(tmp_path, hurried, people=100, rounds=5, life=120, ladder=ladder)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_nothing_is_lost_in_a_hundred_thousand_deliveries(tmp_path: Path, hurried: Served) -> None:
    endure(tmp_path, hurried, people=1_000, rounds=100, life=4_000, ladder="ladder")
