"""One exchange as plain values: what came in, decoded once, and what went out.

`wire` makes a `Request`, `api` makes an `Answer`, the journal keeps both, the judge reads both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Answer", "Request"]

JSON_HEADERS: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: status, body and the headers besides Content-Length."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = JSON_HEADERS
