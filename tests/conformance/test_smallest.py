"""What Hypothesis finds: the smallest, in bounded time, and never a traceback of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from mock_server.conformance.smallest import Cut, NoStrategies, smallest, strategies

LATER = time.monotonic() + 3_600
NUMBERS = st.fixed_dictionaries({"n": st.integers(0, 1_000)})
Drawn = Mapping[str, Any]


def test_the_smallest_is_found_whichever_strategy_draws_it() -> None:
    def breaks(drawn: Drawn) -> int | None:
        found: int = drawn["n"]
        return found if found >= 17 else None

    assert smallest([st.just({"n": 3}), NUMBERS], 100, 0, LATER, breaks) == 17
    assert smallest([st.just({"n": 3})], 100, 0, LATER, breaks) is None


def test_what_fails_by_chance_is_told_all_the_same() -> None:
    tries: list[Drawn] = []

    def breaks(drawn: Drawn) -> str | None:
        tries.append(drawn)
        return f"at try {len(tries)}" if len(tries) in (4, 7) else None

    assert smallest([NUMBERS], 50, 0, LATER, breaks) in ("at try 4", "at try 7")


def test_time_for_smaller_ones_is_limited_by_itself() -> None:
    def slow(drawn: Drawn) -> int | None:
        tried.append(drawn["n"])
        return int(drawn["n"]) if drawn["n"] > 100 else None

    tried: list[int] = []
    found = smallest([NUMBERS], 100, 0, LATER, slow, shrinking=-1)
    assert found == tried[-1], "the first is the last that is tried"


def test_when_time_is_up_nothing_more_is_drawn() -> None:
    assert smallest([NUMBERS], 10, 0, time.monotonic() - 1, lambda _: "never tried") is None


def test_a_cut_ends_it_with_what_it_brings() -> None:
    def cut(_: Drawn) -> str | None:
        raise Cut("this")

    assert smallest([NUMBERS], 10, 0, LATER, cut) == "this"


def test_without_hypothesis_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert strategies().__name__ == "mock_server.strategies"
    for name in [name for name in sys.modules if name.startswith("mock_server.strategies")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(NoStrategies, match=r"refiner-mock\[kit\]"):
        strategies()
