"""An app and a client of its environment `default`, whose clock stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.settings import Settings
from tests.api.door import Client, Door
from tests.miniatures.running import Receiver, receiving


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door(Settings())
    yield made
    made.close()


@pytest.fixture
def refiner(door: Door) -> Client:
    """A client of the environment `default`; it is half past ten on 2026-01-31."""
    client = Client(door, door.rooms.environments.get("default"))
    client.freeze("2026-01-31T10:30:00Z")
    return client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
