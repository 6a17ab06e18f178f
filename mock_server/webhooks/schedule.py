"""When a webhook is tried again: the ladders as data, and what `Retry-After` asks for.

No source tells how often Refiner tries (g5); everything here is assumed. The dialect `webhook-retries` picks the
ladder: receivers should also be tried under `none`, for one that relies on retries may lose events at the real service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from mock_server.state.records import Micros

__all__ = ["LADDERS", "LATE", "LONGEST_RETRY_AFTER", "next_due", "retry_after"]

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE

LADDERS: Mapping[str, tuple[Micros, ...]] = {
    "ladder": (0, 5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR),
    "none": (0,),
}
"""By value of the dialect: how long each attempt waits after the one before it failed."""

LATE: Micros = 10 * _MINUTE
"""How long a redelivery with the mutation `late` is held back, so that newer events overtake it."""

LONGEST_RETRY_AFTER: Micros = 24 * _HOUR
"""More than this is not waited, whatever a receiver asks for."""


def next_due(ladder: str, attempts: int, now: Micros, asked: Micros = 0, stretch: float = 0.0) -> Micros | None:
    """Return when to try after `attempts` failed ones, or None when the ladder (unknown ones: `ladder`) is climbed.

    `asked` is the wait that the receiver asked for; the longer of the two waits counts, and grows by the part
    `stretch` of it.
    """
    steps = LADDERS.get(ladder, LADDERS["ladder"])
    if attempts >= len(steps):
        return None
    return now + round(max(steps[attempts], min(asked, LONGEST_RETRY_AFTER)) * (1 + stretch))


def retry_after(value: str, now: datetime) -> Micros:
    """Return the wait that a `Retry-After` header asks for, seconds or an HTTP date; 0 when it is unreadable.

    `now` is the real time, with its zone, at which the answer was given: a receiver knows nothing of our clocks.
    """
    text = value.strip()
    if re.fullmatch("[0-9]{1,15}", text):
        return int(text) * _SECOND
    try:
        moment = parsedate_to_datetime(text)
        return max(0, round((moment - now).total_seconds() * _SECOND))
    except (TypeError, ValueError, OverflowError):  # not a date, or one without a zone
        return 0
