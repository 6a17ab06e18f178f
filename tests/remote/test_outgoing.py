"""Deliveries that are waited for, and what is said where none came."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from mock_server.errors import UsageError
from mock_server.remote import RemoteEnvironment
from mock_server.remote.outgoing import trigger_events

NOBODY = "http://127.0.0.1:9/hook"


def failure(asserted: Callable[[], object]) -> str:
    """Return what an assertion that must fail says."""
    with pytest.raises(AssertionError) as caught:
        asserted()
    return str(caught.value)


@pytest.fixture
def furnished(refiner: RemoteEnvironment) -> RemoteEnvironment:
    refiner.freeze("2026-01-31T10:00:00Z")
    refiner.create_form("NPS")
    return refiner


def test_a_webhook_wants_every_event_unless_told(refiner: RemoteEnvironment) -> None:
    assert refiner.subscribe(NOBODY)["events"] == list(trigger_events())
    assert refiner.subscribe(NOBODY, ["Saw Survey"])["events"] == ["Saw Survey"]
    assert len(refiner.webhooks()) == 2

    refiner.unsubscribe(refiner.webhooks()[0]["uuid"])

    assert [one["events"] for one in refiner.webhooks()] == [["Saw Survey"]]


def test_a_delivery_is_waited_for(furnished: RemoteEnvironment) -> None:
    furnished.inbox()
    later = threading.Timer(0.05, furnished.complete_survey, ("NPS", "u-1"), {"nps": 9})
    furnished.see_survey("NPS", "u-2")
    later.start()

    delivery = furnished.await_delivery("Completed Survey")
    later.join()

    assert (delivery["event"], delivery["status"]) == ("Completed Survey", "delivered")
    assert [attempt["status"] for attempt in delivery["attempts"]] == [200]
    assert furnished.await_delivery(times=2)["event"] == "Completed Survey"
    assert furnished.await_delivery(cause=delivery["cause"])["id"] == delivery["id"]


def test_what_failed_and_why_is_told_with_what_sends_it(furnished: RemoteEnvironment) -> None:
    furnished.inbox("Completed Survey").respond_with(503, body="come back later")
    furnished.complete_survey("NPS", "u-1", nps=9)

    assert furnished.await_delivery(status="pending", attempts=lambda tried: len(tried) == 1)["event"]
    said = failure(lambda: furnished.await_delivery("Completed Survey", timeout=0.01))

    head, listed, only, due = said.splitlines()
    assert head == "no delivery with event='Completed Survey', status='delivered' was there within 0.01 s"
    assert listed == "the deliveries of the environment, latest first:"
    assert only.startswith("  d1 Completed Survey http://127.0.0.1:")
    assert only.endswith("/inbox pending: 503 (come back later), next at 2026-01-31T10:00:05.000000Z")
    assert due == (
        'the next attempt is due in 5 s, and the clock is frozen at 2026-01-31T10:00:00.000000Z: advance("5s") sends it'
    )


def test_a_delivery_that_was_given_up_tells_its_last_attempts(furnished: RemoteEnvironment) -> None:
    furnished.subscribe(NOBODY, ["Saw Survey"])
    furnished.see_survey("NPS", "u-1")
    furnished.advance("24h")

    given_up = furnished.await_delivery(status="failed")
    said = failure(lambda: furnished.await_delivery("Saw Survey", timeout=0.01, times=2))

    assert len(given_up["attempts"]) > 3
    assert f"failed: {len(given_up['attempts']) - 3} attempts, then no answer (" in said
    assert "due in" not in said


def test_a_receiver_that_nobody_registered_is_told(furnished: RemoteEnvironment) -> None:
    furnished.see_survey("NPS", "u-1")

    said = failure(lambda: furnished.await_delivery("Saw Survey", timeout=0.01))

    assert said.endswith(
        "\nno webhook is registered here (reset() takes them away); subscribe() or inbox() registers one"
    )


def test_an_event_that_no_webhook_wants_is_told(furnished: RemoteEnvironment) -> None:
    furnished.subscribe(NOBODY, ["Completed Survey", "Tag Added"])

    said = failure(lambda: furnished.await_delivery("Saw Survey", timeout=0.01))

    assert said.endswith(
        f"\nno webhook wants Saw Survey; registered are:\n  {NOBODY} wants Completed Survey, Tag Added"
    )


def test_an_event_that_has_not_happened_is_told(furnished: RemoteEnvironment) -> None:
    furnished.subscribe(NOBODY)

    said = failure(lambda: furnished.await_delivery("Saw Survey", timeout=0.01))

    assert said.endswith("\nno Saw Survey has happened that a webhook wants (one may want certain forms only)")


def test_a_webhook_that_is_switched_off_is_told(furnished: RemoteEnvironment) -> None:
    furnished.inbox().respond_with(410)
    furnished.see_survey("NPS", "u-1")
    furnished.settle()
    furnished.see_survey("NPS", "u-2")

    said = failure(lambda: furnished.await_delivery("Saw Survey", timeout=0.01))

    assert "d1 Saw Survey" in said
    assert "is switched off (active: false); a receiver that answers 410 does that, too" in said


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ({"drop": 2}, "the next 1 deliveries are lost (drop)"),
        ({"order": "reversed"}, "gathers deliveries that are reversed: settle() sends them at once"),
        ({"delay": 90}, "the next attempt is due in 90 s, and the clock is frozen"),
    ],
)
def test_a_delivery_policy_that_holds_it_back_is_told(
    furnished: RemoteEnvironment, policy: dict[str, Any], says: str
) -> None:
    furnished.inbox("Saw Survey")
    furnished.configure(delivery=policy)
    furnished.see_survey("NPS", "u-1")

    assert says in failure(lambda: furnished.await_delivery("Saw Survey", timeout=0.01))


def test_many_deliveries_are_cut(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey")
    for number in range(7):
        furnished.see_survey("NPS", f"u-{number}")
    assert len(inbox.all()) == 7

    said = failure(lambda: furnished.await_delivery("Saw Survey", times=8, timeout=0.01))

    assert said.startswith("only 7 of 8 deliveries with event=")
    assert said.count("delivered: 200") == 5
    assert "  and 2 more" in said


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"event": "Survey Completed"}, "no trigger event 'Survey Completed'; choose from Completed Survey"),
        ({"status": "sent"}, "no status 'sent'; choose from pending, delivered, failed, dropped"),
        ({"contact": "u-1"}, "a delivery has no 'contact'; choose from id, seq, event"),
        ({"times": 0}, "times is 0; it must be 1 or more"),
    ],
)
def test_what_no_delivery_can_be_is_refused(refiner: RemoteEnvironment, how: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        refiner.await_delivery(**how)
