"""One glance at a free name passes over nothing that a closer look would find, and nearly all names need no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.document import Operation, load
from mock_server.contract.names import doubts

HERE = Path(__file__).parent
OPEN = [each for each in load().operations.values() if each.open]
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def words_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from words_in(each)
    elif isinstance(value, dict):
        yield from words_in([*value, *value.values()])


LISTS = ("misnamings.yaml", "misnamings_of_others.yaml", "free_names.yaml")
WRITTEN = [yaml.safe_load((HERE / name).read_bytes()) for name in LISTS]
NAMES = sorted({word for word in words_in(WRITTEN) if 0 < len(word) < 80})


def passes_over(operation: Operation, name: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    quick = doubts.doubt.__wrapped__(operation, name)
    with monkeypatch.context() as patch:
        patch.setattr(doubts, "suspects", lambda *_: True)
        return bool(quick != doubts.doubt.__wrapped__(operation, name))


@pytest.mark.parametrize("operation", OPEN, ids=lambda operation: operation.id)
def test_what_developers_write_is_never_passed_over(operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name in NAMES if passes_over(operation, name, monkeypatch)] == []
    assert sum(doubts.doubt(operation, name) is not None for name in NAMES) > 100


@pytest.mark.parametrize("operation", OPEN, ids=lambda operation: operation.id)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    at=st.integers(0, 20),
    put=st.sampled_from([*LETTERS, *"_.[A", ""]),
    drops=st.booleans(),
)
def test_nor_is_it_with_a_slip_of_the_finger(
    operation: Operation, name: str, at: int, put: str, drops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not passes_over(operation, name[:at] + put + name[at + drops :], monkeypatch)


@pytest.mark.parametrize("operation", OPEN, ids=lambda operation: operation.id)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(LETTERS + "_", min_size=1, max_size=30))
def test_nor_is_any_other_name(operation: Operation, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not passes_over(operation, name, monkeypatch)


def test_names_that_count_need_no_closer_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or each of them would cost what a closer look costs, since none was seen before."""
    looked: list[str] = []
    monkeypatch.setattr(doubts, "_weighed", lambda _, name: looked.append(name))

    for number in range(200):
        doubts.doubt.__wrapped__(OPEN[0], f"favourite_colour_{number}")

    assert looked == []
