"""identifyUser, trackEvent, listContacts, getContact, deleteContact: refiner-api.md (b) 3 to 7 and (c)."""

from __future__ import annotations

import uuid as uuids
from typing import Any

import pytest

from tests.api.door import Client

TEN = "2026-01-31T10:00:00.000000Z"


def people(refiner: Client, **query: Any) -> list[str]:
    return [contact["remote_id"] for contact in refiner.get("/contacts", **query).json["items"]]


def test_identify_answers_202_with_the_contacts_uuid(refiner: Client) -> None:
    """(b) 3, docs: `message` and `contact_uuid`; the status is what two clients know (f3)."""
    reply = refiner.post("/identify-user", {"id": "u-1", "email": "mira@example.org"})

    contact = refiner.get("/contact", id="u-1").json
    assert (reply.status, reply.json) == (202, {"message": "ok", "contact_uuid": contact["uuid"]})
    assert list(reply.json) == ["message", "contact_uuid"]


def test_a_contact_is_shown_as_documented(refiner: Client) -> None:
    """(b) 6 and (c), docs: key order, remote_id, times, attributes, segments with uuid and name, the account."""
    refiner.post(
        "/identify-user",
        {"id": "u-1", "email": "mira@example.org", "name": "Mira Holt", "account": {"id": "acc-9", "name": "Holt Ltd"}},
    )

    contact = refiner.get("/contact", email="mira@example.org").json

    assert list(contact) == [
        "uuid", "remote_id", "email", "display_name", "first_seen_at", "last_seen_at", "attributes", "segments",
        "account",
    ]  # fmt: skip
    assert (contact["remote_id"], contact["display_name"], contact["first_seen_at"]) == ("u-1", "Mira Holt", TEN)
    assert [list(segment) for segment in contact["segments"]] == [["uuid", "name"]]
    account = contact["account"]
    assert list(account) == [
        "uuid", "remote_id", "domain", "display_name", "first_seen_at", "last_seen_at", "attributes",
    ]  # fmt: skip
    assert (account["remote_id"], account["domain"], account["display_name"]) == ("acc-9", None, "Holt Ltd")


def test_an_ungrouped_user_has_an_account_without_an_id(refiner: Client) -> None:
    """(c) Account, live: made for every contact, `remote_id` null, `display_name` empty text."""
    refiner.identify("u-1")

    contact = refiner.get("/contact", id="u-1").json

    assert contact["display_name"] == ""
    assert (contact["account"]["remote_id"], contact["account"]["display_name"]) == (None, "")


def test_ids_are_uuids_of_version_1_that_tell_the_time_of_creation(refiner: Client) -> None:
    """(a) Timestamps and identifiers, live: UUID v1, lower case, its time is that of `first_seen_at`."""
    uuid = refiner.identify("u-1")
    contact = refiner.get("/contact", id="u-1").json

    for one in (uuid, contact["account"]["uuid"], contact["segments"][0]["uuid"]):
        assert uuids.UUID(one).version == 1
        assert one == one.lower()
    seconds = (uuids.UUID(uuid).time - 0x01B21DD213814000) // 10_000_000
    assert seconds == 1_769_853_600, "2026-01-31T10:00:00Z"


def test_attributes_hold_every_trait_of_the_environment_sorted_and_as_text(refiner: Client) -> None:
    """(c) Contact, live: every contact trait, null where unset, sorted; numbers as text."""
    refiner.identify("u-1", seats=14, beta=True, plan="pro")
    refiner.identify("u-2", city="Lyon")

    attributes = refiner.get("/contact", id="u-1").json["attributes"]

    assert list(attributes) == sorted(attributes)
    assert {name: attributes[name] for name in ("seats", "beta", "plan", "city")} == {
        "seats": "14", "beta": "1", "plan": "pro", "city": None,
    }  # fmt: skip
    assert (attributes["first_seen_at"], attributes["last_seen_at"]) == (TEN, TEN)
    assert (attributes["form_views_count"], attributes["form_submissions_count"]) == ("0", "0")


def test_traits_are_slugged_flattened_and_typed(refiner: Client) -> None:
    """(c) Traits, live: camelCase and nesting become slugs; docs: `_at` and `_date` hold times, ISO or Unix."""
    refiner.identify(
        "u-1", firstName="Mira", address={"city": "Lyon"}, trial_ends_at="2026-02-01", signup_date=1_769_853_600
    )

    attributes = refiner.get("/contact", id="u-1").json["attributes"]

    assert (attributes["first_name"], attributes["address_city"]) == ("Mira", "Lyon")
    assert attributes["trial_ends_at"] == "2026-02-01T00:00:00.000000Z"
    assert attributes["signup_date"] == TEN


