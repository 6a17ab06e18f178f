"""Reports: nps, csat, ratings, distribution, count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.errors import Invalid
from mock_server.state.records import AnswerValue, Form, Question, Response
from mock_server.state.reporting import KINDS, default_range, report

START, END = 1_741_305_600_000_000, 1_741_996_800_000_000  # 2025-03-07 and 2025-03-15
RANGE = {"date_range_start": "2025-03-07T00:00:00.000000Z", "date_range_end": "2025-03-15T00:00:00.000000Z"}

FORM = Form(
    "form-1",
    1,
    "Spring",
    (
        Question("nps", "How likely?", "nps"),
        Question("csat", "How satisfied?", "csat"),
        Question("ease", "How easy?", "rating"),
        Question("tools", "Which tools?", "multiple_choice"),
        Question("why", "Why?", "text"),
    ),
    START,
    START,
)


def row(data: Mapping[str, AnswerValue], form_uuid: str = "form-1", shown: int = 1) -> Response:
    at = START if data else None
    return Response("r", 1, form_uuid, "c", START, START, shown, at, at, at, at, data=data)


def made(
    kind: str, *rows: Response, questions: tuple[str, ...] = (), shown: Sequence[Response] = ()
) -> dict[str, object]:
    """Return a report without its range."""
    whole = report(kind, rows, [FORM], start=START, end=END, question_identifiers=questions, shown=shown)
    return {key: value for key, value in whole.items() if key not in RANGE}


def answers(identifier: str, *values: AnswerValue) -> list[Response]:
    return [row({identifier: value}) for value in values]


def test_nps_has_its_three_buckets() -> None:
    """(e) nps: detractors 0-6, passives 7-8, promoters 9-10, rounded to an integer (docs; buckets standard)."""
    assert made("nps", *answers("nps", "0", "6", "7", "8", "9", "10", "10")) == {
        "data": {"detractors": 2, "passives": 2, "promoters": 3},
        "count": 7,
        "nps": 14,
    }


def test_nps_rounds_as_in_the_only_known_sample() -> None:
    """(e) nps: 5 detractors, 21 passives, 40 promoters of 66 give 53 (client)."""
    rows = answers("nps", *["3"] * 5, *["7"] * 21, *["10"] * 40)
    assert made("nps", *rows) == {"data": {"detractors": 5, "passives": 21, "promoters": 40}, "count": 66, "nps": 53}


def test_halves_are_rounded_away_from_zero() -> None:
    assert made("nps", *answers("nps", "10", *["8"] * 7))["nps"] == 13
    assert made("nps", *answers("nps", "0", *["8"] * 7))["nps"] == -13


def test_nps_passes_over_what_is_no_score() -> None:
    rows = answers("nps", "11", "-1", "9.5", "nine", "", "1e9", "1/2", "9")
    assert made("nps", *rows)["count"] == 1


@pytest.mark.parametrize(
    ("values", "counts", "csat"),
    [
        (("-2", "-1", "0", "1", "2", "2"), (1, 1, 1, 1, 2), 50),
        (("-1", "0", "1", "1"), (0, 1, 1, 2, 0), 50),
        (("-1", "1", "1"), (0, 1, 0, 2, 0), 67),
        (("3", "great"), (0, 0, 0, 0, 0), 0),
    ],
    ids=["five points", "three points", "two points", "no points"],
)
def test_csat_counts_each_step_and_the_satisfied_share(
    values: tuple[str, ...], counts: tuple[int, ...], csat: int
) -> None:
    """(e) csat, (c) Answer values: stored -2 to 2, -1 to 1 or two-point without 0; positives by all (docs)."""
    names = ("very_unsatisfied", "unsatisfied", "neutral", "satisfied", "very_satisfied")
    assert made("csat", *answers("csat", *values)) == {
        "data": dict(zip(names, counts, strict=True)),
        "count": sum(counts),
        "csat": csat,
    }


def test_ratings_have_count_sum_and_average() -> None:
    """(e) ratings: data by value, count, sum, average (docs; 2 decimals assumed)."""
    assert made("ratings", *answers("ease", "5", "4", "10", "5", "4.5", "good")) == {
        "data": {"4": 1, "4.5": 1, "5": 2, "10": 1},
        "count": 5,
        "sum": 28.5,
        "average": 5.7,
    }
    assert made("ratings", *answers("ease", "1", "1", "2"))["average"] == 1.33
    assert made("ratings") == {"data": {}, "count": 0, "sum": 0, "average": 0}


def test_a_distribution_counts_every_choice_and_every_response_once() -> None:
    """(e) distribution: data by value, datapoints, responses (docs)."""
    rows = [*answers("tools", ["pen", "ink"], "pen", []), row({})]
    assert made("distribution", *rows) == {"data": {"pen": 2, "ink": 1}, "datapoints": 3, "responses": 2}


def test_a_distribution_leaves_free_text_out_unless_it_is_named() -> None:
    rows = answers("why", "Fast", "Fast")
    assert made("distribution", *rows)["datapoints"] == 0
    assert made("distribution", *rows, questions=("why",))["data"] == {"Fast": 2}


def test_count_has_views_and_responses() -> None:
    """(e) count: views, responses (docs). A row shown again is viewed again: form_views_count was 2 (live)."""
    answered = row({"nps": "9"}), row({"nps": "1"})
    assert made("count", *answered, shown=(row({}, shown=2), answered[0])) == {"views": 3, "responses": 2}


def test_without_identifiers_only_questions_of_the_fitting_type_count() -> None:
    """(e) question_identifiers[]: empty means every question fitting the type (docs)."""
    rows = [row({"nps": "9", "ease": "9", "other": "9"}), row({"nps": "9"}, form_uuid="form-2")]
    assert made("nps", *rows)["count"] == 1
    assert made("ratings", *rows)["count"] == 1


def test_a_named_identifier_counts_whether_or_not_a_survey_defines_it() -> None:
    """Issue 3: a question_identifiers[] given counts whether or not a survey defines it."""
    rows = [row({"nps": "9", "other": "2"}), row({"other": "10"}, form_uuid="form-2")]
    assert made("nps", *rows, questions=("other", "other"))["data"] == {"detractors": 1, "passives": 0, "promoters": 1}
    assert made("nps", *rows, questions=("other", "nps"))["count"] == 3


@pytest.mark.parametrize("kind", KINDS)
def test_every_report_ends_in_its_effective_range(kind: str) -> None:
    """(e) Every answer also has date_range_start and date_range_end, ISO (docs)."""
    whole = report(kind, [], [FORM], start=START, end=END)
    assert dict(list(whole.items())[-2:]) == RANGE


def test_an_unknown_type_is_refused_with_the_choices() -> None:
    with pytest.raises(Invalid, match="nps, csat, ratings, distribution, count") as caught:
        report("ces", [], [], start=START, end=END)
    assert caught.value.name == "type"


def test_the_default_range_is_a_week_and_today() -> None:
    """(e) date_range_start defaults to 7 days ago, date_range_end to the end of today (docs)."""
    assert default_range(1_741_944_011_000_000) == (START, END)


scores = st.one_of(st.integers(-3, 13).map(str), st.sampled_from(["", "x", "7.0", "8.5", "+9"]))


@settings(max_examples=50, deadline=None)
@given(st.lists(scores, max_size=40))
def test_nps_agrees_with_counting_by_hand(values: list[str]) -> None:
    """(e) nps: the buckets against a brute-force model."""
    whole = {**{str(score): score for score in range(11)}, "7.0": 7, "+9": 9}
    valid = [whole[value] for value in values if value in whole]
    low, high = [score for score in valid if score < 7], [score for score in valid if score > 8]
    result = made("nps", *answers("nps", *values))
    assert result["data"] == {
        "detractors": len(low),
        "passives": len(valid) - len(low) - len(high),
        "promoters": len(high),
    }
    assert result["count"] == len(valid)
    exact = 100 * (len(high) - len(low)) / len(valid) if valid else 0
    assert isinstance(result["nps"], int)
    assert abs(result["nps"] - exact) <= 0.5
