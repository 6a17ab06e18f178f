"""A miniature client for the rules over many calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.sequence.sequences import Miniature


@pytest.fixture
def mini(monkeypatch: pytest.MonkeyPatch) -> Iterator[Miniature]:
    """A client in a new app; real time passes when it waits, and not otherwise."""
    from tests.contract.sequence.sequences import (  # the app takes a while to import, and few tests here need it
        Ticks,
        running,
    )

    ticks = Ticks()
    monkeypatch.setattr(time, "perf_counter_ns", ticks)
    with running(ticks) as miniature:
        yield miniature
