"""Values of the operation's own parameters against their schemas: type, choice, form, range, length, count."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from mock_server.contract.coercion import Problem
from mock_server.contract.operations import kind_of
from mock_server.contract.readers import Refused, expectation, reader
from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.violation import Finding

__all__ = ["bad_values", "numbers_as_text"]

_RULES = {
    "enum": "value-choice",
    "format": "value-form",
    "x-time": "value-form",
    "pattern": "value-form",
    "minimum": "value-range",
    "maximum": "value-range",
    "maxLength": "value-length",
    "minItems": "value-count",
    "maxItems": "value-count",
    "type": "value-type",
}
"""The rule that is broken with each key of a schema."""

_NUMBER = re.compile(r"\s*[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?\s*")
_HEX = re.compile("[^0-9a-fA-F]?".join(f"([0-9a-fA-F]{{{length}}})" for length in (8, 4, 4, 4, 12)))
_EPOCH = re.compile(r"([0-9]{9,10})([0-9]{3})?")
_FLAGS = dict.fromkeys(("true", "yes", "on", "y", "t"), "1") | dict.fromkeys(("false", "no", "off", "n", "f"), "0")


def bad_values(hearing: Hearing) -> Iterator[Finding]:
    """Yield the values that no spelling explains, and the numbers above a maximum that counts in their place."""
    for problem in () if hearing.coerced is None else hearing.coerced.problems:
        if problem.kind == "bad":
            yield _bad(hearing, problem)
    for parameter, raw in hearing.given():
        most = parameter.schema.get("maximum")
        if parameter.clamp and most is not None and _number(raw) > most:
            expected = expectation(parameter.schema, hearing.contract.resolve)
            message = f"The {parameter.name} field must be {expected}."
            yield hearing.finding(
                "value-range", parameter.name, raw, expected, message, of=parameter, suggestion=str(most)
            )


def numbers_as_text(hearing: Hearing) -> Iterator[Finding]:
    """Yield the JSON numbers and booleans where a parameter is text."""
    for parameter, raw in hearing.given():
        places = [(parameter, raw)]
        if isinstance(raw, dict) and parameter.kind == "object":
            named = parameter.schema.get("properties", ())
            places = [(hearing.part(parameter, name), raw[name]) for name in named if name in raw]
        for place, value in places:
            if place.kind == "string" and isinstance(value, bool | int | float):
                word = "boolean" if isinstance(value, bool) else "number"
                message = (
                    f"The {place.name} field is a JSON {word} where text is documented; it probably counts the same."
                )
                yield hearing.finding("number-as-text", place.name, value, "text", message, of=place)


def _bad(hearing: Hearing, problem: Problem) -> Finding:
    head, _, rest = problem.name.partition(".")
    parameter, raw = hearing.operation.parameters[head], hearing.request.parameters.get(head)
    if rest and isinstance(raw, dict):
        parameter, raw = hearing.part(parameter, rest), raw.get(rest)
    schema, expected, key = parameter.schema, problem.expected, _broken(parameter.schema, raw)
    if key == "items" and isinstance(raw, list):
        schema = hearing.contract.resolve(schema["items"])
        expected = expectation(schema, hearing.contract.resolve)
        raw = next((item for item in raw if not _fits(hearing, schema, item)), raw)
        key = _broken(schema, raw)
        message = f"Each item of the {problem.name} field must be {expected}."
    elif isinstance(raw, dict | list) and parameter.kind not in ("array", "object"):
        what = "an object" if isinstance(raw, dict) else "a list"
        message = f"The {problem.name} field is {what}; it must be {expected}."
    else:
        message = f"The {problem.name} field must be {expected}."
    return hearing.finding(
        _RULES[key],
        problem.name,
        raw,
        expected,
        message,
        of=parameter,
        suggestion=_meant(schema, raw),
        evidence="assumed" if key in schema.get("x-assumed", ()) else None,
    )


def _fits(hearing: Hearing, schema: Mapping[str, Any], item: object) -> bool:
    try:
        return item in (None, "") or reader(schema, hearing.contract.resolve)(item) is not None
    except Refused:
        return False


def _broken(schema: Mapping[str, Any], raw: object) -> str:
    """Return the key of the schema that a bad value does not keep; `items` for one inside a list."""
    if isinstance(raw, list) and "items" in schema:
        count = sum(item is not None and item != "" for item in raw)
        if count < schema.get("minItems", 0):
            return "minItems"
        return "maxItems" if count > schema.get("maxItems", count) else "items"
    if isinstance(raw, list | dict):
        return "type"
    if "enum" in schema:
        return "enum"
    if kind_of(schema) in ("integer", "number"):
        number = _number(raw)
        if math.isnan(number) or (kind_of(schema) == "integer" and number % 1):
            return "type"
        return "minimum" if number < schema.get("minimum", -math.inf) else "maximum"
    if isinstance(raw, str) and len(raw) > schema.get("maxLength", math.inf):
        return "maxLength"
    return next((key for key in ("format", "x-time", "pattern") if key in schema), "type")


def _number(raw: object) -> float:
    """Return the number that a value is or spells, not-a-number for none."""
    if isinstance(raw, bool):
        return math.nan
    if isinstance(raw, int | float) or (isinstance(raw, str) and _NUMBER.fullmatch(raw)):
        return float(raw)
    return math.nan


def _meant(schema: Mapping[str, Any], raw: object) -> str | None:
    """Return the value that was probably meant by a bad one, None where it cannot be told."""
    if isinstance(raw, list | dict):
        return None
    word = str(raw).strip()
    if kind_of(schema) == "boolean":
        return _FLAGS.get(word.lower())
    if "enum" in schema:
        return _choice(word.lower(), [choice for choice in schema["enum"] if isinstance(choice, str)])
    if schema.get("format") == "uuid":
        match = _HEX.search(word)
        return "-".join(match.groups()).lower() if match else None
    if schema.get("x-time") and (match := _EPOCH.fullmatch(word)):
        return datetime.fromtimestamp(int(match[1]), UTC).isoformat().replace("+00:00", "Z")
    number = _number(raw)
    return str(int(number)) if kind_of(schema) == "integer" and number > 0 and not number % 1 else None


def _choice(word: str, choices: list[str]) -> str | None:
    """Return the choice that a word is nearest to: the same in other capitals, a part of the word, or nearly it."""
    inside = [choice for choice in choices if choice in re.split(r"[^a-z0-9_]+", word)]
    near = inside or get_close_matches(word, choices, n=1, cutoff=0.75)
    return near[0] if near else None
