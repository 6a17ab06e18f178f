"""A survey as a form: which field suits a question, and what was answered in it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from mock_server.dashboard.call import said
from mock_server.dashboard.figures import RATED, SATISFIED
from mock_server.dashboard.tried import lines
from mock_server.state.environment import Environment
from mock_server.state.queries import ResponseQuery
from mock_server.state.records import Form, Question

__all__ = ["TYPES", "answers", "fields"]

TYPES = {
    "nps": "NPS, 0 to 10",
    "csat": "satisfaction, five steps",
    "rating": "rating, 1 to 5",
    "single_choice": "one choice",
    "multiple_choice": "several choices",
    "text": "text",
    "number": "number",
}
"""Types of question that a survey can be made of here, in words; the API takes any other, too."""

_LOOKED_AT = 300
"""Responses whose answers are offered again as choices."""
_OFFERED = 30

_SCALES = {
    "nps": [(str(score), str(score)) for score in range(11)],
    "csat": list(reversed(SATISFIED.items())),
    "rated": [(str(score), str(score)) for score in range(1, 6)],
}


def fields(environment: Environment, form: Form) -> list[dict[str, Any]]:
    """Return the field of each question: its `name` in the form, its `kind`, and the `choices` it offers."""
    kinds = [_kind(question) for question in form.questions]
    given = _given(environment, form) if {"choice", "choices"} & set(kinds) else {}
    return [
        {
            "name": f"answer{rank}",
            "text": question.text,
            "identifier": question.identifier,
            "type": question.type,
            "kind": "scale" if kind in _SCALES else kind,
            "choices": _SCALES.get(kind) or list(given.get(question.identifier, ())),
        }
        for rank, (question, kind) in enumerate(zip(form.questions, kinds, strict=True))
    ]


def answers(form: Form, sent: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return what was answered, by identifier; a field that was left empty is no answer."""
    found: dict[str, str | list[str]] = {}
    for rank, question in enumerate(form.questions):
        text = said(sent, f"answer{rank}")
        if text:
            found[question.identifier] = lines(text) if _kind(question) == "choices" else text
    return found


def _kind(question: Question) -> str:
    if question.type in _SCALES:
        return question.type
    if question.type == "number":
        return "number"
    if question.type in RATED:
        return "rated"
    if "choice" in question.type or question.type in ("select", "dropdown", "checkbox", "checkboxes", "radio"):
        return "choices" if "multi" in question.type or question.type.startswith("checkbox") else "choice"
    return "text"


def _given(environment: Environment, form: Form) -> dict[str, dict[str, None]]:
    """Return the choices of earlier answers by identifier: what a survey offers is told nowhere."""
    query = ResponseQuery(form_uuids=(form.uuid,), include="partials")
    found: dict[str, dict[str, None]] = {}
    for row in islice(environment.matching(query), _LOOKED_AT):
        for name, value in row.data.items():
            choices = found.setdefault(name, {})
            for one in value if isinstance(value, list) else (value,):
                if len(choices) < _OFFERED and len(one) <= 200:
                    choices[one] = None
    return found
