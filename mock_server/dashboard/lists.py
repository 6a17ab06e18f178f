"""Lists in pages of 50: which part is asked for, and how one gets to the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from mock_server.dashboard.call import PageCall
from mock_server.frozen import frozen
from mock_server.state.records import Slice, Window

__all__ = ["LENGTH", "Part", "part", "part_of", "window"]

LENGTH = 50
"""Rows of one page."""

_PAGE = re.compile(r"[1-9][0-9]{0,8}")

R = TypeVar("R")


@frozen
class Part:
    """One part of a list, as the templates show it."""

    rows: Sequence[Any]
    total: int
    first: int
    """Rank of the first row, from 1."""
    earlier: str | None
    """Address of the part before, None for the first one."""
    later: str | None
    start: str


def window(call: PageCall) -> Window:
    """Return the part that the `page` of the query asks for; what is no number asks for the first."""
    page = call.query.get("page", "")
    return Window(int(page) if _PAGE.fullmatch(page) else 1, LENGTH)


def part(call: PageCall, found: Slice[R], shown: Callable[[R], Any], filters: Mapping[str, object]) -> Part:
    """Return a slice of a list with the ways to the parts around it, `filters` kept."""
    page = found.start // LENGTH + 1
    asked = window(call).page
    more = found.start + len(found.items) < found.total

    def address(number: int) -> str:
        return call.url(call.here, **filters, page=number if number > 1 else None)

    last = max(1, -(-found.total // LENGTH))
    return Part(
        rows=[shown(item) for item in found.items],
        total=found.total,
        first=found.start + 1,
        earlier=address(min(asked - 1, last)) if asked > 1 else None,
        later=address(page + 1) if more else None,
        start=address(1),
    )


def part_of(call: PageCall, rows: Sequence[R], shown: Callable[[R], Any], filters: Mapping[str, object]) -> Part:
    """Return the part of a list that stands ready as a whole."""
    start = min((window(call).page - 1) * LENGTH, len(rows))
    return part(call, Slice(tuple(rows[start : start + LENGTH]), len(rows), start, None), shown, filters)
