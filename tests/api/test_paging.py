"""Lists page by page and by cursor: refiner-api.md (b) Pagination. Cursors themselves are tested with `wire.paging`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.settings import Settings
from tests.api.door import Client, Door


@pytest.fixture
def crowd(refiner: Client) -> Client:
    """Five contacts, u-1 the oldest, each with one response."""
    form = refiner.form_uuid()
    for number in range(1, 6):
        refiner.simulate("Completed Survey", contact={"id": f"u-{number}"}, form_uuid=form, data={"nps": number})
        refiner.advance("1m")
    return refiner


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["remote_id"] if "remote_id" in item else item["contact"]["remote_id"] for item in items]


@pytest.mark.parametrize("path", ["/contacts", "/responses"])
def test_pages_are_counted_from_one(crowd: Client, path: str) -> None:
    """(b) Pagination, docs: items_count, current_page, last_page, page_length, next_page_cursor."""
    page = crowd.get(path, page=2, page_length=2).json

    assert ids(page["items"]) == ["u-3", "u-2"]
    assert page["pagination"].pop("next_page_cursor")
    assert page["pagination"] == {"items_count": 5, "current_page": 2, "last_page": 3, "page_length": 2}


@pytest.mark.parametrize("path", ["/contacts", "/responses"])
def test_the_first_page_has_a_cursor_and_the_last_has_none(crowd: Client, path: str) -> None:
    """(b) Pagination: a cursor from the first call on (client: GAS, FIVE), null on the last page (docs)."""
    assert crowd.get(path, page_length=2).json["pagination"]["next_page_cursor"]
    assert crowd.get(path, page=3, page_length=2).json["pagination"]["next_page_cursor"] is None
    assert ids(crowd.walk(path, page_length=2)) == ["u-5", "u-4", "u-3", "u-2", "u-1"]


def test_a_cursor_is_text_that_needs_no_escaping(crowd: Client) -> None:
    """(b) Pagination: one client does not encode it (GAS)."""
    cursor = crowd.get("/contacts", page_length=2).json["pagination"]["next_page_cursor"]

    assert not set(cursor) & set("+/=&%? ")


@pytest.mark.parametrize("order", ["first_seen_at", "last_seen_at", "last_form_submission_at", "display_name", "email"])
def test_every_order_can_be_walked(crowd: Client, order: str) -> None:
    walked = ids(crowd.walk("/contacts", order_by=order, page_length=2))

    assert walked == ids(crowd.get("/contacts", order_by=order).json["items"])


def test_other_filters_are_repeated_with_the_cursor(crowd: Client) -> None:
    """(b) Pagination: clients repeat them (GAS, FIVE)."""
    assert ids(crowd.walk("/contacts", search="u-", page_length=2)) == ["u-5", "u-4", "u-3", "u-2", "u-1"]
    assert ids(crowd.walk("/responses", include="all", page_length=2)) == ["u-5", "u-4", "u-3", "u-2", "u-1"]


def test_an_empty_list_has_one_page(refiner: Client) -> None:
    """(b) Pagination: last_page is at least 1, page_length is 50 by default (f1)."""
    page = refiner.get("/contacts").json

    assert page == {
        "items": [],
        "pagination": {
            "items_count": 0, "current_page": 1, "last_page": 1, "page_length": 50, "next_page_cursor": None,
        },
    }  # fmt: skip


def test_a_page_past_the_end_is_empty_and_too_long_ones_are_cut(crowd: Client) -> None:
    """(b) Pagination, assumed: an empty page, and a page_length above 1000 counts as 1000."""
    assert crowd.get("/contacts", page=9).json["items"] == []
    assert crowd.get("/contacts", page_length=5000).json["pagination"]["page_length"] == 1000


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page": "two"}, {"page_length": 0}, {"page_length": -1}, {"page_cursor": "nonsense"}]
)
def test_what_is_no_page_is_refused(refiner: Client, query: dict[str, Any]) -> None:
    """(g) 1, assumed."""
    for path in ("/contacts", "/responses"):
        reply = refiner.get(path, **query)
        assert (reply.status, list(reply.json)) == (400, ["message"])


def test_a_cursor_is_good_only_where_it_came_from(crowd: Client) -> None:
    cursor = crowd.get("/contacts", page_length=2).json["pagination"]["next_page_cursor"]

    assert crowd.get("/contacts", page_cursor=cursor, order_by="email").status == 400
    assert crowd.get("/responses", page_cursor=cursor).status == 400


Change = st.tuples(st.sampled_from(["add", "delete", "tag", "touch"]), st.integers(0, 30))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(3, 30), st.integers(1, 7), st.lists(Change, max_size=20), st.sampled_from(["completed", "all"]))
def test_a_walk_sees_every_lasting_row_once_while_others_come_and_go(
    count: int, length: int, changes: list[tuple[str, int]], include: str
) -> None:
    """Issue "Whole API", done when 2: a walk by cursor beside a client that adds, tags and deletes."""
    door = Door(Settings())
    client = Client(door, door.rooms.environments.get("default"))
    client.freeze("2026-01-31T10:00:00Z")
    form = client.form_uuid()
    uuids = [_stored(client, form, number) for number in range(count)]
    lasting, waiting = set(uuids), list(changes)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"page_length": length, "include": include, **({"page_cursor": cursor} if cursor else {})}
        page = client.get("/responses", **query).json
        seen += [item["uuid"] for item in page["items"]]
        cursor = page["pagination"]["next_page_cursor"]
        for _ in range(min(2, len(waiting))):
            verb, number = waiting.pop()
            if verb == "add":
                _stored(client, form, 100 + len(waiting))
            elif verb == "delete" and client.delete("/contact", id=f"u-{number}").status == 200:
                lasting -= {uuids[number]}
            elif verb == "tag" and uuids[number % count] in lasting:
                client.post("/responses/tags", {"uuid": uuids[number % count], "tags": [f"t-{number}"]})
            else:
                client.identify(f"u-{number % count}-again", plan=str(number))
    door.close()

    assert len(seen) == len(set(seen)), "no row twice"
    assert lasting <= set(seen), "no lasting row missed"


def _stored(client: Client, form: str, number: int) -> str:
    uuid: str = client.post("/responses", {"id": f"u-{number}", "form_uuid": form, "nps": number % 11}).json["uuid"]
    return uuid
