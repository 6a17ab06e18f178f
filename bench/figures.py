"""What a measurement is given and what it returns: figures beside their budgets, in sections."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.servers import Cores

__all__ = ["Budget", "Figure", "Section", "Session", "paired", "spread"]


@dataclass(frozen=True, slots=True)
class Budget:
    """The two marks of a figure; `at_most` says whether smaller or larger is better."""

    must: float
    moonshot: float
    at_most: bool = False

    def kept(self, figure: float) -> tuple[bool, bool]:
        """Return whether the figure keeps the must and reaches the moonshot."""
        if self.at_most:
            return figure <= self.must, figure <= self.moonshot
        return figure >= self.must, figure >= self.moonshot


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that a budget is for, as it was in each round."""

    name: str
    what: str
    unit: str
    """`x` for a ratio."""
    values: Sequence[float]
    budget: Budget

    @property
    def median(self) -> float:
        """The median over the rounds, which is what the budget is held against."""
        return median(self.values)

    @property
    def reached(self) -> str:
        """`moonshot`, `must` or `MISSED`."""
        must, moonshot = self.budget.kept(self.median)
        return "moonshot" if moonshot else "must" if must else "MISSED"

    def document(self) -> dict[str, Any]:
        """Return the figure as it is kept in JSON."""
        marks = {"must": self.budget.must, "moonshot": self.budget.moonshot, "at_most": self.budget.at_most}
        what = {"name": self.name, "what": self.what, "unit": self.unit, "values": list(self.values)}
        return {**what, "median": self.median, **marks, "reached": self.reached}


@dataclass(frozen=True, slots=True)
class Section:
    """What one measurement found: a title, lines for people, figures with budgets, and all there is for JSON."""

    title: str
    lines: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """How a run measures."""

    rounds: int
    seconds: float
    cores: Cores
    folder: Path
    """For what servers and scripts write; it is removed afterwards."""
    only: Collection[str]
    """The names of what is wanted."""
    million: bool = False


def paired(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """Return the ratio of each round: both were measured right after each other, so they share what else went on."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def spread(name: str, values: Sequence[float], style: str = ",.0f", more: str = "") -> str:
    """Return a row with median, least and most."""
    figures = "".join(f"{format(figure, style):>11}" for figure in (median(values), min(values), max(values)))
    return f"    {name:36}{figures}{more}"
