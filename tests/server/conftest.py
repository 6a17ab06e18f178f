"""A server in this process, whose log is looked at when the tests of a file are through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server import MockServer


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """A server of the file's own."""
    with MockServer() as running:
        yield running


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that a client does is worth an error in our log, let alone a traceback."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
