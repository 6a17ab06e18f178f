"""What the tests of this room share: an environment whose clock stands still."""

from __future__ import annotations

import pytest

from mock_server.state.environment import Environment
from mock_server.state.records import Micros

NOON: Micros = 1_741_953_600_000_000  # 2025-03-14T12:00:00Z


@pytest.fixture
def now() -> Micros:
    return NOON


@pytest.fixture
def environment(now: Micros) -> Environment:
    return Environment("test", now=now)
