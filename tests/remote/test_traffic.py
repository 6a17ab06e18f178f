"""Requests that are waited for and asserted, and what is said where they did not come."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mock_server.errors import UsageError
from mock_server.remote import RemoteEnvironment

if TYPE_CHECKING:
    from tests.remote.conftest import Call

JSON, FORM = "json", "data"


def failure(asserted: Callable[[], object]) -> str:
    """Return what an assertion that must fail says."""
    with pytest.raises(AssertionError) as caught:
        asserted()
    return str(caught.value)


@pytest.mark.parametrize("how", [JSON, FORM])
def test_a_request_that_has_arrived_is_returned_at_once(refiner: RemoteEnvironment, call: Call, how: str) -> None:
    call("POST", "/identify-user", **{how: {"id": "5", "seats": 14, "note": "größe"}})

    exchange = refiner.await_request("identifyUser", timeout=0, id=5, seats=14, note="größe")

    assert (exchange["operation"], exchange["status"], exchange["fault"]) == ("identifyUser", 202, None)
    assert exchange["request"]["parameters"]["note"] == "größe"
    assert exchange["answer"]["body"]["message"] == "ok"


def test_nested_and_listed_fields_are_read_as_the_call_means_them(refiner: RemoteEnvironment, call: Call) -> None:
    call("POST", "/identify-user", data={"id": "u-1", "account[id]": "acc-9", "account[name]": "Holt"})
    call("GET", "/responses", params={"page_length": "50", "include_tags": "true"})

    refiner.assert_requested("identifyUser", account={"id": "acc-9"})
    refiner.assert_requested("listResponses", page_length=lambda length: length <= 50)
    with pytest.raises(AssertionError, match=r"account\.id sent 'acc-9', wanted 'acc-8'"):
        refiner.assert_requested("identifyUser", account={"id": "acc-8"})


def test_a_request_that_arrives_later_is_waited_for(refiner: RemoteEnvironment, call: Call) -> None:
    call("POST", "/track-event", json={"id": "u-1", "event": "First"})
    later = threading.Timer(0.05, call, ("POST", "/track-event"), {"json": {"id": "u-1", "event": "Purchase"}})
    later.start()

    exchange = refiner.await_request("trackEvent", event="Purchase")
    later.join()

    assert exchange["request"]["parameters"]["event"] == "Purchase"


def test_several_are_waited_for_and_the_last_of_them_is_returned(refiner: RemoteEnvironment, call: Call) -> None:
    for number in range(3):
        call("POST", "/track-event", json={"id": f"u-{number}", "event": "Purchase"})

    assert refiner.await_request("trackEvent", times=2)["request"]["parameters"]["id"] == "u-1"
    assert len(refiner.assert_requested("trackEvent", times=3, event="Purchase")) == 3
    said = failure(lambda: refiner.await_request("trackEvent", timeout=0.01, times=4))
    assert said.startswith("only 3 of 4 requests to trackEvent arrived within 0.01 s\n")


def test_what_did_not_arrive_is_told_with_what_came_nearest_first(refiner: RemoteEnvironment, call: Call) -> None:
    call("POST", "/identify-user", json={"id": "u-1"})
    call("POST", "/track-event", json={"id": "u-2", "event": "Purchased"})
    call("POST", "/track-event", json={"id": "u-1", "event": "Purchased"})
    call("POST", "/track-event", json={"id": "u-1", "evnt": "Purchase"})

    said = failure(lambda: refiner.await_request("trackEvent", timeout=0.01, event="Purchase", id="u-1"))

    assert said.splitlines() == [
        "no request to trackEvent with event='Purchase', id='u-1' arrived within 0.01 s",
        "requests to trackEvent, nearest first:",
        f"  POST /v1/track-event -> 400  {refiner.journal()[3]['id']}, 1 violation",
        "      = id 'u-1'",
        "      ! event was not sent, wanted 'Purchase'",
        "      also sent: evnt='Purchase'",
        "      wrong-parameter: " + refiner.journal()[3]["violations"][0]["message"],
        f"  POST /v1/track-event -> 202  {refiner.journal()[2]['id']}",
        "      = id 'u-1'",
        "      ! event sent 'Purchased', wanted 'Purchase'",
        f"  POST /v1/track-event -> 202  {refiner.journal()[1]['id']}",
        "      ! event sent 'Purchased', wanted 'Purchase'",
        "      ! id sent 'u-2', wanted 'u-1'",
        "other requests, latest first:",
        f"  POST /v1/identify-user -> 202  {refiner.journal()[0]['id']}",
    ]


def test_where_nothing_arrived_the_message_says_where_it_was_awaited(refiner: RemoteEnvironment) -> None:
    said = failure(lambda: refiner.assert_requested("trackEvent"))

    assert said == (
        "no request to trackEvent has arrived; "
        f"nothing at all arrived in the environment {refiner.name} ({refiner.base_url})"
    )


def test_an_unknown_route_is_among_the_others(refiner: RemoteEnvironment, call: Call) -> None:
    call("POST", "/track-evnt", json={"id": "u-1"})

    said = failure(lambda: refiner.assert_requested("trackEvent"))

    assert re.search(r"POST /v1/track-evnt -> 404  req-\d+, no operation, 1 violation", said)


def test_too_many_are_shown_with_what_they_carried(refiner: RemoteEnvironment, call: Call) -> None:
    for number in range(7):
        call("POST", "/track-event", json={"id": f"u-{number}", "event": "Purchase"})

    said = failure(lambda: refiner.assert_requested("trackEvent", times=2, event="Purchase"))

    assert said.startswith("7 requests to trackEvent with event='Purchase' arrived, wanted 2:\n")
    assert "      id='u-0', event='Purchase'\n" in said
    assert said.endswith("  and 2 more")
    assert "wanted none" in failure(lambda: refiner.assert_requested("trackEvent", times=0, id="u-0"))


def test_too_few_are_shown_beside_the_near_misses(refiner: RemoteEnvironment, call: Call) -> None:
    for event in ("Purchase", "Purchased", "Refund", "Return", "Rent"):
        call("POST", "/track-event", json={"id": "u-1", "event": event})

    said = failure(lambda: refiner.assert_requested("trackEvent", times=2, event="Purchase"))

    assert said.startswith("1 request to trackEvent with event='Purchase' arrived, wanted 2\n")
    assert "      = event 'Purchase'\n" in said
    assert "  and 2 more of them, further off" in said


def test_no_requests_means_none_of_that_kind(refiner: RemoteEnvironment, call: Call) -> None:
    refiner.assert_no_requests()
    call("POST", "/track-event", json={"id": "u-1", "event": "Purchase"})

    refiner.assert_no_requests("identifyUser")
    refiner.assert_no_requests("trackEvent", event="Refund")
    said = failure(lambda: refiner.assert_no_requests(id="u-1"))

    assert said.startswith("1 request to any operation with id='u-1' arrived, wanted none:\n  POST /v1/track-event")
    assert said.endswith("      id='u-1', event='Purchase'")


def test_what_was_struck_or_refused_counts_as_it_was_sent(refiner: RemoteEnvironment, call: Call) -> None:
    refiner.fault("status", status=503, operation="trackEvent")
    for _ in range(2):
        call("POST", "/track-event", json={"id": "u-1", "event": "Purchase"})
    call("POST", "/track-event", json={"id": "u-1"})

    assert [one["status"] for one in refiner.assert_requested("trackEvent", times=3)] == [503, 202, 400]
    assert "-> 503  req-" in failure(refiner.assert_no_requests)
    assert ", struck by the fault status" in failure(refiner.assert_no_requests)


def test_no_message_shows_a_key(refiner: RemoteEnvironment, call: Call) -> None:
    call("POST", "/identify-user", params={"api_key": refiner.api_key}, json={"id": "u-1", "note": refiner.api_key})

    said = failure(lambda: refiner.assert_requested("identifyUser", plan="pro"))
    said += failure(refiner.assert_no_requests)

    assert refiner.api_key not in said
    assert said.count(f"{refiner.api_key[:4]}…") >= 3


def test_a_message_stays_short_whatever_was_sent(refiner: RemoteEnvironment, call: Call) -> None:
    for number in range(9):
        call("POST", "/identify-user", json={"id": f"u-{number}", **{f"t{n}": "x" * 500 for n in range(20)}})
        call("POST", "/track-event", params={f"p{n}": "y" * 300 for n in range(9)}, json={"id": "u-1", "event": "e"})

    wanted: dict[str, Any] = {f"t{n}": "z" * 5_000 for n in range(40)}
    said = failure(lambda: refiner.assert_requested("identifyUser", **wanted))
    said_of_all = failure(refiner.assert_no_requests)

    assert (len(said), len(said_of_all)) < (20_000, 10_000)
    assert max(map(len, said.splitlines())) < 2_500


def test_a_body_that_cannot_be_read_is_told_as_such(refiner: RemoteEnvironment, call: Call) -> None:
    call("POST", "/identify-user", data=b'{"id": ', headers={"Content-Type": "application/json"})
    call("POST", "/identify-user", json={"id": "u-1", "note": "x" * 20_000})

    said = failure(lambda: refiner.assert_requested("identifyUser", id="u-1"))

    assert "its body could not be read: The body is not valid JSON" in said
    assert re.search(r"only the first 16384 of its \d+ body bytes were kept \(journal_body\)", said)


def test_a_function_is_named_and_its_stumbling_told(refiner: RemoteEnvironment, call: Call) -> None:
    call("POST", "/identify-user", json={"id": "u-1", "seats": "many"})

    said = failure(
        lambda: refiner.assert_requested("identifyUser", seats=lambda seats: seats > 3, id=re.compile("v.*"))
    )

    assert "! seats sent 'many', wanted <lambda> (TypeError: '>' not supported" in said
    assert "! id sent 'u-1', wanted /v.*/" in said


def test_a_misspelt_operation_is_refused_with_the_choices(refiner: RemoteEnvironment) -> None:
    for asserted in (refiner.await_request, refiner.assert_requested, refiner.assert_no_requests):
        with pytest.raises(UsageError, match=r"no operation 'identify'; did you mean identifyUser\?"):
            asserted("identify")
    with pytest.raises(UsageError, match="times is 0; it must be 1 or more"):
        refiner.await_request(times=0)


def test_the_journal_is_read_page_by_page(
    refiner: RemoteEnvironment, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_server.remote.traffic._PAGE", 2)
    monkeypatch.setattr("mock_server.remote.traffic._WHOLE_PAGE", 2)
    for number in range(5):
        call("POST", "/track-event", json={"id": f"u-{number}", "event": "Purchase"})

    entries = refiner.journal()

    assert len(entries) == 5
    assert [one["seq"] for one in refiner.journal(since=entries[1]["seq"])] == [one["seq"] for one in entries[2:]]
    assert [one["seq"] for one in refiner.journal(limit=3)] == [one["seq"] for one in entries[:3]]
    assert refiner.journal(whole=True)[4]["request"]["parameters"]["id"] == "u-4"
    assert refiner.await_request("trackEvent", timeout=0, times=5)["seq"] == entries[4]["seq"]
    refiner.assert_requested("trackEvent", times=5)


def test_who_waits_in_an_event_loop_is_told_of_threads(refiner: RemoteEnvironment) -> None:
    async def waits() -> list[str]:
        inbox = refiner.inbox()
        waiting: list[Callable[[], object]] = [
            lambda: refiner.await_request(timeout=0.01),
            lambda: refiner.await_delivery(timeout=0.01),
            lambda: inbox.next(timeout=0.01),
        ]
        return [failure(wait) for wait in waiting]

    for said, verb in zip(asyncio.run(waits()), ("await_request", "await_delivery", "inbox.next"), strict=True):
        assert f"await asyncio.to_thread({verb}, ...)" in said.splitlines()[-1]
    assert "to_thread" not in failure(lambda: refiner.await_request(timeout=0.01))
