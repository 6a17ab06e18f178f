"""What may be told to go wrong: issue 5.3, a fault that could never strike is refused."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.document import load
from mock_server.errors import UsageError
from mock_server.faults import KINDS, Fault

NEEDED: dict[str, Any] = {"status": 503, "seconds": 1, "quota": 1}


def least(kind: str) -> dict[str, Any]:
    """Return what a kind needs."""
    return {name: NEEDED[name] for name, bounds in KINDS[kind].items() if bounds.needed}


def test_the_kinds_are_the_promised_ones() -> None:
    """Design 3.2."""
    assert list(KINDS) == ["status", "delay", "drop", "reset", "truncate", "garble", "slow_body", "rate_limit"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_with_what_it_needs_will_do_for_every_operation(kind: str) -> None:
    for operation in (None, *load().operations):
        assert Fault(kind=kind, operation=operation, **least(kind)).operation == operation


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"kind": "explode"}, ["explode", "status, delay, drop"]),
        ({"kind": "status"}, ["needs", "status"]),
        ({"kind": "delay"}, ["needs", "seconds"]),
        ({"kind": "slow_body"}, ["needs", "seconds"]),
        ({"kind": "rate_limit"}, ["needs", "quota"]),
        ({"kind": "status", "status": 200}, ["status", "400 to 599"]),
        ({"kind": "status", "status": 600}, ["status", "400 to 599"]),
        ({"kind": "status", "status": 500, "retry_after": 3}, ["retry_after", "429 or 503"]),
        ({"kind": "status", "status": 503, "retry_after": 0}, ["retry_after", "1 to 86400"]),
        ({"kind": "drop", "retry_after": 3}, ["takes no retry_after"]),
        ({"kind": "rate_limit", "quota": 1, "retry_after": 3}, ["takes no retry_after", "quota, seconds"]),
        ({"kind": "drop", "status": 503}, ["takes no status", "name, operation, times."]),
        ({"kind": "status", "status": 503, "quota": 3}, ["takes no quota"]),
        ({"kind": "garble", "seconds": 1}, ["takes no seconds"]),
        ({"kind": "delay", "seconds": 0}, ["seconds", "0.001 to 60"]),
        ({"kind": "delay", "seconds": 61}, ["seconds", "0.001 to 60"]),
        ({"kind": "rate_limit", "quota": 0}, ["quota", "1 to 1000000"]),
        ({"kind": "rate_limit", "quota": 1, "seconds": 0.5}, ["seconds", "1 to 86400"]),
        ({"kind": "garble", "body": "json"}, ["body", "page, text, empty"]),
        ({"kind": "truncate", "body": "empty"}, ["takes no body"]),
        ({"kind": "drop", "times": 0}, ["times", "1 to 1000000"]),
        ({"kind": "drop", "operation": "identify"}, ["identify", "did you mean identifyUser?"]),
        ({"kind": "drop", "name": "a/b"}, ["a/b", "cannot name"]),
        ({"kind": "drop", "name": ""}, ["cannot name"]),
    ],
)
def test_what_could_never_strike_is_refused_with_what_would_do(told: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(UsageError) as refusal:
        Fault(**told)

    assert [word for word in words if word not in str(refusal.value)] == []
