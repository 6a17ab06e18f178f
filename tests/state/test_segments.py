from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Invalid, NotFound
from mock_server.state.environment import Environment
from mock_server.state.records import Contact, Identity, Rule, Window
from mock_server.state.segments import OPERATORS, parse_rule, rule_document

DAY = 86_400_000_000
MIRA = Identity("u-204", "mira@example.org")


def condition(subject: str, name: str, operator: str, value: object = None) -> dict[str, object]:
    document: dict[str, object] = {subject: name, "operator": operator}
    return document if value is None else {**document, "value": value}


def names(contact: Contact) -> list[str]:
    return [membership.segment.name for membership in contact.memberships]


def fits(environment: Environment, document: object, identity: Identity = MIRA) -> bool:
    segment = environment.create_segment("Ruled", is_manual=False, rule=parse_rule(document))
    return segment.uuid in {place.segment.uuid for place in environment.contact(identity).memberships}


@pytest.fixture
def mira(environment: Environment) -> Contact:
    traits = {"plan": "Team", "seats": 14, "vip": True, "zip": "01234", "trial_at": "2025-03-20", "score": "9.5"}
    environment.identify(MIRA, traits)
    environment.track(MIRA, "Signed in")
    environment.track(MIRA, "Signed in")
    form = environment.create_form("NPS")
    environment.complete_survey(MIRA, form.uuid, {"nps": 9, "likes": ["price", "support"]})
    return environment.contact(MIRA)


@pytest.mark.usefixtures("mira")
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (("trait", "plan", "equals", "Team"), True),
        (("trait", "plan", "equals", "team"), False),
        (("trait", "Plan", "equals", "Team"), True),
        (("trait", "plan", "not_equals", "Solo"), True),
        (("trait", "plan", "not_equals", "Team"), False),
        (("trait", "plan", "contains", "TEA"), True),
        (("trait", "plan", "contains", "x"), False),
        (("trait", "plan", "greater_than", "Solo"), True),
        (("trait", "seats", "equals", "14"), True),
        (("trait", "seats", "equals", 14.0), True),
        (("trait", "seats", "greater_than", 9), True),
        (("trait", "seats", "greater_than", "9"), True),
        (("trait", "seats", "less_than", 9), False),
        (("trait", "seats", "less_than", "14.5"), True),
        (("trait", "score", "greater_than", 9), True),
        (("trait", "zip", "equals", 1234), False),
        (("trait", "vip", "equals", True), True),
        (("trait", "vip", "equals", "1"), True),
        (("trait", "vip", "equals", False), False),
        (("trait", "trial_at", "after", "2025-03-19"), True),
        (("trait", "trial_at", "before", "2025-03-20"), False),
        (("trait", "trial_at", "after", "2025-03-20"), False),
        (("trait", "trial_at", "before", 1_900_000_000), True),
        (("trait", "plan", "before", "2030-01-01"), False),
        (("trait", "plan", "is_set"), True),
        (("trait", "plan", "is_not_set"), False),
        (("trait", "missing", "is_set"), False),
        (("trait", "missing", "is_not_set"), True),
        (("trait", "missing", "equals", "x"), False),
        (("trait", "missing", "not_equals", "x"), True),
        (("trait", "missing", "less_than", 5), False),
        (("trait", "missing", "before", "2030-01-01"), False),
        (("trait", "email", "contains", "@example"), True),
        (("trait", "remote_id", "equals", "u-204"), True),
        (("trait", "form_submissions_count", "greater_than", 0), True),
        (("trait", "form_views_count", "equals", 1), True),
        (("trait", "first_seen_at", "before", "2025-03-15"), True),
        (("trait", "last_seen_at", "after", "2025-03-15"), False),
        (("trait", "last_form_submission_at", "is_set"), True),
        (("trait", "last_form_view_at", "after", "2025-03-14"), True),
        (("trait", "nps", "greater_than", 8), True),
        (("event", "Signed in", "is_set"), True),
        (("event", "Signed in", "is_not_set"), False),
        (("event", "Left", "is_not_set"), True),
        (("event", "Signed in", "equals", 2), True),
        (("event", "Signed in", "greater_than", "2"), False),
        (("event", "Signed in", "not_equals", 1), True),
        (("event", "Left", "less_than", 1), True),
        (("event", "Signed in", "after", "2025-03-14"), True),
        (("event", "Signed in", "before", "2025-03-14"), False),
        (("event", "Left", "before", "2025-03-14"), False),
        (("answer", "nps", "equals", 9), True),
        (("answer", "nps", "less_than", 7), False),
        (("answer", "likes", "equals", "price"), True),
        (("answer", "likes", "contains", "supp"), True),
        (("answer", "likes", "not_equals", "price"), False),
        (("answer", "plan", "is_set"), False),
    ],
)
def test_a_rule_holds_or_not(environment: Environment, rule: tuple[str, ...], expected: bool) -> None:
    assert fits(environment, condition(*rule)) is expected


