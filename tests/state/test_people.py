"""Contacts and accounts: who is meant, what is known of each, how they are listed."""

from __future__ import annotations

import pytest

from mock_server.errors import Invalid, LimitReached, NotFound
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Contact, Identity, Micros, Window
from mock_server.state.responses import ResponseQuery

HOUR = 3_600_000_000
ALL = Window(1, 100)
MIRA = Identity("u-204", "mira@example.org")


def listed(environment: Environment, order_by: str = "first_seen_at", **filters: str) -> list[str | None]:
    page = environment.contacts(ALL, order_by, **filters)
    assert page.total == len(page.items)
    return [contact.remote_id for contact in page.items]


# who is meant


def test_an_unknown_user_is_made_and_a_known_one_is_found_again(environment: Environment) -> None:
    """(b) identify: upsert by id (API, KB-tr, docs)."""
    made = environment.identify(MIRA, {"plan": "pro"})
    assert (made.remote_id, made.email, made.traits) == ("u-204", "mira@example.org", {"plan": "pro"})
    again = environment.identify(Identity("u-204"), {"seats": 4})
    assert (again.uuid, again.email, again.traits) == (made.uuid, made.email, {"plan": "pro", "seats": 4})
    assert environment.contacts(ALL).total == 1


def test_the_id_wins_and_the_email_is_overwritten(environment: Environment) -> None:
    """(g10) id and email point at different contacts: id wins, email overwritten (assumed)."""
    mira, ben = environment.identify(MIRA, {}), environment.identify(Identity("u-205", "ben@example.org"), {})
    changed = environment.identify(Identity("u-204", "ben@example.org"), {})
    assert (changed.uuid, changed.email) == (mira.uuid, "ben@example.org")
    assert environment.contact(Identity(email="ben@example.org")).uuid == mira.uuid
    with pytest.raises(NotFound):
        environment.contact(Identity(email="mira@example.org"))
    assert environment.contact(Identity("u-205")).uuid == ben.uuid


def test_a_contact_known_by_email_alone_gains_the_id_that_comes_later(environment: Environment) -> None:
    """(g10) email-only then id later: the same contact gains remote_id (assumed)."""
    first = environment.identify(Identity(email="mira@example.org"), {"plan": "pro"})
    second = environment.identify(MIRA, {})
    assert (second.uuid, second.remote_id, second.traits) == (first.uuid, "u-204", {"plan": "pro"})
    assert environment.contact(Identity("u-204")) == second
    other = environment.identify(Identity("u-999", "mira@example.org"), {})
    assert other.uuid != first.uuid


def test_emails_are_not_unique_and_the_first_contact_answers_to_them(environment: Environment) -> None:
    """(b) identify: email is not unique across contacts (W6W, docs)."""
    first, second, third = (environment.identify(Identity(f"u-{number}", "a@example.org"), {}) for number in (1, 2, 3))
    email = Identity(email="a@example.org")
    assert environment.contact(email) == first
    environment.identify(Identity("u-1", "b@example.org"), {})
    assert environment.contact(email) == second
    environment.identify(Identity("u-1", "a@example.org"), {})
    assert environment.contact(email).uuid == first.uuid
    environment.delete_contact(Identity("u-1"))
    environment.delete_contact(Identity("u-2"))
    assert environment.contact(email) == third
    environment.delete_contact(email)
    with pytest.raises(NotFound, match="No contact has the email"):
        environment.contact(email)


def test_emails_are_compared_without_regard_to_capitals_and_kept_as_given(environment: Environment) -> None:
    made = environment.identify(Identity(email="Mira@Example.org"), {})
    assert environment.contact(Identity(email="mira@example.ORG")) == made
    assert made.email == "Mira@Example.org"


def test_a_uuid_alone_only_finds(environment: Environment) -> None:
    mira = environment.identify(MIRA, {})
    assert environment.identify(Identity(uuid=mira.uuid), {"plan": "pro"}).traits == {"plan": "pro"}
    with pytest.raises(NotFound, match="No contact has the uuid 'nobody'"):
        environment.identify(Identity(uuid="nobody"), {})


def test_an_identity_must_name_someone(environment: Environment) -> None:
    for identity in (Identity(), Identity("", "", "")):
        with pytest.raises(Invalid, match="give its id or email"):
            environment.identify(identity, {})
        with pytest.raises(Invalid, match="give its id or email"):
            environment.contact(identity)
    with pytest.raises(NotFound, match="No contact has the id 'u-1'"):
        environment.contact(Identity("u-1", "mira@example.org"))


def test_contacts_are_bounded(now: Micros) -> None:
    environment = Environment("small", settings=Settings(max_contacts=1), now=now)
    environment.identify(MIRA, {})
    environment.identify(MIRA, {})
    with pytest.raises(LimitReached, match="max_contacts"):
        environment.identify(Identity("u-2"), {})


# what is known


