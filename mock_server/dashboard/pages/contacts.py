"""Contacts: the list of all, found and ordered, and a form to identify somebody."""

from __future__ import annotations

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.lists import part, window
from mock_server.dashboard.records import contact_row, named
from mock_server.dashboard.tried import UNTRIED, Tried, act, lines
from mock_server.state.listings import ORDERS

__all__ = ["change_contacts", "contacts", "traits_of"]

ORDER_WORDS = {
    "first_seen_at": "newest first",
    "last_seen_at": "seen last",
    "last_form_submission_at": "answered last",
    "display_name": "name",
    "email": "e-mail",
}


async def contacts(call: PageCall, tried: Tried = UNTRIED) -> Page:
    """Show one part of the contacts that meet the filters; 404 where these name an unknown survey or segment."""
    environment, get = call.environment, call.query.get
    order = get("order", "")
    order = order if order in ORDERS else "first_seen_at"
    filters = {
        "q": get("q", "").strip()[:200],
        "segment_uuid": get("segment_uuid", ""),
        "form_uuid": get("form_uuid", ""),
        "order": "" if order == "first_seen_at" else order,
    }
    found = environment.contacts(
        window(call),
        order,
        form_uuid=filters["form_uuid"] or None,
        segment_uuid=filters["segment_uuid"] or None,
        search=filters["q"] or None,
    )
    return Page(
        "contacts.html",
        {
            "environment": environment,
            "part": part(call, found, lambda contact: contact_row(environment, contact), filters),
            "filters": filters,
            "filtered": any(filters[name] for name in ("q", "segment_uuid", "form_uuid")),
            "orders": ORDER_WORDS,
            "known": named(environment),
            "tried": tried,
        },
    )


async def change_contacts(call: PageCall) -> Page | Done:
    """Identify somebody, as identifyUser does."""
    return await act(call, {"identify": _identify}, contacts)


async def _identify(call: PageCall) -> Done:
    sent = {**traits_of(call.typed("traits")), "id": call.typed("id"), "email": call.typed("email")}
    account = {"id": call.typed("account"), "name": call.typed("account_name")}
    if any(account.values()):
        sent["account"] = {name: value for name, value in account.items() if value}
    path = f"{call.api}/operations/identifyUser"
    done = await call.control("POST", path, {name: value for name, value in sent.items() if value != ""})
    return Done(f"/contacts/{done['answer']['contact_uuid']}", "contact-identified", {"cause": done["cause"]})


def traits_of(text: str) -> dict[str, object]:
    """Return the traits in lines of `name = value`; an empty value is null, which erases.

    Raises:
        Refused: naming the line that is none, or the name that is no trait's.
    """
    found: dict[str, object] = {}
    for line in lines(text):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not name:
            raise Refused(400, f"Write one trait per line as name = value; this line is none: {line[:80]}")
        if name in ("id", "email", "account"):
            raise Refused(400, f"{name} is no trait; it has a field of its own.")
        found[name] = value or None
    return found
