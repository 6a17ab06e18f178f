"""Times in the control API: ISO 8601 in UTC with microseconds, which Refiner's own answers do not show."""

from __future__ import annotations

from mock_server.control.call import Fields
from mock_server.errors import UsageError
from mock_server.state.clock import exact as shown
from mock_server.state.clock import parse_time
from mock_server.state.records import Micros

__all__ = ["ClockChange", "clock_change", "shown"]

ClockChange = tuple[str, Micros | None]
"""`freeze`, `set` or `resume`, and the time it speaks of; None is the time it is."""


_FORMS = {
    "freeze": "true or an ISO time, such as 2026-01-31T10:00:00Z",
    "set": "an ISO time, such as 2026-01-31T10:00:00Z",
    "resume": "true",
}


def clock_change(fields: Fields, *besides: str) -> ClockChange:
    """Return what `{"freeze": true}`, `{"freeze": ISO}`, `{"set": ISO}` or `{"resume": true}` asks of a clock.

    Args:
        fields: what was given.
        besides: what else could have been, and was not.

    Raises:
        UsageError: when it is none of these, or holds a time that is none.
    """
    fields.only(*besides, *_FORMS)
    if len(fields) != 1:
        raise UsageError(f"A change of the clock is exactly one of {', '.join((*besides, *_FORMS))}.")
    (verb,) = fields
    value = fields[verb]
    if value is True and verb in ("freeze", "resume"):
        return verb, None
    at = parse_time(value) if isinstance(value, str) and verb != "resume" else None
    if at is None:
        raise UsageError(f"The field {verb} must be {_FORMS[verb]}.")
    return verb, at
