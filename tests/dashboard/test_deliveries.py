"""Deliveries on the page: newest first, with every attempt; sent again, waited for, moved on to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest

from mock_server.dashboard.pages.deliveries import MOST_ROWS, RESENDS
from mock_server.settings import Settings
from mock_server.webhooks.delivery import MUTATIONS
from tests.api.door import Door
from tests.dashboard.acting import done, refused
from tests.dashboard.conftest import Outline, Pages
from tests.dashboard.test_routes import assert_whole
from tests.miniatures.running import receiving

if TYPE_CHECKING:
    from tests.miniatures.running import Receiver

LIST = "/webhooks/deliveries"


def subscribe(pages: Pages, url: str, *events: str, **more: Any) -> str:
    told = {"url": url, "events": events or ("Saw Survey",), "name": "CRM", **more}
    uuid: str = pages.refiner.control("POST", "/webhooks", told).json["uuid"]
    return uuid


def see(pages: Pages, *ids: str) -> None:
    """Show the survey to contacts, and let what follows be sent."""
    if not pages.refiner.control("GET", "/forms").json["items"]:
        pages.refiner.form_uuid("NPS")
    for id in ids or ("u-1",):
        pages.refiner.simulate("Saw Survey", contact={"id": id})
    pages.refiner.control("POST", "/settle", {})


def listed(pages: Pages, **query: str) -> Outline:
    """Open the list by filters, one of which is called `status`."""
    return Outline(pages.call(LIST, **query).body.decode())


def test_without_any_the_page_says_what_to_do(pages: Pages) -> None:
    assert "Register a webhook first" in pages.open(LIST).one("empty")
    subscribe(pages, "http://127.0.0.1:9/")
    assert "send one a test" in pages.open(LIST).one("empty")


def test_they_are_listed_newest_first_with_their_attempts(pages: Pages) -> None:
    pages.refiner.freeze("2026-01-31T10:00:00Z")
    with receiving(500, 500, 200) as receiver:
        subscribe(pages, receiver.url + "?key=s3cret")
        see(pages, "u-1")
        pages.refiner.advance("5s")
        outline = pages.open(LIST)
        (waiting,) = outline.all("delivery")
        assert "pending" in waiting
        assert "10:00:00.000 500" in waiting
        assert "10:00:05.000 500" in waiting
        assert "next try at 10:05:05.000" in waiting
        assert "s3cret" not in outline.text
        pages.refiner.advance("1h")
        see(pages, "u-2")

    newer, older = pages.open(LIST).all("delivery")
    assert "10:05:05.000 200" in older
    assert "delivered" in older
    assert newer.startswith("11:00:05.000 Saw Survey delivered")
    assert_whole(pages.open(LIST))


def test_filters_leave_what_meets_all_of_them(pages: Pages, receiver: Receiver) -> None:
    good = subscribe(pages, receiver.url)
    bad = subscribe(pages, "http://127.0.0.1:9/", "Saw Survey", "Dismissed Survey")
    see(pages)
    pages.refiner.simulate("Dismissed Survey", contact={"id": "u-1"})
    pages.refiner.control("POST", "/settle", {})

    def found(**query: str) -> int:
        return len(listed(pages, **query).all("delivery"))

    assert [found(), found(status="delivered"), found(status="pending"), found(status="failed")] == [3, 1, 2, 0]
    assert [found(webhook=good), found(webhook=bad), found(webhook="gone")] == [1, 2, 0]
    assert found(event="Dismissed Survey") == found(event="Saw Survey", webhook=bad, status="pending") == 1
    assert "Nothing matches" in listed(pages, status="dropped").one("empty")


def test_older_leads_through_all_of_them_once(pages: Pages, receiver: Receiver) -> None:
    subscribe(pages, receiver.url)
    see(pages, *(f"u-{rank}" for rank in range(MOST_ROWS + 7)))
    first = listed(pages, status="delivered")
    (older,) = (given["href"] for _, given in first.elements if given.get("data-testid") == "older")
    query = dict(parse_qsl(older.partition("?")[2]))
    second = listed(pages, **query)

    assert query["status"] == "delivered"
    assert (len(first.all("delivery")), len(second.all("delivery"))) == (MOST_ROWS, 7)
    assert set(first.all("delivery")).isdisjoint(second.all("delivery"))
    assert second.all("older") == []
    assert "Nothing is older" in pages.open(LIST, before=1).one("empty")
    for before in ("x", "-1", "9" * 30, "٣"):
        assert len(pages.open(LIST, before=before).all("delivery")) == MOST_ROWS


def test_what_fell_out_of_the_log_is_counted(receiver: Receiver) -> None:
    door = Door(Settings(max_deliveries=5))
    pages = Pages(door)
    subscribe(pages, receiver.url)
    see(pages, *(f"u-{rank}" for rank in range(8)))
    text = pages.open(LIST).text
    door.close()
    assert "3 older deliveries fell out of the log" in text


def test_one_is_shown_whole_with_its_payload_and_its_cause(pages: Pages) -> None:
    with receiving(503) as receiver:
        uuid = subscribe(pages, receiver.url, "Entered Segment")
        pages.refiner.segment_uuid(
            "Pros", is_manual=False, rule={"trait": "plan", "operator": "equals", "value": "pro"}
        )
        pages.refiner.identify("<b>größe</b>", plan="pro")
        pages.refiner.control("POST", "/settle", {})
        outline = pages.open(f"{LIST}/d1")
        arrived = receiver.next().body

    assert outline.one("status") == "pending"
    assert " 503 " in outline.one("attempt")
    assert '"remote_id": "<b>größe</b>"' in outline.text
    assert f'"uuid": "{arrived["uuid"]}"' in outline.text
    links = outline.attributes("a", "href")
    assert {"/_mock/requests/req-000001", f"/_mock/webhooks/{uuid}"} <= set(links)
    assert_whole(outline)


def test_one_that_is_not_there_is_not_found(pages: Pages) -> None:
    for id in ("d1", "d99", "..", "x" * 100):
        assert "in this environment's log has that id" in pages.open(f"{LIST}/{id}", status=404).one("error")
        refused(pages, f"{LIST}/{id}", 404)


def test_every_way_to_send_again_is_offered(pages: Pages, receiver: Receiver) -> None:
    assert set(RESENDS) == {"", *MUTATIONS}
    subscribe(pages, receiver.url)
    see(pages)
    buttons = [given for tag, given in pages.open(f"{LIST}/d1").elements if tag == "button" and "name" in given]
    assert [given["value"] for given in buttons if given["name"] == "mutation"] == list(RESENDS)


@pytest.mark.parametrize(
    ("mutation", "sent"),
    [("", "Bearer new"), ("duplicate", "Bearer new"), ("old_token", "Bearer old"), ("no_token", None)],
)
def test_sent_again_it_arrives_changed_as_was_asked(
    pages: Pages, receiver: Receiver, mutation: str, sent: str | None
) -> None:
    uuid = subscribe(pages, receiver.url, auth_token="old")
    pages.refiner.control("PATCH", f"/webhooks/{uuid}", {"auth_token": "new"})
    see(pages)
    first = receiver.next()

    outline = done(pages, f"{LIST}/d1", **({"mutation": mutation} if mutation else {}))

    again = receiver.next()
    assert again.body == first.body
    assert again.headers.get("Authorization") == sent
    assert outline.one("notice") == "This is the new delivery."
    assert outline.one("status") == "delivered"
    assert outline.all("mutation") == ([mutation.replace("_", " ")] if mutation else [])
    assert f"/_mock{LIST}/d1" in outline.attributes("a", "href")


def test_a_late_one_waits_and_the_clock_is_moved_on_to_it(pages: Pages, receiver: Receiver) -> None:
    pages.refiner.freeze("2026-01-31T10:00:00Z")
    subscribe(pages, receiver.url)
    see(pages)
    receiver.next()

    waiting = done(pages, f"{LIST}/d1", mutation="late")
    assert "at 2026-01-31 10:10:00.000, in 10 min by the environment's clock, which is frozen" in waiting.one("waiting")
    assert receiver.idle

    outline = done(pages, f"{LIST}/advance", delivery="d2")
    assert outline.one("status") == "delivered"
    assert outline.all("waiting") == []
    receiver.next()
    assert pages.refiner.control("GET", "/clock").json["now"] == "2026-01-31T10:10:00.000000Z"


def test_the_clock_is_moved_on_to_the_next_of_all_that_wait(pages: Pages) -> None:
    pages.refiner.freeze("2026-01-31T10:00:00.000250Z")
    with receiving(500, 500) as receiver:
        subscribe(pages, receiver.url)
        see(pages, "u-1", "u-2")
        assert (
            pages.open(LIST).one("waiting").startswith("2 deliveries wait; the next attempt is at 2026-01-31 10:00:05")
        )
        outline = done(pages, f"{LIST}/advance")
    assert outline.all("waiting") == []
    assert outline.one("notice").startswith("The clock was moved on")
    assert done(pages, f"{LIST}/advance").all("waiting") == []


def test_what_was_gathered_is_sent_when_it_is_waited_for(pages: Pages, receiver: Receiver) -> None:
    pages.refiner.freeze("2026-01-31T10:00:00Z")
    pages.refiner.control("PATCH", "/settings", {"delivery": {"order": "reversed"}})
    subscribe(pages, receiver.url)
    pages.refiner.form_uuid("NPS")
    pages.refiner.simulate("Saw Survey", contact={"id": "u-1"})
    assert receiver.idle

    assert done(pages, f"{LIST}/settle").one("notice") == "Nothing is due or in flight any more."
    receiver.next()


def test_a_refused_way_to_send_again_is_said(pages: Pages, receiver: Receiver) -> None:
    subscribe(pages, receiver.url)
    see(pages)
    assert "choose from duplicate" in refused(pages, f"{LIST}/d1", mutation="sideways").one("refusal")


def test_once_its_webhook_is_deleted_it_cannot_be_sent_again(pages: Pages, receiver: Receiver) -> None:
    uuid = subscribe(pages, receiver.url)
    see(pages)
    pages.refiner.control("DELETE", f"/webhooks/{uuid}")
    assert "deleted since" in pages.open(f"{LIST}/d1").text
    assert "a webhook that is gone" in pages.open(LIST).one("delivery")
    assert "No webhook" in refused(pages, f"{LIST}/d1", 404).one("refusal")


def test_a_webhook_that_is_named_by_its_address_is_not_told_twice(pages: Pages, receiver: Receiver) -> None:
    for name in (None, "CRM"):
        told = {"name": name, "url": receiver.url, "events": ["Saw Survey"]}
        assert pages.refiner.control("POST", "/webhooks", told).status == 201
    pages.refiner.form_uuid("NPS", published=True)
    pages.refiner.simulate("Saw Survey", contact={"id": "u-1"})
    named, unnamed = pages.open("/webhooks/deliveries").all("delivery")
    assert f"CRM {receiver.url}" in named
    assert unnamed.count(receiver.url) == 1
