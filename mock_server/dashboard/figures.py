"""Reporting as figures that templates draw: shares of a whole in percent, heights of bars, and their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mock_server.state.clock import exact
from mock_server.state.records import Form, Micros, Question, Response
from mock_server.state.reporting import report

__all__ = ["DAY", "RATED", "SATISFIED", "figure", "over_time"]

DAY = 86_400_000_000
MOST_BARS = 12
"""Rows of a chart of choices; the rest is one row."""
MOST_COLUMNS = 45

SATISFIED = {
    "2": "very satisfied",
    "1": "satisfied",
    "0": "neutral",
    "-1": "unsatisfied",
    "-2": "very unsatisfied",
}
"""Answers of five steps as they are stored (documented), in words."""
RATED = frozenset({"rating", "ratings", "star_rating", "stars", "smileys", "scale", "ces", "number"})
"""Types of question that are answered with a number."""


def figure(question: Question, form: Form, rows: Sequence[Response], start: Micros, end: Micros) -> dict[str, Any]:
    """Return what the answers to a question come to: its `kind` of chart, a `headline`, and the chart's rows."""
    kind = _kind(question.type)
    told: Mapping[str, Any] = report(
        kind, rows, (form,), start=start, end=end, question_identifiers=(question.identifier,)
    )
    shown = {"question": question.text, "identifier": question.identifier, "type": question.type, "kind": kind}
    if kind == "nps":
        return {**shown, "headline": told["nps"], "count": told["count"], "bars": _stacked(told["data"])}
    if kind == "csat":
        bars = [(words, told["data"][words.replace(" ", "_")]) for words in SATISFIED.values()]
        return {**shown, "headline": f"{told['csat']} %", "count": told["count"], "bars": _bars(bars)}
    if kind == "ratings":
        bars = sorted(told["data"].items(), key=lambda pair: float(pair[0]), reverse=True)
        return {**shown, "headline": told["average"], "count": told["count"], "bars": _bars(_cut(bars))}
    return {**shown, "headline": None, "count": told["responses"], "bars": _bars(_cut(list(told["data"].items())))}


def over_time(rows: Iterable[Response], start: Micros, end: Micros) -> dict[str, Any]:
    """Return responses by day, or by as many days as give at most 45 columns; heights are percent of the highest."""
    first, days = start - start % DAY, max(1, -(-(end - start) // DAY))
    step = -(-days // MOST_COLUMNS)
    columns = -(-days // step)
    counts = Counter((_at(row) - first) // (step * DAY) for row in rows)
    highest = max(counts.values(), default=0)
    return {
        "columns": [
            {
                "day": exact(first + rank * step * DAY)[:10],
                "count": counts[rank],
                "x": rank,
                "height": round(100 * counts[rank] / highest, 1) if highest else 0,
            }
            for rank in range(columns)
        ],
        "step": step,
        "highest": highest,
        "total": sum(counts.values()),
    }


def _at(row: Response) -> Micros:
    return row.last_data_reception_at or row.last_shown_at


def _kind(type: str) -> str:
    if type in ("nps", "csat"):
        return type
    return "ratings" if type in RATED else "distribution"


def _stacked(data: Mapping[str, int]) -> list[dict[str, Any]]:
    total, x = sum(data.values()), 0.0
    parts = []
    for name in ("detractors", "passives", "promoters"):
        width = 100 * data[name] / total if total else 0.0
        parts.append({"name": name, "count": data[name], "share": round(width), "x": round(x, 2), "width": width})
        x += width
    return parts


def _bars(pairs: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    pairs = list(pairs)
    highest, total = max((count for _, count in pairs), default=0), sum(count for _, count in pairs)
    return [
        {
            "name": name,
            "count": count,
            "share": round(100 * count / total) if total else 0,
            "width": round(100 * count / highest, 2) if highest else 0,
        }
        for name, count in pairs
    ]


def _cut(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    rest = sum(count for _, count in pairs[MOST_BARS:])
    return [*pairs[:MOST_BARS], *([("all others", rest)] if rest else [])]
