"""Which names hold a secret, and what may be shown of it: the one list, for what is judged and for what is shown.

A client that puts its key in the wrong place has put a real key there, so any name that sounds like one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

__all__ = ["SHORTEST", "UUID", "is_key_name", "secrets_in", "shorten", "veiled"]

UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

SHORTEST = 20
"""Characters below which a key counts as none (that there is such a length is observed, its value assumed: g14)."""

_DEEPEST = 80
"""Levels of objects and lists that are looked into; no answer and no report shows as many."""
_LONGEST_NAME = 200
"""Characters of a name that are looked at; so none is remembered with more."""
_BRIEF = 8
"""Characters below which four of them would be too many."""

# Names without separators and in small letters; what is before the words says whose secret it is.
_PASSWORD = re.compile(r".*(?:password|passwd|passphrase|passcode|pwd|secret)[0-9]*|pass|userpass")
_TOKEN = re.compile(
    r".*(?:(?<!page)(?<!cursor)(?<!continuation)token|bearer|authorization|credentials?|jwt"
    r"|(?:api|access|secret|private|auth|client|refiner|master|signing)key)[0-9]*"
)
_LIKE_ONE = re.compile(r"key|token|auth|bearer|secret|credential|passw")
_API_KEY = re.compile(r"(?:refiner[\s._-]?)?api[\s._-]?key", re.IGNORECASE)
_NOT_A_LETTER = re.compile(r"[\W_]+")


def is_key_name(name: str) -> bool:
    """Tell whether a name is that of the API key, perhaps spelt another way."""
    return _API_KEY.fullmatch(name) is not None


def shorten(key: str) -> str:
    """Return a key as it is shown everywhere: its first four characters and an ellipsis."""
    return key[:4] + "…"


def veiled(name: str, value: str) -> str | None:
    """Return what may be shown of a value under a name (`account[password]`), None where all of it may."""
    kind = _kind(name[:_LONGEST_NAME])
    if kind is None or not value:
        return None
    if kind == "password":
        return "…"
    if kind == "token":
        return shorten(value) if len(value) >= _BRIEF else "…"
    return UUID.sub(lambda match: shorten(match[0]), value) if UUID.search(value) else None


def secrets_in(bag: object, name: str = "", depth: int = _DEEPEST) -> Iterator[tuple[str, str]]:
    """Yield the secrets in parameters, those in objects and lists too, each with what may be shown of it."""
    if isinstance(bag, str | int):
        text = str(bag)
        shown = veiled(name, text)
        if shown is not None:
            yield text, shown
            yield from ((key, shorten(key)) for key in UUID.findall(text))
    elif isinstance(bag, Mapping) and depth:
        for key, value in bag.items():
            yield from secrets_in(value, f"{name}[{key}]" if _kind(name[:_LONGEST_NAME]) else str(key), depth - 1)
    elif isinstance(bag, list) and depth:
        for value in bag:
            yield from secrets_in(value, name, depth - 1)


@lru_cache(maxsize=1_024)
def _kind(name: str) -> str | None:
    """Return `password`, `token`, `perhaps` (if the value looks like a key) or None for no secret."""
    parts = [_NOT_A_LETTER.sub("", part).lower() for part in name.split("[")]
    for kind, pattern in (("password", _PASSWORD), ("token", _TOKEN)):
        if any(map(pattern.fullmatch, parts)):
            return kind
    return "perhaps" if any(map(_LIKE_ONE.search, parts)) else None
