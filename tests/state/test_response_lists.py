"""Responses: the filtered list with its cursor."""

from __future__ import annotations

import pytest

from mock_server.errors import Invalid
from mock_server.state.clock import Clock
from mock_server.state.records import Window
from mock_server.state.responses import ResponseQuery, Responses
from tests.state.town import ALL, CSAT, NOW, NPS, SECOND, Town, contact, found

# the list


@pytest.fixture
def states(responses: Responses, clock: Clock) -> dict[str, str]:
    """One response in every state, a second apart."""
    made = {"shown": responses.show("mira", NPS).uuid}
    clock.advance_to(NOW + SECOND)
    made["dismissed"] = responses.dismiss("mira", CSAT).uuid
    clock.advance_to(NOW + 2 * SECOND)
    made["partial"] = responses.answer("jon", NPS, {"nps": 9, "pick": ["a", "b"]}, complete=False).uuid
    clock.advance_to(NOW + 3 * SECOND)
    made["completed"] = responses.answer("jon", CSAT, {"csat": -1}, complete=True).uuid
    return made


def test_include_widens_from_completed_over_partials_to_all(responses: Responses, states: dict[str, str]) -> None:
    """(b) GET /responses: partials = partial + completed, all = plus views and dismissals, default completed (docs)."""
    assert found(responses) == [states["completed"]]
    assert found(responses, include="partials") == [states["completed"], states["partial"]]
    assert found(responses, include="all") == [states[name] for name in ("completed", "partial", "dismissed", "shown")]


def test_an_unknown_include_is_refused_with_the_choices(responses: Responses) -> None:
    with pytest.raises(Invalid, match="completed, partials, all") as caught:
        found(responses, include="everything")
    assert caught.value.name == "include"


def test_the_newest_is_first_by_the_field_that_include_selects(responses: Responses, clock: Clock) -> None:
    """(b) GET /responses: newest first; last_data_reception_at, or last_shown_at when include=all (docs)."""
    early = responses.answer("mira", NPS, {"nps": 1}, complete=False)
    clock.advance_to(NOW + SECOND)
    late = responses.answer("jon", NPS, {"nps": 1}, complete=False)
    assert found(responses, include="partials") == [late.uuid, early.uuid]
    clock.advance_to(NOW + 2 * SECOND)
    responses.show("mira", NPS)
    assert found(responses, include="all") == [early.uuid, late.uuid]
    assert found(responses, include="partials") == [late.uuid, early.uuid]


def test_the_date_range_includes_its_start_and_excludes_its_end(responses: Responses, states: dict[str, str]) -> None:
    """(b) GET /responses: date_range_start inclusive, date_range_end exclusive (docs)."""
    everything = {"include": "all"}
    start = found(responses, **everything, date_range_start=NOW + SECOND)
    assert start == [states[name] for name in ("completed", "partial", "dismissed")]
    assert found(responses, **everything, date_range_end=NOW + SECOND) == [states["shown"]]
    within = {"date_range_start": NOW + SECOND, "date_range_end": NOW + 3 * SECOND}
    assert found(responses, **everything, **within) == [states["partial"], states["dismissed"]]
    assert found(responses, include="partials", **within) == [states["partial"]]


def test_several_surveys_are_a_union_in_one_order(responses: Responses, states: dict[str, str]) -> None:
    assert found(responses, include="all", form_uuids=(NPS,)) == [states["partial"], states["shown"]]
    assert found(responses, include="all", form_uuids=(CSAT, NPS, CSAT)) == found(responses, include="all")
    assert found(responses, include="all", form_uuids=("unknown",)) == []


