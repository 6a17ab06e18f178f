"""Contacts, surveys, segments and what is made to happen to them, from Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mock_server.errors import UsageError
from mock_server.remote import RemoteEnvironment

A_UUID = "87b1755e-00b5-11f0-9944-0d5ca6a3a450"


def test_a_contact_is_made_and_changed_without_a_call(refiner: RemoteEnvironment) -> None:
    made = refiner.identify("u-1", "mira@example.org", {"id": "acc-9", "name": "Holt Ltd"}, plan="pro", seats=14)
    changed = refiner.identify(email="mira@example.org", plan=None, beta=True)

    assert (made["remote_id"], made["email"], made["account"]["remote_id"]) == ("u-1", "mira@example.org", "acc-9")
    assert (made["attributes"]["plan"], made["attributes"]["seats"]) == ("pro", "14")
    assert changed["uuid"] == made["uuid"]
    assert (changed["attributes"]["plan"], changed["attributes"]["beta"]) == (None, "1")
    assert changed["account"]["attributes"]["name"] == "Holt Ltd"
    assert (refiner.journal(), refiner.violations(), refiner.verdict()["requests"]) == ([], [], 0)


def test_who_is_identified_enters_segments_and_webhooks_tell_of_it(refiner: RemoteEnvironment) -> None:
    refiner.create_segment("Pro", {"trait": "plan", "operator": "equals", "value": "pro"})
    inbox = refiner.inbox("Entered Segment")

    refiner.identify("u-1", plan="pro")

    assert [place["name"] for place in inbox.next().body["segments"]] == ["All Users", "Pro"]


@pytest.mark.parametrize(
    ("person", "says"),
    [
        ({"plan": "pro"}, "The id or email field is required"),
        ({"id": "u-1", "account": {"name": "Holt"}}, r"account\.id"),
        ({"id": ["u-1"]}, "The id field must be text"),
        ({"id": "u-1", "plan": object()}, "cannot be written as JSON"),
    ],
)
def test_who_cannot_be_identified_is_refused(refiner: RemoteEnvironment, person: Mapping[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        refiner.identify(**person)


def test_a_survey_is_named_by_name_uuid_or_document(refiner: RemoteEnvironment) -> None:
    form = refiner.create_form("Spring NPS")
    refiner.create_form("Another")

    seen = refiner.see_survey("Spring NPS", "u-1")
    completed = refiner.complete_survey(form["uuid"], "u-1", nps=9, why="fast")
    dismissed = refiner.dismiss_survey(form, "u-2")
    first_by_name = refiner.see_survey(None, "u-3")

    assert {one["form_uuid"] for one in (seen, completed, dismissed)} == {form["uuid"]}
    assert completed["response_uuid"] == seen["response_uuid"]
    assert first_by_name["form_uuid"] != form["uuid"]
    assert refiner.complete_survey(dismissed, dismissed, nps=1)["contact_uuid"] == dismissed["contact_uuid"]
    assert (seen["events"], completed["events"]) == (["Saw Survey"], ["Completed Survey"])


@pytest.mark.parametrize(
    "name",
    [
        lambda _: "u-1",
        lambda _: "id:u-1",
        lambda _: "mira@example.org",
        lambda _: "email:mira@example.org",
        lambda contact: contact["uuid"].upper(),
        lambda contact: f"uuid:{contact['uuid']}",
        lambda _: {"id": "u-1"},
        lambda _: {"remote_id": "u-1"},
        lambda contact: contact,
        lambda contact: {"message": "ok", "contact_uuid": contact["uuid"]},
    ],
)
def test_a_contact_is_named_in_any_way_that_says_who(
    refiner: RemoteEnvironment, name: Callable[[Mapping[str, Any]], Any]
) -> None:
    refiner.create_form("NPS")
    contact = refiner.identify("u-1", "mira@example.org")

    happened = refiner.see_survey("NPS", name(contact))

    assert (happened["contact_uuid"], happened["contact_created"]) == (contact["uuid"], False)


def test_a_segment_is_entered_by_name_and_a_response_tagged(refiner: RemoteEnvironment) -> None:
    refiner.create_form("NPS")
    beta = refiner.create_segment("Beta")

    entered = refiner.enter_segment("Beta", "u-1")
    completed = refiner.complete_survey("NPS", "u-1", nps=9)
    tagged = refiner.tag_response(completed, "called", "happy")

    assert entered["segment_uuid"] == beta["uuid"]
    assert tagged["response_uuid"] == completed["response_uuid"]
    assert tagged["events"] == ["Tag Added"]
    assert refiner.tag_response("latest", "called")["events"] == []
    assert refiner.tag_response(completed["response_uuid"], "new")["events"] == ["Tag Added"]


@pytest.mark.parametrize(
    ("happen", "says"),
    [
        (lambda it: it.see_survey("NPs", "u-1"), "no survey named 'NPs'; there are 'Another', 'NPS', 'Twice', 'Twice'"),
        (lambda it: it.see_survey("Twice", "u-1"), "2 surveys are named 'Twice'; give the uuid of one: "),
        (lambda it: it.see_survey(A_UUID, "u-1"), f"No survey has the uuid '{A_UUID}'; there are 'Another', 'NPS'"),
        (lambda it: it.see_survey({"name": "NPS"}, "u-1"), "neither uuid nor form_uuid"),
        (lambda it: it.enter_segment("Beta", "u-1"), "no segment named 'Beta'; there is 'All Users'"),
        (lambda it: it.see_survey("NPS", A_UUID), 'a user id that is written like a uuid is given as {"id": ...}'),
        (lambda it: it.see_survey("NPS", {}), "names no contact; give a user id, an e-mail, a uuid"),
        (lambda it: it.see_survey("NPS", 7), "7 names no contact"),
        (lambda it: it.tag_response(A_UUID, "x"), f"No response has the uuid '{A_UUID}'"),
        (lambda it: it.tag_response({}, "x"), "neither uuid nor response_uuid"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    refiner: RemoteEnvironment, happen: Callable[[RemoteEnvironment], object], says: str
) -> None:
    for name in ("NPS", "Another", "Twice", "Twice"):
        refiner.create_form(name)

    with pytest.raises(UsageError, match=re.escape(says)):
        happen(refiner)


def test_where_there_is_no_survey_the_refusal_says_how_to_make_one(refiner: RemoteEnvironment) -> None:
    with pytest.raises(UsageError, match=r"no survey named 'NPS'; there is none here: create_form\(\) makes one"):
        refiner.complete_survey("NPS", "u-1")


def test_a_long_list_of_what_there_is_is_cut(refiner: RemoteEnvironment) -> None:
    for number in range(25):
        refiner.create_segment(f"S{number:02}")

    with pytest.raises(UsageError, match=r"'S18' and 6 more$"):
        refiner.enter_segment("S", "u-1")
