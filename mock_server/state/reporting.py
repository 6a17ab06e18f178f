"""The five reports of `GET /reporting`, over responses that were filtered already.

A response counts once it holds data, be it partial or completed (assumed). Each answer to a wanted question is one data
point; of a multiple choice, each choice. Answers that a report cannot read (text in an NPS question) are passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from mock_server.errors import Invalid
from mock_server.state.clock import iso
from mock_server.state.records import Form, Micros, Response

__all__ = ["KINDS", "default_range", "report"]

_DAY: Final = 86_400_000_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")

_FREE_TEXT: Final = frozenset({"text", "long_text", "short_text", "textarea", "open_text", "email", "info"})
_FITTING: Final[Mapping[str, Callable[[str], bool]]] = {
    "nps": lambda type_: type_ == "nps",
    "csat": lambda type_: type_ == "csat",
    "ratings": lambda type_: (
        type_ in {"rating", "ratings", "star_rating", "stars", "smileys", "scale", "ces", "number"}
    ),
    "distribution": lambda type_: type_ not in _FREE_TEXT,
}
"""Which types of question each report takes when no question is named (assumed: no source lists the types)."""

KINDS: Final = (*_FITTING, "count")
"""The values of `type` (documented)."""

_SATISFACTION: Final = ("very_unsatisfied", "unsatisfied", "neutral", "satisfied", "very_satisfied")


def report(
    kind: str,
    rows: Iterable[Response],
    forms: Iterable[Form],
    *,
    start: Micros,
    end: Micros,
    question_identifiers: Collection[str] = (),
    shown: Iterable[Response] = (),
) -> dict[str, object]:
    """Return the report `kind` of the responses; its last keys are the range, `start` inclusive and `end` exclusive.

    Counted are the answers to `question_identifiers`, whether or not a survey defines them; without any, those to the
    questions of `forms` whose type fits. `rows` are those with data in the range; for `count`, `shown` are those whose
    last display is in it (assumed): their displays are the views.

    Raises:
        Invalid: when `kind` is none of `KINDS`.
    """
    if kind not in KINDS:
        raise Invalid(f"type must be one of {', '.join(KINDS)}", "type")
    dates = {"date_range_start": iso(start), "date_range_end": iso(end)}
    if kind == "count":
        return {"views": sum(row.show_counter for row in shown), "responses": sum(1 for _ in rows), **dates}
    fits = _FITTING[kind]
    fitting = {form.uuid: [part.identifier for part in form.questions if fits(part.type)] for form in forms}
    named = tuple(dict.fromkeys(question_identifiers))
    answered = ((row, named or fitting.get(row.form_uuid, ())) for row in rows)
    return {**_REPORTS[kind](answered), **dates}


def default_range(now: Micros) -> tuple[Micros, Micros]:
    """Return the range when none is given: 7 days ago to the end of today (documented), whole UTC days (assumed)."""
    today = now - now % _DAY
    return today - 7 * _DAY, today + _DAY


_Answered = Iterable[tuple[Response, Sequence[str]]]


def _nps(answered: _Answered) -> dict[str, object]:
    scores = [score for score in _numbers(answered) if score.denominator == 1 and 0 <= score <= 10]
    promoters = sum(score >= 9 for score in scores)
    detractors = sum(score <= 6 for score in scores)
    return {
        "data": {"detractors": detractors, "passives": len(scores) - promoters - detractors, "promoters": promoters},
        "count": len(scores),
        "nps": _percent(promoters - detractors, len(scores)),
    }


def _csat(answered: _Answered) -> dict[str, object]:
    """Five-point answers are stored as -2 to 2, three-point ones as -1 to 1, two-point ones without 0 (documented)."""
    counts = Counter(score for score in _numbers(answered) if score.denominator == 1 and -2 <= score <= 2)
    satisfied = counts[Fraction(1)] + counts[Fraction(2)]
    return {
        "data": {name: counts[Fraction(score)] for score, name in enumerate(_SATISFACTION, -2)},
        "count": counts.total(),
        "csat": _percent(satisfied, counts.total()),
    }


def _ratings(answered: _Answered) -> dict[str, object]:
    counts = Counter(_numbers(answered))
    total = sum((score * count for score, count in counts.items()), Fraction())
    count = counts.total()
    return {
        "data": {str(_plain(score)): counts[score] for score in sorted(counts)},
        "count": count,
        "sum": _plain(total),
        "average": _plain(Fraction(_rounded(total * 100 / count), 100)) if count else 0,
    }


def _distribution(answered: _Answered) -> dict[str, object]:
    """The most frequent value comes first (assumed)."""
    responses = 0
    counts: Counter[str] = Counter()
    for row, identifiers in answered:
        values = list(_values(row, identifiers))
        counts.update(values)
        responses += bool(values)
    return {"data": dict(counts.most_common()), "datapoints": counts.total(), "responses": responses}


_REPORTS: Final[Mapping[str, Callable[[_Answered], dict[str, object]]]] = {
    "nps": _nps,
    "csat": _csat,
    "ratings": _ratings,
    "distribution": _distribution,
}


def _values(row: Response, identifiers: Sequence[str]) -> Iterator[str]:
    for identifier in identifiers:
        value = row.data.get(identifier, "")
        yield from filter(None, value if isinstance(value, list) else (value,))


def _numbers(answered: _Answered) -> Iterator[Fraction]:
    for row, identifiers in answered:
        for value in _values(row, identifiers):
            if _NUMBER.fullmatch(value):
                yield Fraction(value)


def _percent(part: int, whole: int) -> int:
    """Return a whole percentage, halves away from zero as PHP rounds (assumed); 0 of nothing is 0 (assumed)."""
    return _rounded(Fraction(100 * part, whole)) if whole else 0


def _rounded(value: Fraction) -> int:
    size = int(abs(value) + Fraction(1, 2))
    return size if value >= 0 else -size


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
