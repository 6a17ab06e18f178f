"""How well a value, raw as it came, suits a parameter: one of the things that tell which parameter was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.contract.operations import Parameter
from mock_server.contract.readers import is_time
from mock_server.contract.words import lexicon, singular, split

__all__ = ["MEMBER", "Look", "fit", "look"]

MEMBER = 0.25
"""What it says for a parameter with a list of choices that the value is one of them."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_EPOCH = 100_000_000
"""Seconds: no page is this large, every moment since 1973 is."""
_LONGEST = 256


@dataclass(frozen=True, slots=True)
class Look:
    """What a value looks like."""

    kinds: frozenset[str]
    """Of `empty flag number epoch uuid own_uuid time mail text list map`; `own_uuid` is a UUID as Refiner makes them."""
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
        return Look(frozenset(["list"]), "", look(value[0]) if value else None)
    if isinstance(value, bool):
        return Look(frozenset(["flag"]), str(value).lower())
    text = str(value)[:_LONGEST].strip().lower()
    kinds = _kinds(text)
    if "," in text and "text" in kinds:
        return Look(frozenset(["text", "list"]), text, look(text.split(",")[0]))
    return Look(frozenset(kinds), text)


def fit(seen: Look, parameter: Parameter) -> float:
    """Return what a value says for (up to `MEMBER`) or against (down to -0.5) its being meant for a parameter."""
    if "empty" in seen.kinds:
        return 0.0
    if seen.text in lexicon().directions:
        return -0.5
    if parameter.kind == "array":
        inner = seen.inner or seen
        suits = -0.2 if "map" in inner.kinds else _suits(inner, parameter.schema["items"], parameter)
        return suits + 0.02 if "list" in seen.kinds else suits - 0.05
    if parameter.kind == "object":
        return 0.15 if "map" in seen.kinds else -0.2
    if "map" in seen.kinds or ("list" in seen.kinds and "text" not in seen.kinds):
        return -0.2
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
        return 0.15 if "uuid" in kinds else -0.2 if kinds & {"time", "mail"} else -0.1
    if schema.get("x-time"):
        return 0.15 if "time" in kinds else 0.1 if "epoch" in kinds else -0.2 if "number" in kinds else -0.1
    if parameter.kind == "boolean":
        return 0.1 if "flag" in kinds else -0.1
    if parameter.kind in ("integer", "number"):
        return 0.1 if "number" in kinds else -0.15
    if "enum" in schema:
        choices = schema["enum"]
        return MEMBER if isinstance(choices, list) and seen.text in choices else -0.05
    return _suits_text(kinds, frozenset(map(singular, split(parameter.name))))


def _suits_text(kinds: frozenset[str], words: frozenset[str]) -> float:
    table = lexicon()
    if words & table.row("mail"):
        return 0.15 if "mail" in kinds else -0.1
    if words & table.row("identity"):
        # Refiner's own ids, UUIDs of version 1 (observed), are nobody's user ids.
        return -0.35 if "own_uuid" in kinds else 0.05 if kinds & {"text", "number", "uuid", "epoch"} else -0.1
    return 0.05 if "text" in kinds else -0.1