def test_last_seen_moves_with_identify_and_track_only(environment: Environment) -> None:
    """(c) Contact: last_seen_at did not move when a survey was shown or completed (RUD-cap, live)."""
    begin = environment.clock.now()
    form = environment.create_form("NPS")
    segment = environment.create_segment("Manual")
    environment.identify(MIRA, {})
    environment.clock.advance_to(begin + HOUR)
    environment.see_survey(MIRA, form.uuid)
    environment.complete_survey(MIRA, form.uuid, {"nps": 9})
    environment.add_to_segment(MIRA, segment.uuid)
    environment.store_response(MIRA, form.uuid, {"nps": 8}, account=AccountInput("acc", {}))
    contact = environment.contact(MIRA)
    assert (contact.first_seen_at, contact.last_seen_at) == (begin, begin)
    assert environment.account_of(contact).last_seen_at == begin
    assert environment.track(MIRA, "Signed in").last_seen_at == begin + HOUR
    environment.clock.advance_to(begin + 2 * HOUR)
    contact = environment.identify(MIRA, {})
    assert (contact.first_seen_at, contact.last_seen_at) == (begin, begin + 2 * HOUR)
    assert environment.account_of(contact).last_seen_at == begin + 2 * HOUR


def test_an_empty_value_erases_a_trait(environment: Environment) -> None:
    """(b) identify: setting a trait to an empty value erases it (W6W/SLATES-spec, docs)."""
    environment.identify(MIRA, {"plan": "pro", "name": "Mira"})
    contact = environment.identify(MIRA, {"plan": "", "name": None})
    assert contact.traits == {}
    assert environment.contact_attributes(contact)["plan"] is None


def test_events_are_tallied(environment: Environment) -> None:
    begin = environment.clock.now()
    environment.track(MIRA, "Signed in")
    environment.clock.advance_to(begin + HOUR)
    tally = environment.track(MIRA, "Signed in").traces.events["Signed in"]
    assert (tally.count, tally.last_at) == (2, begin + HOUR)


def test_the_tally_of_one_contact_is_bounded(environment: Environment) -> None:
    contact: Contact | None = None
    for number in range(1_003):
        contact = environment.track(MIRA, f"event {number}")
    assert contact is not None
    assert len(contact.traces.events) == 1_000
    assert "event 2" not in contact.traces.events


def test_a_trait_that_comes_after_an_answer_of_its_name_is_shown(environment: Environment) -> None:
    form = environment.create_form("NPS")
    environment.complete_survey(MIRA, form.uuid, {"nps": 9})
    contact = environment.identify(MIRA, {"nps": 3})
    assert environment.contact_attributes(contact)["nps"] == "3"
    environment.complete_survey(MIRA, form.uuid, {"nps": 10})
    assert environment.contact_attributes(environment.contact(MIRA))["nps"] == "10"


# how they are listed


def test_contacts_are_listed_in_every_documented_order(environment: Environment) -> None:
    """(b) GET /contacts: order_by has five values (W6W, docs); the directions are assumed (g8)."""
    begin = environment.clock.now()
    form = environment.create_form("NPS")
    for number, (key, email, name) in enumerate(
        [("a", "z@x.org", "Zoe"), ("b", None, None), ("c", "M@x.org", "adam"), ("d", "m@x.org", "Bea")]
    ):
        environment.clock.advance_to(begin + number * HOUR)
        environment.identify(Identity(key, email), {"name": name})
    environment.complete_survey(Identity("b"), form.uuid, {})
    environment.clock.advance_to(begin + 9 * HOUR)
    environment.identify(Identity("a"), {})
    environment.complete_survey(Identity("c"), form.uuid, {})
    for _ in range(2):  # when it is made, and as it is kept
        assert listed(environment) == ["d", "c", "b", "a"]
        assert listed(environment, "last_seen_at") == ["a", "d", "c", "b"]
        assert listed(environment, "last_form_submission_at")[:2] == ["c", "b"]
        assert listed(environment, "display_name") == ["c", "d", "a", "b"]
        assert listed(environment, "email") == ["c", "d", "a", "b"]
    environment.identify(Identity("d"), {"name": "aaron"})
    environment.delete_contact(Identity("c"))
    environment.identify(Identity("e", "a@x.org"), {})
    assert listed(environment, "display_name") == ["d", "a", "b", "e"]
    assert listed(environment, "last_seen_at")[0] == "e"
    assert listed(environment, "email") == ["e", "d", "a", "b"]


def test_an_unknown_order_is_refused_with_the_choices(environment: Environment) -> None:
    with pytest.raises(Invalid, match="order_by must be one of first_seen_at, last_seen_at"):
        environment.contacts(ALL, "age")


