"""The facade: what happens, what it fires, and that it is repeatable."""

from __future__ import annotations

import pytest

from mock_server.errors import Invalid, NotFound
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.ids import is_uuid
from mock_server.state.records import AccountInput, Form, Identity, Micros, Question, Window
from mock_server.state.responses import ResponseQuery
from mock_server.state.segments import parse_rule

HOUR = 3_600_000_000
ALL = Window(1, 100)
MIRA = Identity("u-204", "mira@example.org")


def kinds(environment: Environment) -> list[str]:
    return [event.kind for event in environment.outbox]


@pytest.fixture
def form(environment: Environment) -> Form:
    return environment.create_form("NPS", [Question("nps", "How likely?", "nps")])


def test_a_new_environment_has_a_project_a_key_and_nobody(environment: Environment, now: Micros) -> None:
    assert is_uuid(environment.project_uuid)
    assert is_uuid(environment.api_key)
    assert (environment.created_at, environment.clock.now()) == (now, now)
    assert environment.contacts(ALL).total == 0
    assert environment.forms(ALL).total == 0
    assert environment.outbox == []


def test_the_same_name_seed_clock_and_calls_give_the_same_world(now: Micros) -> None:
    def world(name: str) -> list[object]:
        environment = Environment(name, now=now)
        survey = environment.create_form("NPS")
        segment = environment.create_segment("Beta")
        environment.add_to_segment(MIRA, segment.uuid)
        environment.identify(MIRA, {"plan": "pro"}, AccountInput("acme", {}))
        environment.complete_survey(MIRA, survey.uuid, {"nps": 9})
        environment.tag_response(environment.see_survey(Identity("u-2")).uuid, ["hot"])
        return [environment.project_uuid, *environment.outbox]

    assert world("a") == world("a")
    assert world("a")[0] != world("b")[0]


# tracked events


def test_tracking_creates_an_unknown_user_and_keeps_name_and_person(environment: Environment, now: Micros) -> None:
    """(b) track-event: unknown user is created; free text, nothing else stored (W6W, RUD-docs, CS, docs)."""
    contact = environment.track(MIRA, "Signed up: web")
    (event,) = environment.tracked_events()
    assert (event.event, event.contact_uuid, event.at) == ("Signed up: web", contact.uuid, now)


def test_tracked_events_are_a_ring(now: Micros) -> None:
    environment = Environment("ring", settings=Settings(max_events=2), now=now)
    for name in "abc":
        environment.track(MIRA, name)
    environment.track(MIRA, "d" * 300)
    assert [event.event for event in environment.tracked_events()] == ["c", "d" * 255]


# manual segments


def test_adding_creates_an_unknown_user_is_idempotent_and_fires_once(environment: Environment, now: Micros) -> None:
    """(b) sync-segment: POST creates an unknown user, repeats are idempotent (W6W, docs)."""
    segment = environment.create_segment("Beta")
    contact = environment.add_to_segment(MIRA, segment.uuid)
    assert contact.remote_id == "u-204"
    assert [place.segment.name for place in contact.memberships] == ["All Users", "Beta"]
    environment.clock.advance_to(now + HOUR)
    assert environment.add_to_segment(MIRA, segment.uuid).memberships == contact.memberships
    (event,) = environment.outbox
    assert (event.kind, event.segment, event.contact, event.at) == ("Entered Segment", segment, contact, now)
    assert (event.form, event.response) == (None, None)


def test_removing_is_idempotent_and_fires_nothing(environment: Environment) -> None:
    """(b) sync-segment: repeats are idempotent (W6W, docs)."""
    segment = environment.create_segment("Beta")
    environment.add_to_segment(MIRA, segment.uuid)
    environment.outbox.clear()
    for _ in range(2):
        assert len(environment.remove_from_segment(MIRA, segment.uuid).memberships) == 1
    with pytest.raises(NotFound):
        environment.remove_from_segment(Identity("nobody"), segment.uuid)
    assert environment.outbox == []


def test_only_manual_segments_are_filled_by_hand(environment: Environment) -> None:
    """(b) sync-segment: segment_uuid must be a manual segment (W6W, SLATES-spec, docs)."""
    everyone = environment.segments(ALL).items[0]
    for verb in (environment.add_to_segment, environment.remove_from_segment):
        with pytest.raises(Invalid, match="'All Users' is filled by a rule"):
            verb(MIRA, everyone.uuid)
        with pytest.raises(NotFound):
            verb(MIRA, "nowhere")
    assert environment.contacts(ALL).total == 0


