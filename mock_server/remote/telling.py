"""What a failed wait or assertion says of the requests that did arrive: those that came nearest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mock_server.remote.matching import ABSENT, Difference, departures, parameters
from mock_server.remote.shapes import Exchange

__all__ = ["blocking", "brief", "call_line", "in_full", "nearest", "wish"]

_NEAR = 3
"""Requests that are shown field by field."""
_LISTED = 5
"""Requests that are listed besides."""
_FIELDS = 12
"""Fields of one request."""
_LONGEST = 100
"""Characters of one value."""

_SENTENCE = 200
"""Characters of one reason."""

_PREFIX = re.compile(r"^/e/[^/]+(?=/)")


def blocking(verb: str) -> list[str]:
    """Return the line that says that a wait has held up the event loop of this thread; none where there is none."""
    import asyncio  # only a test that fails pays for it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return []
    return [f"(meanwhile this event loop stood still; in async code write: await asyncio.to_thread({verb}, ...))"]


def wish(operation: str | None, fields: Mapping[str, Any]) -> str:
    """Return what was wanted: `trackEvent with event='Purchase'`."""
    with_fields = ", ".join(f"{name}={_worth(value)}" for name, value in [*fields.items()][:_FIELDS])
    return (operation or "any operation") + (f" with {with_fields}" if fields else "")


def call_line(entry: Mapping[str, Any]) -> str:
    """Return a request in one line: `POST /v1/track-event -> 202  req-000007, 1 violation, struck by status`."""
    query = f"?{entry['query']}" if entry["query"] else ""
    path = _PREFIX.sub("", entry["path"])
    line = f"{entry['method']} {brief(path + query)} -> {entry['status']}  {entry['id']}"
    if entry["operation"] is None:
        line += ", no operation"
    if entry["violations"]:
        line += f", {len(entry['violations'])} violation" + ("s" if len(entry["violations"]) > 1 else "")
    return line + (f", struck by the fault {entry['fault']}" if entry["fault"] else "")


def nearest(exchanges: Iterable[Exchange], fields: Mapping[str, Any]) -> list[str]:
    """Return the lines that show how the requests of the operation differ, the nearest first, of equals the latest."""
    missed = [([*departures(fields, parameters(one))], one) for one in exchanges]
    missed.sort(key=lambda each: (each[1]["request"]["problem"] is not None, len(each[0]), -each[1]["seq"]))
    lines = []
    for differences, one in missed[:_NEAR]:
        lines += [f"  {call_line(one)}", *_compared(differences, fields, parameters(one)), *_wrong(one)]
    if len(missed) > _NEAR:
        lines.append(f"  and {len(missed) - _NEAR} more of them, further off")
    return lines


def in_full(exchanges: Sequence[Exchange]) -> list[str]:
    """Return the lines that show what requests carried."""
    lines = []
    for one in exchanges[:_LISTED]:
        sent = [f"{name}={_worth(value)}" for name, value in parameters(one).items()]
        lines.append(f"  {call_line(one)}")
        lines += [f"      {', '.join(sent[:_FIELDS])}{', …' if len(sent) > _FIELDS else ''}"] if sent else []
        lines += _wrong(one)
    if len(exchanges) > _LISTED:
        lines.append(f"  and {len(exchanges) - _LISTED} more")
    return lines


def brief(text: str, most: int = _LONGEST) -> str:
    """Return a text that is not longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _compared(differences: Sequence[Difference], fields: Mapping[str, Any], sent: Mapping[str, Any]) -> list[str]:
    apart = {difference.name.partition(".")[0] for difference in differences}
    lines = [f"      = {name} {_worth(sent[name])}" for name in fields if name in sent and name not in apart]
    for difference in differences:
        got = "was not sent" if difference.sent is ABSENT else f"sent {_worth(difference.sent)}"
        why = f" ({brief(difference.reason)})" if difference.reason else ""
        lines.append(f"      ! {difference.name} {got}, wanted {_worth(difference.wanted)}{why}")
    besides = [f"{name}={_worth(value)}" for name, value in sent.items() if name not in fields]
    if besides and any(difference.sent is ABSENT for difference in differences):  # there a misspelt name is seen
        lines.append(f"      also sent: {', '.join(besides[:_FIELDS])}{', …' if len(besides) > _FIELDS else ''}")
    return lines[: 2 * _FIELDS]


def _wrong(exchange: Exchange) -> list[str]:
    """Return why nothing of a body is known, if so, and what broke the contract first."""
    request, lines = exchange["request"], []
    if request["problem"] is not None:
        reason = request["not_replayable"] or request["problem"]
        lines.append(f"      its body could not be read: {brief(reason, _SENTENCE)}")
    lines += (f"      {one['code']}: {brief(one['message'], _SENTENCE)}" for one in exchange["violations"][:1])
    return lines


def _worth(value: Any) -> str:
    if isinstance(value, re.Pattern):
        return f"/{value.pattern}/"
    if callable(value):
        return str(getattr(value, "__name__", type(value).__name__))
    return brief(repr(value))
