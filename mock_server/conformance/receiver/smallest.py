"""Looks among generated payloads for the smallest that breaks a receiver."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from mock_server.conformance.smallest import smallest as smallest_drawn
from mock_server.conformance.smallest import strategies

__all__ = ["smallest"]

T = TypeVar("T")

_LONGEST = 30.0
"""Seconds for all of it: what was found by then is small enough."""


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
    payloads = strategies().payloads
    draws = [payloads(event) | payloads(event, extra_fields=True) for event in events]
    return smallest_drawn(draws, examples, number, min(until, time.monotonic() + _LONGEST), breaks)
