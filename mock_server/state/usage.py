"""What Refiner counts per calendar month (UTC): tracked users, tracked events, page views, survey responses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mock_server.state.records import Micros

__all__ = ["Usage"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Usage:
    """The counters of the month that the last count fell into."""

    __slots__ = ("_begin", "_end", "_events", "_responses", "_users")

    def __init__(self) -> None:
        self._begin = self._end = 0
        self._users = self._events = self._responses = 0

    @property
    def counters(self) -> tuple[int, int, int, int]:
        """The beginning of the month that is counted, in microseconds, and its users, events and responses."""
        return self._begin, self._users, self._events, self._responses

    def load(self, counters: tuple[int, int, int, int]) -> None:
        """Go on from `counters`."""
        self._turn(counters[0])
        self._users, self._events, self._responses = counters[1:]

    def seen(self, last_seen_at: Micros | None, now: Micros) -> None:
        """Count a user that is seen now, once a month."""
        if not self._begin <= now < self._end:
            self._turn(now)
        if last_seen_at is None or not self._begin <= last_seen_at < self._end:
            self._users += 1

    def tracked(self, now: Micros) -> None:
        """Count a tracked event."""
        self._turn(now)
        self._events += 1

    def answered(self, now: Micros) -> None:
        """Count a response whose first data arrives."""
        self._turn(now)
        self._responses += 1

    def counts(self, now: Micros) -> dict[str, int]:
        """Return the counters of the month of `now`, by Refiner's names; nothing here is a page view, so `mpv` is 0.

        Only counting begins a month anew, so to look from another month loses nothing.
        """
        users, events, responses = self.counters[1:] if self._begin <= now < self._end else (0, 0, 0)
        return {"mtu": users, "mte": events, "mpv": 0, "msr": responses}

    def _turn(self, now: Micros) -> None:
        """Begin again at zero if it is another month."""
        if self._begin <= now < self._end:
            return
        first = (_EPOCH + timedelta(microseconds=now)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        days = 31 if first.month == 12 else (first.replace(month=first.month + 1) - first).days
        self._begin = (first - _EPOCH) // timedelta(microseconds=1)
        self._end = self._begin + days * 86_400_000_000
        self._users = self._events = self._responses = 0
