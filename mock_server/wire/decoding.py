"""A request as bytes becomes a `Request`: every parameter in one bag, however it was sent.

Parameters may travel in the URL or in the body, as JSON or as a form (documented, API); that they end up in one bag for
every method, GET and DELETE with a body included, is inferred (Laravel's `input()`). A JSON body is taken as it is:
only query and forms know brackets, so a JSON key `tags[]` stays just that (inferred).

Text is read as PHP reads it: what is no UTF-8 becomes U+FFFD, a `%` that starts no escape stands for itself. JSON
has no such leniency, in PHP neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from mock_server.contract.exchange import Head, Request
from mock_server.errors import Invalid
from mock_server.wire.brackets import nest

__all__ = ["decode", "read_body", "read_head"]

Bag = dict[str, object]


def decode(
    method: str,
    path: str,
    query: bytes,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    max_nesting: int,
    max_parameters: int,
) -> Request:
    """Return the request, decoded; what cannot be read is said in its `problem`, and nothing is raised.

    `headers` have lower-case names, as ASGI has them. Both bounds hold for query and body each, as PHP's do.
    """
    head = read_head(method, path, query, headers, max_nesting=max_nesting, max_parameters=max_parameters)
    return read_body(head, body, max_nesting=max_nesting, max_parameters=max_parameters)


def read_head(
    method: str,
    path: str,
    query: bytes,
    headers: Iterable[tuple[bytes, bytes]],
    *,
    max_nesting: int,
    max_parameters: int,
    whole: str | None = None,
    mirrored: bool = True,
    name: str | None = None,
) -> Head:
    """Return a request up to its body; `path` is as it is without a prefix, `whole` as it was requested."""
    headers = tuple(headers)
    named = dict(headers)
    content_type, authorization = named.get(b"content-type", b""), named.get(b"authorization")
    asked: Bag = {}
    problem = None
    try:
        if query:
            asked = nest(_pairs(query), max_nesting=max_nesting, max_parameters=max_parameters)
    except Invalid as refusal:
        problem = str(refusal)
    shown = None if authorization is None else authorization.decode("latin-1")
    bare = Request(method, path, asked, asked, {}, query, b"", _media_type(content_type), shown, problem)
    return Head(whole or path, headers, content_type, bare, mirrored, name)


def read_body(head: Head, body: bytes, *, max_nesting: int, max_parameters: int) -> Request:
    """Return the request with that head and this body (see `decode`)."""
    bare = head.bare
    if not body:
        return bare
    asked, problem = bare.query, bare.problem
    given: Bag | None = {}
    if problem is None:
        try:
            given = _read(body, bare.media_type, head.content_type, max_nesting, max_parameters)
        except Invalid as refusal:
            problem = str(refusal)
    sent = given or {}
    return Request(
        bare.method,
        bare.path,
        {**asked, **sent} if asked else sent,
        asked,
        sent,
        bare.raw_query,
        body,
        bare.media_type,
        bare.authorization,
        problem,
        given is None,
    )


def _pairs(text: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and value of each part of a query string or urlencoded form, unescaped; `a` alone is `a=`."""
    for part in text.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            yield _unescape(name), _unescape(value)


def _unescape(text: bytes) -> str:
    text = text.replace(b"+", b" ")
    return (unquote_to_bytes(text) if b"%" in text else text).decode("utf-8", "replace")


@lru_cache(maxsize=64)
def _media_type(content_type: bytes) -> str:
    return content_type.partition(b";")[0].strip().lower().decode("latin-1")


def _read(body: bytes, media_type: str, content_type: bytes, max_nesting: int, max_parameters: int) -> Bag | None:
    """Return the parameters in a body, or None where its media type is one that is not read."""
    if "/json" in media_type or "+json" in media_type:  # the very test of Laravel's isJson()
        return _bounded(_object(body), body, max_nesting, max_parameters)
    if media_type == "application/x-www-form-urlencoded":
        return nest(_pairs(body), max_nesting=max_nesting, max_parameters=max_parameters)
    if media_type == "multipart/form-data":
        from mock_server.wire import multipart  # seldom sent, and its parser takes a while to import

        fields = multipart.fields(body, content_type, max_parameters=max_parameters)
        return nest(fields, max_nesting=max_nesting, max_parameters=max_parameters)
    if not media_type:
        return _guessed(body, max_nesting, max_parameters)
    return None


def _guessed(body: bytes, max_nesting: int, max_parameters: int) -> Bag:
    """Read a body without any media type: as JSON where it is an object, else as a form (assumed)."""
    try:
        value = _object(body)
    except Invalid:
        return nest(_pairs(body), max_nesting=max_nesting, max_parameters=max_parameters)
    return _bounded(value, body, max_nesting, max_parameters)


def _object(body: bytes) -> Bag:
    """Return a JSON object; a body of nothing but blanks has no parameters, of equal keys the last one counts."""
    try:
        value: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not body.strip():
            return {}
        _check_utf8(body)
        # Only the parser's reason and place: the text itself may hold a key.
        raise Invalid(f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        if value == []:  # PHP writes an empty map like this
            return {}
        raise Invalid("The body must be a JSON object.")
    return value


def _check_utf8(body: bytes) -> None:
    """Raise Invalid where a body is not in the one encoding that JSON has (RFC 8259)."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"The body is not in UTF-8, as JSON must be (byte {error.start}).") from None


def _bounded(value: Bag, body: bytes, max_nesting: int, max_parameters: int) -> Bag:
    """Return what was read from `body` if it is within the bounds. Raises Invalid."""
    # A body has fewer values than bytes, and no more levels than brackets: that clears nearly all without a walk.
    if len(body) > max_parameters or body.count(b"{") + body.count(b"[") > max_nesting:
        _check_size(value, max_nesting, max_parameters)
    return value


def _check_size(bag: Bag, max_nesting: int, max_parameters: int) -> None:
    """Raise Invalid where the object is over a bound; level by level, as recursion would be a bound of its own."""
    level: list[Any] = [bag]
    depth, count = 0, 0
    while level:
        if depth > max_nesting:
            raise Invalid(f"The JSON body is nested deeper than {max_nesting} (max_nesting).")
        values = [value for holder in level for value in (holder.values() if isinstance(holder, dict) else holder)]
        count += len(values)
        if count > max_parameters:
            raise Invalid(f"The request has more than {max_parameters} parameters (max_parameters).")
        level = [value for value in values if isinstance(value, (dict, list))]
        depth += 1
