"""`python -m bench`: measure, print tables and budgets, keep the JSON under `.bench/`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import report
from bench.deliveries import measure_deliveries
from bench.figures import Section, Session
from bench.fixture import measure_fixture
from bench.judging import measure_judging
from bench.memory import measure_held
from bench.page import measure_page
from bench.rounds import measure_workloads
from bench.scale import measure_scale
from bench.servers import CannotMeasure, choose_cores
from bench.start import measure_imports, measure_start

MEASURES: dict[tuple[str, ...], Callable[[Session], list[Section]]] = {
    ("W1", "W2", "W3"): measure_workloads,
    ("judging",): measure_judging,
    ("W4",): measure_start,
    ("imports",): measure_imports,
    ("W5",): measure_held,
    ("W6",): measure_deliveries,
    ("W7",): measure_scale,
    ("W8",): measure_fixture,
    ("W9",): measure_page,
}
"""What each measurement is called by `--only`."""
NAMES = [name for names in MEASURES for name in names]


def main() -> int:
    """Return 0 when all was measured, however fast it was, and 2 when something could not be."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure refiner-mock beside bare references.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every measurement (default 5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of one press on one server (default 2)")
    parser.add_argument("--only", type=_names, default=NAMES, metavar="NAMES", help=f"some of {','.join(NAMES)}")
    parser.add_argument("--million", action="store_true", help="W7 among 1,000,000 contacts, too: minutes, and 3 GB")
    parser.add_argument("--keep", type=Path, default=report.KEPT, metavar="FOLDER", help="where the JSON goes")
    given = parser.parse_args()
    try:
        cores = choose_cores()
    except CannotMeasure as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 2
    facts = report.machine(cores)
    print(report.header(facts), flush=True)
    sections: list[Section] = []
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        session = Session(max(given.rounds, 1), given.seconds, cores, Path(folder), given.only, given.million)
        for names, measure in MEASURES.items():
            try:
                found = measure(session) if set(names) & set(given.only) else []
            except CannotMeasure as reason:  # the others still can
                print(f"bench: {reason}", file=sys.stderr)
                missed = True
                continue
            sections += found
            print(*map(report.section, found), sep="\n", end="\n" if found else "", flush=True)
    print(report.budgets([figure for one in sections for figure in one.figures]))
    print(f"\nkept in {report.write(report.document(facts, sections), folder=given.keep)}")
    return 2 if missed else 0


def _names(words: str) -> list[str]:
    names = [word.strip() for word in words.split(",")]
    stranger = next((name for name in names if name not in NAMES), None)
    if stranger is not None:
        raise argparse.ArgumentTypeError(f"there is no {stranger!r}; choose from {', '.join(NAMES)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
