"""A receiver of webhooks that is there for the asking."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from mock_server.errors import ServerUnavailable, StillBusy, UsageError
from mock_server.remote import RemoteEnvironment
from mock_server.remote.outgoing import trigger_events
from mock_server.server import MockServer


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


def test_a_webhook_arrives_with_all_that_it_carries(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox()
    furnished.complete_survey("NPS", "u-1", nps=9)

    webhook = inbox.next()

    assert (webhook.number, webhook.event, webhook.path, webhook.status) == (1, "Completed Survey", "/inbox", 200)
    assert (webhook.body["remote_id"], webhook.body["response"]["data"]) == ("u-1", {"nps": "9"})
    assert webhook.headers["authorization"] == f"Bearer {inbox.auth_token}"
    assert furnished.webhooks()[0]["events"] == list(trigger_events())
    assert furnished.webhooks()[0]["url"] == inbox.url


def test_webhooks_are_read_once_and_kept(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey", "Dismissed Survey")
    furnished.see_survey("NPS", "u-1")
    furnished.dismiss_survey("NPS", "u-1")
    furnished.complete_survey("NPS", "u-2")

    assert inbox.next(event="Dismissed Survey").event == "Dismissed Survey"
    assert [one.event for one in inbox.all()] == ["Saw Survey", "Dismissed Survey"]
    assert failure(inbox.assert_empty).startswith(
        "1 webhook arrived that nobody read:\n  1. Saw Survey of 'u-1', answered 200"
    )
    assert inbox.next().event == "Saw Survey"
    inbox.assert_empty()
    with pytest.raises(UsageError, match="this inbox does not get 'Tag Added', but Saw Survey, Dismissed Survey"):
        inbox.next(event="Tag Added")


def test_a_webhook_that_comes_later_is_waited_for(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox()
    later = threading.Timer(0.05, furnished.see_survey, ("NPS", "u-1"))
    later.start()

    assert inbox.next().event == "Saw Survey"
    later.join()


def test_only_the_events_of_a_survey(furnished: RemoteEnvironment) -> None:
    other = furnished.create_form("Other")
    one, both = furnished.inbox(form="Other"), furnished.inbox(form=["NPS", other])
    furnished.see_survey("NPS", "u-1")
    furnished.see_survey("Other", "u-1")

    assert [webhook.body["form"]["name"] for webhook in one.all()] == ["Other"]
    assert [webhook.body["form"]["name"] for webhook in both.all()] == ["NPS", "Other"]


def test_answers_are_scripted(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey")
    inbox.respond_with(500, times=2, body="boom")
    inbox.respond_with(429, times=1, headers={"Retry-After": "600"})
    furnished.see_survey("NPS", "u-1")
    furnished.settle()
    furnished.advance("24h")

    assert [one.status for one in inbox.all()] == [500, 500, 429, 200]
    attempts = furnished.await_delivery("Saw Survey")["attempts"]
    assert [one["status"] for one in attempts] == [500, 500, 429, 200]
    assert attempts[0]["answer"] == "boom"


def test_a_standing_answer_replaces_the_script(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey", status=202)
    furnished.see_survey("NPS", "u-1")
    assert inbox.next().status == 202
    inbox.respond_with(500, times=5)
    inbox.respond_with(204)
    furnished.see_survey("NPS", "u-2")

    assert inbox.next().status == 204


def test_an_answer_comes_late_where_it_is_told_to(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey")
    inbox.respond_with(200, times=1, delay=0.1)
    furnished.see_survey("NPS", "u-1")

    assert furnished.await_delivery()["attempts"][0]["duration_ms"] >= 100


@pytest.mark.parametrize("how", [{"status": 199}, {"status": 600}, {"status": 200, "times": 0}])
def test_an_answer_that_is_none_is_refused(refiner: RemoteEnvironment, how: dict[str, Any]) -> None:
    with refiner.inbox() as inbox, pytest.raises(UsageError, match="a status from 200 to 599"):
        inbox.respond_with(**how)
    with pytest.raises(UsageError, match="a status from 200 to 599"):
        refiner.inbox(status=100)


def test_the_token_is_checked(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey", auth_token="s3cret")
    furnished.see_survey("NPS", "u-1")
    delivery = furnished.await_delivery("Saw Survey")
    furnished.redeliver(delivery["id"], "no_token")
    furnished.settle()

    assert inbox.next().number == 1
    said = failure(lambda: inbox.next(timeout=0.01))

    assert len(inbox.all()) == 1
    assert "1 arrived before (all read); all() returns them\n" in said
    assert "refused by the inbox: /inbox was answered 401: not the bearer token of this inbox\n" in said
    assert "401 (not the bearer token of this inbox)" in said


def test_without_a_token_none_may_come(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey", auth_token="")
    furnished.see_survey("NPS", "u-1")

    assert "Authorization" not in inbox.next().headers
    assert requests.post(inbox.url, headers={"Authorization": "Bearer x"}, json={}, timeout=10).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"{}"])
def test_what_is_no_webhook_is_refused(refiner: RemoteEnvironment, body: bytes) -> None:
    with refiner.inbox(auth_token="") as inbox:
        assert requests.post(inbox.url, data=body, timeout=10).status_code == 400
        assert inbox.all() == []
        assert "answered 400: no JSON with a triggered_event" in failure(lambda: inbox.next(timeout=0.01))


def test_nothing_comes_and_the_message_says_what_holds_it_up(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey")
    inbox.respond_with(500, times=1)
    furnished.see_survey("NPS", "u-1")
    assert inbox.next().status == 500
    furnished.settle()

    said = failure(lambda: inbox.next(timeout=0.01))

    assert said.startswith("no webhook arrived at the inbox within 0.01 s\n1 arrived before (all read)")
    assert f"d1 Saw Survey {inbox.url} pending: 500, next at 2026-01-31T10:00:05.000000Z" in said
    assert said.endswith('advance("5s") sends it')
    furnished.advance("5s")
    assert inbox.next().status == 200


def test_only_its_own_deliveries_are_told(furnished: RemoteEnvironment) -> None:
    furnished.inbox("Saw Survey")
    inbox = furnished.inbox("Tag Added")
    furnished.see_survey("NPS", "u-1")

    said = failure(lambda: inbox.next(timeout=0.01))

    assert said.endswith("\nno event has happened that a webhook wants (one may want certain forms only)")


def test_a_reset_takes_the_webhook_away(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox()
    furnished.reset()

    assert "no webhook is registered here (reset() takes them away)" in failure(lambda: inbox.next(timeout=0.01))
    inbox.close()


def test_a_closed_inbox_has_what_it_got_and_is_no_target(furnished: RemoteEnvironment) -> None:
    with furnished.inbox("Saw Survey") as inbox:
        furnished.see_survey("NPS", "u-1")
        inbox.all()
    inbox.close()

    assert furnished.webhooks() == []
    assert [one.event for one in inbox.all()] == ["Saw Survey"]
    assert inbox.next().event == "Saw Survey"
    assert failure(inbox.next).startswith("the inbox is closed, and no webhook is unread\n")
    with pytest.raises(requests.ConnectionError):
        requests.post(inbox.url, json={}, timeout=10)


def test_closing_wakes_who_waits_and_cuts_off_what_is_late(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey")
    inbox.respond_with(200, delay=60)
    furnished.see_survey("NPS", "u-1")
    inbox.next()
    closing = threading.Timer(0.05, inbox.close)
    closing.start()

    began = time.monotonic()
    assert "the inbox is closed" in failure(lambda: inbox.next(timeout=60))
    closing.join()
    assert time.monotonic() - began < 30


def test_an_inbox_is_closed_with_its_environment(server: MockServer) -> None:
    with server.create_environment() as refiner:
        inboxes = [refiner.inbox(), refiner.inbox("Tag Added")]
        names = {thread.name for thread in threading.enumerate()}
        assert "refiner-mock inbox" in names

    assert "refiner-mock inbox" not in {thread.name for thread in threading.enumerate()}
    assert "what the server knows of it cannot be told: No environment" in failure(inboxes[0].next)


def test_an_inbox_is_closed_also_where_the_server_is_gone() -> None:
    with MockServer() as server:
        refiner = server.create_environment()
        inbox = refiner.inbox()
    with pytest.raises(ServerUnavailable):
        refiner.delete()
    with pytest.raises(requests.ConnectionError):
        requests.post(inbox.url, json={}, timeout=10)


def test_an_inbox_for_what_there_is_not_leaves_nothing_behind(refiner: RemoteEnvironment) -> None:
    with pytest.raises(UsageError, match="Completed Survey, Saw Survey"):
        refiner.inbox("Survey Completed")
    with pytest.raises(UsageError, match="no survey named 'NPS'"):
        refiner.inbox(form="NPS")

    assert refiner.webhooks() == []
    assert "refiner-mock inbox" not in {thread.name for thread in threading.enumerate()}


def test_many_at_once_are_each_kept_once(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey")

    with ThreadPoolExecutor(4) as pool:
        for number in range(40):
            pool.submit(furnished.see_survey, "NPS", f"u-{number}")
        got = [pool.submit(inbox.next) for _ in range(40)]

    assert sorted(one.result().number for one in got) == [*range(1, 41)]
    assert {one.body["remote_id"] for one in inbox.all()} == {f"u-{number}" for number in range(40)}
    inbox.assert_empty()


def test_a_caller_who_says_nothing_holds_nobody_up(furnished: RemoteEnvironment) -> None:
    inbox = furnished.inbox("Saw Survey")
    address = ("127.0.0.1", int(inbox.url.split(":")[2].split("/")[0]))
    with socket.create_connection(address) as silent:
        silent.sendall(b"POST /inbox HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
        furnished.see_survey("NPS", "u-1")
        assert inbox.next().event == "Saw Survey"


@pytest.mark.parametrize(("length", "status"), [("none", 411), (str(10**9), 413)])
def test_a_body_without_a_length_or_with_a_vast_one_is_refused(
    refiner: RemoteEnvironment, length: str, status: int
) -> None:
    with refiner.inbox() as inbox:
        assert requests.post(inbox.url, headers={"Content-Length": length}, timeout=10).status_code == status


@pytest.mark.parametrize("verb", ["all", "assert_empty"])
def test_what_waits_for_rest_gives_up_after_its_timeout(furnished: RemoteEnvironment, verb: str) -> None:
    with furnished.inbox() as inbox:
        inbox.respond_with(200, delay=60)
        furnished.complete_survey("NPS", "u-1", nps=9)

        with pytest.raises(StillBusy, match=r"after 0\.05 s"):
            getattr(inbox, verb)(timeout=0.05)
