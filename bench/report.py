"""What was measured, as a table for people and as JSON for the next comparison."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.figures import Figure, Section
from bench.load import generator
from bench.servers import Cores

__all__ = ["KEPT", "budgets", "document", "header", "machine", "section", "write"]

KEPT = Path(__file__).resolve().parents[1] / ".bench"
"""Where results are kept; git ignores it."""


def machine(cores: Cores) -> dict[str, Any]:
    """Return the facts without which no figure can be read."""
    models = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": os.cpu_count(),
        "pinned": {"server": cores.server, "load": cores.load},
        "load_average": os.getloadavg()[0],
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": {name: version(name) for name in ("refiner-mock", "starlette", "uvicorn", "httptools", "orjson")},
        "load_generator": generator(),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text("utf-8").splitlines() if Path(path).exists() else []


def header(facts: dict[str, Any]) -> str:
    """Return the facts of the machine as they are printed."""
    pinned = facts["pinned"]
    cores = "not pinned" if pinned["load"] is None else f"server on core {pinned['server']}, load on {pinned['load']}"
    return "\n".join(
        [
            f"{facts['processor']}, {facts['cores']} cores ({cores}), load average {facts['load_average']:.1f}",
            f"{facts['system']}, {facts['python']}, " + ", ".join(f"{n} {v}" for n, v in facts["packages"].items()),
            f"load generator: {facts['load_generator']}",
            "Only ratios within one run mean anything; differences under 20 % are noise.",
        ]
    )


def section(found: Section) -> str:
    """Return one section as it is printed."""
    return "\n".join(["", found.title, *found.lines])


def budgets(figures: Sequence[Figure]) -> str:
    """Return the summary: a line for every figure that has a budget."""
    return "\n".join(["", *_rows(figures)])


def _rows(figures: Iterable[Figure]) -> Iterator[str]:
    yield f"{'budget':62}{'figure':>14}{'must':>11}{'moonshot':>10}  reached"
    for one in figures:
        sign = "<=" if one.budget.at_most else ">="
        figure = f"{one.median:,.{0 if one.median >= 100 else 2}f} {one.unit}"
        marks = f"{f'{sign} {one.budget.must:g}':>11}{f'{sign} {one.budget.moonshot:g}':>10}"
        yield f"{one.name:8}{one.what:54}{figure:>14}{marks}  {one.reached}"


def document(facts: dict[str, Any], sections: Iterable[Section]) -> dict[str, Any]:
    """Return everything that was measured, as it is kept."""
    found = list(sections)
    return {
        "machine": facts,
        "figures": [figure.document() for one in found for figure in one.figures],
        "sections": [{"title": one.title, "lines": list(one.lines), **one.data} for one in found],
    }


def write(result: dict[str, Any], prefix: str = "bench", folder: Path = KEPT) -> Path:
    """Keep the result as JSON under its time and return the path."""
    folder.mkdir(exist_ok=True)
    at: str = result["machine"]["at"]
    path = folder / f"{prefix}-{at.replace(':', '').replace('-', '')}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return path
