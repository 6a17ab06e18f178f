"""Walks by cursor while another client adds, tags and deletes: issue 3, "Done when"; refiner-api.md (b) Pagination."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.settings import Settings
from mock_server.state.clock import iso
from mock_server.state.records import Identity, Micros, Response, Window
from tests.api.door import Client, Door

NOW: Micros = 1_769_853_600_000_000
SECOND = 1_000_000
ROWS = 5_000
PEOPLE = 500
FEW = 240
ORDERS = ["first_seen_at", "last_seen_at", "last_form_submission_at", "display_name", "email"]

Step = tuple[str, int, int]
"""What the other client does: a verb, whom it means (counted from the first), and how long ago."""

steps = st.tuples(st.sampled_from(["add", "tag", "delete"]), st.integers(0, ROWS - 1), st.integers(0, 40))
meanwhile = st.lists(st.lists(steps, max_size=3), max_size=30)
"""What it does between two pages, for each page."""


class Town:
    """An environment with 5,000 responses of 500 people, which each example walks through in a fork of its own.

    No dataclass: Hypothesis would print every row of it.
    """

    def __init__(self, client: Client, forms: tuple[str, str], segment: str, rows: Sequence[Response]) -> None:
        self.client = client
        self.forms = forms
        self.segment = segment
        self.rows = rows


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    door = Door(Settings(journal_entries=100))
    environment = door.rooms.environments.create("town", now=NOW)
    forms = (environment.create_form("NPS").uuid, environment.create_form("CSAT").uuid)
    segment = environment.create_segment("Trial").uuid
    for number in range(PEOPLE):
        traits = {"name": f"Name {number % 97}"} if number % 5 else {}
        environment.identify(Identity(id=f"u{number}", email=f"{number % 300}@x.org"), traits)
        if number % 3 == 0:
            environment.add_to_segment(Identity(id=f"u{number}"), segment)
    rows = [
        environment.store_response(
            Identity(id=f"u{number % PEOPLE}"),
            forms[number % 2],
            {"nps": str(number % 11), "number": str(number)},
            date=NOW - number % 40 * SECOND,
            tags=["vip"] if number % 4 == 0 else [],
        )
        for number in range(ROWS)
    ]
    yield Town(Client(door, environment), forms, segment, rows)
    door.close()


@pytest.fixture(scope="module")
def hamlet(town: Town) -> Client:
    """A smaller one: a few contacts, two thirds of whom have answered, many at the same moment."""
    environment = town.client.door.rooms.environments.create("hamlet", now=NOW)
    form = environment.create_form("NPS").uuid
    environment.create_segment("Trial")
    for number in range(FEW):
        environment.clock.advance_to(NOW + number // 7 * SECOND)
        who = Identity(id=f"u{number}", email=f"{number % 90}@x.org" if number % 5 else None)
        environment.identify(who, {"name": f"Name {number % 50}"} if number % 3 else {})
        if number % 3:
            environment.store_response(who, form, {"nps": "9"}, date=NOW + number * 37 % 60 * SECOND)
    return Client(town.client.door, environment)


def pages(
    client: Client, path: str, lengths: Sequence[int], query: Mapping[str, Any]
) -> Iterator[list[dict[str, Any]]]:
    """Yield page after page by cursor, each of the next length."""
    cursor: dict[str, str] = {}
    for length in cycle(lengths):
        page = client.get(path, page_length=length, **cursor, **query).json
        yield page["items"]
        if page["pagination"]["next_page_cursor"] is None:
            return
        cursor = {"page_cursor": page["pagination"]["next_page_cursor"]}


@dataclass
class Walk:
    """What a walk must have seen when it is over."""

    lasting: set[str]
    seen: Counter[str]
    gone: set[str]

    def see(self, uuids: list[str]) -> None:
        """Take in a page; nothing on it was deleted before it was asked for."""
        assert not self.gone & set(uuids)
        self.seen.update(uuids)

    def lose(self, uuids: set[str]) -> None:
        self.gone |= uuids
        self.lasting -= uuids

    def check(self) -> None:
        assert set(self.seen.values()) <= {1}, "a row was seen twice"
        assert self.lasting <= self.seen.keys(), "a lasting row was not seen"


QUERIES: list[Callable[[Town], tuple[dict[str, Any], Callable[[int, Response], bool]]]] = [
    lambda _: ({}, lambda _n, _r: True),
    lambda _: ({"include": "all"}, lambda _n, _r: True),
    lambda town: ({"form_uuid": town.forms[0]}, lambda number, _: number % 2 == 0),
    lambda town: ({"segment_uuids": [town.segment]}, lambda number, _: number % PEOPLE % 3 == 0),
    lambda town: ({"tag_uuid": town.rows[0].tags[0].uuid}, lambda number, _: number % 4 == 0),
    lambda _: ({"response_data[nps]": "9"}, lambda number, _: number % 11 == 9),
    lambda _: (
        {"date_range_start": iso(NOW - 20 * SECOND), "date_range_end": iso(NOW)},
        lambda number, _: 0 < number % 40 <= 20,
    ),
]
"""Queries, and which of the planted rows each of them means."""


@settings(max_examples=max(1, settings().max_examples * 2 // 5))
@given(
    st.integers(0, len(QUERIES) - 1),
    st.lists(st.sampled_from([173, 250, 500, 999, 1_000]), min_size=1, max_size=4),
    meanwhile,
)
def test_a_walk_over_5000_responses_sees_every_lasting_row_exactly_once(
    town: Town, which: int, lengths: list[int], meanwhile: list[list[Step]]
) -> None:
    query, meant = QUERIES[which](town)
    client = forked(town.client)
    walk = Walk({row.uuid for number, row in enumerate(town.rows) if meant(number, row)}, Counter(), set())
    dates: list[str] = []
    doings = iter(meanwhile)
    for items in pages(client, "/responses", lengths, query):
        walk.see([item["uuid"] for item in items])
        dates += [item["last_data_reception_at"] for item in items]
        for step in next(doings, []):
            walk.lose(disturb(client, town, step))
    walk.check()
    assert dates == sorted(dates, reverse=True)
    client.door.rooms.environments.delete(client.environment.name)


def disturb(client: Client, town: Town, step: Step) -> set[str]:
    """Do one thing in the town and return the uuids of the responses that are no more."""
    verb, number, ago = step
    who, row = f"u{number % PEOPLE}", town.rows[number]
    if verb == "add":
        stored = {"id": who, "form_uuid": row.form_uuid, "date": iso(NOW - ago * SECOND), "tags": ["vip"]}
        assert client.post("/responses", {**stored, "nps": 9, "prevent_duplicates": False}).status == 200
    elif verb == "tag":
        status = client.post("/responses/tags", {"uuid": row.uuid, "tags": ["vip", f"tag {ago}"]}).status
        assert status in (200, 404)
    elif client.delete("/contact", id=who).status == 200:
        return {row.uuid for row in town.rows[number % PEOPLE :: PEOPLE]}
    return set()


@pytest.mark.parametrize("order_by", ORDERS)
@settings(max_examples=max(1, settings().max_examples // 5))
@given(lengths=st.lists(st.integers(7, 60), min_size=1, max_size=4), meanwhile=meanwhile)
def test_a_walk_over_contacts_in_any_order_sees_every_lasting_one_exactly_once(
    hamlet: Client, order_by: str, lengths: list[int], meanwhile: list[list[Step]]
) -> None:
    client = forked(hamlet)
    uuids = [contact.uuid for contact in client.environment.contacts(Window(page=1, length=FEW)).items]
    walk = Walk(set(uuids), Counter(), set())
    [form] = client.get("/forms").json["items"]
    segment = next(one for one in client.get("/segments").json["items"] if one["is_manual"])
    doings = iter(meanwhile)
    for items in pages(client, "/contacts", lengths, {"order_by": order_by}):
        walk.see([item["uuid"] for item in items])
        for verb, number, ago in next(doings, []):
            if verb == "add":
                new = client.identify(f"new {number}", name=f"Name {ago}", email=f"{ago}@x.org")
                stored = {"uuid": new, "form_uuid": form["uuid"], "date": iso(NOW + ago * SECOND), "nps": 1}
                assert client.post("/responses", stored).status == 200
            elif verb == "tag":  # a contact is tagged by a segment
                client.post("/sync-segment", {"id": f"u{number % FEW}", "segment_uuid": segment["uuid"]})
            elif client.delete("/contact", uuid=uuids[number % FEW]).status == 200:
                walk.lose({uuids[number % FEW]})
    walk.check()
    client.door.rooms.environments.delete(client.environment.name)


def forked(client: Client) -> Client:
    """Return a client of a copy of an environment."""
    environments = client.door.rooms.environments
    return Client(client.door, environments.fork(client.environment.name))
