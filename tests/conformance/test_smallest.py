"""Generated payloads: the smallest that breaks a receiver is told, the same number draws the same."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from mock_server.conformance import check_receiver
from mock_server.conformance.smallest import Cut, smallest
from mock_server.contract.document import load
from mock_server.webhooks.subscriptions import EVENTS
from tests.conformance.receivers import TOKEN, Heard, Honest, listening

LATER = time.monotonic() + 3_600


def drawn(number: int, events: tuple[str, ...] = EVENTS) -> list[Any]:
    """Return the payloads that a number draws."""
    found: list[Any] = []
    assert smallest(events, 10, number, LATER, found.append) is None
    return found


def test_payloads_fit_the_contract_and_are_of_the_events_asked_for() -> None:
    found = drawn(3, ("Saw Survey", "Tag Added"))
    assert len(found) == 10
    assert {payload["triggered_event"] for payload in found} == {"Saw Survey", "Tag Added"}
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

    found = smallest(["Saw Survey"], 200, 0, LATER, breaks)
    assert found == "aaa"


def test_when_time_is_up_what_was_found_is_told() -> None:
    assert smallest(EVENTS, 10, 0, time.monotonic() - 1, lambda _: "never tried") is None
    tried: list[Any] = []

    def breaks(payload: Any) -> str | None:
        tried.append(payload)
        raise Cut("the last")

    assert smallest(EVENTS, 10, 0, LATER, breaks) == "the last"
    assert len(tried) == 1


def test_without_hypothesis_the_case_is_skipped_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mock_server.strategies", None)
    with listening(Honest()) as place:
        report = check_receiver(place.url, token=TOKEN, cases=["any-valid-payload", "emoji"])
    assert report.exit_code == 0
    assert [check.outcome for check in report.checks] == ["passed", "skipped"]
    assert report.notes[0].startswith("Skipped any-valid-payload: ")


class Squeamish(Honest):
    """Fails on any `&`."""

    def answer(self, heard: Heard) -> int:
        return 500 if b"&" in heard.body else 200


def test_a_receiver_is_shown_the_smallest_payload_that_breaks_it() -> None:
    with listening(Squeamish()) as place:
        report = check_receiver(place.url, token=TOKEN, cases=["any-*"], seed_number=7)
    [check] = report.checks
    assert check.outcome == "failed"
    assert check.curl is not None
    assert check.curl.count("&") <= 2, "the name of a person is there twice"
    assert len(check.curl) < 1_500
    assert "Wanted: anything but a 5xx. Came: 500" in check.detail


def test_a_receiver_that_hangs_on_a_payload_is_not_asked_again_and_again() -> None:
    class Hanging(Honest):
        def answer(self, heard: Heard) -> int:
            time.sleep(0.3)
            return 200

    with listening(Hanging()) as place:
        report = check_receiver(place.url, token=TOKEN, cases=["any-*"], within=0.05)
    assert report.exit_code == 1
    assert len(place.receiver.heard) == 1
