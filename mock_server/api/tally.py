"""What one environment's traffic came to: counts that outlive the journal's ring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.contract.rules import LEVELS
from mock_server.journal import Exchange

__all__ = ["Tally"]


class Tally:
    """Counts exchanges, violations and deliveries of one environment."""

    def __init__(self) -> None:
        self.requests = 0
        self.judged = 0
        """Those that prove something: an operation of Refiner's own, the right key, no armed fault."""
        self.injected = 0
        self.mock_only = 0
        self.failures = 0
        """Answers of ours that went wrong."""
        self.operations: Counter[str] = Counter()
        self.webhooks: Counter[str] = Counter()
        self.levels: Counter[str] = Counter()

    def count(self, exchange: Exchange) -> None:
        """Count an exchange that was judged."""
        self.requests += 1
        self.failures += exchange.failed
        operation = exchange.called
        if exchange.disturbance is not None:
            self.injected += 1
        elif operation is not None and exchange.refusal is None and not exchange.too_large:
            if operation.mock_only:
                self.mock_only += 1
            else:
                self.judged += 1
                self.operations[operation.id] += 1
        if exchange.violations:
            self.blame(exchange.violations)

    def blame(self, violations: Iterable[Mapping[str, Any]]) -> None:
        """Count violations, but not those of spoiled exchanges, which prove nothing."""
        for violation in violations:
            if not violation["injected"]:
                self.levels[violation["severity"]] += 1

    def told(self) -> dict[str, Any]:
        """Return the counts as the control API shows them."""
        return {
            "requests": self.requests,
            "judged": self.judged,
            "injected": self.injected,
            "mock_only": self.mock_only,
            "failures": self.failures,
            "operations": dict(self.operations),
            "webhooks": dict(self.webhooks),
            **{f"{level}s": self.levels[level] for level in LEVELS},
        }
