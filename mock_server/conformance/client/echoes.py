"""Sends again what a client has sent, to see where the answers would be others under another dialect.

A client that gets the same answers does the same. So only where they differ it has to be run again.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from mock_server.conformance.curl import without_prefix
from mock_server.remote import RemoteEnvironment

__all__ = ["Answers", "echoes"]

Answers = tuple[tuple[int, str | None, str], ...]
"""Of each exchange of a call the status, the Retry-After and the body, in which new uuids are numbered."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PATH = "/!$&'()*+,;=:@-._~"
_QUERY = "".join(map(chr, range(33, 127)))
"""What either may hold without being escaped once more: the journal has the path unescaped, the query as it came."""


def echoes(
    environment: RemoteEnvironment,
    calls: Iterable[tuple[Iterable[Mapping[str, Any]], str]],
    known: Collection[str],
) -> Iterator[Answers]:
    """Yield what an environment answers to the exchanges of each call, sent one after the other.

    Args:
        environment: where they are sent; of the same seed as the one in which they were recorded.
        calls: of each its exchanges, as `GET /_mock/api/requests/{id}` gives them, and how its key is shown in them.
        known: the uuids of the seed.
    """
    address = urlsplit(environment.base_url)
    with contextlib.closing(http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)) as connection:
        for exchanges, short_key in calls:
            answers = []
            for exchange in exchanges:
                connection.request(exchange["method"], *_request(exchange, environment, short_key))
                response = connection.getresponse()
                body = response.read().decode("utf-8", "replace")
                body = body.replace(f'"{environment.name}"', '"environment"')  # which getAccount tells
                answers.append((response.status, response.getheader("Retry-After"), _numbered(body, known)))
            yield tuple(answers)


def _request(
    exchange: Mapping[str, Any], environment: RemoteEnvironment, short_key: str
) -> tuple[str, bytes | None, dict[str, str]]:
    """Return target, body and headers as they were, for another environment and with its key."""
    request, key = exchange["request"], environment.api_key
    path, query, body = (
        text.replace(short_key, key) for text in (without_prefix(exchange["path"]), exchange["query"], request["body"])
    )
    target = quote(urlsplit(environment.base_url).path.removesuffix("/v1") + path, safe=_PATH)
    headers = {}
    scheme = (request["authorization"] or "").partition(" ")[0].lower()
    if scheme:
        basic = base64.b64encode(f"{key}:".encode()).decode()
        headers["Authorization"] = f"Basic {basic}" if scheme == "basic" else f"Bearer {key}"
    if request["media_type"]:
        headers["Content-Type"] = request["media_type"]
        if request["media_type"] == "multipart/form-data":
            headers["Content-Type"] += f"; boundary={body.partition(chr(10))[0].strip().removeprefix('--')}"
    return target + (f"?{quote(query, safe=_QUERY)}" if query else ""), body.encode() or None, headers


def _numbered(body: str, known: Collection[str]) -> str:
    """Return a body in which each uuid that is new reads as the number of its first appearance."""
    new: dict[str, str] = {}
    return _UUID.sub(lambda found: found[0] if found[0] in known else new.setdefault(found[0], f"new-{len(new)}"), body)
