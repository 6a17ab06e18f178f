"""Generated payloads: the smallest that breaks a receiver is told, the same number draws the same."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from mock_server.conformance import check_receiver
from mock_server.conformance.receiver.smallest import smallest
from mock_server.conformance.smallest import Cut
from mock_server.contract.document import load
from mock_server.webhooks.subscriptions import EVENTS
from tests.miniatures.receivers.honest import TOKEN, Honest, Receiver

LATER = time.monotonic() + 3_600


def drawn(number: int, events: tuple[str, ...] = EVENTS) -> list[Any]:
    """Return the payloads that a number draws."""
    found: list[Any] = []
    assert smallest(events, 10, number, LATER, found.append) is None
    return found


def test_payloads_fit_the_contract_and_are_of_the_events_asked_for() -> None:
    found = drawn(3, ("Saw Survey", "Tag Added"))
    assert len(found) == 10
    assert [payload["triggered_event"] for payload in found] == ["Saw Survey"] * 5 + ["Tag Added"] * 5
    for payload in found:
        pointer = load().payload_pointer(payload["triggered_event"])
        assert pointer is not None
        assert load().validator(pointer).is_valid(payload)


def test_the_same_number_draws_the_same() -> None:
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_the_smallest_is_found() -> None:
    def breaks(payload: Any) -> str | None:
        return str(payload["display_name"]) if len(payload["display_name"]) >= 3 else None

    found = smallest(["Saw Survey"], 100, 0, LATER, breaks)
    assert found in ("aaa", "Zoë Ångström"), "the shortest, or the first of the hard ones"


def test_when_time_is_up_what_was_found_is_told() -> None:
    assert smallest(EVENTS, 10, 0, time.monotonic() - 1, lambda _: "never tried") is None
    tried: list[Any] = []

    def breaks(payload: Any) -> str | None:
        tried.append(payload)
        raise Cut("the last")

    assert smallest(EVENTS, 10, 0, LATER, breaks) == "the last"
    assert len(tried) == 1


def test_fields_that_nobody_knows_are_drawn_at_times() -> None:
    """And what breaks at one of them shrinks to that."""
    known = load().document["components"]["schemas"]["Payload"]["properties"].keys() | {"form", "response"}
    strange = smallest(["Saw Survey"], 50, 0, LATER, lambda payload: sorted(payload.keys() - known) or None)
    assert strange is not None
    assert len(strange) == 1


def test_without_hypothesis_the_case_is_skipped_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mock_server.strategies", None)
    with Receiver(Honest) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["any-valid-payload", "emoji"])
    assert report.exit_code == 0
    assert [check.id for check in report.checks if check.outcome == "skipped"] == ["any-valid-payload"]
    assert report.notes[0].startswith("Skipped any-valid-payload: ")


def test_a_receiver_is_shown_the_smallest_payload_that_breaks_it() -> None:
    class Squeamish(Honest):
        def receive(self, body: bytes) -> int:
            return 500 if b"&" in body else 200

    with Receiver(Squeamish) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["any-*"], seed_number=7)
    [check] = [check for check in report.checks if check.outcome == "failed"]
    assert check.curl is not None
    assert check.curl.count("&") <= 2, "the name of a person is there twice"
    assert len(check.curl) < 1_500
    assert "Wanted: anything but a 5xx. Came: 500" in check.detail


def test_a_receiver_that_hangs_on_a_payload_is_not_asked_again_and_again() -> None:
    class Hanging(Honest):
        def receive(self, body: bytes) -> int:
            if len(self.server.heard) > 3:
                self.server.closing.wait(30)
            return 200

    with Receiver(Hanging) as receiver:
        report = check_receiver(receiver.url, token=TOKEN, cases=["any-*"], within=1.0)
    assert report.exit_code == 1
    assert len(receiver.heard) == 4
