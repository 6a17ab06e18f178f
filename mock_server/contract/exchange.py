"""One exchange as plain values: what came in, decoded once, and what went out.

`wire` makes a `Request`, `api` makes an `Answer`, the journal keeps both, the judge reads both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from mock_server.frozen import frozen

__all__ = ["Answer", "Head", "Request"]

JSON_HEADERS: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"application/json"),)


@frozen
class Request:
    """What a client sent, decoded.

    `parameters` is the one input bag in which Refiner merges query and body (inferred: Laravel's `input()`), in the
    order of arrival, the body winning over the query (assumed). `query` and `body` are its two parts by themselves.
    """

    method: str
    path: str
    """Without prefix: `/identify-user`, `/` for the key check."""
    parameters: Mapping[str, object]
    query: Mapping[str, object]
    body: Mapping[str, object]
    raw_query: bytes = b""
    raw_body: bytes = b""
    media_type: str = ""
    """Lower case, without its parameters; empty where none was sent."""
    authorization: str | None = None
    problem: str | None = None
    """Why the body could not be read (one sentence), or None."""
    unread_body: bool = False
    """The body has a media type that Refiner does not read, so it was left aside."""


@frozen(eq=False)
class Head:
    """A request up to its body, with what follows from that alone, so that the same one need not be read twice."""

    path: str
    """As requested, with its prefix (`/e/<name>/v1/...`)."""
    headers: tuple[tuple[bytes, bytes], ...]
    """As they came, names in lower case."""
    content_type: bytes
    bare: Request
    """The request as it is without a body."""
    mirrored: bool = True
    """The path is below a `/v1`."""
    name: str | None = None
    """The environment that the path names."""
    failed: bool = False
    """refiner-mock itself failed to read it, so nothing of it is in `bare` but what it is called."""
    notes: dict[object, Any] = field(default_factory=dict)
    """What the mirror has found out about it under each dialect, for the next time."""


@frozen
class Answer:
    """What goes back: status, body and the headers besides Content-Length."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = JSON_HEADERS
