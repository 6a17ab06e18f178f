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


def clock_change(fields: Fields) -> ClockChange:
    """Return what `{"freeze": true}`, `{"freeze": ISO}`, `{"set": ISO}` or `{"resume": true}` asks of a clock.

    Raises:
        UsageError: when it is none of these, or holds a time that is none.
    """
    fields.only("freeze", "set", "resume")
    if len(fields) != 1:
        raise UsageError("A change of the clock is exactly one of freeze, set, advance and resume.")
    (verb,) = fields
    value = fields[verb]
    if value is True and verb in ("freeze", "resume"):
        return verb, None
    at = parse_time(value) if isinstance(value, str) and verb != "resume" else None
    if at is None:
        forms = {"freeze": "true or an ISO time", "set": "an ISO time", "resume": "true"}
        raise UsageError(f"The field {verb} must be {forms[verb]}, such as 2026-01-31T10:00:00Z.")
    return verb, at
