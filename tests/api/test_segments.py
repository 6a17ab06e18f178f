"""listSegments, addToSegment, removeFromSegment: refiner-api.md (b) 8 to 10 and (c) Segments."""

from __future__ import annotations

import pytest

from tests.api.door import Client

NOWHERE = "603947ee-fc29-11ef-8606-95315d9dc9f8"


def members(refiner: Client, segment: str) -> list[str]:
    return [contact["remote_id"] for contact in refiner.get("/contacts", segment_uuid=segment).json["items"]]


def test_segments_are_listed_by_name(refiner: Client) -> None:
    """(b) 8, docs: uuid, name, is_manual, ordered by name; (c), live: a new project has "All Users"."""
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    refiner.segment_uuid("Trial")
    refiner.segment_uuid("Pro", is_manual=False, rule=rule)

    items = refiner.get("/segments").json["items"]

    assert [list(segment) for segment in items] == [["uuid", "name", "is_manual"]] * 3
    assert [(segment["name"], segment["is_manual"]) for segment in items] == [
        ("All Users", False),
        ("Pro", False),
        ("Trial", True),
    ]


def test_segments_have_pages_but_no_cursor(refiner: Client) -> None:
    """(b) Pagination; (f) 9: no cursor on segments."""
    for name in "abc":
        refiner.segment_uuid(name)

    page = refiner.get("/segments", page=2, page_length=2).json

    assert [segment["name"] for segment in page["items"]] == ["b", "c"]
    assert page["pagination"] == {"items_count": 4, "current_page": 2, "last_page": 2, "page_length": 2}


def test_adding_creates_an_unknown_user_and_is_idempotent(refiner: Client) -> None:
    """(b) 9, docs: POST creates an unknown user, repeats change nothing; both spellings of the key (f5)."""
    segment = refiner.segment_uuid()

    first = refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment})
    entered = refiner.get("/contact", id="u-1").json["segments"]
    again = refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment})

    uuid = refiner.get("/contact", id="u-1").json["uuid"]
    assert first.status == 200
    assert first.json == {"message": "ok", "contact_uuid": uuid, "segment_uuid": segment, "segment_uid": segment}
    assert again.json == first.json
    assert refiner.get("/contact", id="u-1").json["segments"] == entered
    assert members(refiner, segment) == ["u-1"]


@pytest.mark.parametrize("how", ["query", "json"])
def test_removing_takes_query_or_body(refiner: Client, how: str) -> None:
    """(b) 10: clients send either (f15); repeats change nothing (docs)."""
    segment = refiner.segment_uuid()
    refiner.post("/sync-segment", {"email": "mira@example.org", "segment_uuid": segment})
    what = {"email": "mira@example.org", "segment_uuid": segment}

    for _ in range(2):
        reply = (
            refiner.delete("/sync-segment", **what)
            if how == "query"
            else refiner.post("/sync-segment", what, method="DELETE")
        )
        assert (reply.status, reply.json["message"], reply.json["segment_uuid"]) == (200, "ok", segment)

    assert members(refiner, segment) == []


def test_only_manual_segments_can_be_synced(refiner: Client) -> None:
    """(b) 9, docs: it must be a manual segment; the refusals are assumed (g1, g2)."""
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    ruled = refiner.segment_uuid("Pro", is_manual=False, rule=rule)

    assert refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": ruled}).status == 400
    assert refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": NOWHERE}).status == 404
    assert refiner.delete("/sync-segment", id="u-1", segment_uuid=NOWHERE).status == 404
    assert refiner.get("/contacts").json["items"] == []


def test_syncing_needs_segment_and_user(refiner: Client) -> None:
    """(b) 9, docs: `segment_uuid`, and `id` or `email`."""
    segment = refiner.segment_uuid()

    assert "segment_uuid" in refiner.post("/sync-segment", {"id": "u-1"}).json["message"]
    assert refiner.post("/sync-segment", {"segment_uuid": segment}).status == 400
    assert refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": "trial"}).status == 400


def test_removing_an_unknown_user_is_not_found(refiner: Client) -> None:
    """(g) 2, assumed."""
    assert refiner.delete("/sync-segment", id="nobody", segment_uuid=refiner.segment_uuid()).status == 404


def test_rule_driven_segments_follow_the_data(refiner: Client) -> None:
    """(c) Segments, docs: re-evaluated whenever new user data arrives; users leave when they stop matching."""
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    segment = refiner.segment_uuid("Pro", is_manual=False, rule=rule)

    refiner.identify("u-1", plan="pro")
    assert members(refiner, segment) == ["u-1"]

    refiner.identify("u-1", plan="free")
    assert members(refiner, segment) == []
