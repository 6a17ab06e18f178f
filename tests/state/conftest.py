"""What the tests of this room share: an environment, or single parts of one, whose clock stands still."""

from __future__ import annotations

import pytest

from mock_server.settings import Settings
from mock_server.state.clock import Clock
from mock_server.state.environment import Environment
from mock_server.state.ids import Ids
from mock_server.state.records import Micros
from mock_server.state.responses import Responses
from tests.state.town import NOW

NOON: Micros = 1_741_953_600_000_000  # 2025-03-14T12:00:00Z


@pytest.fixture
def now() -> Micros:
    return NOON


@pytest.fixture
def environment(now: Micros) -> Environment:
    return Environment("test", now=now)


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.freeze(NOW)
    return clock


@pytest.fixture
def responses(clock: Clock) -> Responses:
    return Responses(clock, Ids(clock, "tests"), Settings())
