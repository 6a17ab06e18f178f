"""Whom a call speaks of: ids that are somebody else's, and parameters that overwrite each other."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.terms import FORMS, foreign_uuids, looks_like_uuid
from mock_server.contract.violation import Finding

__all__ = ["overwritten", "persons", "uuid_not_taken"]

_ANSWERED = "contact_uuid"
"""How Refiner calls a contact's uuid where it answers identifyUser with it."""


def uuid_not_taken(hearing: Hearing) -> Iterator[Finding]:
    """Yield the uuid that alone says who is meant, to an operation that does not take one."""
    operation = hearing.operation
    named = any(parameter.name in operation.one_of for parameter, _ in hearing.given())
    name = next((name for name in ("uuid", _ANSWERED) if name in hearing.extra), None)
    if operation.one_of and not named and name is not None and "uuid" not in operation.one_of:
        names, raw = " or ".join(operation.one_of), hearing.extra[name]
        message = f"{operation.id} does not take {name}; it needs {names} to know who is meant."
        yield hearing.finding("uuid-not-taken", name, raw, names, message)  # under `id` it would be as wrong


def persons(hearing: Hearing) -> Iterator[Finding]:
    """Yield ids that belong to another object, or to two contacts, as far as the environment knows them."""
    world, operation = hearing.world, hearing.operation
    if world is None or hearing.coerced is None:
        return
    values, own = hearing.coerced.values, operation.parameters
    id, email = values.get("id"), values.get("email")
    if isinstance(id, str) and looks_like_uuid(id) and world.contact_uuid_exists(id.lower()):
        message = "The id is the uuid that Refiner gave to a contact; id is your own user id."
        suggestion = "uuid" if "uuid" in own else None
        yield hearing.finding("uuid-as-id", "id", id, "your own user id", message, suggestion=suggestion)
    elif isinstance(id, str) and isinstance(email, str):
        known, other = world.email_of(id), world.uuid_of(email=email)
        if known is not None and known.lower() != email.lower() and other not in (None, world.uuid_of(id=id)):
            message = "The id belongs to one contact and the email to another, so it is not clear who is meant."
            yield hearing.finding("two-contacts", "email", email, known, message)
    for name in foreign_uuids(operation):
        value = values.get(name)
        if isinstance(value, str) and world.contact_uuid_exists(value):
            message = f"The {name} is the uuid of a contact, which is not what it names here."
            yield hearing.finding("contact-uuid-elsewhere", name, value, "another uuid", message, of=own[name])


def overwritten(hearing: Hearing) -> Iterator[Finding]:
    """Yield the operation's own parameters that are given twice with different values, of which one is lost."""
    request = hearing.request
    for parameter, raw in hearing.given():
        name = parameter.name
        if name in request.query and name in request.body:
            values = [request.query[name], request.body[name]]
            where = "in query and body"
        elif parameter.kind in ("array", "object"):
            continue  # how lists are written is another rule's
        else:
            values, where = _repeated(hearing, name), f"in the {hearing.place(name)}"
        others = [value for value in values if value not in (None, "") and _plain(value) != _plain(raw)]
        if others:
            message = f"The {name} is given twice {where} with different values, of which only one counts."
            yield hearing.finding("overwritten-parameter", name, others[0], "one value", message, of=parameter)


def _plain(value: object) -> str:
    """Return a value as a form would write it, so that 1, true and "1" are the same."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return {"true": "1", "false": "0"}.get(value, value) if isinstance(value, str) else json.dumps(value)


def _repeated(hearing: Hearing, name: str) -> list[object]:
    """Return all values that a name has in the place that it came from."""
    place = hearing.place(name)
    if place == "query" or hearing.request.media_type in FORMS:
        return [value for written, value in hearing.pairs(place) if written == name]
    if hearing.request.raw_body.count(f'"{name}"'.encode()) < 2:
        return []
    try:
        pairs = json.loads(hearing.request.raw_body, object_pairs_hook=list)
    except RecursionError:
        return []  # Python does not read as deep as a server may be set to
    # An object has become a list of pairs, so what is no pair was a list.
    pairs = [pair for pair in pairs if isinstance(pair, tuple)] if isinstance(pairs, list) else []
    return [value for written, value in pairs if written == name and not isinstance(value, list)]
