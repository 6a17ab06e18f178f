"""The benchmark runs, and its tables say what was measured; that nothing is too slow is no test's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import Budget, Figure, Section
from bench.readme import newest_whole, table
from bench.report import budgets, document
from bench.workloads import WORKLOADS
from tests.miniatures.running import surroundings

ROOT = Path(__file__).resolve().parents[1]


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *words]
    return subprocess.run(
        command, cwd=ROOT, env=surroundings({}), capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.skipif(sys.platform != "linux", reason="CPU time is read from /proc")
def test_a_short_run_measures_beside_the_references_and_keeps_what_it_found(tmp_path: Path) -> None:
    done = bench("--rounds", "1", "--seconds", "0.2", "--only", "W1", "--keep", str(tmp_path))

    assert done.returncode == 0, done.stderr
    (kept,) = tmp_path.glob("bench-*.json")
    result = json.loads(kept.read_text("utf-8"))
    (figure,) = result["figures"]
    assert (figure["name"], figure["must"], len(figure["values"])) == ("W1", 0.4, 1)
    rates = result["sections"][0]["rates"]
    assert set(rates) == {"bare ASGI", "Starlette", "refiner-mock"}
    assert figure["median"] == pytest.approx(rates["refiner-mock"][0] / rates["bare ASGI"][0])
    assert f"{figure['median']:.2f} x" in done.stdout.splitlines()[-3]


@pytest.mark.parametrize(("words", "counts"), [((), True), (("-p", "no:refiner_mock"), False)])
def test_what_the_unused_plugin_takes_is_counted_where_it_is_and_not_where_it_is_not(
    tmp_path: Path, words: tuple[str, ...], counts: bool
) -> None:
    told = tmp_path / "spent"
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "bench.probe", *words, str(tmp_path)]

    subprocess.run(command, cwd=ROOT, env=surroundings({"PROBE_FILE": str(told)}), check=True, timeout=100)

    assert (float(told.read_text("utf-8")) > 0) is counts


def test_an_unknown_measurement_is_wrong_usage() -> None:
    done = bench("--only", "W1,W99")

    assert (done.returncode, "there is no 'W99'" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("figure", "at_most", "reached"),
    [(3, True, "must"), (3.1, True, "MISSED"), (1, True, "moonshot"), (1, False, "must"), (3, False, "moonshot")],
)
def test_a_budget_is_reached_at_its_mark(figure: float, at_most: bool, reached: str) -> None:
    budget = Budget(must=3, moonshot=1, at_most=True) if at_most else Budget(must=1, moonshot=3)

    assert Figure("W0", "a thing", "x", [0.0, figure, 1e9], budget).reached == reached


def test_the_tables_show_every_budget_and_of_many_alike_the_worst() -> None:
    growth = Budget(must=3, moonshot=1.2, at_most=True)
    figures = [
        Figure("W1", "identify", "x", [0.5], WORKLOADS[0].budget),
        Figure("W7", "a page", "x", [1.1], growth),
        Figure("W7", "a search", "x", [3.5], growth),
    ]
    facts = {
        "at": "2026-11-23T21:00:00Z",
        "processor": "Any",
        "cores": 2,
        "python": "CPython 3.11",
        "load_average": 1.0,
    }

    said = budgets(figures).splitlines()
    whole = document(facts, [Section("all", figures=figures)])
    part = document({**facts, "at": "2026-11-24T21:00:00Z"}, [Section("some", figures=figures[1:])])
    shown = table({"bench": newest_whole([whole, part])})

    assert [line.split()[-1] for line in said[2:]] == ["must", "moonshot", "MISSED"]
    assert "| W1 identify | 0.50 x | ≥ 0.4 | ≥ 0.6 | must |" in shown
    assert "a page" not in shown
    assert "| W7 a search, the worst | 3.50 x | ≤ 3 | ≤ 1.2 | MISSED |" in shown
    assert "Budgets missed: 1 of 3" in shown
    assert shown.startswith("Measured on 2026-11-23 by `make bench` (Any, ")
    peers = document({**facts, "at": "2026-11-22T21:00:00Z"}, [Section("peers", figures=figures[:1])])
    assert "), the peers by `make bench-peers` on 2026-11-22.\n" in table({"bench": whole, "peers": peers})


def test_all_bodies_of_a_workload_are_different_calls_of_one_operation() -> None:
    for workload in WORKLOADS:
        assert len(set(workload.bodies)) == len(workload.bodies)
        assert (workload.method == "GET") == (workload.bodies == ("",))
