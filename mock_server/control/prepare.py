"""What a test makes before it starts: contacts, surveys, segments, webhooks. Nothing of it is judged."""

from __future__ import annotations

from typing import Any

from mock_server.contract.coercion import coerce
from mock_server.contract.document import load
from mock_server.contract.exchange import Request
from mock_server.control.call import ControlCall, Fields
from mock_server.errors import UsageError
from mock_server.state.objects import contact_object, form_object, segment_object
from mock_server.state.records import AccountInput, Identity, Question, Window
from mock_server.state.segments import parse_rule
from mock_server.webhooks.subscriptions import Subscriptions

__all__ = [
    "create_form",
    "create_segment",
    "create_webhook",
    "delete_webhook",
    "identify",
    "list_forms",
    "list_segments",
    "list_webhooks",
    "update_webhook",
]

_ALL = Window(page=1, length=1_000_000)


def identify(call: ControlCall) -> dict[str, object]:
    """Make or change a contact by the parameters of identifyUser and return it; its webhooks are sent."""
    environment, sent, contract = call.environment, call.body.raw, load()
    read = coerce(contract, contract.operations["identifyUser"], Request("POST", "/identify-user", sent, {}, sent))
    if read.problems:
        raise UsageError(" ".join(problem.message for problem in read.problems))
    values: dict[str, Any] = read.values
    contact = environment.identify(Identity(values.get("id"), values.get("email")), read.extra, _account(values))
    call.desk.engine.take(environment, call.desk.next_cause())
    owner = environment.account_of(contact)
    return contact_object(
        contact, owner, environment.contact_attributes(contact), environment.account_attributes(owner)
    )


def list_forms(call: ControlCall) -> dict[str, Any]:
    """Return every survey that is not archived, by name; no call of Refiner's is journaled for it."""
    call.query.only()
    forms = call.environment.forms(_ALL).items
    return {"items": [form_object(form, info=True, config=True) for form in forms]}


def list_segments(call: ControlCall) -> dict[str, Any]:
    """Return every segment, by name."""
    call.query.only()
    return {"items": [segment_object(segment) for segment in call.environment.segments(_ALL).items]}


def create_form(call: ControlCall) -> dict[str, Any]:
    """Make a survey, published unless told otherwise."""
    body = call.body
    body.only("name", "questions", "published")
    questions = [_question(document) for document in body.items_of("questions")]
    form = call.environment.create_form(body.needed("name"), questions, published=body.flag("published", True))
    return form_object(form, info=True, config=True)


def create_segment(call: ControlCall) -> dict[str, Any]:
    """Make a segment: manual, or filled by its rule; those it takes in at once fire nothing (documented)."""
    body = call.body
    body.only("name", "is_manual", "rule")
    rule = parse_rule(body.mapping("rule")) if "rule" in body else None
    is_manual = body.flag("is_manual", rule is None)
    if is_manual == (rule is not None):
        raise UsageError("A segment is either manual (is_manual true, no rule) or has a rule (is_manual false).")
    return segment_object(call.environment.create_segment(body.needed("name"), is_manual=is_manual, rule=rule))


def list_webhooks(call: ControlCall) -> dict[str, Any]:
    """Return all webhooks, oldest first, without their tokens."""
    call.query.only()
    return {"items": [Subscriptions.public(webhook) for webhook in _webhooks(call)]}


def create_webhook(call: ControlCall) -> dict[str, Any]:
    """Register a webhook."""
    return Subscriptions.public(_webhooks(call).create(call.body.raw))


def update_webhook(call: ControlCall) -> dict[str, Any]:
    """Change the given fields of a webhook."""
    return Subscriptions.public(_webhooks(call).update(call.path["uuid"], call.body.raw))


def delete_webhook(call: ControlCall) -> None:
    """Remove a webhook."""
    _webhooks(call).delete(call.path["uuid"])


def _webhooks(call: ControlCall) -> Subscriptions:
    return call.desk.engine.subscriptions(call.environment)


def _account(values: dict[str, Any]) -> AccountInput | None:
    account = dict(values.get("account") or {})
    return AccountInput(account.pop("id"), account) if account else None


def _question(document: object) -> Question:
    if not isinstance(document, dict):
        raise UsageError("A question is an object with text, type and perhaps identifier.")
    fields = Fields(document)
    fields.only("identifier", "text", "type")
    return Question(fields.text("identifier") or "", fields.needed("text"), fields.text("type", "text") or "text")
