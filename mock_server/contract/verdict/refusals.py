"""Refusals that no other rule explains: whoever is refused is told why, and how surely Refiner would refuse as well."""

from __future__ import annotations

from collections.abc import Callable

from mock_server.contract.document import Operation
from mock_server.contract.exchange import Request
from mock_server.contract.secrets import UUID, shorten
from mock_server.contract.verdict.hearing import shown
from mock_server.contract.violation import LONGEST_GOT, Finding

__all__ = ["refused"]

_BODILESS = ("GET", "HEAD", "DELETE")
_RULES = {"page_cursor": "foreign-cursor", "segment_uuid": "rule-driven-segment"}
"""Parameters whose own description says what the call departs from."""


def refused(
    operation: Operation | None, request: Request, name: str, reason: str, *, bound: bool, is_key: Callable[[str], bool]
) -> Finding:
    """Return the finding over a call that was refused although nothing was found in it.

    Args:
        operation: the one that was called, None for none.
        request: as it was sent.
        name: of the parameter that it was refused for, empty for none.
        reason: what the answer says.
        bound: it was refused for a bound of refiner-mock's own.
        is_key: tells of a UUID whether it is an API key, so that it is shown nowhere.
    """
    in_query = name in request.query or (request.method in _BODILESS and name not in request.body)
    place = "query" if in_query else "body"
    got = shown(request.parameters.get(name)) if name else None
    if got is not None:
        got = UUID.sub(lambda match: shorten(match[0]) if is_key(match[0]) else match[0], got)
        got = got if len(got) <= LONGEST_GOT else got[: LONGEST_GOT - 1] + "…"
    id = None if operation is None else operation.id
    reason = reason.rstrip(".")
    if bound:
        message = f"Refused by a bound of refiner-mock's own, which says nothing about Refiner: {reason}."
        return Finding("own-bound", (place, name or place), got, None, message, operation=id)
    parameter = None if operation is None else operation.parameters.get(name)
    if parameter is None or name not in _RULES:
        message = f"The call was refused: {reason}."
        return Finding("refused-call", (place, name or place), got, None, message, operation=id)
    return Finding(
        _RULES[name],
        (place, name),
        got,
        None,
        f"{reason}.",
        evidence=parameter.evidence,
        pointer=parameter.pointer,
        operation=id,
    )
