"""Coverage and evidence: the contract whole, beside what was exercised of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_server.contract.dialects import dialects
from mock_server.contract.document import load

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages
    from tests.miniatures.running import Receiver


def test_everything_in_the_contract_is_there_with_its_evidence(pages: Pages) -> None:
    outline = pages.open("/coverage")
    ids = {given["id"] for _, given in outline.elements if "id" in given}
    for operation in load().operations.values():
        assert operation.id in ids
        assert {f"{operation.id}.{name}" for name in operation.parameters} <= ids
    assert {f"dialect-{id}" for id in dialects()} <= ids
    assert {f"fact-{name}" for name in load().document["x-facts"]} <= ids
    assert len(outline.all("operation")) == len(load().operations)
    assert len(outline.all("dialect")) == len(dialects())
    levels = {"observed", "documented", "inferred", "assumed"}
    assert set(outline.all("evidence")) == levels


def test_what_was_called_is_counted_and_blamed(pages: Pages) -> None:
    pages.refiner.identify("u-1")
    pages.refiner.identify("u-2")
    pages.send("GET", "/v1/contacts?pageLength=5")

    outline = pages.open("/coverage")
    rows = [" ".join(text.split()[:8]) for text in outline.all("operation")]

    assert outline.one("exercised") == "2 of 19 operations exercised"
    assert "2× POST /v1/identify-user identifyUser documented Create or update" in " ".join(rows)
    assert "1× GET /v1/contacts listContacts error documented List" in " ".join(rows)
    assert "not called GET /v1/account getAccount documented Show" in " ".join(rows)


def test_a_webhook_counts_once_it_was_delivered(pages: Pages, receiver: Receiver) -> None:
    told = {"url": receiver.url, "events": ["Entered Segment"]}
    assert pages.refiner.control("POST", "/webhooks", told).status == 201
    pages.refiner.segment_uuid("Pros", is_manual=False, rule={"trait": "plan", "operator": "equals", "value": "pro"})
    pages.refiner.identify("u-1", plan="pro")
    pages.refiner.control("POST", "/settle", {})

    outline = pages.open("/coverage")

    assert outline.one("delivered") == "1 of 5 webhooks delivered"
    assert "1× Entered Segment A contact entered a segment assumed" in outline.all("webhook")


def test_the_choices_in_force_are_those_of_the_environment(pages: Pages) -> None:
    body = b'{"name":"odd","dialect":{"page-length":"100"}}'
    assert pages.door.call("POST", "/_mock/api/environments", body=body).status == 201

    here = next(one for one in pages.open("/coverage").all("dialect") if one.startswith("page-length"))
    there = next(one for one in pages.open("/coverage", env="odd").all("dialect") if one.startswith("page-length"))

    assert "changed" not in here
    assert "100 changed documented" in there
    assert "100 documented in force" in there
    choose = "/_mock/environments/dialect?env=odd#dialect-page-length"
    assert choose in pages.open("/coverage", env="odd").attributes("a", "href")
    assert "dialect-page-length" in pages.open("/environments/dialect", env="odd").attributes("li", "id")
