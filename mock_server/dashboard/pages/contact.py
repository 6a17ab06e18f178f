"""One contact whole, and what can be done as it or to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.dashboard.call import Done, Page, PageCall
from mock_server.dashboard.pages.contacts import traits_of
from mock_server.dashboard.pages.responses import tag
from mock_server.dashboard.questions import answers, fields
from mock_server.dashboard.records import contact_row, form_row, moment, named, response_row, rule_text
from mock_server.dashboard.tried import UNTRIED, Deed, Tried, act
from mock_server.state.environment import Environment
from mock_server.state.objects import display_name
from mock_server.state.queries import date_of
from mock_server.state.records import Contact, Form, Response, Window
from mock_server.state.traits import COMPUTED

__all__ = ["change_contact", "contact"]

MOST_RESPONSES = 20
MOST_EVENTS = 50


async def contact(call: PageCall, tried: Tried = UNTRIED) -> Page:
    """Show one contact; 404 where the environment has none of that uuid."""
    environment = call.environment
    found = environment.contact_by_uuid(call.path["uuid"])
    form = _form(call, environment)
    responses = _responses(environment, found)
    attributes = environment.contact_attributes(found)
    account = environment.account_of(found)
    told, known = environment.account_attributes(account), named(environment)
    return Page(
        "contact.html",
        {
            "environment": environment,
            "contact": contact_row(environment, found),
            "attributes": {name: value for name, value in attributes.items() if value is not None},
            "unset": [name for name, value in attributes.items() if value is None],
            "computed": COMPUTED,
            "account": {"name": display_name(account.traits), "id": account.remote_id, "domain": account.domain},
            "account_attributes": {name: value for name, value in told.items() if value is not None},
            "memberships": _memberships(found),
            "responses": [response_row(environment, one) for one in responses[:MOST_RESPONSES]],
            "more_responses": len(responses) > MOST_RESPONSES,
            "events": _tallies(found),
            "known": known,
            "enterable": [one for one in known["segments"] if not one["everybody"]],
            "form": None if form is None else {**form_row(form), "fields": fields(environment, form)},
            "tried": tried,
            # What is here is in no other environment: the picker leads to the list.
            "picker": (call.url("/contacts", env=None), {}),
        },
    )


async def change_contact(call: PageCall) -> Page | Done:
    """Do what one of the page's forms asks for."""
    return await act(call, _DEEDS, contact)


def _form(call: PageCall, environment: Environment) -> Form | None:
    """Return the survey that is to be answered: the chosen one, else the published one that comes first by name."""
    uuid = call.typed("form_uuid") or call.query.get("form_uuid", "")
    if uuid:
        return environment.form(uuid)
    some = Window(page=1, length=1)
    items = environment.forms(some, "published").items or environment.forms(some).items
    return items[0] if items else None


def _responses(environment: Environment, contact: Contact) -> list[Response]:
    """Return what it was shown and answered, newest first."""
    made = environment.responses_of(contact.uuid)
    return sorted(made, key=lambda one: (date_of(one, "all"), one.serial), reverse=True)


def _memberships(contact: Contact) -> list[dict[str, Any]]:
    return [
        {
            "uuid": place.segment.uuid,
            "name": place.segment.name,
            "is_manual": place.segment.is_manual,
            "rule": rule_text(place.segment),
            "since": moment(place.times(contact)[0]),
        }
        for place in contact.memberships
    ]


def _tallies(contact: Contact) -> list[dict[str, Any]]:
    newest = sorted(contact.traces.events.items(), key=lambda pair: pair[1].last_at, reverse=True)
    return [{"event": name, "count": one.count, "at": moment(one.last_at)} for name, one in newest[:MOST_EVENTS]]


def _who(call: PageCall) -> dict[str, str]:
    """Return how Refiner's operations are told whom is meant: by id, else by e-mail."""
    found = call.environment.contact_by_uuid(call.path["uuid"])
    return {"id": found.remote_id} if found.remote_id else {"email": found.email or ""}


async def _simulate(call: PageCall, notice: str, event: str, **what: Any) -> Done:
    body = {"event": event, "contact": {"uuid": call.path["uuid"]}, **what}
    done = await call.control("POST", f"{call.api}/simulate", body)
    return Done(call.here, notice, {"cause": done["cause"], "form_uuid": what.get("form_uuid")})


async def _operate(call: PageCall, notice: str, operation: str, parameters: Mapping[str, Any], to: str = "") -> Done:
    path = f"{call.api}/operations/{operation}"
    done = await call.control("POST", path, parameters)
    return Done(to or call.here, notice, {"cause": done["cause"]})


async def _complete(call: PageCall) -> Done:
    form = call.environment.form(call.typed("form_uuid"))
    data = answers(form, call.form)
    return await _simulate(call, "survey-completed", "Completed Survey", form_uuid=form.uuid, data=data)


async def _see(call: PageCall) -> Done:
    return await _simulate(call, "survey-seen", "Saw Survey", form_uuid=call.typed("form_uuid"))


async def _dismiss(call: PageCall) -> Done:
    return await _simulate(call, "survey-dismissed", "Dismissed Survey", form_uuid=call.typed("form_uuid"))


async def _enter(call: PageCall) -> Done:
    return await _simulate(call, "segment-entered", "Entered Segment", segment_uuid=call.typed("segment_uuid"))


async def _leave(call: PageCall) -> Done:
    parameters = {**_who(call), "segment_uuid": call.typed("segment_uuid")}
    return await _operate(call, "segment-left", "removeFromSegment", parameters)


async def _tag(call: PageCall) -> Done:
    return Done(f"{call.here}#responses", "response-tagged", {"cause": await tag(call)})


async def _identify(call: PageCall) -> Done:
    return await _operate(call, "contact-identified", "identifyUser", {**traits_of(call.typed("traits")), **_who(call)})


async def _track(call: PageCall) -> Done:
    return await _operate(call, "event-tracked", "trackEvent", {"event": call.typed("event"), **_who(call)})


async def _delete(call: PageCall) -> Done:
    return await _operate(call, "contact-deleted", "deleteContact", {"uuid": call.path["uuid"]}, "/contacts")


_DEEDS: Mapping[str, Deed] = {
    "complete": _complete,
    "see": _see,
    "dismiss": _dismiss,
    "enter": _enter,
    "leave": _leave,
    "tag": _tag,
    "identify": _identify,
    "track": _track,
    "delete": _delete,
}
