"""The timeline: threads of causes, filters, paging, and what it says when there is nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from mock_server.contract.exchange import Answer, Request
from mock_server.dashboard.pages.timeline import MOST_ROWS
from mock_server.dashboard.threads import AT_A_TIME
from mock_server.journal import Exchange
from mock_server.settings import Settings
from tests.api.door import Door
from tests.dashboard.conftest import Pages

if TYPE_CHECKING:
    from tests.miniatures.running import Receiver


def listen(pages: Pages, receiver: Receiver, *events: str) -> None:
    told = {"url": receiver.url, "events": list(events), "auth_token": "s3cret-token"}
    assert pages.refiner.control("POST", "/webhooks", told).status == 201


def settle(pages: Pages) -> None:
    assert pages.refiner.control("POST", "/settle", {}).status == 200


def rows(pages: Pages, **query: Any) -> list[str]:
    return pages.open("/", **query).all("row")


def test_with_nothing_to_show_it_says_how_to_make_the_first_call(pages: Pages) -> None:
    outline = pages.open("/")

    said = outline.one("empty")
    assert "No call has arrived" in said
    assert "curl http://127.0.0.1:7334/e/default/v1/identify-user" in said
    assert f"Bearer {pages.refiner.environment.api_key}" in said
    assert outline.attributes("button", "data-copy") == ["first-call", "first-url", "first-key"]


def test_the_first_call_is_that_of_the_chosen_environment(pages: Pages) -> None:
    shop = pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}').json
    said = pages.open("/", env="shop").one("empty")
    assert shop["base_url"] in said
    assert shop["api_key"] in said


def test_calls_stand_newest_first_with_whom_they_are_about(pages: Pages) -> None:
    pages.refiner.identify("u-1", plan="pro")
    pages.refiner.get("/contacts", page_length=5)

    newest, oldest = rows(pages)

    assert "200 GET /v1/contacts page_length: 5 clean default" in newest
    assert "202 POST /v1/identify-user u-1 plan: pro clean default" in oldest


def test_a_violation_is_told_below_its_call(pages: Pages) -> None:
    pages.send("POST", "/v1/track-event", '{"id":"u-1","event_name":"Signed up"}')

    (row,) = rows(pages)

    assert "error default wrong-parameter trackEvent has no parameter event_name; event was probably meant" in row


def test_a_call_is_followed_by_what_it_triggered_and_how_the_receiver_answered(
    pages: Pages, receiver: Receiver
) -> None:
    listen(pages, receiver, "Entered Segment")
    pages.refiner.segment_uuid("Pros", is_manual=False, rule={"trait": "plan", "operator": "equals", "value": "pro"})
    pages.refiner.identify("u-1", plan="pro")
    settle(pages)

    outline = pages.open("/")

    assert outline.one("event").startswith("Entered Segment → webhook to http://127.0.0.1:")
    assert " delivered " in outline.one("delivery")
    assert " 200 " in outline.one("delivery")
    assert "s3cret" not in outline.text


def test_what_was_done_by_hand_has_a_row_where_it_happened(pages: Pages, receiver: Receiver) -> None:
    listen(pages, receiver, "Completed Survey")
    pages.refiner.identify("u-1")
    pages.refiner.form_uuid("NPS", published=True)
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, data={"nps": 9})
    settle(pages)
    first = pages.refiner.control("GET", "/deliveries").json["items"][0]["id"]
    pages.refiner.identify("u-2")
    assert pages.refiner.control("POST", f"/deliveries/{first}/redeliver", {}).status == 201
    settle(pages)

    again, later, simulated, before = rows(pages)

    assert "Sent again by hand" in again
    assert "Completed Survey" in again
    assert "u-2" in later
    assert "By page or control API" in simulated
    assert "u-1" in before
    assert len(rows(pages, verdict="clean")) == 2
    assert len(rows(pages, q="completed survey")) == 2


def test_a_cause_that_fell_out_of_the_journal_is_still_told(pages: Pages, receiver: Receiver) -> None:
    listen(pages, receiver, "Entered Segment")
    pages.refiner.segment_uuid("Pros", is_manual=False, rule={"trait": "plan", "operator": "equals", "value": "pro"})
    pages.refiner.identify("u-1", plan="pro")
    settle(pages)
    assert pages.refiner.control("DELETE", "/journal").status == 204

    (row,) = rows(pages)

    assert "req-000001, no longer in the journal" in row


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"operation": "trackEvent"}, ["wrong", "right"]),
    ({"operation": "none"}, ["unknown"]),
    ({"verdict": "error"}, ["unknown", "wrong"]),
    ({"verdict": "violations"}, ["unknown", "wrong"]),
    ({"verdict": "clean"}, ["read", "right"]),
    ({"verdict": "warning"}, []),
    ({"verdict": "failed"}, ["unknown", "wrong"]),
    ({"verdict": "fault"}, []),
    ({"verdict": "no such verdict"}, ["read", "unknown", "wrong", "right"]),
    ({"q": "WRONG-PARAMETER"}, ["wrong"]),
    ({"q": "größe & mehr"}, ["right"]),
    ({"q": "req-000004"}, ["read"]),
    ({"operation": "trackEvent", "verdict": "clean"}, ["right"]),
    ({"env": "default", "q": "u-1", "operation": "trackEvent"}, ["wrong", "right"]),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_filters_leave_what_meets_all_of_them(pages: Pages, query: dict[str, Any], found: list[str]) -> None:
    form = "application/x-www-form-urlencoded"
    ids = {
        pages.send("POST", "/v1/track-event", "id=u-1&event=gr%C3%B6%C3%9Fe+%26+mehr", form): "right",
        pages.send("POST", "/v1/track-event", '{"id":"u-1","event_name":"x"}'): "wrong",
        pages.send("GET", "/v1/nowhere"): "unknown",
        pages.send("GET", "/v1/contacts"): "read",
    }

    links = pages.open("/", **query).attributes("a", "href")

    shown = [ids[link.split("/")[-1].split("?")[0]] for link in links if "/requests/" in link]
    assert shown == found


def test_a_json_body_is_found_however_it_escapes(pages: Pages) -> None:
    pages.send("POST", "/v1/track-event", '{"id":"u-1","event":"gr\\u00f6\\u00dfe \\"x\\""}')
    assert len(rows(pages, q='GRÖSSE "x"')) == 0
    assert len(rows(pages, q='größe "x"')) == 1


def test_filters_that_leave_nothing_say_so(pages: Pages) -> None:
    pages.refiner.identify("u-1")
    assert "Nothing matches" in pages.open("/", q="nothing like this").one("empty")


def test_another_environment_is_left_out(pages: Pages) -> None:
    pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}')
    pages.refiner.identify("u-1")
    assert len(rows(pages)) == 1
    assert rows(pages, env="shop") == []


def test_older_leads_through_everything_once(pages: Pages) -> None:
    for rank in range(2 * MOST_ROWS + 7):
        pages.refiner.identify(f"u-{rank}")
    seen: list[str] = []
    query: dict[str, Any] = {"verdict": "clean"}
    while True:
        outline = pages.open("/", **query)
        seen += outline.all("row")
        if not outline.all("older"):
            break
        (older,) = (given["href"] for _, given in outline.elements if given.get("data-testid") == "older")
        query = dict(parse_qsl(older.partition("?")[2]))
        assert query["verdict"] == "clean"
    assert len(seen) == len(set(seen)) == 2 * MOST_ROWS + 7
    assert "u-0 " in seen[-1]


def test_a_place_that_is_none_counts_as_none(pages: Pages) -> None:
    pages.refiner.identify("u-1")
    for before in ("x", "1", "-1-0", "9" * 40 + "-0"):
        assert len(rows(pages, before=before)) == 1


def test_below_the_last_row_there_is_nothing(pages: Pages) -> None:
    pages.refiner.identify("u-1")
    assert "Nothing is older" in pages.open("/", before="1-0").one("empty")


def test_what_fell_out_is_counted() -> None:
    door = Door(Settings(journal_entries=5))
    pages = Pages(door)
    for rank in range(8):
        pages.refiner.identify(f"u-{rank}")
    text = pages.open("/").text
    door.close()
    assert "3 older exchanges fell out" in text


def test_no_key_is_whole_in_any_row(pages: Pages) -> None:
    key = pages.refiner.environment.api_key
    pages.door.call("GET", f"/v1/{key}", query=f"api_key={key}&x={key}")
    pages.send("POST", "/v1/identify-user", f'{{"id":"{key}","api_key":"{key}","password":"hunter22"}}')
    text = pages.open("/").text
    assert key not in text
    assert "hunter22" not in text
    assert key[:4] + "…" in text


def fill_journal(pages: Pages, count: int) -> None:
    """Let the journal hold so many calls more than one, all of them wrong in the same way."""
    journal, environment = pages.door.rooms.journal, pages.refiner.environment
    pages.send("POST", "/v1/track-event", '{"id":"u-1","event_name":"Report exported"}')
    (first,) = journal.entries()
    request = Request("POST", "/track-event", {}, {}, {}, raw_body=first.body, media_type=first.media_type)
    for rank in range(count):
        exchange = Exchange(f"req-1{rank:06d}", "/v1/track-event", request, environment)
        exchange.operation, exchange.violations = "trackEvent", first.violations
        journal.close(exchange, Answer(400, b"{}"))


def test_with_ten_thousand_entries_it_is_a_page_of_the_same_size(pages: Pages) -> None:
    """Issue 8: it stays quick. The bound is wide, as other tests run beside this one."""
    fill_journal(pages, 10_000)
    pages.call("/")

    started = time.perf_counter()
    replies = [pages.call("/"), pages.call("/", before="60-0"), pages.call("/", q="nothing like this")]
    seconds = time.perf_counter() - started

    assert all(len(reply.body) < 150_000 for reply in replies)
    assert seconds < 3.0


def test_a_search_that_finds_nothing_lets_others_have_their_turn(pages: Pages) -> None:
    fill_journal(pages, 20 * AT_A_TIME)
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        pages.door.soon(turn)

    pages.door.soon(turn)
    assert "Nothing matches" in pages.open("/", q="nothing like this").one("empty")
    assert turns >= 20
