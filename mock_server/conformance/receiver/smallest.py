"""Looks among generated payloads for one that breaks a receiver, and then for the smallest of those."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

__all__ = ["Cut", "NoStrategies", "smallest"]

T = TypeVar("T")

_LONGEST = 30.0
"""Seconds for all of it: what was found by then is small enough."""


class NoStrategies(Exception):
    """Hypothesis is not installed; the message says how to get it."""


class Cut(BaseException):
    """Nothing more is to be tried. Hypothesis lets a BaseException pass."""

    def __init__(self, finding: Any = None) -> None:
        super().__init__()
        self.finding = finding
        """What the last try found, None when that was nothing."""


class _Broken(Exception):
    """What Hypothesis is shown of a finding; always the same, so that it takes all for one bug."""


def smallest(
    events: Sequence[str],
    examples: int,
    number: int,
    until: float,
    breaks: Callable[[Mapping[str, Any]], T | None],
) -> T | None:
    """Return what `breaks` finds of the smallest payload of which it finds something, None when it finds nothing.

    Args:
        events: whose payloads are drawn.
        examples: how many are, as many of each event, before anything is found.
        number: the same number draws the same payloads.
        until: when to stop, on the monotonic clock.
        breaks: tries one; it may raise `Cut`.

    Raises:
        NoStrategies: when Hypothesis is not installed.
    """
    findings: list[tuple[int, T]] = []
    until = min(until, time.monotonic() + _LONGEST)

    def attempt(payload: dict[str, Any]) -> None:
        if time.monotonic() > until:
            raise Cut
        finding = breaks(payload)
        if finding is not None:
            findings.append((len(json.dumps(payload)), finding))
            raise _Broken

    try:
        for event in events:
            _tried(event, -(-examples // len(events)), number, attempt)
    except _Broken:
        return findings[-1][1]  # Hypothesis tries the simplest once more
    except Cut as cut:
        findings += [(0, cut.finding)] if cut.finding is not None else []
    return min(findings, key=lambda found: found[0])[1] if findings else None


def _tried(event: str, examples: int, number: int, attempt: Callable[[dict[str, Any]], None]) -> None:
    """Attempt payloads, and where one fails ever simpler ones; the failure of the simplest comes out."""
    try:
        from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

        from mock_server.strategies import payloads
    except ImportError as reason:
        raise NoStrategies(str(reason)) from None

    bounds = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
        print_blob=False,
    )
    any_payload = given(payloads(event) | payloads(event, extra_fields=True))
    seed(number)(bounds(any_payload(attempt)))()
