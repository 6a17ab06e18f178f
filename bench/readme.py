"""`python -m bench.readme`: the newest kept results as the README's table, so that no figure is typed by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import report

__all__ = ["main", "newest_whole", "table"]

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- speed: begin -->", "<!-- speed: end -->"
_CONDENSED = ("W7", "W9")
"""Of these, which have many figures, only the one that is furthest from its must is shown."""


def main() -> int:
    """Return 0 when the README carries the newest results, 2 when there are none or the marks are missing."""
    found = {kind: _newest(kind) for kind in ("bench", "peers")}
    text = README.read_text("utf-8")
    if not found["bench"] or BEGIN not in text or END not in text:
        print(f"readme: there is nothing in {report.KEPT.name}, or README.md has lost its marks", file=sys.stderr)
        return 2
    before, rest = text.split(BEGIN, 1)
    README.write_text(f"{before}{BEGIN}\n{table(found)}\n{END}{rest.split(END, 1)[1]}", "utf-8")
    return 0


def _newest(kind: str) -> dict[str, Any]:
    """Return the newest result of a kind; of peers, which may be raced by ones and twos, the newest of each."""
    kept = [json.loads(path.read_text("utf-8")) for path in sorted(report.KEPT.glob(f"{kind}-*.json"))]
    if kind == "bench":
        return newest_whole(kept)
    figures = {one["what"]: one for result in kept for one in result["figures"]}
    return {"machine": kept[-1]["machine"], "figures": list(figures.values())} if kept else {}


def newest_whole(kept: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the last of some results that has all that any has: those of `--only` make no table."""
    measured = [{one["name"] for one in result["figures"]} for result in kept]
    whole = [result for result, names in zip(kept, measured, strict=True) if names == set().union(*measured)]
    return whole[-1] if whole else {}


def table(found: dict[str, Any]) -> str:
    """Return results, by `bench` and `peers`, as Markdown."""
    facts = found["bench"]["machine"]
    figures = [one for result in found.values() for one in result.get("figures", ())]
    missed = sum(one["reached"] == "MISSED" for one in figures)
    where = f"{facts['processor']}, {facts['cores']} cores, {facts['python']}, load average {facts['load_average']:.1f}"
    peers = found.get("peers")
    raced = f", the peers by `make bench-peers` on {peers['machine']['at'][:10]}" if peers else ""
    lines = [
        f"Measured on {facts['at'][:10]} by `make bench` ({where}){raced}.",
        f"Medians; only ratios within one run mean anything. Budgets missed: {missed} of {len(figures)}.",
        "",
        "| | figure | must | moonshot | reached |",
        "|---|---|---|---|---|",
        *map(_row, _shown(figures)),
    ]
    return "\n".join(lines)


def _shown(figures: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in figures:
        alike = [other for other in figures if other["name"] == one["name"]]
        if one["name"] not in _CONDENSED or one is max(alike, key=_distance):
            yield one


def _distance(one: dict[str, Any]) -> float:
    ratio = one["median"] / one["must"]
    return float(ratio if one["at_most"] else 1 / ratio)


def _row(one: dict[str, Any]) -> str:
    sign = "≤" if one["at_most"] else "≥"
    figure = f"{one['median']:,.{0 if one['median'] >= 100 else 2}f} {one['unit']}"
    worst = ", the worst" if one["name"] in _CONDENSED else ""
    cells = [f"{one['name']} {one['what']}{worst}", figure, f"{sign} {one['must']:g}", f"{sign} {one['moonshot']:g}"]
    return f"| {' | '.join([*cells, one['reached']])} |"


if __name__ == "__main__":
    sys.exit(main())
