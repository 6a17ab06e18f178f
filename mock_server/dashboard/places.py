"""The place of a violation, and the lines of the contract behind it, cut to what a page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from mock_server.contract.document import Contract
from mock_server.contract.rules import rules
from mock_server.dashboard.desk import Located
from mock_server.resources import contract_path

__all__ = ["anchor", "contract_lines", "pieces"]

LINES = 8
"""Lines of the contract that are shown of one fact."""
_BEFORE, _AFTER, _MARKED = 80, 160, 240
"""Characters that are shown in front of the place, behind it, and of itself."""

Pieces = dict[str, str]


def pieces(located: Iterable[Located]) -> list[Pieces]:
    """Return the parts of a request, each cut into what stands `before` a place, `marked`, and `after` it.

    Where no place is known all is `after`. What is cut off is replaced by an ellipsis.
    """
    return [_cut(part, text, span or (0, 0)) for part, text, span in located]


def anchor(violation: Mapping[str, Any], contract: Contract) -> str:
    """Return the place on the coverage page of the fact that a violation departs from."""
    operation = contract.operations.get(violation["operation"] or "")
    if operation is not None:
        for name in (violation["suggestion"], violation["where"]["name"]):
            top = re.split(r"[\[.]", name or "")[0]
            if top in operation.parameters:
                return f"{operation.id}.{top}"
    rule = rules().get(violation["rule"])
    if rule is not None and rule.fact.startswith("#/x-facts/"):
        return f"fact-{rule.fact.split('/')[2]}"
    return "" if operation is None else operation.id


def contract_lines(place: str) -> list[tuple[int, str]]:
    """Return the lines that `contracts/refiner.yaml:LINE` points to, with their numbers and without their margin.

    It is the line itself and those indented below it, at most `LINES`.
    """
    number = place.rpartition(":")[2]
    start = int(number) if number.isdigit() else 0
    block = _lines()[start - 1 : start - 1 + LINES] if start else []
    if not block:
        return []
    margin = _indent(block[0])
    end = next((rank for rank, line in enumerate(block) if rank and line.strip() and _indent(line) <= margin), None)
    return [(start + rank, line[margin:]) for rank, line in enumerate(block[:end])]


def _cut(part: str, text: str, span: tuple[int, int]) -> Pieces:
    start, end = span
    first, last = max(0, start - _BEFORE), min(end, start + _MARKED)
    behind = end + _AFTER
    return {
        "part": part,
        "before": "…" * (first > 0) + text[first:start],
        "marked": text[start:last] + "…" * (last < end),
        "after": text[end:behind] + "…" * (behind < len(text)),
    }


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" -"))


@cache
def _lines() -> list[str]:
    return contract_path("refiner.yaml").read_text("utf-8").splitlines()
