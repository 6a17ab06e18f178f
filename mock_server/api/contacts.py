"""Users: `identifyUser`, `trackEvent`, `listContacts`, `getContact`, `deleteContact`."""

from __future__ import annotations

from typing import Any

from mock_server.api.call import Call
from mock_server.api.renderings import Renderings

__all__ = ["MOST_WRITTEN", "delete_contact", "get_contact", "identify_user", "list_contacts", "track_event"]

MOST_WRITTEN = 32 * 1_048_576
"""Bytes of written contacts that are kept, over all servers of a process."""

_renderings = Renderings(MOST_WRITTEN)


def identify_user(call: Call) -> dict[str, str]:
    """Make or update a user; every name but `id`, `email` and `account` is a trait (documented)."""
    call.manners.check_traits(call.extra)
    contact = call.environment.identify(call.identity, call.extra, call.account)
    return {"message": "ok", "contact_uuid": contact.uuid}


def track_event(call: Call) -> dict[str, str]:
    """Record that a user, made if unknown, did something; nothing but the name is kept (documented)."""
    call.environment.track(call.identity, call.values["event"])
    return {"message": "ok"}


def list_contacts(call: Call) -> dict[str, Any]:
    """Return one page of the contacts, with a cursor to the next (documented)."""
    values = call.values
    order = values["order_by"]
    window = call.window(order)
    found = call.environment.contacts(
        window,
        order,
        form_uuid=values.get("form_uuid"),
        segment_uuid=values.get("segment_uuid"),
        search=values.get("search"),
    )
    return call.page(_renderings.page(call.environment, found.items), found, window, cursor=order)


def get_contact(call: Call) -> object:
    """Return the contact object (documented)."""
    environment = call.environment
    return _renderings.one(environment, environment.contact(call.identity))


def delete_contact(call: Call) -> dict[str, str]:
    """Remove a contact and all its responses (documented)."""
    call.environment.delete_contact(call.identity)
    return {"message": "ok"}
