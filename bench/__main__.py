"""`python -m bench`: measure, print the table, keep the JSON under `.bench/`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from bench import report
from bench.fixture import measure_fixture
from bench.judging import measure_judging
from bench.page import measure_page
from bench.rounds import measure_start, measure_workloads
from bench.servers import CannotMeasure, choose_cores

KEPT = Path(__file__).resolve().parents[1] / ".bench"


def main() -> int:
    """Return 0 when all was measured, however fast it was, and 2 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure refiner-mock beside two references.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every workload (default 5)")
    parser.add_argument("--seconds", type=int, default=2, help="length of one press on one server (default 2)")
    given = parser.parse_args()
    try:
        cores = choose_cores()
        facts = report.machine(cores)
        with tempfile.TemporaryDirectory() as folder:
            rates = measure_workloads(given.rounds, given.seconds, cores, Path(folder))
        judging, start = measure_judging(given.rounds), measure_start(given.rounds, cores)
        fixture, page = measure_fixture(given.rounds), measure_page(given.rounds)
        result = report.summary(facts, rates, judging, start, fixture, page)
    except CannotMeasure as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 2
    print(report.table(result))
    print(f"\nkept in {report.write(result, KEPT).relative_to(KEPT.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
