"""What may be said of a webhook: each field, and how it is checked. Messages name the field and what would do."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from mock_server.errors import Invalid
from mock_server.state.ids import is_uuid

__all__ = ["EVENTS", "FIELDS", "LONGEST_NAME", "checked", "token"]

EVENTS = ("Completed Survey", "Saw Survey", "Dismissed Survey", "Entered Segment", "Tag Added")
"""The first is observed (RUD-cap), the next two are documented (KB-segint), the last two names are assumed (g5)."""

LONGEST_NAME = 255
_LONGEST_URL = 2_048
_LONGEST_TOKEN = 4_096


def checked(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the fields among `values` as a Subscription holds them; null means not given, but takes a token away.

    Raises:
        Invalid: when one is unknown or cannot be used.
    """
    unknown = next((name for name in values if name not in FIELDS), None)
    if unknown is not None:
        raise Invalid(f"A webhook has no field {unknown[:40]!r}; its fields are {', '.join(FIELDS)}.", unknown)
    return {
        name: FIELDS[name](name, value) for name, value in values.items() if value is not None or name == "auth_token"
    }


def _name(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
        raise Invalid(f"The {name} field must be text of 1 to {LONGEST_NAME} characters.", name)
    return value


def _url(name: str, value: object) -> str:
    """An absolute http or https URL; a user and password in it would end up in logs, so they are refused."""
    wanted = f"The {name} field must be an absolute http or https URL"
    if not isinstance(value, str) or not value.isprintable() or " " in value or len(value) > _LONGEST_URL:
        raise Invalid(f"{wanted} of at most {_LONGEST_URL} printable characters.", name)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port out of range, a broken IPv6 address
        usable = False
    if not usable:
        raise Invalid(f"{wanted}, such as http://127.0.0.1:8080/hook.", name)
    if "@" in parts.netloc:
        raise Invalid(f"{wanted} without user name and password; a secret goes into auth_token.", name)
    return value


def _events(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not value or not all(event in EVENTS for event in value):
        raise Invalid(f"The {name} field must be a list of at least one of: {', '.join(EVENTS)}.", name)
    return tuple(dict.fromkeys(value))


def token(name: str, value: object) -> str | None:
    """Return text that can stand in a header, None for none; a line break in it would add headers. Raises Invalid."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_TOKEN:
        raise Invalid(f"The {name} field must be text of at most {_LONGEST_TOKEN:,} characters.", name)
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in value):
        raise Invalid(f"The {name} field must not contain line breaks or other control characters.", name)
    return value


def _uuids(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(is_uuid(uuid) for uuid in value):
        raise Invalid(f"The {name} field must be a list of uuids.", name)
    return tuple(dict.fromkeys(uuid.lower() for uuid in cast("list[str]", value)))


def _active(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise Invalid(f"The {name} field must be true or false.", name)
    return value


FIELDS: Mapping[str, Callable[[str, object], object]] = {
    "name": _name,
    "url": _url,
    "events": _events,
    "auth_token": token,
    "form_uuids": _uuids,
    "segment_uuids": _uuids,
    "active": _active,
}
