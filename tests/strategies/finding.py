"""Looks for something that a strategy draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import Phase, find, settings
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")
ANY = settings(phases=[Phase.generate], max_examples=10_000, database=None)
# Hypothesis would go on to explain what it found, by a hundred more draws.
LEAST = settings(ANY, phases=[Phase.generate, Phase.shrink])


def find_any(strategy: SearchStrategy[T], wanted: Callable[[T], object]) -> T:
    """Return something that is wanted as it was drawn; fails when nothing is."""
    return find(strategy, lambda drawn: bool(wanted(drawn)), settings=ANY)


def least(strategy: SearchStrategy[T], wanted: Callable[[T], object] = lambda _: True) -> T:
    """Return the least that is wanted; fails when nothing is."""
    return find(strategy, lambda drawn: bool(wanted(drawn)), settings=LEAST)
