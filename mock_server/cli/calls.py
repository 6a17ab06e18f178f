"""One call of the mirrored API, as any client would make it."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

from mock_server.errors import ServerUnavailable
from mock_server.frozen import frozen

__all__ = ["Reply", "call"]

PATIENCE = 30.0
"""Seconds for one answer."""


@frozen
class Reply:
    """What came back."""

    status: int
    body: bytes
    request_id: str | None
    """Under which the journal has it."""


def call(url: str, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
    """Call a server at `url`; `target` is path and query, escaped.

    Raises:
        ServerUnavailable: when it does not answer.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(), answer.headers["Refiner-Mock-Request-Id"])
    except (OSError, http.client.HTTPException) as error:
        raise ServerUnavailable(f"no answer from {url} to {method} {target.partition('?')[0]}: {error}") from error
    finally:
        connection.close()