def test_entering_can_be_simulated_for_any_segment(environment: Environment, now: Micros) -> None:
    rule = parse_rule({"trait": "plan", "operator": "equals", "value": "trial"})
    trial = environment.create_segment("Trial", is_manual=False, rule=rule)
    everyone = environment.segments(ALL).items[0]
    environment.enter_segment(MIRA, trial.uuid)
    environment.clock.advance_to(now + HOUR)
    contact = environment.enter_segment(MIRA, everyone.uuid)
    assert [event.segment for event in environment.outbox] == [trial, everyone]
    assert [(place.segment, place.created_at) for place in contact.memberships] == [(everyone, now + HOUR)]


def test_everyone_enters_all_users_silently(environment: Environment) -> None:
    contact = environment.identify(MIRA, {})
    assert [place.segment.name for place in contact.memberships] == ["All Users"]
    assert environment.outbox == []


# surveys


def test_seeing_a_survey_begins_a_response_and_seeing_it_again_continues_it(
    environment: Environment, form: Form, now: Micros
) -> None:
    """(c) Response life cycle: re-display of the same row moves last_shown_at (docs)."""
    first = environment.see_survey(MIRA)
    environment.clock.advance_to(now + HOUR)
    again = environment.see_survey(MIRA, form.uuid)
    assert (again.uuid, again.first_shown_at, again.last_shown_at) == (first.uuid, now, now + HOUR)
    contact, shown = environment.contact(MIRA), environment.form(form.uuid)
    assert (contact.traces.form_views_count, contact.traces.last_form_view_at) == (2, now + HOUR)
    assert (shown.views_count, shown.responses_count) == (2, 0)
    assert kinds(environment) == ["Saw Survey", "Saw Survey"]
    event = environment.outbox[0]
    assert (event.response, event.form and event.form.views_count) == (first, 1)


def test_a_survey_is_completed_step_by_step(environment: Environment, form: Form, now: Micros) -> None:
    """(c) Response life cycle: data is stored after each step, completed_at = last data (docs, live)."""
    environment.answer_survey(MIRA, form.uuid, {"nps": 9})
    assert environment.outbox == []
    environment.clock.advance_to(now + HOUR)
    response = environment.complete_survey(MIRA, form.uuid, {"why": "Fast"})
    assert (response.data, response.completed_at) == ({"nps": "9", "why": "Fast"}, now + HOUR)
    contact, answered = environment.contact(MIRA), environment.form(form.uuid)
    assert (contact.traces.form_views_count, contact.traces.form_submissions_count) == (1, 1)
    assert (contact.traces.answers, contact.traces.last_form_submission_at) == (response.data, now + HOUR)
    assert (answered.views_count, answered.responses_count) == (1, 1)
    (event,) = environment.outbox
    assert (event.kind, event.response, event.form, event.contact) == ("Completed Survey", response, answered, contact)
    assert event.contact_attributes["form_submissions_count"] == "1"
    assert environment.complete_survey(MIRA, form.uuid, {"nps": 2}).uuid != response.uuid


def test_a_survey_can_be_dismissed(environment: Environment, form: Form, now: Micros) -> None:
    response = environment.dismiss_survey(MIRA, form.uuid)
    assert (response.dismissed_at, response.completed_at) == (now, None)
    assert environment.contact(MIRA).traces.form_views_count == 1
    assert kinds(environment) == ["Dismissed Survey"]


def test_what_is_no_survey_to_see_is_refused(environment: Environment) -> None:
    with pytest.raises(Invalid, match="No survey is published"):
        environment.see_survey(MIRA)
    with pytest.raises(NotFound):
        environment.see_survey(MIRA, "x")
    form = environment.create_form("Old")
    environment.archive_form(form.uuid)
    for verb in (environment.answer_survey, environment.complete_survey):
        with pytest.raises(Invalid, match="'Old' is archived"):
            verb(MIRA, form.uuid, {})
    with pytest.raises(Invalid, match="'Old' is archived"):
        environment.dismiss_survey(MIRA, form.uuid)
    assert environment.contacts(ALL).total == 0


def test_a_draft_can_be_answered_in_simulations(environment: Environment) -> None:
    draft = environment.create_form("Draft", published=False)
    assert environment.complete_survey(MIRA, draft.uuid, {"x": "1"}).completed_at is not None


def test_the_survey_comes_first_and_then_the_segments_it_led_into(environment: Environment, form: Form) -> None:
    rule = parse_rule({"answer": "nps", "operator": "greater_than", "value": 8})
    environment.create_segment("Promoters", is_manual=False, rule=rule)
    environment.complete_survey(MIRA, form.uuid, {"nps": 9})
    assert kinds(environment) == ["Completed Survey", "Entered Segment"]
    completed, entered = environment.outbox
    assert completed.contact == entered.contact
    assert len(completed.contact.memberships) == 2


