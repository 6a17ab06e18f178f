"""The truth of the wire: what was asked arrived, undistorted and as often as it should, and nothing else did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from mock_server.conformance.client.expecting import Expected, Wrong
from mock_server.conformance.client.likeness import ABSENT, Likeness, moment
from mock_server.conformance.client.observing import Observation
from mock_server.conformance.client.reference import lists
from mock_server.conformance.client.wire import Sent, is_write
from mock_server.conformance.plain import harmless
from mock_server.contract.document import Operation, Parameter, load
from mock_server.contract.readers import Refused, reader

__all__ = ["arrived_whole", "shown", "wire"]

_PAGING = frozenset(("page", "page_length", "page_cursor"))
"""What a client may send of its own accord where the operation takes it."""
_EMPTY: tuple[object, ...] = (None, "", [], {})
_REFUSED = 3
"""Times that a call may be made which Refiner refuses for good."""
_READS = 10
"""Reads besides the call that are nobody's business."""
_AT_ONCE, _ROW, _SOON, _MANY = 0.1, 3, 2.0, 8
"""Hammering: more than so many calls in a row without a pause, or so many within some seconds."""


def wire(seen: Observation, expected: Expected) -> Iterator[Wrong]:
    """Yield what is wrong with what was sent."""
    calls = seen.calls
    if not calls and seen.outcome.outcome == "ok" and seen.told.outcome == "ok":
        paths = ", ".join(dict.fromkeys(f"{one.method} {one.path}" for one in seen.sent)) or "nothing at all"
        yield Wrong(f"It says that {seen.operation} succeeded, but never called it; it sent {harmless(paths, 300)}.")
    yield from _strays(seen)
    if seen.told.outcome == "ok":
        for call in calls:
            if call.whole and (wrongs := [*_distorted(seen, call)]):
                yield from wrongs
                break
    yield from _number(seen, expected)
    if expected.paused:
        yield from _hammering(seen)


def arrived_whole(seen: Observation, call: Sent, name: str) -> bool:
    """Tell whether a call has a parameter just as it was asked to: what is wrong with that, is wrong with the args."""
    want = seen.asked[0].parameters if seen.asked else {}
    if name in _PAGING or name not in want or name not in call.parameters:
        return False
    parameter = load().operations[seen.operation].parameters.get(name)
    return _means(parameter, call.parameters[name], want[name], call.as_text)


def shown(value: Any, most: int = 200) -> str:
    """Return a value as JSON, shortened, fit for a line."""
    if value is ABSENT:
        return "nothing"
    return harmless(json.dumps(value, ensure_ascii=False, default=str), most)


def _strays(seen: Observation) -> Iterator[Wrong]:
    """Yield what was called that nobody asked for; what is no operation at all, its violation tells."""
    others = [one for one in seen.sent if one.operation not in (seen.operation, None)]
    for one in others:
        if is_write(one.operation):
            yield Wrong(f"It called {one.operation} as well, which changes something; nobody asked for it.", sent=one)
            return
    if len(others) > _READS:
        yield Wrong(f"It made {len(others)} other reads to do one {seen.operation}.", level="SHOULD", sent=others[-1])


def _distorted(seen: Observation, call: Sent) -> Iterator[Wrong]:
    """Yield what one call says otherwise than it was asked to."""
    operation = load().operations[seen.operation]
    want = seen.asked[0].parameters if seen.asked else {}
    got = call.parameters
    for name in (name for name in want if name not in _PAGING):
        value = got.get(name, ABSENT)
        parameter = operation.parameters.get(name)
        if value is ABSENT and parameter and _means(parameter, parameter.default, want[name], True):
            continue  # to leave out what is the default says the same
        if _means(parameter, value, want[name], call.as_text):
            continue
        if value is ABSENT:
            yield Wrong(f"{name} never arrived: it was asked to send {shown(want[name])}.", sent=call)
        else:
            what = f"{name} arrived as {shown(value)}, but it was asked to send {shown(want[name])}."
            yield Wrong(what, sent=call)
    for name in (name for name in got if name not in want and _unasked(operation, name, got[name])):
        yield Wrong(f"It sent {name} = {shown(got[name])}, which nobody asked for.", sent=call)


