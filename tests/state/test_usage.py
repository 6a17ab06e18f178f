from __future__ import annotations

import pytest

from mock_server.state.clock import parse_time
from mock_server.state.records import Micros
from mock_server.state.usage import Usage


def at(text: str) -> Micros:
    moment = parse_time(text)
    assert moment is not None
    return moment


@pytest.mark.parametrize(
    ("last", "first"),
    [
        ("2025-12-31T23:59:59", "2026-01-01T00:00:00"),
        ("2024-02-29T23:59:59", "2024-03-01"),
        ("1969-12-31", "1970-01-01"),
    ],
)
def test_every_month_begins_at_zero(last: str, first: str) -> None:
    usage = Usage()
    usage.tracked(at(last))
    usage.answered(at(last))
    usage.seen(None, at(last))
    assert usage.counts(at(last)) == {"mtu": 1, "mte": 1, "mpv": 0, "msr": 1}
    usage.seen(at(last), at(first))
    usage.seen(at(first), at(first))
    assert usage.counts(at(first)) == {"mtu": 1, "mte": 0, "mpv": 0, "msr": 0}


def test_to_look_from_another_month_loses_nothing() -> None:
    usage = Usage()
    usage.tracked(at("2026-01-31"))

    assert usage.counts(at("2026-02-01"))["mte"] == 0
    assert usage.counts(at("2026-01-15"))["mte"] == 1