@pytest.mark.usefixtures("mira")
def test_rules_combine(environment: Environment) -> None:
    yes, no = condition("trait", "plan", "is_set"), condition("trait", "plan", "is_not_set")
    assert fits(environment, {"all": [yes, yes]})
    assert not fits(environment, {"all": [yes, no]})
    assert fits(environment, {"any": [no, {"all": [yes]}]})
    assert not fits(environment, {"any": []})
    assert fits(environment, {"all": []})


conditions: st.SearchStrategy[dict[str, object]] = st.one_of(
    st.builds(
        condition, st.sampled_from(["trait", "answer"]), st.text(min_size=1), st.just("equals"), st.text(min_size=1)
    ),
    st.builds(condition, st.just("event"), st.text(min_size=1), st.just("greater_than"), st.integers(0, 9)),
    st.builds(condition, st.just("trait"), st.text(min_size=1), st.sampled_from(["is_set", "is_not_set"])),
    st.builds(
        condition, st.just("trait"), st.text(min_size=1), st.sampled_from(["before", "after"]), st.just("2025-01-01")
    ),
)
rules = st.recursive(
    conditions,
    lambda inner: st.builds(
        lambda key, parts: {key: parts}, st.sampled_from(["all", "any"]), st.lists(inner, max_size=3)
    ),
    max_leaves=8,
)


