"""Requests in the encodings that clients use."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from mock_server.contract.exchange import Request
from mock_server.wire.decoding import decode

Send = Callable[..., Request]


@pytest.fixture(scope="session")
def send() -> Send:
    """Decode a request given by its parts: `query`, `body`, `content_type`, `headers`, and the bounds."""

    def _send(
        body: bytes = b"",
        content_type: str | None = None,
        *,
        query: bytes = b"",
        headers: Sequence[tuple[bytes, bytes]] = (),
        method: str = "POST",
        max_nesting: int = 32,
        max_parameters: int = 5_000,
    ) -> Request:
        given = list(headers)
        if content_type is not None:
            given.append((b"content-type", content_type.encode("latin-1")))
        return decode(
            method, "/identify-user", query, given, body, max_nesting=max_nesting, max_parameters=max_parameters
        )

    return _send
