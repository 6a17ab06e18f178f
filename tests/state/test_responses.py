"""Responses: life cycle, storing, tags."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from mock_server.errors import NotFound
from mock_server.state.clock import Clock
from mock_server.state.responses import Responses, answer_values
from tests.state.town import CSAT, NOW, NPS, SECOND, TIMES, found, times

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
        "nps": "9", "csat": "-2", "half": "2.5", "whole": "4", "yes": "1", "no": "0", "text": "ü",
    }  # fmt: skip


def test_several_choices_are_a_list_of_texts() -> None:
    assert answer_values({"pick": ["a", 2, None, True, ""]}) == {"pick": ["a", "2", "1"]}


@pytest.mark.parametrize("nothing", [None, "", [], [None, ""]])
def test_what_is_empty_is_no_answer(nothing: object) -> None:
    assert answer_values({"q": nothing}) == {}


def test_identifiers_have_a_bound_and_are_not_empty() -> None:
    assert answer_values({"": "lost", "x" * 400: "kept", "y" * 129: "whole"}) == {"x" * 255: "kept", "y" * 129: "whole"}


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
        {"tag_uuids": (stays.tags[0].uuid,)},
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
