"""Time: one clock per environment, and the forms in which times are written and read.

Nothing else in the house asks the computer for the time when it is about an environment's data.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

from mock_server.errors import UsageError
from mock_server.state.records import Micros

__all__ = ["Clock", "bounded", "exact", "iso", "parse_duration", "parse_time", "plain"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)
_FIRST = -62_135_596_800_000_000
"""0001-01-01T00:00:00Z."""
_LAST = 253_402_300_799_999_999
"""The last microsecond of 9999."""
_EARLIEST = -2_208_988_800_000_000
"""1900-01-01T00:00:00Z."""
_LATEST = 29_348_179_199_999_999
"""The last microsecond of 2899: whatever is reckoned from a clock's time stays a time that can be written."""
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_SECONDS = re.compile(r"-?[0-9]{1,12}")
_UNITS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_DURATION = re.compile(r"(?:[0-9]{1,12}(?:ms|s|m|h|d))+")
_DURATION_PART = re.compile(r"([0-9]+)(ms|s|m|h|d)")


class Clock:
    """The time of one environment: `real`, `offset` (real time, shifted) or `frozen`."""

    __slots__ = ("_offset", "_start", "_stopped")

    def __init__(self) -> None:
        self._offset: Micros = 0
        self._stopped: Micros | None = None
        self._start: tuple[Micros, Micros | None] = (0, None)

    @property
    def mode(self) -> str:
        """`real`, `frozen` or `offset`."""
        if self._stopped is not None:
            return "frozen"
        return "offset" if self._offset else "real"

    @property
    def shift(self) -> Micros:
        """How far a clock that runs is ahead of real time; 0 for a frozen one."""
        return self._offset if self._stopped is None else 0

    def now(self) -> Micros:
        """Return the environment's time in microseconds since the epoch."""
        if self._stopped is not None:
            return self._stopped
        return time.time_ns() // 1_000 + self._offset

    def freeze(self, at: Micros | None = None) -> None:
        """Stop the clock, at `at` or where it is. Raises UsageError outside the years 1900 to 2899."""
        self._stopped = self.now() if at is None else bounded(at)

    def set(self, at: Micros) -> None:
        """Make it `at` now: a frozen clock stays frozen there, any other runs on from there.

        Raises:
            UsageError: when `at` lies outside the years 1900 to 2899.
        """
        if self._stopped is not None:
            self._stopped = bounded(at)
        else:
            self._offset = bounded(at) - time.time_ns() // 1_000

    def advance_to(self, at: Micros) -> None:
        """Like `set`, but never backwards: an `at` in the past changes nothing."""
        if at > self.now():
            self.set(at)

    def resume(self, shift: Micros = 0) -> None:
        """Show real time again, or run `shift` ahead of it. Raises UsageError outside the years 1900 to 2899."""
        bounded(time.time_ns() // 1_000 + shift)
        self._stopped = None
        self._offset = shift

    def mark(self) -> None:
        """Remember how the clock runs, for `rewind`."""
        self._start = self._offset, self._stopped

    def rewind(self) -> None:
        """Run as when `mark` was last called, at first as real time does."""
        self._offset, self._stopped = self._start


def bounded(at: Micros) -> Micros:
    """Return a time that a clock can show. Raises UsageError outside the years 1900 to 2899."""
    if not _EARLIEST <= at <= _LATEST:
        raise UsageError(f"the clock cannot show {at} microseconds since 1970; choose a time in the years 1900 to 2899")
    return at


def iso(at: Micros) -> str:
    """Return `2025-03-14T09:20:11.000000Z`: whole seconds, then always six zeros (observed, RUD-cap)."""
    return (_NAIVE_EPOCH + timedelta(0, at // 1_000_000)).isoformat() + ".000000Z"


def exact(at: Micros) -> str:
    """Return `2025-03-14T09:20:11.250000Z`, as our own API writes times; Refiner's answers show whole seconds."""
    return (_NAIVE_EPOCH + timedelta(0, 0, at)).isoformat(timespec="microseconds") + "Z"


def plain(at: Micros) -> str:
    """Return `2025-03-14 09:20:11`, the zone-less UTC form of GET /responses (documented, f6)."""
    return (_NAIVE_EPOCH + timedelta(0, at // 1_000_000)).isoformat(" ")


def parse_time(text: str | float) -> Micros | None:
    """Return the time that `text` names in microseconds, or None when it is no time of the years 1 to 9999.

    Read are ISO 8601 dates and date-times (with `T` or a space, with or without seconds, fraction, offset or `Z`) and
    Unix seconds, as a number or as digits (documented: KB-tr, KB-js, W6W). Without a zone UTC is meant (assumed).
    """
    if isinstance(text, str):
        text = text.strip()
        if _SECONDS.fullmatch(text):
            at = int(text) * 1_000_000
        elif _DATE.fullmatch(text):
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                return None
            at = (moment - (_EPOCH if moment.tzinfo else _NAIVE_EPOCH)) // _MICROSECOND
        else:
            return None
    elif -1e12 < text < 1e12:  # not so for NaN
        at = int(text * 1_000_000)
    else:
        return None
    return at if _FIRST <= at <= _LAST else None


def parse_duration(text: str) -> Micros:
    """Return the length of `6h`, `30m`, `5s`, `1d`, `250ms` or a chain of them (`1h30m`) in microseconds.

    Raises:
        UsageError: when the text is none of these.
    """
    if not _DURATION.fullmatch(text.strip()):
        raise UsageError(f"{text[:40]!r} is no duration; write numbers with ms, s, m, h or d, such as 30m or 1h30m")
    return sum(int(number) * _UNITS[unit] for number, unit in _DURATION_PART.findall(text))
