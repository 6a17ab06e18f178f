"""Bodies that cannot be read as what they say they are, so that their parameters do not arrive at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.terms import FORMS, JSON, takes_forms
from mock_server.contract.violation import Finding

__all__ = ["bodies"]

_A_FORM = re.compile(rb"\s*[\w.%\[\]-]+=[^{\[]*")


def bodies(hearing: Hearing) -> Iterator[Finding]:
    """Yield what keeps the body from being read; there is nothing to say of its parameters then."""
    request, media_type = hearing.request, hearing.request.media_type
    if not request.raw_body:
        return
    forms = takes_forms(hearing.contract)
    fitting = JSON if _is_json(request.raw_body) or not forms else FORMS[0] if _A_FORM.match(request.raw_body) else None
    if request.unread_body or (media_type in FORMS and not forms):
        message = f"A body of the media type {media_type[:80]} is not read."
        yield _mistyped(hearing, "unread-media-type", message, fitting)
    elif not media_type:
        sent = any(name == b"content-type" and value.strip() for name, value in hearing.headers)
        message = "The Content-Type says" if sent else "The body has no Content-Type to say"
        yield _mistyped(hearing, "untyped-body", f"{message} {'nothing of ' if sent else ''}how to read it.", fitting)
    elif media_type == FORMS[0] and fitting == JSON:
        message = "The body is JSON, but its Content-Type says form, so its parameters do not arrive."
        yield _mistyped(hearing, "json-sent-as-form", message, JSON)
    elif request.problem is not None and "(max_" not in request.problem:  # a bound is ours, not Refiner's
        if fitting == FORMS[0] and media_type not in FORMS:
            yield _mistyped(hearing, "unreadable-body", "The body is a form, but its Content-Type says JSON.", fitting)
        else:
            # Not a word of the body itself: whatever is in it may be a key.
            where, id = ("body", "body"), hearing.operation.id
            encoding = _content_encoding(hearing)
            if encoding is not None:
                message = f"The body has the Content-Encoding {encoding}, which is not read; send it as it is."
                where = ("header", "Content-Encoding")
                yield Finding("unreadable-body", where, encoding, None, message, evidence="assumed", operation=id)
                return
            yield Finding("unreadable-body", where, None, "a JSON object", request.problem, operation=id)


def _content_encoding(hearing: Hearing) -> str | None:
    values = (value.decode("latin-1").strip() for name, value in hearing.headers if name == b"content-encoding")
    return next((value[:80] for value in values if value.lower() not in ("", "identity")), None)


def _is_json(body: bytes) -> bool:
    """Tell whether a body is a JSON object or list."""
    try:
        return isinstance(orjson.loads(body), dict | list)
    except orjson.JSONDecodeError:
        return False


def _mistyped(hearing: Hearing, rule: str, message: str, suggestion: str | None) -> Finding:
    expected = f"{JSON} or {FORMS[0]}" if takes_forms(hearing.contract) else JSON
    got = hearing.request.media_type or None
    where = ("header", "Content-Type")
    return Finding(rule, where, got, expected, message, suggestion, operation=hearing.operation.id)
