"""Cursors and filters of journal and deliveries: what was looked at once is not looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract.exchange import Answer, Request
from mock_server.contract.violation import Finding, record
from mock_server.journal import Exchange

if TYPE_CHECKING:
    from tests.control.conftest import Control


def test_a_filter_that_matches_nothing_moves_the_cursor_all_the_same(control: Control) -> None:
    for number in range(3):
        control.refiner.identify(f"u-{number}")

    page = control.get("/journal", operation="showContact")
    assert (page["items"], page["next_since"]) == ([], 3)

    control.refiner.post("/track-event", {"id": "u-1", "event": "Exported"})
    page = control.get("/journal", operation="trackEvent", since=page["next_since"])
    assert [entry["seq"] for entry in page["items"]] == [4]


def test_a_full_page_goes_on_after_its_last_item(control: Control) -> None:
    for number in range(5):
        control.refiner.identify(f"u-{number}")

    first = control.get("/journal", limit=2)
    second = control.get("/journal", limit=2, since=first["next_since"])

    assert [entry["seq"] for entry in first["items"] + second["items"]] == [1, 2, 3, 4]
    assert (first["next_since"], second["next_since"]) == (2, 4)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"operation": "listContacts"}, [2, 3]),
        ({"method": "post"}, [1]),
        ({"status": 400}, [3]),
        ({"operation": "listContacts", "status": 200}, [2]),
        ({"violations_only": "true"}, [2, 3]),
        ({"code": "paging"}, [2, 3]),
        ({"code": "retry"}, []),
        ({"severity": "note"}, [2, 3]),
        ({"severity": "warning"}, [3]),
        ({"severity": "error"}, []),
        ({"code": "paging", "severity": "warning", "status": 200}, []),
    ],
)
def test_the_journal_is_filtered(control: Control, query: dict[str, Any], wanted: list[int]) -> None:
    journal, environment = control.door.rooms.journal, control.refiner.environment
    for operation, method, status, rule in (
        ("identifyUser", "POST", 202, None),
        ("listContacts", "GET", 200, "rescan"),
        ("listContacts", "GET", 400, "page-repeated"),
    ):
        exchange = Exchange(journal.next_id(), "/v1/x", Request(method, "/x", {}, {}, {}), environment)
        exchange.operation = operation
        if rule is not None:
            finding = Finding(rule, ("sequence", "page"), None, None, "It is wrong.")
            exchange.violations = (record(finding, id="v", request=None, operation=None, injected=False),)
        journal.close(exchange, Answer(status, b"{}"))

    assert [line["seq"] for line in control.get("/journal", **query)["items"]] == wanted
    assert [line["seq"] for line in control.call("GET", "/journal", **query).json["items"]] == wanted


def test_of_many_deliveries_those_that_changed_first_come_first(control: Control) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Saw Survey"]})
    for number in range(3):
        control.post("/simulate", {"event": "Saw Survey", "contact": {"id": f"u-{number}"}})
        control.post("/settle")
        control.put("/clock", {"advance": "1s"})
    control.put("/clock", {"advance": "3s"})  # the first two were tried once more, at 5 and 6 seconds

    pages, since = list[list[str]](), 0
    while not pages or pages[-1]:
        page = control.get("/deliveries", since=since, limit=2)
        pages.append([one["id"] for one in page["items"]])
        since = page["next_since"]

    assert pages == [["d1", "d3"], ["d2"], []]
    assert since == control.get("/deliveries")["next_since"]
    assert control.get("/deliveries", limit=0, since=1, wait=60) == {"items": [], "next_since": 1, "dropped": 0}
    assert control.refused("GET", "/deliveries", limit=1_001)[0] == 400


def test_a_journal_of_no_entries_may_be_asked_for(control: Control) -> None:
    for _ in range(3):
        control.refiner.get("/account")

    assert control.get("/journal", limit=0, since=1, wait=60) == {"items": [], "next_since": 1, "dropped": 0}
