"""Contacts, segments, surveys and responses as the templates show them: plain values out of the records.

Pages read the environment itself (`call.environment`), not its answers: a record has everything, whatever the dialect
makes of it, and looking at it is no traffic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.dashboard.figures import SATISFIED
from mock_server.errors import NotFound
from mock_server.state.clock import exact
from mock_server.state.environment import Environment
from mock_server.state.objects import display_name
from mock_server.state.records import Contact, Form, Micros, Response, Rule, Segment, Window

__all__ = [
    "contact_row",
    "form_row",
    "moment",
    "name_of",
    "named",
    "respondent",
    "response_row",
    "rule_text",
    "state_of",
]

_MOST_NAMED = 500
"""Surveys and segments that a field offers to choose from."""

_OPERATORS = {"greater_than": "is more than", "less_than": "is less than", "equals": "is", "not_equals": "is not"}


def moment(at: Micros | None) -> str:
    """Return a time in ISO 8601, empty text for none."""
    return "" if at is None else exact(at)


def name_of(contact: Contact) -> str:
    """Return what a contact is called: its name, else e-mail, id or uuid."""
    return display_name(contact.traits) or contact.email or contact.remote_id or contact.uuid


def contact_row(environment: Environment, contact: Contact) -> dict[str, Any]:
    """Return a contact in short."""
    account = environment.account_of(contact)
    return {
        "uuid": contact.uuid,
        "name": name_of(contact),
        "id": contact.remote_id or "",
        "email": contact.email or "",
        "account": display_name(account.traits) or account.remote_id or account.domain or "",
        "segments": [place.segment.name for place in contact.memberships if not place.segment.silent],
        "completed": contact.traces.form_submissions_count,
        "first_seen_at": moment(contact.first_seen_at),
        "last_seen_at": moment(contact.last_seen_at),
    }


def form_row(form: Form) -> dict[str, Any]:
    """Return a survey in short."""
    return {
        "uuid": form.uuid,
        "name": form.name,
        "state": state_of(form),
        "questions": len(form.questions),
        "views": form.views_count,
        "responses": form.responses_count,
        "updated_at": moment(form.updated_at),
    }


def state_of(form: Form) -> str:
    """Return `published`, `draft` or `archived`."""
    if form.archived_at is not None:
        return "archived"
    return "draft" if form.published_at is None else "published"


def response_row(environment: Environment, response: Response) -> dict[str, Any]:
    """Return a response with whom it is by and its answers, each below the text of its question."""
    form = environment.form(response.form_uuid)
    questions = {question.identifier: question for question in form.questions}
    at = response.last_data_reception_at or response.last_shown_at
    return {
        "uuid": response.uuid,
        "state": _standing(response),
        "at": moment(at),
        "form": {"uuid": form.uuid, "name": form.name},
        "contact": respondent(environment, response.contact_uuid),
        "answers": [
            {
                "question": question.text if (question := questions.get(name)) else name,
                "answer": ", ".join(value) if isinstance(value, list) else value,
                "words": SATISFIED.get(str(value)) if question and question.type == "csat" else None,
            }
            for name, value in response.data.items()
        ],
        "tags": [tag.name for tag in response.tags],
        "shown": response.show_counter,
    }


def named(environment: Environment) -> dict[str, Any]:
    """Return surveys and segments to choose from, by name."""
    some = Window(page=1, length=_MOST_NAMED)
    return {
        "forms": [{"uuid": one.uuid, "name": one.name} for one in environment.forms(some, "all_with_archived").items],
        "segments": [
            {"uuid": one.uuid, "name": one.name, "everybody": one.silent} for one in environment.segments(some).items
        ],
    }


def rule_text(segment: Segment) -> str:
    """Return in words who is in a segment."""
    if segment.silent:
        return "everybody"
    return "put in by hand or by API" if segment.rule is None else _words(segment.rule)


def _words(rule: Rule, inner: bool = False) -> str:
    if rule.parts or rule.subject in ("all", "any"):
        joined = (" and " if rule.subject == "all" else " or ").join(_words(part, True) for part in rule.parts)
        return f"({joined})" if inner and len(rule.parts) > 1 else joined
    operator = _OPERATORS.get(rule.operator, rule.operator.replace("_", " "))
    value = "" if rule.value is None else f" {rule.value}"
    return f"{rule.subject} {rule.name} {operator}{value}"


def _standing(response: Response) -> str:
    if response.completed_at is not None:
        return "completed"
    if response.dismissed_at is not None:
        return "dismissed"
    return "seen" if response.last_data_reception_at is None else "partial"


def respondent(environment: Environment, uuid: str) -> Mapping[str, str]:
    """Return uuid and name of a contact; of a deleted one no uuid."""
    try:
        contact = environment.contact_by_uuid(uuid)
    except NotFound:  # deleted since
        return {"uuid": "", "name": uuid}
    return {"uuid": uuid, "name": name_of(contact)}
