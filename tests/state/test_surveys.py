"""Surveys: lists, publishing, duplicates, archive, history and counters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.errors import Invalid, NotFound
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.records import Form, Question, Window
from mock_server.state.surveys import LISTINGS, Surveys, question_identifier

NOW = 1_741_944_011_000_000
ALL = Window(page=1, length=1_000)


@pytest.fixture
def surveys(clock: Clock) -> Surveys:
    return Surveys(clock, Ids(clock, "tests"), 1_000)


def names(surveys: Surveys, listing: str) -> list[str]:
    return [form.name for form in surveys.listing(listing, ALL).items]


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("What is your job role?", "what_is_your_job_role"),
        ("What's new?", "whats_new"),
        ("What\u2019s new?", "whats_new"),
        ("  NPS -- (0/10)  ", "nps_0_10"),
        ("already_an_identifier", "already_an_identifier"),
        ("Zufrieden mit Müller?", "zufrieden_mit_müller"),
        ("?!", "question"),
    ],
)
def test_a_question_identifier_is_derived_from_its_text(text: str, identifier: str) -> None:
    """(c) Form, SEG: lower case, apostrophes dropped, other runs become `_`."""
    assert question_identifier(text) == identifier


def test_a_question_identifier_is_not_cut_short() -> None:
    """(c) Form, FSPY: a 129-character identifier exists (live)."""
    text = " ".join(["word"] * 40)
    assert question_identifier(text) == "_".join(["word"] * 40)


def test_questions_keep_a_given_identifier_and_two_alike_are_told_apart(surveys: Surveys) -> None:
    form = surveys.create(
        "A", [Question("", "Why?", "text"), Question("", "Why?", "text"), Question("why_2", "W", "text")]
    )
    assert [question.identifier for question in form.questions] == ["why", "why_2", "why_2_2"]


def test_a_new_survey_is_published_or_a_draft_as_asked(surveys: Surveys) -> None:
    assert surveys.create("Live", published=True).published_at == NOW
    assert surveys.create("Draft", published=False).published_at is None


def test_each_list_shows_its_own_surveys_by_name(surveys: Surveys) -> None:
    """(b) GET /forms: `all` leaves the archived out; ordered by name (docs, W6W)."""
    surveys.create("delta")
    surveys.create("Bravo")
    surveys.create("charlie", published=False)
    surveys.archive(surveys.create("Alpha").uuid)
    assert names(surveys, "all") == ["Bravo", "charlie", "delta"]
    assert names(surveys, "published") == ["Bravo", "delta"]
    assert names(surveys, "drafts") == ["charlie"]
    assert names(surveys, "archived") == ["Alpha"]
    assert names(surveys, "all_with_archived") == ["Alpha", "Bravo", "charlie", "delta"]


def test_an_unknown_list_is_refused_with_the_choices(surveys: Surveys) -> None:
    with pytest.raises(Invalid, match="all_with_archived") as caught:
        surveys.listing("public", ALL)
    assert caught.value.name == "list"


def test_a_list_comes_in_pages(surveys: Surveys) -> None:
    for name in "EDCBA":
        surveys.create(name)
    part = surveys.listing("all", Window(page=2, length=2))
    assert [form.name for form in part.items] == ["C", "D"]
    assert (part.total, part.start) == (5, 2)


def test_publishing_and_taking_back_move_between_lists(surveys: Surveys) -> None:
    form = surveys.create("A", published=False)
    assert surveys.publish(form.uuid, True).published_at == NOW
    assert names(surveys, "published") == ["A"]
    assert surveys.publish(form.uuid, False).published_at is None
    assert names(surveys, "drafts") == ["A"]


def test_publishing_again_changes_nothing(surveys: Surveys, clock: Clock) -> None:
    form = surveys.create("A")
    clock.advance_to(NOW + 5_000_000)
    assert surveys.publish(form.uuid, True) == form
    assert surveys.history(form.uuid, ALL).total == 2


def test_an_archived_survey_cannot_be_published(surveys: Surveys) -> None:
    form = surveys.archive(surveys.create("A").uuid)
    with pytest.raises(Invalid, match="archived"):
        surveys.publish(form.uuid, True)


def test_archiving_again_changes_nothing(surveys: Surveys, clock: Clock) -> None:
    """(b) DELETE /forms archives: leaves `list=all`, shows in `archived` (docs)."""
    archived = surveys.archive(surveys.create("A").uuid)
    clock.advance_to(NOW + 1)
    assert surveys.archive(archived.uuid) == archived
    assert names(surveys, "archived") == ["A"]


def test_a_duplicate_is_a_draft_with_the_same_questions_and_counters_of_its_own(surveys: Surveys) -> None:
    """(b) POST /forms/duplicate: the new survey is a draft (docs)."""
    source = surveys.create("A", [Question("nps", "How likely?", "nps")])
    surveys.viewed(source.uuid, NOW)
    copy = surveys.duplicate(source.uuid, "B")
    assert copy.uuid != source.uuid
    assert copy.questions == source.questions
    assert (copy.published_at, copy.views_count, copy.name) == (None, 0, "B")
    assert [line.action for line in surveys.history(copy.uuid, ALL).items] == ["duplicate"]


def test_the_history_is_newest_first_with_the_survey_as_it_then_was(surveys: Surveys, clock: Clock) -> None:
    """(b) GET /forms/history: action, snapshot, created_at (docs)."""
    form = surveys.create("A")
    clock.advance_to(NOW + 1)
    surveys.publish(form.uuid, False)
    clock.advance_to(NOW + 2)
    surveys.archive(form.uuid)
    lines = surveys.history(form.uuid, ALL).items
    assert [line.action for line in lines] == ["archive", "unpublish", "publish", "create"]
    assert [line.created_at - NOW for line in lines] == [2, 1, 0, 0]
    assert [line.form.archived_at for line in lines] == [NOW + 2, None, None, None]
    assert [line.form.published_at for line in lines] == [None, None, NOW, None]


def test_the_history_comes_in_pages(surveys: Surveys) -> None:
    form = surveys.create("A", published=False)
    for turn in range(4):
        surveys.publish(form.uuid, turn % 2 == 0)
    part = surveys.history(form.uuid, Window(page=2, length=3))
    assert [line.action for line in part.items] == ["publish", "create"]
    assert (part.total, part.start, part.next_after) == (5, 3, None)
    assert surveys.history(form.uuid, Window(page=9, length=3)).items == ()


def test_the_first_published_survey_is_the_first_by_name(surveys: Surveys) -> None:
    assert surveys.first_published() is None
    surveys.create("B")
    surveys.create("A", published=False)
    first = surveys.first_published()
    assert first is not None
    assert first.name == "B"


def test_views_and_answers_count_without_touching_history_or_order(surveys: Surveys) -> None:
    form = surveys.create("A")
    surveys.viewed(form.uuid, NOW + 10)
    surveys.viewed(form.uuid, NOW + 5)
    counted = surveys.answered(form.uuid)
    assert (counted.views_count, counted.responses_count) == (2, 1)
    assert (counted.first_form_view_at, counted.last_form_view_at) == (NOW + 5, NOW + 10)
    assert surveys.listing("published", ALL).items == (counted,)
    assert surveys.history(form.uuid, ALL).total == 2


def test_an_unknown_survey_is_not_found(surveys: Surveys) -> None:
    unknown = "0da50780-f886-11ef-94b9-279ef2a74de4"
    for act in (
        lambda: surveys.get(unknown),
        lambda: surveys.publish(unknown, True),
        lambda: surveys.duplicate(unknown, "B"),
        lambda: surveys.archive(unknown),
        lambda: surveys.history(unknown, ALL),
        lambda: surveys.viewed(unknown, NOW),
        lambda: surveys.answered(unknown),
    ):
        with pytest.raises(NotFound):
            act()


verbs = st.sampled_from(["create", "draft", "publish", "unpublish", "duplicate", "archive", "viewed"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(verbs, st.integers(0, 20), st.sampled_from("aBcDe")), max_size=25))
def test_the_lists_always_hold_exactly_their_surveys_in_order(steps: list[tuple[str, int, str]]) -> None:
    clock = Clock()
    clock.freeze(NOW)
    surveys = Surveys(clock, Ids(clock, "tests"), 1_000)
    made: list[str] = []
    for verb, pick, name in steps:
        clock.advance_to(clock.now() + 1)
        if verb in ("create", "draft"):
            made.append(surveys.create(name, published=verb == "create").uuid)
        elif made:
            act(surveys, verb, made[pick % len(made)], name, made)
    forms = [surveys.get(uuid) for uuid in made]
    for listing, shows in LISTINGS.items():
        expected = sorted((form for form in forms if shows(form)), key=lambda form: (form.name.lower(), form.serial))
        assert list(surveys.listing(listing, ALL).items) == expected
    assert sum(surveys.listing(part, ALL).total for part in ("drafts", "published", "archived")) == len(forms)


def act(surveys: Surveys, verb: str, uuid: str, name: str, made: list[str]) -> None:
    form: Form = surveys.get(uuid)
    if verb == "duplicate":
        made.append(surveys.duplicate(uuid, name).uuid)
    elif verb == "archive":
        surveys.archive(uuid)
    elif verb == "viewed":
        surveys.viewed(uuid, NOW)
    elif form.archived_at is None:
        surveys.publish(uuid, verb == "publish")