def test_segments_search_tags_and_data_select(responses: Responses, states: dict[str, str]) -> None:
    """(b) GET /responses: segment members, search, tag_uuid, equality maps that must all match (docs)."""
    tag = responses.tag(states["partial"], ["bug"])[1][0]
    jons, miras = [states["completed"], states["partial"]], [states["dismissed"], states["shown"]]
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({"segment_uuids": ("segment-trial", "segment-other")}, jons),
        ({"segment_uuids": ("segment-other",)}, []),
        ({"tag_uuids": (tag.uuid,)}, [states["partial"]]),
        ({"tag_uuids": (tag.uuid,), "form_uuids": (CSAT,)}, []),
        ({"search": "REED"}, jons),
        ({"search": "u-204"}, miras),
        ({"search": "jon@ex"}, jons),
        ({"search": "mira"}, miras),
        ({"search": "nobody"}, []),
        ({"response_data": {"nps": 9}}, [states["partial"]]),
        ({"response_data": {"pick": "b"}}, [states["partial"]]),
        ({"response_data": {"pick": ["a", "b"]}}, [states["partial"]]),
        ({"response_data": {"nps": "9", "pick": "c"}}, []),
        ({"contact_data": {"seats": 14}}, jons),
        ({"contact_data": {"seats": "14", "email": "mira@example.org"}}, []),
        ({"contact_data": {"tools": "ink"}}, miras),
        ({"account_data": {"size": "1"}}, miras),
        ({"account_data": {"size": "1", "missing": ""}}, []),
    ]
    for filters, expected in cases:
        assert found(responses, include="all", **filters) == expected, filters


def test_a_search_finds_a_contact_by_its_whole_uuid(responses: Responses, states: dict[str, str]) -> None:
    """(b) GET /responses: search also takes the contact's Refiner uuid (docs)."""
    town = Town()
    uuid = "87b1755e-00b5-11f0-9944-0d5ca6a3a450"
    town.contacts[uuid] = contact(uuid, 4, None, "x@example.org", {})
    row = responses.show(uuid, NPS)
    hits = responses.search(ResponseQuery(include="all", search=uuid.upper()), ALL, town)
    assert [hit.uuid for hit in hits.items] == [row.uuid]
    assert responses.search(ResponseQuery(include="all", search=uuid[:13]), ALL, town).items == ()


def test_pages_say_where_they_are_and_how_to_go_on(responses: Responses) -> None:
    for seconds in range(5):
        responses.store("mira", NPS, {"nps": seconds}, NOW + seconds * SECOND)
    for query in (ResponseQuery(), ResponseQuery(search="mira")):
        page = responses.search(query, Window(page=2, length=2), Town())
        assert [row.data["nps"] for row in page.items] == ["2", "1"]
        assert (page.total, page.start) == (5, 2)
        assert page.next_after is not None
        rest = responses.search(query, Window(page=1, length=2, after=page.next_after), Town())
        assert [row.data["nps"] for row in rest.items] == ["0"]
        assert (rest.start, rest.next_after) == (4, None)


def test_a_row_that_changed_is_listed_as_it_is_now(responses: Responses, clock: Clock) -> None:
    row = responses.answer("mira", NPS, {"nps": 1}, complete=False)
    queries = [ResponseQuery(include=include, form_uuids=(NPS,)) for include in ("completed", "partials", "all")]
    for query in queries:
        responses.search(query, ALL, Town())
    clock.advance_to(NOW + SECOND)
    done = responses.answer("mira", NPS, {"nps": 2}, complete=True)
    tagged, _ = responses.tag(done.uuid, ["bug"])
    assert tagged.uuid == row.uuid
    assert all(responses.search(query, ALL, Town()).items == (tagged,) for query in queries)


def test_several_tags_are_any_of_them_and_a_row_comes_once(responses: Responses) -> None:
    """(e) `tag_uuids[]` (docs); that any of them is enough is assumed."""
    rows = [responses.store(who, NPS, {"nps": 9}, tags=tags)[0] for who, tags in PEOPLE_AND_TAGS]
    tags = {tag.name: tag.uuid for tag in responses.tags}

    assert found(responses, tag_uuids=(tags["called"], tags["vip"])) == [rows[1].uuid, rows[0].uuid]
    assert found(responses, tag_uuids=("unknown",)) == []


PEOPLE_AND_TAGS = [("mira", ["called", "vip"]), ("jon", ["vip"]), ("anon", ["todo"])]