@given(rules)
def test_the_document_of_a_rule_reads_back_as_the_rule(document: dict[str, object]) -> None:
    assert rule_document(parse_rule(document)) == document


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (None, "A rule is an object with one of trait, event, answer, all or any"),
        ([], "A rule is an object"),
        ({}, "exactly one of trait, event, answer, all or any"),
        ({"trait": "a", "event": "b", "operator": "is_set"}, "exactly one"),
        ({"trait": "", "operator": "is_set"}, "trait needs the name of a trait"),
        ({"event": 5, "operator": "is_set"}, "event needs the name of an event"),
        ({"trait": "a"}, f"one of {', '.join(OPERATORS)}"),
        ({"trait": "a", "operator": "is", "value": 1}, "equals, not_equals, contains"),
        ({"event": "a", "operator": "contains", "value": "x"}, "operator of a rule over event is one of equals"),
        ({"trait": "a", "operator": "equals"}, "equals needs a value"),
        ({"trait": "a", "operator": "equals", "value": ["x"]}, "equals needs a value"),
        ({"trait": "a", "operator": "before", "value": "soon"}, "before needs a time, such as 2026-01-31"),
        ({"event": "a", "operator": "equals", "value": "often"}, "needs a number"),
        ({"trait": "a", "operator": "is_set", "values": 1}, "A rule has no 'values'"),
        ({"all": {}}, "all is a list of rules"),
        ({"any": [], "operator": "is_set"}, "nothing beside it"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_with_the_choices(document: object, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence) as refusal:
        parse_rule(document)
    assert refusal.value.name == "rule"


def test_rules_are_bounded() -> None:
    one: Any = condition("trait", "a", "is_set")
    deep = one
    for _ in range(10):
        deep = {"all": [deep]}
    parse_rule(deep)
    with pytest.raises(Invalid, match="deeper than 10"):
        parse_rule({"all": [deep]})
    parse_rule({"all": [one] * 99})
    with pytest.raises(Invalid, match="101 parts; at most 100"):
        parse_rule({"all": [one] * 100})


def test_a_new_environment_has_the_segment_all_users(environment: Environment) -> None:
    """(c) Environment: a new project is seeded with "All Users" (RUD-cap, live)."""
    (segment,) = environment.segments(Window(1, 50)).items
    assert (segment.name, segment.is_manual, segment.silent) == ("All Users", False, True)
    assert segment.rule is not None
    assert rule_document(segment.rule) == {"all": []}


def test_segments_are_listed_by_name(environment: Environment) -> None:
    """(b) GET /segments: ordered by name (W6W, docs)."""
    for name in ("trial", "Beta", "Beta", "zoo"):
        environment.create_segment(name)
    page = environment.segments(Window(1, 3))
    assert [segment.name for segment in page.items] == ["All Users", "Beta", "Beta"]
    assert page.total == 5


def test_a_segment_is_found_by_its_uuid(environment: Environment) -> None:
    segment = environment.create_segment("Trial")
    assert environment.segment(segment.uuid) == segment
    with pytest.raises(NotFound, match="No segment has the uuid 'x'"):
        environment.segment("x")


@pytest.mark.parametrize(("name", "manual", "rule"), [("", True, None), ("A", True, Rule("all")), ("A", False, None)])
def test_a_segment_that_makes_no_sense_is_refused(
    environment: Environment, name: str, manual: bool, rule: Rule | None
) -> None:
    with pytest.raises(Invalid):
        environment.create_segment(name, is_manual=manual, rule=rule)


def test_contacts_enter_leave_and_enter_again_as_their_data_changes(environment: Environment) -> None:
    """(c) Segments: re-evaluated whenever new user data arrives, users leave (KB-seg, docs)."""
    rule = parse_rule(condition("trait", "plan", "equals", "trial"))
    segment = environment.create_segment("Trial", is_manual=False, rule=rule)
    begin = environment.clock.now()
    first = environment.identify(MIRA, {"plan": "trial"})
    assert names(first) == ["All Users", "Trial"]
    assert first.memberships[1].created_at == first.memberships[1].updated_at == begin
    environment.clock.advance_to(begin + DAY)
    assert environment.identify(MIRA, {"seats": 2}).memberships == first.memberships
    assert names(environment.identify(MIRA, {"plan": "team"})) == ["All Users"]
    environment.clock.advance_to(begin + 2 * DAY)
    again = environment.identify(MIRA, {"plan": "trial"})
    assert again.memberships[1].created_at == begin + 2 * DAY
    assert [(event.kind, event.segment) for event in environment.outbox] == [("Entered Segment", segment)] * 2


def test_tracking_and_answering_let_rules_be_read_again(environment: Environment) -> None:
    by_event = parse_rule(condition("event", "Paid", "greater_than", 1))
    by_answer = parse_rule(condition("answer", "nps", "greater_than", 8))
    environment.create_segment("Payers", is_manual=False, rule=by_event)
    environment.create_segment("Promoters", is_manual=False, rule=by_answer)
    environment.track(MIRA, "Paid")
    assert names(environment.track(MIRA, "Paid")) == ["All Users", "Payers"]
    form = environment.create_form("NPS")
    environment.answer_survey(MIRA, form.uuid, {"nps": 9})
    assert names(environment.contact(MIRA)) == ["All Users", "Payers", "Promoters"]
    environment.complete_survey(MIRA, form.uuid, {"nps": 3})
    assert names(environment.contact(MIRA)) == ["All Users", "Payers"]


def test_filling_a_new_segment_fires_nothing(environment: Environment) -> None:
    """(c) Segments: bulk evaluation after creating a segment fires no integrations (SLATES-spec, docs)."""
    environment.identify(MIRA, {"plan": "trial"})
    rule = parse_rule(condition("trait", "plan", "equals", "trial"))
    segment = environment.create_segment("Trial", is_manual=False, rule=rule)
    assert environment.contacts(Window(1, 50), segment_uuid=segment.uuid).total == 1
    assert environment.outbox == []