def test_surveys_are_kept_and_listed(environment: Environment, form: Form) -> None:
    copy = environment.duplicate_form(form.uuid, "Copy")
    assert copy.published_at is None
    assert [item.name for item in environment.forms(ALL).items] == ["Copy", "NPS"]
    assert environment.publish_form(copy.uuid, published=True).published_at is not None
    environment.archive_form(form.uuid)
    assert [item.name for item in environment.forms(ALL, "archived").items] == ["NPS"]
    assert environment.form_history(form.uuid, ALL).total > 1


# stored responses


def test_a_stored_response_makes_its_user_and_fires_nothing(environment: Environment, form: Form, now: Micros) -> None:
    """(g9) API-stored responses fire no webhooks and their times are `date` (assumed)."""
    date = now - 24 * HOUR
    response = environment.store_response(
        MIRA, form.uuid, {"nps": 9}, date=date, tags=["import"], account=AccountInput("acme", {"name": "Acme"})
    )
    assert (response.completed_at, response.first_shown_at) == (date, date)
    contact = environment.contact(MIRA)
    assert (contact.traces.form_views_count, contact.traces.form_submissions_count) == (1, 1)
    assert (contact.traces.last_form_view_at, contact.traces.last_form_submission_at) == (date, date)
    assert contact.first_seen_at == now
    assert environment.account_of(contact).remote_id == "acme"
    assert environment.form(form.uuid).responses_count == 1
    assert environment.outbox == []


def test_an_identical_response_is_stored_once_unless_asked_for(environment: Environment, form: Form) -> None:
    """(b) POST /responses: prevent_duplicates is true by default (W6W, docs)."""
    first = environment.store_response(MIRA, form.uuid, {"nps": 9})
    assert environment.store_response(MIRA, form.uuid, {"nps": 9}) == first
    assert environment.contact(MIRA).traces.form_submissions_count == 1
    environment.store_response(MIRA, form.uuid, {"nps": 9}, prevent_duplicates=False)
    assert environment.form(form.uuid).responses_count == 2


def test_answers_of_the_past_do_not_hide_later_ones(environment: Environment, form: Form, now: Micros) -> None:
    environment.complete_survey(MIRA, form.uuid, {"nps": 9})
    environment.store_response(MIRA, form.uuid, {"nps": 1, "why": "Slow"}, date=now - HOUR)
    contact = environment.contact(MIRA)
    assert contact.traces.answers == {"nps": "9", "why": "Slow"}
    assert contact.traces.last_form_submission_at == now


def test_a_tag_is_an_event_only_when_it_is_new(environment: Environment, form: Form) -> None:
    """(b) POST /responses/tags: idempotent (W6W, MIND, SLATES, docs)."""
    response = environment.complete_survey(MIRA, form.uuid, {"nps": 9})
    environment.outbox.clear()
    tagged = environment.tag_response(response.uuid, ["hot", "hot"])
    assert environment.tag_response(response.uuid, ["hot"]) == tagged == environment.response(response.uuid)
    (event,) = environment.outbox
    assert (event.kind, event.response, event.contact.remote_id) == ("Tag Added", tagged, "u-204")
    with pytest.raises(NotFound):
        environment.tag_response("x", ["hot"])


def test_responses_are_found_through_what_is_known_of_their_people(environment: Environment, form: Form) -> None:
    environment.identify(MIRA, {"country": "DE"}, AccountInput("acme", {"tier": 1}))
    response = environment.complete_survey(MIRA, form.uuid, {"nps": 9})
    environment.complete_survey(Identity("u-2"), form.uuid, {"nps": 1})
    segment = environment.create_segment("Beta")
    environment.add_to_segment(MIRA, segment.uuid)
    for query in (
        ResponseQuery(contact_data={"country": "DE"}),
        ResponseQuery(account_data={"tier": "1"}),
        ResponseQuery(segment_uuids=(segment.uuid,)),
        ResponseQuery(search="mira@"),
    ):
        assert [row.uuid for row in environment.responses(query, ALL).items] == [response.uuid]


# counters


def test_usage_counts_users_events_and_responses_of_the_month(
    environment: Environment, form: Form, now: Micros
) -> None:
    """(b) GET /account: tracked users, tracked events, page views, survey responses, monthly (docs)."""
    environment.identify(MIRA, {})
    environment.identify(MIRA, {})
    environment.track(Identity("u-2"), "x")
    environment.answer_survey(MIRA, form.uuid, {"nps": 9})
    environment.complete_survey(MIRA, form.uuid, {"why": "Fast"})
    assert environment.usage() == {"mtu": 2, "mte": 1, "mpv": 0, "msr": 1}
    environment.clock.advance_to(now + 31 * 24 * HOUR)
    assert environment.usage() == {"mtu": 0, "mte": 0, "mpv": 0, "msr": 0}
    environment.track(MIRA, "x")
    environment.identify(MIRA, {})
    assert environment.usage() == {"mtu": 1, "mte": 1, "mpv": 0, "msr": 0}
