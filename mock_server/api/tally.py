"""What one environment's traffic came to: what outlives the journal's ring, and a reset of the environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.contract.rules import LEVELS
from mock_server.contract.violation import kind
from mock_server.journal import Exchange

__all__ = ["MOST_KINDS", "Tally"]

MOST_KINDS = 300
"""Different violations that are kept; further ones are only counted."""


class Tally:
    """Counts exchanges, violations and deliveries of one environment, and keeps the first violation of each kind."""

    def __init__(self) -> None:
        self.requests = 0
        self.judged = 0
        """Those that prove something: an operation of Refiner's own, the right key, no armed fault."""
        self.injected = 0
        self.mock_only = 0
        self.unknown_routes = 0
        self.turned_away = 0
        """Calls of an operation without the environment's key, or too large to be read."""
        self.failures = 0
        """Answers of ours that went wrong."""
        self.operations: Counter[str] = Counter()
        """How often each was called so that it was answered: with a success, or refused without being to blame."""
        self.refused: Counter[str] = Counter()
        """How often each was judged and refused for what was sent."""
        self.webhooks: Counter[str] = Counter()
        self.levels: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        """Violations of further kinds than are kept, by severity."""
        self._kinds: dict[tuple[object, ...], list[Any]] = {}

    def count(self, exchange: Exchange, status: int) -> None:
        """Count an exchange that was judged and answered with a status."""
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
                if status < 400 or not exchange.violations:
                    self.operations[operation.id] += 1
                else:
                    self.refused[operation.id] += 1
        elif operation is None:
            self.unknown_routes += 1
        else:
            self.turned_away += 1
        if exchange.violations:
            self.blame(exchange.violations)

    def blame(self, violations: Iterable[Mapping[str, Any]]) -> None:
        """Count violations, but not those of spoiled exchanges, which prove nothing."""
        for violation in violations:
            if violation["injected"]:
                continue
            self.levels[violation["severity"]] += 1
            known = self._kinds.get(kind(violation))
            if known is not None:
                known[1] += 1
            elif len(self._kinds) < MOST_KINDS:
                self._kinds[kind(violation)] = [violation, 1]
            else:
                self.left_out[violation["severity"]] += 1

    def told(self) -> dict[str, Any]:
        """Return the counts as the control API shows them."""
        return {
            "requests": self.requests,
            "judged": self.judged,
            "injected": self.injected,
            "mock_only": self.mock_only,
            "unknown_routes": self.unknown_routes,
            "turned_away": self.turned_away,
            "failures": self.failures,
            "operations": dict(self.operations),
            "refused": dict(self.refused),
            "webhooks": dict(self.webhooks),
            **{f"{level}s": self.levels[level] for level in LEVELS},
            "violations": [{**violation, "count": count} for violation, count in self._kinds.values()],
            "left_out": dict(self.left_out),
        }
