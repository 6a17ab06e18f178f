"""How well a value, raw as it came, suits a parameter: one of the things that tell which parameter was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mock_server.contract.names.words import alike, lexicon, singular, split
from mock_server.contract.operations import Parameter
from mock_server.contract.readers import is_time
from mock_server.frozen import frozen

__all__ = ["ANY", "FITS", "MEMBER", "TELLS", "Look", "fit", "look"]

# What a value says for a parameter.
MEMBER = 0.4
"""It is one of the parameter's choices."""
TELLS = 0.15
"""It is of a kind that few parameters take: a UUID, a time, an address, a map."""
FITS = 0.1
"""It is of the parameter's kind, as many are."""
ANY = 0.05
"""It is text, as nearly all are."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_EPOCH = 100_000_000
"""Seconds: no page is this large, every moment since 1973 is."""
_LONGEST = 256


@frozen
class Look:
    """What a value looks like."""

    kinds: frozenset[str]
    """Of `empty flag number epoch uuid own_uuid time mail text list map`; `own_uuid` is a UUID like Refiner's own."""
    text: str
    """The value as text, lower case; empty for lists and maps."""
    inner: Look | None = None
    """Of a list, what its first item looks like."""


def look(value: object) -> Look:
    """Return what a value, raw as it came, looks like."""
    if value is None or value == "":
        return Look(frozenset(["empty"]), "")
    if isinstance(value, Mapping):
        return Look(frozenset(["map"]), "")
    if isinstance(value, list):
        first = value[0] if value else None
        return Look(frozenset(["list"]), "", None if first is None or isinstance(first, list) else look(first))
    if isinstance(value, bool):
        return Look(frozenset(["flag"]), str(value).lower())
    text = str(value)[:_LONGEST].strip().lower()
    kinds = _kinds(text)
    if "," in text and "text" in kinds:
        return Look(frozenset(["text", "list"]), text, look(text.split(",")[0]))
    return Look(frozenset(kinds), text)


def fit(seen: Look, parameter: Parameter) -> float:
    """Return what a value says for a parameter (up to `MEMBER`) or against it (down to -0.5)."""
    if "empty" in seen.kinds:
        return 0.0
    if seen.text in lexicon().directions:
        return -0.5
    if parameter.kind == "array":
        inner = seen.inner or seen
        suits = -0.2 if "map" in inner.kinds else _suits(inner, parameter.schema["items"], parameter)
        return suits + 0.02 if "list" in seen.kinds else suits - 0.05
    if parameter.kind == "object":
        return TELLS if "map" in seen.kinds else -0.3
    if seen.inner is not None and "text" not in seen.kinds and "map" not in seen.inner.kinds:
        return _suits(seen.inner, parameter.schema, parameter) - 0.2
    if "map" in seen.kinds or ("list" in seen.kinds and "text" not in seen.kinds):
        return -0.4 if parameter.kind == "boolean" else -0.2
    return _suits(seen, parameter.schema, parameter)


def _kinds(text: str) -> set[str]:
    if match := _UUID.fullmatch(text):
        return {"uuid", "own_uuid"} if match[1] == "1" else {"uuid"}
    if text in ("true", "false"):
        return {"flag"}
    if _NUMBER.fullmatch(text):
        size = abs(float(text))
        return {"epoch"} if size >= _EPOCH else {"number", "flag"} if text in ("0", "1") else {"number"}
    if is_time(text.upper()):
        return {"time"}
    return {"mail"} if _MAIL.fullmatch(text) else {"text"}


def _suits(seen: Look, schema: Mapping[str, object], parameter: Parameter) -> float:
    kinds = seen.kinds
    if schema.get("format") == "uuid" or str(schema.get("$ref", "")).endswith("/Uuid"):
        return TELLS if "uuid" in kinds else -0.25 if kinds & {"time", "mail", "text"} else -0.1
    if schema.get("x-time"):
        return TELLS if kinds & {"time", "epoch"} else -0.2 if "number" in kinds else -0.1
    if parameter.kind == "boolean":
        return FITS if "flag" in kinds else -0.1
    if parameter.kind in ("integer", "number"):
        return FITS if "number" in kinds else -0.15
    if isinstance(choices := schema.get("enum"), list):
        return _suits_choice(seen.text, [str(each) for each in choices], parameter)
    return _suits_text(kinds, frozenset(map(singular, split(parameter.name))))


def _suits_choice(text: str, choices: Sequence[str], parameter: Parameter) -> float:
    """Return what a value says for a parameter of which it is a choice, or means one.

    Where several words say themselves what there is to choose (`order_by`), a wrong choice says little.
    """
    if text in choices:
        return MEMBER
    if len(split(parameter.name)) > 1:
        return -0.05
    return FITS if any(alike(singular(text), singular(each)) for each in choices) else -0.25


def _suits_text(kinds: frozenset[str], words: frozenset[str]) -> float:
    table = lexicon()
    if words & table.row("mail"):
        return TELLS if "mail" in kinds else -0.1
    if words & table.row("identity"):
        # Refiner's own ids, UUIDs of version 1 (observed), are nobody's user ids.
        return -0.35 if "own_uuid" in kinds else ANY if kinds & {"text", "number", "uuid", "epoch"} else -0.1
    return ANY if "text" in kinds else -0.1
