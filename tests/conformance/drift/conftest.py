"""A server with demo data for the tests of drift."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.remote import Remote, RemoteEnvironment
from tests.miniatures.running import Served


@pytest.fixture(scope="module")
def remote(served: Served) -> Iterator[Remote]:
    found = Remote(served.url)
    yield found
    found.close()


@pytest.fixture(scope="module")
def demo(remote: Remote) -> Iterator[RemoteEnvironment]:
    """An environment with demo data that nobody writes to."""
    with remote.create_environment(seed="demo") as environment:
        yield environment
