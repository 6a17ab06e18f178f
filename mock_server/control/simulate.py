"""Makes a trigger event happen, by the same verbs and with the same consequences as the real thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.control.aftermath import aftermath
from mock_server.control.call import ControlCall, Fields
from mock_server.errors import Invalid, NotFound, UsageError
from mock_server.spelling import advice
from mock_server.state.environment import Environment
from mock_server.state.records import Identity, Response, Window
from mock_server.state.responses import ResponseQuery

__all__ = ["simulate"]

MOST_TAGS = 20
"""As many as one call of Refiner's takes (documented)."""
LATEST = "latest"
"""Stands for the uuid of the response that was shown last."""


def simulate(call: ControlCall) -> dict[str, Any]:
    """Make the event happen; the answer says to whom, by which response, what else came of it and who is told."""
    environment, body = call.environment, call.body
    body.only("event", "contact", "form_uuid", "data", "segment_uuid", "response_uuid", "tags")
    event = body.needed("event")
    happen = _EVENTS.get(event)
    if happen is None:
        raise UsageError(f"There is no trigger event {event[:60]!r}; {advice(event, _EVENTS)}")
    known = event == "Tag Added" or _is_known(environment, _contact(body))
    happened = happen(environment, body)
    return {"event": event, **happened, "contact_created": not known, **aftermath(call)}


def _complete(environment: Environment, body: Fields) -> dict[str, str]:
    contact, data = _contact(body), body.mapping("data")
    return _of(environment.complete_survey(contact, _form_uuid(environment, body), data))


def _see(environment: Environment, body: Fields) -> dict[str, str]:
    return _of(environment.see_survey(_contact(body), _form_uuid(environment, body)))


def _dismiss(environment: Environment, body: Fields) -> dict[str, str]:
    return _of(environment.dismiss_survey(_contact(body), _form_uuid(environment, body)))


def _enter(environment: Environment, body: Fields) -> dict[str, str]:
    contact = environment.enter_segment(_contact(body), body.needed("segment_uuid"))
    return {"contact_uuid": contact.uuid, "segment_uuid": body.needed("segment_uuid")}


def _tag(environment: Environment, body: Fields) -> dict[str, str]:
    tags = body.items_of("tags")
    if not 1 <= len(tags) <= MOST_TAGS or not all(isinstance(tag, str) and tag for tag in tags):
        raise UsageError(f"The field tags must be a list of 1 to {MOST_TAGS} texts.")
    return _of(environment.tag_response(_response_uuid(environment, body), tags))


_EVENTS: Mapping[str, Callable[[Environment, Fields], dict[str, str]]] = {
    "Completed Survey": _complete,
    "Saw Survey": _see,
    "Dismissed Survey": _dismiss,
    "Entered Segment": _enter,
    "Tag Added": _tag,
}


def _form_uuid(environment: Environment, body: Fields) -> str:
    uuid = body.text("form_uuid")
    if uuid is not None:
        return uuid
    published = environment.forms(Window(page=1, length=1), "published").items
    if not published:
        raise UsageError("There is no published survey here; make one by POST .../forms, or name a draft.")
    return published[0].uuid


def _response_uuid(environment: Environment, body: Fields) -> str:
    uuid = body.needed("response_uuid")
    if uuid != LATEST:
        return uuid
    newest = environment.responses(ResponseQuery(include="all"), Window(page=1, length=1)).items
    if not newest:
        raise UsageError("There is no response here yet.")
    return newest[0].uuid


def _of(response: Response) -> dict[str, str]:
    return {
        "contact_uuid": response.contact_uuid,
        "response_uuid": response.uuid,
        "form_uuid": response.form_uuid,
    }


def _contact(body: Fields) -> Identity:
    contact = Fields(body.mapping("contact"))
    contact.only("id", "email", "uuid", "cookie_uuid")
    if not contact:
        raise UsageError('The field contact is missing; it says who, such as {"id": "u-1"}.')
    return Identity(contact.text("id"), contact.text("email"), contact.text("uuid"), contact.text("cookie_uuid"))


def _is_known(environment: Environment, contact: Identity) -> bool:
    try:
        environment.contact(contact)
    except (NotFound, Invalid):  # an anonymous visitor's cookie alone asks for nobody
        return False
    return True
