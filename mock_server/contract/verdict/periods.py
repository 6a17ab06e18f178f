"""Ranges of time that leave out what was meant to be in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta

from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.terms import RANGE_END, RANGE_START
from mock_server.contract.violation import Finding

__all__ = ["periods"]

_BARE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def periods(hearing: Hearing) -> Iterator[Finding]:
    """Yield a range that is empty, or that ends with today's date and so leaves today out."""
    if hearing.coerced is None or RANGE_END not in hearing.operation.parameters:
        return
    given = hearing.coerced.values
    start, end = given.get(RANGE_START), given.get(RANGE_END)
    if not isinstance(end, str):
        return
    of = hearing.operation.parameters[RANGE_END]
    until, since = _moment(end), _moment(start) if isinstance(start, str) else None
    if hearing.whole_last_day and _BARE.fullmatch(end):
        until = _next_day(until)
    if since is not None and until <= since:
        message = f"The range ends at or before its start; {RANGE_END} is exclusive, so nothing can be in it."
        yield hearing.finding(
            "empty-range", RANGE_END, end, f"later than {start}", message, of=of, suggestion=_after(end, start)
        )
        return
    today = _EPOCH + timedelta(microseconds=hearing.now)
    # From yesterday to today is how yesterday is asked for, the whole of it and nothing else.
    if end == str(today.date()) and not hearing.whole_last_day and (since is None or until - since != _DAY):
        tomorrow = str(_next_day(until).date())
        message = f"{RANGE_END} is exclusive and {end} means its midnight, so the range leaves today out."
        yield hearing.finding("today-excluded", RANGE_END, end, tomorrow, message, of=of, suggestion=tomorrow)


def _after(end: str, start: object) -> str | None:
    """Return the end that takes in the day which a range of one date was meant to be."""
    return str(_next_day(_moment(end)).date()) if end == start and _BARE.fullmatch(end) else None


def _next_day(moment: datetime) -> datetime:
    return moment + _DAY if moment.year < MAXYEAR else moment


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
