"""Responses: what holds for every course of events."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.settings import Settings
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.records import Micros, Response, Window
from mock_server.state.responses import ResponseQuery, Responses
from tests.state.town import ALL, CSAT, NOW, NPS, SECOND, Town

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
    responses = Responses(clock, Ids(clock, "tests"), Settings())
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
    responses = Responses(clock, Ids(clock, "tests"), Settings())
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
    responses = Responses(clock, Ids(clock, "tests"), Settings())
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
