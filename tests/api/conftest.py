"""An app and a client of its environment `default`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.settings import Settings
from tests.api.door import Client, Door


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door(Settings(max_body=100_000))
    yield made
    made.close()


@pytest.fixture
def refiner(door: Door) -> Client:
    """A client of the environment `default`, whose clock stands on 2026-01-31 at ten."""
    client = Client(door, door.rooms.environments.get("default"))
    client.freeze("2026-01-31T10:00:00Z")
    return client
