"""How a person, a survey, a segment or a response is named in Python, and what the control API calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.errors import UsageError
from mock_server.remote.frames import hidden

__all__ = ["Named", "Who", "contact_of", "is_uuid", "names_of", "uuid_in", "uuid_named"]

__tracebackhide__ = hidden

Named = str | Mapping[str, Any]
"""A name, a uuid, or a document that has the uuid."""
Who = str | Mapping[str, Any]
"""A user id, an e-mail, a uuid, or a document that has one of them."""

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_KINDS = ("id", "email", "uuid", "cookie_uuid")
_MOST = 20
"""Names that a message lists."""


def is_uuid(text: str) -> bool:
    """Tell whether a text is written like a uuid."""
    return _UUID.fullmatch(text) is not None


def contact_of(who: object) -> dict[str, str]:
    """Return who is meant, as the control API takes it.

    A text is an e-mail if it has an @, Refiner's uuid if it is written like one, else a user id; `id:`, `email:` or
    `uuid:` before it says which. A document is a contact, whatever returned it, or says `id`, `email` or `cookie_uuid`.

    Raises:
        UsageError: when it names nobody.
    """
    if isinstance(who, Mapping):
        uuid = who.get("contact_uuid") or who.get("uuid")
        named = {"uuid": uuid} if uuid else {kind: who[kind] for kind in _KINDS if who.get(kind)}
        if not named and who.get("remote_id"):
            named = {"id": who["remote_id"]}
    elif isinstance(who, str) and who:
        kind, colon, rest = who.partition(":")
        if not (colon and rest and kind in ("id", "email", "uuid")):
            kind, rest = ("uuid" if is_uuid(who) else "email" if "@" in who else "id"), who
        named = {kind: rest.lower() if kind == "uuid" else rest}
    else:
        named = {}
    if not named:
        raise UsageError(
            f"{who!r:.100} names no contact; give a user id, an e-mail, a uuid, "
            'a mapping such as {"id": "u-1"}, or what identify() returned'
        )
    return named


def uuid_in(noun: str, given: Mapping[str, Any]) -> str:
    """Return the uuid of a `form`, `segment` or `response` out of a document that has it.

    Raises:
        UsageError: when it has none.
    """
    uuid = given.get(f"{noun}_uuid") or given.get("uuid")
    if not isinstance(uuid, str):
        raise UsageError(f"this document has neither uuid nor {noun}_uuid: {dict(given)!r:.100}")
    return uuid


def uuid_named(noun: str, name: str, items: Sequence[Mapping[str, Any]]) -> str:
    """Return the uuid of the one item of that name.

    Raises:
        UsageError: when there is none, or are several; the message says what there is.
    """
    found = [str(item["uuid"]) for item in items if item["name"] == name]
    if not found:
        raise UsageError(f"there is no {noun} named {name!r:.100}; {names_of(noun, items)}")
    if len(found) > 1:
        raise UsageError(f"{len(found)} {noun}s are named {name!r:.100}; give the uuid of one: {', '.join(found[:5])}")
    return found[0]


def names_of(noun: str, items: Sequence[Mapping[str, Any]]) -> str:
    """Return the half sentence that says what there is."""
    if not items:
        return f"there is none here: create_{'form' if noun == 'survey' else noun}() makes one"
    shown = ", ".join(repr(item["name"]) for item in items[:_MOST])
    more = f" and {len(items) - _MOST} more" if len(items) > _MOST else ""
    return f"there {'is' if len(items) == 1 else 'are'} {shown}{more}"
