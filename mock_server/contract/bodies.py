"""Bodies that cannot be read as what they say they are, so that their parameters do not arrive at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from mock_server.contract.hearing import FORMS, Hearing, shown
from mock_server.contract.violation import Finding

__all__ = ["bodies"]

JSON = "application/json"
_A_FORM = re.compile(rb"\s*[\w.%\[\]-]+=[^{\[]*")


def bodies(hearing: Hearing) -> Iterator[Finding]:
    """Yield what keeps the body from being read; there is nothing to say of its parameters then."""
    request = hearing.request
    if not request.raw_body:
        return
    like_json = _is_json(request.raw_body)
    fitting = JSON if like_json else FORMS[0] if _A_FORM.match(request.raw_body) else None
    if request.unread_body:
        message = f"A body of the media type {request.media_type[:80]} is not read."
        yield _typed(hearing, "unread-media-type", request.media_type, message, fitting)
    elif not request.media_type:
        yield _typed(hearing, "untyped-body", None, "The body has no Content-Type to say how to read it.", fitting)
    elif request.media_type == FORMS[0] and like_json:
        message = "The body is JSON, but its Content-Type says form, so its parameters do not arrive."
        yield _typed(hearing, "json-sent-as-form", request.media_type, message, JSON)
    elif request.problem is not None and "(max_" not in request.problem:  # a bound is ours, not Refiner's
        suggestion = FORMS[0] if fitting == FORMS[0] and request.media_type not in FORMS else None
        if suggestion is not None:
            message = "The body is a form, but its Content-Type says JSON."
            yield _typed(hearing, "unreadable-body", request.media_type, message, suggestion)
        else:
            start = shown(request.raw_body[:200].decode("utf-8", "replace"))
            yield _finding(hearing, "unreadable-body", ("body", "body"), start, "a JSON object", request.problem, None)


def _is_json(body: bytes) -> bool:
    """Tell whether a body is a JSON object or list."""
    try:
        return isinstance(orjson.loads(body), dict | list)
    except orjson.JSONDecodeError:
        return False


def _typed(hearing: Hearing, rule: str, got: str | None, message: str, suggestion: str | None) -> Finding:
    expected = f"{JSON} or {FORMS[0]}"
    return _finding(hearing, rule, ("header", "Content-Type"), got, expected, message, suggestion)


def _finding(
    hearing: Hearing,
    rule: str,
    where: tuple[str, str],
    got: str | None,
    expected: str,
    message: str,
    suggestion: str | None,
) -> Finding:
    return Finding(rule, where, got, expected, message, suggestion, operation=hearing.operation.id)