def test_an_empty_value_erases_a_trait(refiner: Client) -> None:
    """(b) 3, docs: the vendor's advice for the GDPR."""
    refiner.identify("u-1", plan="pro", city="Lyon")

    refiner.identify("u-1", plan="")
    refiner.identify("u-1", city=None)

    attributes = refiner.get("/contact", id="u-1").json["attributes"]
    assert (attributes["plan"], attributes["city"]) == (None, None)


def test_identify_updates_by_id_and_else_by_email(refiner: Client) -> None:
    """(b) 3, docs: an upsert by id, else by e-mail."""
    first = refiner.identify("u-1", email="mira@example.org", plan="pro")

    assert refiner.identify("u-1", plan="free") == first
    assert refiner.post("/identify-user", {"email": "mira@example.org", "city": "Lyon"}).json["contact_uuid"] == first
    attributes = refiner.get("/contact", id="u-1").json["attributes"]
    assert (attributes["plan"], attributes["city"]) == ("free", "Lyon")


def test_an_email_is_not_unique(refiner: Client) -> None:
    """(b) 3, docs: several contacts may share one."""
    assert refiner.identify("u-1", email="team@example.org") != refiner.identify("u-2", email="team@example.org")

    assert refiner.get("/contact", email="team@example.org").json["remote_id"] == "u-1"


def test_identify_needs_an_id_or_an_email(refiner: Client) -> None:
    """(b) 3, docs: one of the two; `uuid` is not documented there."""
    for body in ({}, {"plan": "pro"}, {"uuid": "87b1755e-00b5-11f0-9944-0d5ca6a3a450"}, {"id": ""}):
        reply = refiner.post("/identify-user", body)
        assert (reply.status, list(reply.json)) == (400, ["message"])

    assert people(refiner) == []


def test_an_account_needs_its_id(refiner: Client) -> None:
    """(b) 3, docs: `account.id` is required inside `account`."""
    reply = refiner.post("/identify-user", {"id": "u-1", "account": {"name": "Holt Ltd"}})

    assert reply.status == 400
    assert "account.id" in reply.json["message"]
    assert people(refiner) == []


def test_people_of_one_account_share_it(refiner: Client) -> None:
    """(c) Account, docs: one account has many contacts."""
    refiner.identify("u-1", account={"id": "acc-9", "size": 120})
    refiner.identify("u-2", account={"id": "acc-9", "city": "Lyon"})

    accounts = [refiner.get("/contact", id=id).json["account"] for id in ("u-1", "u-2")]

    assert accounts[0] == accounts[1]
    assert accounts[0]["attributes"] == {**accounts[0]["attributes"], "size": "120", "city": "Lyon"}


def test_identify_and_track_move_last_seen_at(refiner: Client) -> None:
    """(b) 3, docs; (c) Contact, live: a survey that is shown or completed does not move it."""
    form = refiner.form_uuid()
    refiner.identify("u-1")
    seen = []
    for act in ("Saw Survey", "Completed Survey"):
        refiner.advance("1h")
        refiner.simulate(act, contact={"id": "u-1"}, form_uuid=form)
        seen.append(refiner.get("/contact", id="u-1").json["last_seen_at"])
    assert seen == [TEN, TEN]

    refiner.post("/track-event", {"id": "u-1", "event": "Exported"})

    contact = refiner.get("/contact", id="u-1").json
    assert (contact["first_seen_at"], contact["last_seen_at"]) == (TEN, "2026-01-31T12:00:00.000000Z")


@pytest.mark.parametrize("path", ["/track-event", "/track"])
def test_tracking_an_event_creates_an_unknown_user(refiner: Client, path: str) -> None:
    """(b) 4, docs: `{"message":"ok"}`, an unknown user is created, names are free text; `/track` is old (f4)."""
    reply = refiner.post(path, {"id": "u-1", "event": "Report: exported to CSV"})

    assert (reply.status, reply.json) == (202, {"message": "ok"})
    assert people(refiner) == ["u-1"]
    [event] = refiner.control("GET", "/events").json["items"]
    assert (event["event"], event["contact"]["id"]) == ("Report: exported to CSV", "u-1")


