"""What an environment goes by: its settings and its clock."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from mock_server.remote.frames import hidden
from mock_server.remote.place import Place
from mock_server.remote.shapes import Document

__all__ = ["Temper"]

__tracebackhide__ = hidden

_ADVANCING = 600.0
"""Seconds an advance may take: every attempt on the way to a receiver that hangs costs its time-out."""


class Temper(Place):
    """The verbs about settings and clock."""

    def settings(self) -> Document:
        """Return what the environment goes by: posture, dialect, rate limits, delivery policy."""
        return dict(self.remote.get(f"{self._path}/settings"))

    def configure(self, **settings: Any) -> Document:
        """Change some of `settings()` and return them all: `configure(delivery={"order": "reversed", "drop": 1})`.

        Raises:
            UsageError: when one of them is unknown or cannot be used; nothing has changed then.
        """
        return dict(self.remote.call("PATCH", f"{self._path}/settings", settings))

    def clock(self) -> Document:
        """Return `{"now": ..., "mode": "real"|"frozen"|"offset"}`."""
        return dict(self.remote.get(f"{self._path}/clock"))

    def advance(self, duration: str | float | timedelta) -> Document:
        """Move the clock on by `"6h"`, `"90s"`, ... and return it; everything due meanwhile has run by then.

        Args:
            duration: a text, a number of seconds or a timedelta; whole milliseconds count.

        Raises:
            UsageError: when it is none, or leads back or too far.
        """
        return dict(self.remote.put(f"{self._path}/clock", {"advance": _written(duration)}, wait=_ADVANCING))

    def freeze(self, at: str | datetime | None = None) -> Document:
        """Stop the clock, now or at an ISO time, and return it."""
        return dict(self.remote.put(f"{self._path}/clock", {"freeze": at if at is not None else True}))


def _written(duration: str | float | timedelta) -> str:
    """Return a duration as the control API takes it; what is none goes as it is, to be refused there in its words."""
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not math.isfinite(seconds):
        return str(seconds)
    return f"{round(seconds * 1_000)}ms"
