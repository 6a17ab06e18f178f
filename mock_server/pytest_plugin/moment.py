"""Where in a run we are.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

__all__ = ["Moment"]


@dataclass(slots=True)
class Moment:
    """What is going on in this process; the hooks keep it up to date."""

    config: pytest.Config
    item: pytest.Item | None = None
    """The test whose turn it is, or was last."""
    fixtures: list[pytest.FixtureDef[Any]] = field(default_factory=list)
    """Those that are being set up, the outermost first."""
