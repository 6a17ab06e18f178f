"""Looks among drawn values for one that breaks somebody's code, and then for the smallest of those.

Hypothesis draws and shrinks; whether it is installed is asked for only here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Cut", "NoStrategies", "smallest", "strategies"]

T = TypeVar("T")
Drawn = Mapping[str, Any]


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


def strategies() -> ModuleType:
    """Return `mock_server.strategies`.

    Raises:
        NoStrategies: when Hypothesis is not installed.
    """
    try:
        return import_module("mock_server.strategies")
    except ImportError as reason:
        raise NoStrategies(str(reason)) from None


def smallest(
    draws: Sequence[SearchStrategy[Any]],
    examples: int,
    number: int,
    until: float,
    breaks: Callable[[Drawn], T | None],
    *,
    shrinking: float | None = None,
) -> T | None:
    """Return what `breaks` finds of the smallest value of which it finds something, None when it finds nothing.

    Args:
        draws: strategies of JSON objects, tried one after the other.
        examples: how many are drawn before anything is found, of each strategy as many.
        number: the same number draws the same values.
        until: when to stop drawing, on the monotonic clock.
        breaks: tries one; it may raise `Cut`.
        shrinking: seconds for the search for smaller ones after the first finding; by default it stops with drawing.
    """
    findings, last = list[tuple[int, T]](), until

    def attempt(drawn: Drawn) -> None:
        nonlocal last
        if time.monotonic() > last:
            raise Cut
        finding = breaks(drawn)
        if finding is not None:
            last = last if findings or shrinking is None else time.monotonic() + shrinking
            findings.append((len(json.dumps(drawn)), finding))
            raise _Broken

    try:
        for each in draws:
            if not _survives(each, -(-examples // len(draws)), number, attempt):
                break
    except _Broken:
        return findings[-1][1]  # Hypothesis tries the simplest once more
    except Cut as cut:
        findings += [(0, cut.finding)] if cut.finding is not None else []
    return min(findings, key=lambda found: found[0])[1] if findings else None


def _survives(drawn: SearchStrategy[Any], examples: int, number: int, attempt: Callable[[Drawn], None]) -> bool:
    """Attempt values, and where one fails ever simpler ones; the failure of the simplest comes out.

    False: something failed, but not when the same was tried once more.
    """
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
    from hypothesis.errors import Flaky

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
    try:
        seed(number)(bounds(given(drawn)(attempt)))()
    except Flaky:
        return False
    return True