def test_nothing_but_the_events_name_is_stored(refiner: Client) -> None:
    """(b) 4, docs: events carry no properties."""
    refiner.post("/track-event", {"id": "u-1", "event": "Exported", "rows": 7, "properties": {"rows": 7}})

    assert "rows" not in refiner.get("/contact", id="u-1").json["attributes"]


def test_an_event_needs_its_name_and_a_user(refiner: Client) -> None:
    """(b) 4, docs: `event` and one of `id` and `email`."""
    assert "event" in refiner.post("/track-event", {"id": "u-1"}).json["message"]
    assert refiner.post("/track-event", {"event": "Exported"}).status == 400


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("first_seen_at", ["u-3", "u-2", "u-1"]),
        ("last_seen_at", ["u-1", "u-3", "u-2"]),
        ("last_form_submission_at", ["u-2", "u-3", "u-1"]),
        ("display_name", ["u-3", "u-1", "u-2"]),
        ("email", ["u-2", "u-1", "u-3"]),
    ],
)
def test_contacts_come_in_the_order_asked_for(refiner: Client, order: str, expected: list[str]) -> None:
    """(b) 5, docs: the values of `order_by` (f10); their directions are assumed."""
    form = refiner.form_uuid()
    for id, name, email in (("u-1", "Bea", "m@x.org"), ("u-2", "Cem", "a@x.org"), ("u-3", "Ada", "z@x.org")):
        refiner.identify(id, name=name, email=email)
        refiner.advance("1m")
    refiner.post("/track-event", {"id": "u-1", "event": "Exported"})
    refiner.simulate("Completed Survey", contact={"id": "u-2"}, form_uuid=form)

    assert people(refiner, order_by=order) == expected


def test_contacts_default_to_first_seen_at(refiner: Client) -> None:
    """(b) 5, docs."""
    for id in ("u-1", "u-2"):
        refiner.identify(id)
        refiner.advance("1m")

    assert people(refiner) == people(refiner, order_by="first_seen_at")
    assert refiner.get("/contacts", order_by="remote_id").status == 400


def test_contacts_can_be_filtered_by_survey_and_segment(refiner: Client) -> None:
    """(b) 5, docs: `form_uuid` and `segment_uuid`."""
    form, segment = refiner.form_uuid(), refiner.segment_uuid()
    for id in ("u-1", "u-2", "u-3"):
        refiner.identify(id)
    refiner.simulate("Saw Survey", contact={"id": "u-2"}, form_uuid=form)
    refiner.post("/sync-segment", {"id": "u-3", "segment_uuid": segment})

    assert people(refiner, form_uuid=form) == ["u-2"]
    assert people(refiner, segment_uuid=segment) == ["u-3"]
    assert people(refiner, segment_uuid=segment, form_uuid=form) == []


@pytest.mark.parametrize("text", ["mira@exam", "u-20", "mIRA h"])
def test_contacts_can_be_searched_by_email_id_and_name(refiner: Client, text: str) -> None:
    """(b) 5, docs: `search` looks at e-mail, user id and name; that parts are enough is assumed."""
    refiner.identify("u-204", email="mira@example.org", name="Mira Holt")
    refiner.identify("u-3", email="bo@example.org", name="Bo")

    assert people(refiner, search=text) == ["u-204"]


def test_a_contact_is_found_by_id_email_or_uuid(refiner: Client) -> None:
    """(b) 6, docs: one of the three is needed."""
    uuid = refiner.identify("u-1", email="mira@example.org")

    for query in ({"id": "u-1"}, {"email": "mira@example.org"}, {"uuid": uuid}):
        assert refiner.get("/contact", **query).json["uuid"] == uuid
    assert refiner.get("/contact").status == 400


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_contact_is_not_found(refiner: Client, method: str) -> None:
    """(g) 2, assumed: 404 with `message`."""
    reply = refiner.send(method, "/contact", query="id=nobody")

    assert (reply.status, list(reply.json)) == (404, ["message"])


def test_deleting_a_contact_deletes_its_responses(refiner: Client) -> None:
    """(b) 7, docs."""
    form = refiner.form_uuid()
    for id in ("u-1", "u-2"):
        refiner.simulate("Completed Survey", contact={"id": id}, form_uuid=form, data={"nps": 9})

    reply = refiner.delete("/contact", id="u-1")

    assert (reply.status, reply.json) == (200, {"message": "ok"})
    assert people(refiner) == ["u-2"]
    left = refiner.get("/responses", include="all").json["items"]
    assert [response["contact"]["remote_id"] for response in left] == ["u-2"]
    assert refiner.get("/contact", id="u-1").status == 404
