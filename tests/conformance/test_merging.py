"""Verdicts add up, and what one has gained is what it has more than before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mock_server.conformance.merging import gained, merged, traced
from mock_server.remote import RemoteEnvironment
from mock_server.server import MockServer


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        yield running


@pytest.fixture
def shop(server: MockServer) -> Iterator[RemoteEnvironment]:
    with server.create_environment() as environment:
        yield environment


def track(environment: RemoteEnvironment, **more: Any) -> None:
    sent = {"id": "u-1", "event": "Signed up", **more}
    headers = {"Authorization": f"Bearer {environment.api_key}"}
    requests.post(f"{environment.base_url}/track-event", json=sent, headers=headers, timeout=10).raise_for_status()


def counts(verdict: dict[str, Any]) -> list[tuple[str, int]]:
    return [(violation["where"]["name"], violation["count"]) for violation in verdict["violations"]]


def test_nothing_added_up_is_a_run_that_saw_nothing() -> None:
    nothing = merged(())
    assert (nothing["requests"], nothing["operations"], nothing["violations"]) == (0, {}, [])
    assert merged((nothing, nothing)) == nothing


def test_environments_add_up_and_equal_violations_are_one(server: MockServer) -> None:
    with server.create_environment() as one, server.create_environment() as other:
        track(one, colour="red")
        track(other, colour="blue")
        track(other, shape="round")
        one.fault("drop")
        both = merged((one.verdict(closing=True), other.verdict(closing=True)))
    assert (both["requests"], both["judged"], both["errors"]) == (3, 3, 3)
    assert both["operations"] == {"trackEvent": 3}
    assert sorted(counts(both)) == [("colour", 2), ("shape", 1)]
    assert both["unfired"] == ["drop-1"]


def test_what_was_there_before_is_not_gained_again(shop: RemoteEnvironment) -> None:
    track(shop, colour="red")
    shop.fault("drop")
    before = shop.verdict(closing=True)
    assert gained(before, merged(())) == merged((before,))
    nothing = gained(before, before)
    assert (nothing["requests"], nothing["operations"], counts(nothing), nothing["unfired"]) == (0, {}, [], [])

    shop.remove_fault()
    track(shop)
    track(shop, colour="red")
    after = gained(shop.verdict(closing=True), before)
    assert (after["requests"], after["operations"], counts(after)) == (2, {"trackEvent": 2}, [("colour", 1)])


def test_a_violation_is_traced_to_its_test_and_worker() -> None:
    violation = {"id": "req-000001.1", "request": "req-000001", "code": "x"}
    assert traced(violation, None) == violation
    assert traced(violation, "test_it", "gw1") == {
        "id": "gw1:req-000001.1",
        "request": "gw1:req-000001",
        "code": "x",
        "test": "test_it",
    }
    assert traced({**violation, "request": None}, None, "gw1")["request"] is None
