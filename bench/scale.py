"""W7: the cost of a change and a page as the state grows, measured by `bench.growth` in a process of its own."""

from __future__ import annotations

from bench.figures import Figure, Section, Session
from bench.growth import GROWTH, measure_growth, table
from bench.servers import apart

__all__ = ["measure_scale"]

_SIZES = (1_000, 10_000, 100_000)


def measure_scale(session: Session) -> list[Section]:
    """Return what operations cost among ever more contacts, up to a million of them where that is wanted."""
    sizes = (*_SIZES, 1_000_000) if session.million else _SIZES
    rows = apart(measure_growth, session.rounds, sizes, core=session.cores.server)
    among = f"{sizes[-1]:,} / {sizes[0]:,}"
    figures = [Figure("W7", f"{row.title}, {among}", "x", [row.ratio], GROWTH) for row in rows if row.judged]
    data = {row.name: {str(size): cost for size, cost in row.costs.items()} for row in rows}
    return [Section("W7  growth", table(rows).splitlines(), figures, data)]