def _means(parameter: Parameter | None, got: Any, want: Any, as_text: bool) -> bool:
    """Tell whether two values mean the same to Refiner."""
    if got in _EMPTY or got is ABSENT or want in _EMPTY:
        return (got in _EMPTY or got is ABSENT) and want in _EMPTY
    if isinstance(got, str) and isinstance(want, str) and (at := moment(want)) is not None and moment(got) == at:
        return True
    if parameter is None or parameter.kind in ("object", "any"):
        return not any(True for _ in Likeness((), as_text=as_text).differences(_named(got), _named(want)))
    read = reader(parameter.schema, load().resolve, clamp=parameter.clamp)
    try:
        values = read(got), read(want)
    except Refused:
        return bool(got == want)
    if parameter.kind == "array":
        return Counter(map(str, values[0])) == Counter(map(str, values[1]))
    return bool(values[0] == values[1])


def _named(value: Any) -> Any:
    """Return an account with its id as text, as the contract wants it."""
    if isinstance(value, Mapping) and isinstance(value.get("id"), (int, float)):
        return {**value, "id": str(value["id"])}
    return value


def _unasked(operation: Operation, name: str, value: Any) -> bool:
    """Tell whether a parameter says something that nobody asked for; one that is unknown its violation tells."""
    parameter = operation.parameters.get(name)
    if value in _EMPTY or (parameter is None and not operation.open) or (parameter and name in _PAGING):
        return False
    return parameter is None or not _means(parameter, value, parameter.default, True)


def _number(seen: Observation, expected: Expected) -> Iterator[Wrong]:
    """Yield that something was sent too often, or not often enough."""
    calls, write = seen.calls, is_write(seen.operation)
    done = next((rank for rank, call in enumerate(calls) if call.answered), len(calls))
    if write and done < len(calls) - 1:
        again = len(calls) - done - 1
        times = "once more" if again == 1 else f"{again} times more"
        what = f"After {seen.operation} had succeeded it sent it {times}; a write is sent exactly once."
        yield Wrong(what, sent=calls[done + 1])
    elif expected.most is not None and _times(calls, write) > expected.most:
        what = f"It called {seen.operation} {_times(calls, write)} times; {expected.most} would have been enough."
        yield Wrong(what, sent=calls[-1])
    elif expected.most is None and not seen.faults:
        yield from _too_often(seen)
    if expected.least is not None and len(calls) < expected.least:
        what = f"It called {seen.operation} {len(calls)} times; {expected.least} were expected at least."
        yield Wrong(what, sent=calls[-1] if calls else None)


def _too_often(seen: Observation) -> Iterator[Wrong]:
    """Yield that a call was repeated although nothing went wrong."""
    calls = seen.calls
    if seen.told.outcome == "error":
        if len(calls) > _REFUSED:
            what = f"Refiner refused {seen.operation} for good ({calls[0].status}), but it sent it {len(calls)} times."
            yield Wrong(what, sent=calls[-1])
    elif not lists(seen.operation) and len(calls) > _preflights(seen) and not is_write(seen.operation):
        what = f"It called {seen.operation} {len(calls)} times where one call has it all."
        yield Wrong(what, level="SHOULD", sent=calls[-1])


def _preflights(seen: Observation) -> int:
    """Return how often a read may be made: what asks for nothing may have been a look whether all is well."""
    return 1 if seen.request.args else 2


def _times(calls: tuple[Sent, ...], write: bool) -> int:
    """Return how often the same was called: pages of a list are not the same."""
    if write:
        return len(calls)
    return max(Counter(json.dumps(call.parameters, sort_keys=True) for call in calls).values(), default=0)


def _hammering(seen: Observation) -> Iterator[Wrong]:
    """Yield that a call came again too soon, or too often in a short time."""
    calls, row = seen.calls, 0
    for one, following in pairwise(calls):
        gap = following.at - one.ended
        wait = _asked_to_wait(seen, one)
        if wait and gap < wait - _AT_ONCE:
            what = (
                f"Refiner asked it to wait {wait:g} s ({one.status}, Retry-After), but it came again after {gap:.2f} s."
            )
            yield Wrong(what, sent=following)
            return
        row = row + 1 if one.failed and gap < _AT_ONCE else 0
        if row > _ROW:
            what = f"It called {seen.operation} {row + 1} times in a row without a pause after a failure."
            yield Wrong(what, sent=following)
            return
    failed = [call.at for call in calls if call.failed]
    if any(later - first < _SOON for first, later in zip(failed, failed[_MANY:], strict=False)):
        yield Wrong(f"It called {seen.operation} more than {_MANY} times within {_SOON:g} s, failure after failure.")


def _asked_to_wait(seen: Observation, call: Sent) -> float | None:
    """Return how many seconds the answer to a call asked to wait; None where it asked nothing."""
    if call.fault != "status":
        return None
    waits = [fault.get("retry_after") for fault in seen.faults if fault.get("status") == call.status]
    told = next((wait for wait in waits if wait), None)
    return told or (1.0 if call.status == 429 else None)