def test_contacts_of_a_survey_or_a_segment_can_be_listed(environment: Environment) -> None:
    """(b) GET /contacts: form_uuid, segment_uuid (docs)."""
    form, other = environment.create_form("NPS"), environment.create_form("CSAT")
    segment = environment.create_segment("Beta")
    for key in "abcd":
        environment.identify(Identity(key), {})
    environment.see_survey(Identity("a"), form.uuid)
    environment.add_to_segment(Identity("a"), segment.uuid)
    assert listed(environment, form_uuid=form.uuid) == ["a"]
    assert listed(environment, segment_uuid=segment.uuid) == ["a"]
    environment.store_response(Identity("b"), form.uuid, {})
    environment.dismiss_survey(Identity("c"), form.uuid)
    environment.add_to_segment(Identity("d"), segment.uuid)
    assert listed(environment, form_uuid=form.uuid) == ["c", "b", "a"]
    assert listed(environment, segment_uuid=segment.uuid) == ["d", "a"]
    assert listed(environment, form_uuid=form.uuid, segment_uuid=segment.uuid) == ["a"]
    environment.remove_from_segment(Identity("d"), segment.uuid)
    environment.delete_contact(Identity("a"))
    assert listed(environment, form_uuid=form.uuid) == ["c", "b"]
    assert listed(environment, segment_uuid=segment.uuid) == []
    assert listed(environment, form_uuid=other.uuid) == []
    with pytest.raises(NotFound):
        environment.contacts(ALL, form_uuid="x")
    with pytest.raises(NotFound):
        environment.contacts(ALL, segment_uuid="x")


def test_contacts_can_be_searched_by_email_user_id_and_name(environment: Environment) -> None:
    """(b) GET /contacts: search over email, user id or name (docs); a part is enough, capitals aside (assumed)."""
    environment.identify(Identity("u-1", "mira@example.org"), {"name": "Mira Holt"})
    environment.identify(Identity("U-2"), {"name": "Ben"})
    environment.identify(Identity("u-3", "x@HOLT.org"), {"name": 12})
    assert listed(environment, search="holt") == ["u-3", "u-1"]
    assert listed(environment, search="u-2") == ["U-2"]
    assert listed(environment, search="12") == ["u-3"]
    assert listed(environment, search="nobody") == []
    page = environment.contacts(Window(1, 1), search="holt")
    assert (page.total, page.next_after is None) == (2, False)
    rest = environment.contacts(Window(1, 1, page.next_after), search="holt")
    assert ([contact.remote_id for contact in rest.items], rest.start, rest.next_after) == (["u-1"], 1, None)


def test_a_deleted_contact_is_gone_from_everywhere(environment: Environment) -> None:
    """(b) DELETE /contact: removes the contact and all its responses (W6W, SLATES-spec, docs)."""
    form = environment.create_form("NPS")
    response = environment.complete_survey(MIRA, form.uuid, {"nps": 9})
    assert listed(environment) == ["u-204"]
    gone = environment.delete_contact(Identity(email="mira@example.org"))
    assert gone.remote_id == "u-204"
    assert listed(environment) == []
    for identity in (MIRA, Identity("u-204"), Identity(email="mira@example.org"), Identity(uuid=gone.uuid)):
        with pytest.raises(NotFound):
            environment.contact(identity)
    with pytest.raises(NotFound):
        environment.response(response.uuid)
    with pytest.raises(NotFound):
        environment.delete_contact(MIRA)
    assert environment.identify(MIRA, {}).uuid != gone.uuid


def test_a_cursor_of_one_order_is_refused_by_another_kind(environment: Environment) -> None:
    environment.identify(MIRA, {})
    with pytest.raises(Invalid, match="page_cursor"):
        environment.contacts(Window(1, 5, ("text", 1)))


def test_an_older_response_that_is_stored_later_does_not_hide_a_newer_answer(
    environment: Environment, now: Micros
) -> None:
    """(c) Contact: `attributes` has the latest survey answers (RUD-cap, live), partial ones too."""
    form, mira = environment.create_form("NPS").uuid, Identity(id="u-1")
    environment.answer_survey(mira, form, {"nps": 9})
    for days, nps, why in ((40, 1, "old"), (30, 2, "newer"), (50, 3, "oldest")):
        environment.store_response(mira, form, {"nps": nps, "why": why}, date=now - days * 86_400_000_000)

    attributes = environment.contact_attributes(environment.contact(mira))

    assert (attributes["nps"], attributes["why"]) == ("9", "newer")


@pytest.mark.parametrize("search", ["STRASSE", "stra\u00dfe"])
def test_both_lists_search_alike(environment: Environment, search: str) -> None:
    """(b) 5. and 16. `search`: user id, e-mail, name; that capitals do not matter is assumed."""
    form = environment.create_form("NPS").uuid
    environment.identify(Identity(id="u-1"), {"name": "Stra\u00dfe"})
    environment.store_response(Identity(id="u-1"), form, {"nps": 9})

    assert environment.contacts(ALL, search=search).total == 1
    assert environment.responses(ResponseQuery(search=search), ALL).total == 1
