"""Whether a request is the one that was meant: fields that were wanted against parameters that were sent.

A form and a query write every value as text and an honest client is not blamed for it, so a number, a boolean and None
equal the text that a form makes of them. A mapping is wanted in part, everything else whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from mock_server.contract.coercion import coerce
from mock_server.contract.document import load
from mock_server.contract.exchange import Request
from mock_server.remote.shapes import Exchange

__all__ = ["ABSENT", "Difference", "departures", "parameters"]

ABSENT = object()
"""Stands for what was not sent."""

_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?")
_FLAGS = {True: ("true", "1"), False: ("false", "0")}


class Difference(NamedTuple):
    """One field that was not as wanted."""

    name: str
    """`event`, `account.id`"""
    wanted: Any
    sent: Any
    """`ABSENT` where it was not sent."""
    reason: str = ""
    """What a callable raised."""


def parameters(exchange: Exchange) -> dict[str, Any]:
    """Return what was sent by name: what the operation lists as the types it wants, all else as it came."""
    contract, sent = load(), exchange["request"]["parameters"]
    operation = contract.operations.get(exchange["operation"] or "")
    if operation is None:
        return sent
    typed = coerce(contract, operation, Request(exchange["method"], exchange["path"], sent, {}, {})).values
    return {name: typed.get(name, value) for name, value in sent.items()}


def departures(wanted: Mapping[str, Any], sent: Mapping[str, Any], inside: str = "") -> Iterator[Difference]:
    """Yield every wanted field that was sent otherwise, or not at all; what was sent besides does not count."""
    for name, value in wanted.items():
        got = sent.get(name, ABSENT)
        if isinstance(value, Mapping) and isinstance(got, Mapping):
            yield from departures(value, got, f"{inside}{name}.")
            continue
        reason = ""
        try:
            alike = got is not ABSENT and _alike(value, got)
        except Exception as error:  # noqa: BLE001 - a caller's function may stumble over a value it did not expect
            alike, reason = False, f"{type(error).__name__}: {error}"
        if not alike:
            yield Difference(f"{inside}{name}", value, got, reason)


def _alike(wanted: Any, sent: Any) -> bool:
    """Tell whether a value is the one that is wanted: by ==, type, pattern, function, or as a form writes it."""
    if wanted == sent:  # also of matchers such as unittest.mock.ANY
        return True
    if isinstance(wanted, type):
        return isinstance(sent, wanted)
    if isinstance(wanted, re.Pattern):
        return isinstance(sent, str) and wanted.search(sent) is not None
    if callable(wanted):
        return bool(wanted(sent))
    if isinstance(wanted, Mapping) and isinstance(sent, Mapping):
        return not any(departures(wanted, sent))
    if isinstance(wanted, Sequence) and not isinstance(wanted, str) and isinstance(sent, list):
        return len(wanted) == len(sent) and all(map(_alike, wanted, sent))
    return _as_written(wanted, sent)


def _as_written(wanted: Any, sent: Any) -> bool:
    if isinstance(wanted, str) == isinstance(sent, str):
        return wanted is None and sent == ""
    value, text = (sent, wanted) if isinstance(wanted, str) else (wanted, sent)
    if value is None:
        return text == ""
    if isinstance(value, bool):
        return text.lower() in _FLAGS[value]
    if isinstance(value, int | float) and _NUMBER.fullmatch(text):
        return Decimal(text) == Decimal(str(value))
    return False
