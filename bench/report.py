"""What was measured, as a table for people and as JSON for the next comparison."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench.load import generator
from bench.page import PAGES
from bench.rounds import BARE, OURS, Rates, Start
from bench.servers import Cores
from bench.workloads import FIXTURE, JUDGING, PAGE, START, WORKLOADS, Budget

__all__ = ["machine", "summary", "table", "write"]


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


def summary(
    facts: dict[str, Any],
    rates: dict[str, Rates],
    judging: list[float],
    start: Start,
    fixture: dict[str, list[float]],
    page: dict[str, list[float]],
) -> dict[str, Any]:
    """Return everything measured; a ratio is the median of the ratios within each round."""
    result: dict[str, Any] = {"machine": facts, "workloads": {}}
    for workload in WORKLOADS:
        measured = rates[workload.name]
        result["workloads"][workload.name] = {
            "title": workload.title,
            "servers": {
                name: {"rates": of_server, "ratio": median(_paired(of_server, measured[BARE]))}
                for name, of_server in measured.items()
            },
            "verdict": _verdict(workload.budget, median(_paired(measured[OURS], measured[BARE]))),
        }
    bare = median(1_000_000 / rate for rate in rates[WORKLOADS[0].name][BARE])
    result["judging"] = {"microseconds": judging, "bare": bare, "verdict": _verdict(JUDGING, median(judging))}
    ratio = median(_paired(start.ours, start.python))
    result["start"] = {"seconds": start.ours, "python_seconds": start.python, "verdict": _verdict(START, ratio)}
    result["fixture"] = {
        name: {"measured": fixture[name], "title": title, "verdict": _verdict(budget, median(fixture[name]))}
        for name, (title, budget) in FIXTURE.items()
    }
    result["page"] = {
        PAGES[path]: {"milliseconds": times, "verdict": _verdict(PAGE, median(times))} for path, times in page.items()
    }
    return result


def _paired(ours: list[float], theirs: list[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def _verdict(budget: Budget, ratio: float) -> dict[str, Any]:
    must, moonshot = budget.kept(ratio)
    return {
        "ratio": ratio,
        "at_most": budget.at_most,
        "must": {"mark": budget.must, "kept": must},
        "moonshot": {"mark": budget.moonshot, "kept": moonshot},
    }


def table(result: dict[str, Any]) -> str:
    """Return the table that is printed."""
    facts = result["machine"]
    pinned = facts["pinned"]
    cores = "not pinned" if pinned["load"] is None else f"server on core {pinned['server']}, load on {pinned['load']}"
    lines = [
        f"{facts['processor']}, {facts['cores']} cores ({cores}), load average {facts['load_average']:.1f}",
        f"{facts['system']}, {facts['python']}, " + ", ".join(f"{n} {v}" for n, v in facts["packages"].items()),
        f"load generator: {facts['load_generator']}",
        "Only ratios within one run mean anything; differences under 20 % are noise.",
    ]
    for name, workload in result["workloads"].items():
        lines += ["", f"{name}  {workload['title']}: answers per second of server CPU", *_rows(workload)]
    judging, start = result["judging"], result["start"]
    ours, python = median(start["seconds"]) * 1000, median(start["python_seconds"]) * 1000
    lines += [
        "",
        f"judging one clean W1 body, µs (median); bare ASGI spends {judging['bare']:.1f} µs of CPU on a whole request",
        _marks(judging["verdict"], "µs"),
        "",
        f"W4  start to the first 200: {ours:.0f} ms; python -c pass: {python:.0f} ms",
        _marks(start["verdict"]),
        "",
        "W8  the pytest fixture (medians)",
    ]
    for measured in result["fixture"].values():
        lines += [f"    {measured['title']}", _marks(measured["verdict"], "   ")]
    found = "ms (medians)" if result["page"] else "not measured, there is no Chromium"
    lines += ["", f"W9  first paint of the page with 10,000 exchanges and 10,000 contacts: {found}"]
    lines += [_marks(page["verdict"], f"{name:10}") for name, page in result["page"].items()]
    return "\n".join(lines)


def _rows(workload: dict[str, Any]) -> Iterator[str]:
    yield f"    {'':14}{'median':>10}{'min':>10}{'max':>10}{'to bare':>10}"
    for name, server in workload["servers"].items():
        rates = server["rates"]
        figures = "".join(f"{figure:>10,.0f}" for figure in (median(rates), min(rates), max(rates)))
        yield f"    {name:14}{figures}{server['ratio']:>10.2f}"
    yield _marks(workload["verdict"])


def _marks(verdict: dict[str, Any], figure: str = "ratio") -> str:
    sign = "<=" if verdict["at_most"] else ">="
    marks = [
        f"{name} {sign} {verdict[name]['mark']:g} {'kept' if verdict[name]['kept'] else 'MISSED'}"
        for name in ("must", "moonshot")
    ]
    return f"    {figure} {verdict['ratio']:.2f}   " + "   ".join(marks)


def write(result: dict[str, Any], folder: Path) -> Path:
    """Keep the result as JSON under its time and return the path."""
    folder.mkdir(exist_ok=True)
    at: str = result["machine"]["at"]
    path = folder / f"{at.replace(':', '').replace('-', '')}.json"
    path.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return path
