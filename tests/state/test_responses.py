"""Responses: life cycle, storing, tags, and the filtered list with its cursor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.errors import Invalid, NotFound
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.records import Account, Contact, Membership, Micros, Response, Segment, Window
from mock_server.state.responses import ResponseQuery, Responses, answer_values

NOW = 1_741_944_011_000_000
SECOND = 1_000_000
ALL = Window(page=1, length=1_000)
TIMES = ("first_data_reception_at", "last_data_reception_at", "completed_at", "received_at", "dismissed_at")
NPS, CSAT = "form-nps", "form-csat"


class Town:
    """Three contacts of two accounts, as the environment shows them to a search."""

    trial = Segment("segment-trial", "Trial", True, None, NOW)

    def __init__(self) -> None:
        self.contacts = {
            "mira": contact("mira", 1, "u-204", "mira@example.org", {"name": "Mira Holt"}),
            "jon": contact("jon", 2, "u-205", "jon@example.org", {"name": "Jon Reed", "seats": 14}),
            "anon": contact("anon", 3, None, "anon@example.org", {}),
        }
        place = Membership(self.trial, NOW, NOW)
        self.contacts["jon"] = replace(self.contacts["jon"], memberships=(place,))

    def contact_by_uuid(self, uuid: str) -> Contact:
        return self.contacts[uuid]

    def account_of(self, contact: Contact) -> Account:
        return Account(contact.account_uuid, contact.serial, None, None, {"size": contact.serial}, NOW, NOW)

    def contact_attributes(self, contact: Contact) -> Mapping[str, object]:
        seats = contact.traits.get("seats")
        return {
            "email": contact.email,
            "seats": None if seats is None else str(seats),
            "tools": ["pen", "ink"] if contact.uuid == "mira" else None,
        }

    def account_attributes(self, account: Account) -> Mapping[str, object]:
        return {"size": str(account.traits["size"])}


def contact(uuid: str, serial: int, remote_id: str | None, email: str, traits: Mapping[str, str | int]) -> Contact:
    return Contact(uuid, serial, remote_id, email, traits, f"account-of-{uuid}", NOW, NOW)


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.freeze(NOW)
    return clock


@pytest.fixture
def responses(clock: Clock) -> Responses:
    return Responses(clock, Ids(clock, "tests"))


def times(row: Response) -> dict[str, Micros]:
    return {name: getattr(row, name) for name in TIMES if getattr(row, name) is not None}


def found(responses: Responses, **filters: object) -> list[str]:
    query = ResponseQuery(**filters)  # type: ignore[arg-type]
    return [row.uuid for row in responses.search(query, ALL, Town()).items]


# life cycle


def test_a_shown_response_has_its_display_times_only(responses: Responses) -> None:
    """(c) Response life cycle, shown: first_shown_at and last_shown_at, all else null (docs)."""
    row = responses.show("mira", NPS)
    assert (row.first_shown_at, row.last_shown_at, row.show_counter) == (NOW, NOW, 1)
    assert times(row) == {}
    assert (row.data, row.tags) == ({}, ())


def test_the_uuid_of_a_response_is_dated_when_it_was_first_shown(responses: Responses) -> None:
    """(a) Identifiers, RUD-cap: response uuid time = first_shown_at, version 1 (live)."""
    uuid = UUID(responses.show("mira", NPS).uuid)
    assert uuid.version == 1
    assert (uuid.time - 0x01B21DD213814000) // 10 == NOW


def test_showing_again_moves_the_same_row(responses: Responses, clock: Clock) -> None:
    """(c) Response life cycle: a re-display of the same row moves last_shown_at (docs)."""
    first = responses.show("mira", NPS)
    clock.advance_to(NOW + SECOND)
    again = responses.show("mira", NPS)
    assert again == replace(first, last_shown_at=NOW + SECOND, show_counter=2)
    assert responses.of_contact("mira") == (again,)


def test_an_open_row_belongs_to_one_contact_and_one_survey(responses: Responses) -> None:
    rows = {responses.show(who, form).uuid for who in ("mira", "jon") for form in (NPS, CSAT)}
    assert len(rows) == 4


def test_a_partial_response_has_received_data_but_is_not_completed(responses: Responses, clock: Clock) -> None:
    """(c) Response life cycle, partial: first and last data reception, received_at; completed_at null (docs)."""
    responses.show("mira", NPS)
    clock.advance_to(NOW + SECOND)
    responses.answer("mira", NPS, {"nps": 9}, complete=False)
    clock.advance_to(NOW + 2 * SECOND)
    row = responses.answer("mira", NPS, {"why": "Fast"}, complete=False)
    later = NOW + 2 * SECOND
    assert times(row) == {
        "first_data_reception_at": NOW + SECOND,
        "last_data_reception_at": later,
        "received_at": later,
    }
    assert row.data == {"nps": "9", "why": "Fast"}


def test_a_completed_response_is_completed_when_its_last_data_came(responses: Responses, clock: Clock) -> None:
    """(c) Response life cycle, completed: completed_at = last data = received_at; dismissed_at null (live)."""
    responses.show("mira", NPS)
    clock.advance_to(NOW + 41 * SECOND)
    row = responses.answer("mira", NPS, {"nps": "8"}, complete=True)
    assert times(row) == dict.fromkeys(TIMES[:4], NOW + 41 * SECOND)
    assert (row.first_shown_at, row.show_counter) == (NOW, 1)


def test_a_dismissed_response_has_its_dismissal_and_no_completion(responses: Responses) -> None:
    """(c) Response life cycle, dismissed: + dismissed_at; completed_at null (docs)."""
    assert times(responses.dismiss("mira", NPS)) == {"dismissed_at": NOW}


def test_a_dismissed_partial_keeps_what_was_answered(responses: Responses) -> None:
    responses.answer("mira", NPS, {"nps": 3}, complete=False)
    row = responses.dismiss("mira", NPS)
    assert row.data == {"nps": "3"}
    assert row.completed_at is None


@pytest.mark.parametrize("complete", [True, False])
def test_answering_unasked_shows_first(responses: Responses, complete: bool) -> None:
    row = responses.answer("mira", NPS, {"nps": 3}, complete=complete)
    assert (row.first_shown_at, row.show_counter) == (NOW, 1)


@pytest.mark.parametrize("close", ["complete", "dismiss"])
def test_a_closed_row_is_never_shown_again(responses: Responses, close: str) -> None:
    row = responses.dismiss("mira", NPS) if close == "dismiss" else responses.answer("mira", NPS, {}, complete=True)
    assert responses.open_row("mira", NPS) is None
    assert responses.show("mira", NPS).uuid != row.uuid
    assert responses.get(row.uuid) == row


def test_an_unknown_response_is_not_found(responses: Responses) -> None:
    with pytest.raises(NotFound):
        responses.get("nothing")
    with pytest.raises(NotFound):
        responses.tag("nothing", ["x"])


# answers


def test_answers_are_kept_as_text() -> None:
    """(c) Answer values: strings in all samples; CSAT -2 to 2, NPS 0 to 10 (docs)."""
    given = {"nps": 9, "csat": -2, "half": 2.5, "whole": 4.0, "yes": True, "no": False, "text": "ü", "empty": ""}
    assert answer_values(given) == {
        "nps": "9", "csat": "-2", "half": "2.5", "whole": "4", "yes": "1", "no": "0", "text": "ü", "empty": "",
    }  # fmt: skip


def test_several_choices_are_a_list_of_texts_and_null_is_no_answer() -> None:
    assert answer_values({"pick": ["a", 2, None, True], "none": None, "nothing": []}) == {
        "pick": ["a", "2", "1"],
        "nothing": [],
    }


def test_an_object_is_kept_as_json_text() -> None:
    assert answer_values({"deep": {"a": [1, None]}, "list": [{"b": 1}]}) == {
        "deep": '{"a":[1,null]}',
        "list": ['{"b":1}'],
    }


# stored responses


def test_a_stored_response_has_its_date_everywhere_but_in_dismissed_at(responses: Responses) -> None:
    """(b) POST /responses, g9: all time fields except dismissed_at = date; default now."""
    date = NOW - 86_400 * SECOND
    row, made = responses.store("mira", NPS, {"nps": 8}, date)
    assert made
    assert times(row) == dict.fromkeys(TIMES[:4], date)
    assert (row.first_shown_at, row.last_shown_at) == (date, date)
    assert (UUID(row.uuid).time - 0x01B21DD213814000) // 10 == date
    assert responses.store("jon", NPS, {"nps": 8})[0].completed_at == NOW


def test_an_identical_response_is_stored_once_unless_asked_otherwise(responses: Responses) -> None:
    """(b) POST /responses: prevent_duplicates defaults to true, false stores an identical response again (docs)."""
    row, _ = responses.store("mira", NPS, {"nps": 8})
    assert responses.store("mira", NPS, {"nps": "8"}) == (row, False)
    for twin in (("jon", NPS, {"nps": 8}), ("mira", CSAT, {"nps": 8}), ("mira", NPS, {"nps": 7})):
        assert responses.store(*twin)[1]
    again, made = responses.store("mira", NPS, {"nps": 8}, prevent_duplicates=False)
    assert made
    assert again.uuid != row.uuid


def test_storing_leaves_an_open_row_alone(responses: Responses) -> None:
    shown = responses.show("mira", NPS)
    stored, made = responses.store("mira", NPS, {})
    assert made
    assert stored.uuid != shown.uuid
    assert responses.open_row("mira", NPS) == shown


def test_a_response_can_be_stored_with_tags(responses: Responses) -> None:
    row, _ = responses.store("mira", NPS, {}, tags=["bug", "bug", "urgent"])
    assert [tag.name for tag in row.tags] == ["bug", "urgent"]


# tags


def test_tagging_is_idempotent_and_tells_what_was_new(responses: Responses) -> None:
    """(b) POST /responses/tags: adds, creating tags on the fly; idempotent (docs)."""
    uuid = responses.show("mira", NPS).uuid
    first, added = responses.tag(uuid, ["bug", "bug"])
    assert [tag.name for tag in added] == ["bug"]
    second, added = responses.tag(uuid, ["bug", "praise"])
    assert [tag.name for tag in second.tags] == ["bug", "praise"]
    assert added == second.tags[1:]
    assert responses.tag(uuid, ["praise"]) == (second, ())
    assert first.tags == second.tags[:1]


def test_a_tag_is_one_and_the_same_throughout_an_environment(responses: Responses) -> None:
    """(c) Tags have uuids and names."""
    one, _ = responses.tag(responses.show("mira", NPS).uuid, ["bug"])
    other, _ = responses.store("jon", NPS, {}, tags=["bug"])
    assert one.tags == other.tags
    assert UUID(one.tags[0].uuid).version == 1


# deletion


def test_forgetting_a_contact_drops_all_its_responses_from_everywhere(responses: Responses) -> None:
    """(b) DELETE /contact removes the contact and all its responses (docs)."""
    stays, _ = responses.store("jon", NPS, {"nps": 1}, tags=["bug"])
    gone, _ = responses.store("mira", NPS, {"nps": 2}, tags=["bug"])
    responses.show("mira", NPS)
    filters: list[dict[str, object]] = [
        {},
        {"form_uuids": (NPS,)},
        {"tag_uuid": stays.tags[0].uuid},
        {"include": "all"},
    ]
    for each in filters:
        found(responses, **each)
    responses.forget_contact("mira")
    responses.forget_contact("nobody")
    assert all(found(responses, **each) == [stays.uuid] for each in filters)
    assert responses.of_contact("mira") == ()
    assert responses.open_row("mira", NPS) is None
    with pytest.raises(NotFound):
        responses.get(gone.uuid)


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
        ({"tag_uuid": tag.uuid}, [states["partial"]]),
        ({"tag_uuid": tag.uuid, "form_uuids": (CSAT,)}, []),
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


# in general

verbs = st.tuples(
    st.sampled_from(["show", "partial", "complete", "dismiss", "store", "tag", "forget", "look"]),
    st.sampled_from(["mira", "jon", "anon"]),
    st.sampled_from([NPS, CSAT]),
    st.integers(0, 3),
)


def play(responses: Responses, clock: Clock, step: tuple[str, str, str, int]) -> None:
    verb, who, form, number = step
    clock.advance_to(clock.now() + number * SECOND)
    if verb == "show":
        responses.show(who, form)
    elif verb in ("partial", "complete"):
        responses.answer(who, form, {"nps": number}, complete=verb == "complete")
    elif verb == "dismiss":
        responses.dismiss(who, form)
    elif verb == "store":
        responses.store(who, form, {"nps": number}, NOW - number * SECOND, prevent_duplicates=number < 2)
    elif verb == "forget":
        responses.forget_contact(who)
    elif verb == "tag" and responses.of_contact(who):
        responses.tag(responses.of_contact(who)[-1].uuid, [f"tag-{number}"])
    elif verb == "look":  # makes kept orders, which later steps must keep right
        include = ("completed", "partials", "all", "all")[number]
        responses.search(ResponseQuery(form_uuids=(form,), include=include), ALL, Town())
        responses.search(ResponseQuery(include=include), ALL, Town())


def everything(responses: Responses) -> list[Response]:
    return [row for who in ("mira", "jon", "anon") for row in responses.of_contact(who)]


@settings(max_examples=50, deadline=None)
@given(st.lists(verbs, max_size=30))
def test_the_life_cycle_keeps_its_invariants(steps: list[tuple[str, str, str, int]]) -> None:
    """The invariants in the docstring of `mock_server.state.responses`."""
    clock = Clock()
    clock.freeze(NOW)
    responses = Responses(clock, Ids(clock, "tests"))
    for step in steps:
        play(responses, clock, step)
        rows = everything(responses)
        seats = [(row.contact_uuid, row.form_uuid) for row in rows if not (row.completed_at or row.dismissed_at)]
        assert len(seats) == len(set(seats))
        assert len({row.uuid for row in rows}) == len(rows)
        for row in rows:
            assert not (row.completed_at and row.dismissed_at)
            assert row.first_shown_at <= row.last_shown_at
            assert responses.get(row.uuid) == row
            received = [row.first_data_reception_at, row.last_data_reception_at, row.received_at]
            assert len({at is None for at in received}) == 1
            assert row.last_data_reception_at or not row.data
            assert row.completed_at in (None, row.last_data_reception_at)
            assert row.received_at == row.last_data_reception_at


queries = st.builds(
    ResponseQuery,
    form_uuids=st.sampled_from([(), (NPS,), (NPS, CSAT)]),
    segment_uuids=st.sampled_from([(), (Town.trial.uuid,)]),
    date_range_start=st.sampled_from([None, NOW, NOW + SECOND]),
    date_range_end=st.sampled_from([None, NOW + 2 * SECOND]),
    include=st.sampled_from(["completed", "partials", "all"]),
    search=st.sampled_from([None, "mira"]),
    response_data=st.sampled_from([{}, {"nps": "1"}]),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(verbs, max_size=30), queries)
def test_a_search_equals_filtering_and_sorting_everything(
    steps: list[tuple[str, str, str, int]], query: ResponseQuery
) -> None:
    clock = Clock()
    clock.freeze(NOW)
    responses = Responses(clock, Ids(clock, "tests"))
    for step in steps:
        play(responses, clock, step)
    assert list(responses.search(query, ALL, Town()).items) == brute_force(everything(responses), query)


def brute_force(rows: list[Response], query: ResponseQuery) -> list[Response]:
    town = Town()

    def date(row: Response) -> Micros | None:
        return row.last_shown_at if query.include == "all" else row.last_data_reception_at

    def wanted(row: Response) -> bool:
        person, at = town.contacts[row.contact_uuid], date(row)
        members = [place.segment.uuid for place in person.memberships]
        return (
            at is not None
            and (query.include != "completed" or row.completed_at is not None)
            and (not query.form_uuids or row.form_uuid in query.form_uuids)
            and (not query.segment_uuids or bool(set(members) & set(query.segment_uuids)))
            and (query.date_range_start is None or at >= query.date_range_start)
            and (query.date_range_end is None or at < query.date_range_end)
            and (query.search is None or person.uuid == query.search)
            and all(row.data.get(name) == value for name, value in query.response_data.items())
        )

    return sorted(filter(wanted, rows), key=lambda row: (-(date(row) or 0), -row.serial))


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(["add", "forget", "tag"]), st.integers(0, 11), st.integers(0, 40)), max_size=12),
    st.sampled_from([ResponseQuery(), ResponseQuery(form_uuids=(NPS,)), ResponseQuery(date_range_start=1)]),
)
def test_a_walk_by_cursor_sees_every_lasting_row_once(
    length: int, meanwhile: list[tuple[str, int, int]], query: ResponseQuery
) -> None:
    """(b) Pagination, issue 3: cursors stay right while rows come, go and are tagged."""
    clock = Clock()
    clock.freeze(NOW)
    responses = Responses(clock, Ids(clock, "tests"))
    people = [f"c{number}" for number in range(12)]
    lasting = {responses.store(who, NPS, {"n": 1}, NOW + rank % 4)[0].uuid for rank, who in enumerate(people)}
    seen: list[str] = []
    window, disturbances = Window(page=1, length=length), iter(meanwhile)
    while True:
        part = responses.search(query, window, Town())
        seen += [row.uuid for row in part.items]
        verb, pick, shift = next(disturbances, ("rest", 0, 0))
        if verb == "add":
            responses.store(people[pick], NPS, {"n": 2}, NOW + shift - 20, prevent_duplicates=False)
        elif verb == "tag" and responses.of_contact(people[pick]):
            responses.tag(responses.of_contact(people[pick])[0].uuid, ["bug"])
        elif verb == "forget":
            lasting -= {row.uuid for row in responses.of_contact(people[pick])}
            responses.forget_contact(people[pick])
        if part.next_after is None:
            break
        window = Window(page=1, length=length, after=part.next_after)
    assert len(seen) == len(set(seen))
    assert lasting <= set(seen)
