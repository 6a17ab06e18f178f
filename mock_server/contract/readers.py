"""Readers: one function for each schema, which turns a value as it came into the type that the schema wants.

Forms and queries know only text, JSON clients mix types freely; Refiner's host takes both alike (inferred: a Laravel
application). A reader therefore accepts every spelling of the same value and refuses only what no spelling explains.
How Refiner itself treats such values is not known: that they are refused at all is assumed (g1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from mock_server.contract.operations import kind_of

__all__ = ["ABSENT", "Reader", "Refused", "expectation", "is_time", "reader"]

Reader = Callable[[object], Any]
"""Returns the typed value, or `ABSENT` when an empty map stands for nothing given; raises `Refused`."""
Resolve = Callable[[Mapping[str, Any]], Mapping[str, Any]]

ABSENT = object()

_INT64 = 2**63 - 1
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DIGITS = re.compile(r"\s*[+-]?[0-9]{1,300}\s*", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,2})?\s*", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?)?"
)
_EMPTY: tuple[object, ...] = ({}, [])
_FLAGS = {"1": True, "0": False, "true": True, "false": False}


class Refused(Exception):
    """A value that is not what its parameter wants."""

    def __init__(self, expected: str, inside: str = "", missing: bool = False) -> None:
        super().__init__(expected)
        self.expected = expected
        self.inside = inside
        """Where in the value the trouble is: `.id`; empty for the value itself."""
        self.missing = missing


def reader(schema: Mapping[str, Any], resolve: Resolve, *, clamp: bool = False) -> Reader:
    """Return the reader of a schema; with `clamp` a number above the maximum is taken as the maximum.

    Where a schema knows no maximum, the largest number of 64 bits is one, and always taken so.
    """
    schema = resolve(schema)
    kind = kind_of(schema)
    if kind == "object":
        return _record(schema, resolve) if "properties" in schema else _map(schema, resolve)
    if kind == "array":
        return _list(schema, resolve)
    if kind in ("integer", "number"):
        return _number(schema, kind, clamp, expectation(schema, resolve))
    if kind == "boolean":
        return _flag
    return _text(schema, expectation(schema, resolve)) if kind == "string" else _anything


def expectation(schema: Mapping[str, Any], resolve: Resolve) -> str:
    """Return what a schema wants, as words that fit after "must be"."""
    schema = resolve(schema)
    kind = kind_of(schema)
    if kind == "array":
        return f"a list{_many(schema)}, each {expectation(schema['items'], resolve)}"
    if kind == "object":
        return "a map of names to values"
    if kind == "boolean":
        return "1 or 0"
    if "enum" in schema:
        return f"one of {', '.join(str(choice) for choice in schema['enum'])}"
    if kind in ("integer", "number"):
        return f"a {'whole ' if kind == 'integer' else ''}number{_range(schema)}"
    if schema.get("format") == "uuid":
        return "a UUID"
    if schema.get("x-time"):
        return "an ISO 8601 date or time, such as 2026-01-31 or 2026-01-31T10:00:00Z"
    if "pattern" in schema:
        return f"text that matches {schema['pattern']}"
    return f"text of at most {schema['maxLength']} characters" if "maxLength" in schema else "text"


def is_time(text: str) -> bool:
    """Tell whether a text is an ISO 8601 date, or date and time with `T` or a space between, that the calendar has.

    It is one to `state.clock.parse_time` too, whose neighbour this is; a test holds the two together.
    """
    if _TIME.fullmatch(text) is None:
        return False
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment.astimezone(UTC)  # an offset can lead out of the years 1 to 9999
    except (ValueError, OverflowError):
        return False
    return True


def _text(schema: Mapping[str, Any], expected: str) -> Reader:
    check = _text_check(schema)
    low, high = schema.get("minLength", 0), schema.get("maxLength", _INT64)
    is_uuid = schema.get("format") == "uuid"

    def read(raw: object) -> str:
        text = raw if isinstance(raw, str) else _as_text(raw, expected)
        if is_uuid:
            text = text.lower()  # RFC 9562: either case is the same UUID
        if not low <= len(text) <= high or (check is not None and not check(text)):
            raise Refused(expected)
        return text

    return read


def _text_check(schema: Mapping[str, Any]) -> Callable[[str], object] | None:
    if "enum" in schema:
        return frozenset(schema["enum"]).__contains__
    if schema.get("format") == "uuid":
        return _UUID.fullmatch
    if schema.get("x-time"):
        return is_time
    return re.compile(schema["pattern"]).search if "pattern" in schema else None


def _as_text(raw: object, expected: str) -> str:
    """A number or boolean where text is wanted is written as PHP would; it is at most worth a note (design 3.5)."""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)
    if isinstance(raw, int) and abs(raw) <= 2 * _INT64 + 1:
        return str(raw)
    raise Refused(expected)


def _number(schema: Mapping[str, Any], kind: str, clamp: bool, expected: str) -> Reader:
    low, high = schema.get("minimum", -_INT64), schema.get("maximum", _INT64)
    whole = kind == "integer"
    spelling = _DIGITS if whole else _NUMBER

    def read(raw: object) -> int | float:
        if isinstance(raw, str) and spelling.fullmatch(raw):
            value: int | float = int(raw) if whole else float(raw)
        elif isinstance(raw, (int, float)) and not isinstance(raw, bool):
            value = raw
        else:
            raise Refused(expected)
        if value > high and (clamp or high == _INT64):
            return int(high)
        if not low <= value <= high or (whole and value != int(value)):
            raise Refused(expected)
        return int(value) if whole else value

    return read


def _flag(raw: object) -> bool:
    if isinstance(raw, str) and raw in _FLAGS:
        return _FLAGS[raw]
    if isinstance(raw, int) and raw in (0, 1):
        return bool(raw)
    raise Refused("1 or 0")


def _list(schema: Mapping[str, Any], resolve: Resolve) -> Reader:
    item = reader(schema["items"], resolve)
    expected = expectation(schema, resolve)
    low, high = schema.get("minItems", 0), schema.get("maxItems", _INT64)

    def read(raw: object) -> list[object]:
        if not isinstance(raw, list):
            raise Refused(expected)
        # `form_uuids[]=` is how a form writes an empty list: what is empty in it was not given.
        given = [each for each in raw if each is not None and each != ""]
        if not low <= len(given) <= high:
            raise Refused(expected)
        try:
            return [item(each) for each in given]
        except Refused:
            raise Refused(expected) from None

    return read


def _map(schema: Mapping[str, Any], resolve: Resolve) -> Reader:
    """Read a map whose values are all of one kind: `response_data[nps]=9`. What is empty counts as not given."""
    item = reader(schema.get("additionalProperties", {}), resolve)
    names = re.compile(schema.get("propertyNames", {}).get("pattern", ""))
    expected = expectation(schema, resolve)

    def read(raw: object) -> object:
        if raw in _EMPTY:
            return ABSENT  # PHP cannot tell an empty map from an empty list
        if not isinstance(raw, dict) or not all(map(names.search, raw)):
            raise Refused(expected)
        values = {}
        for name, each in raw.items():
            if each is not None and each != "":
                try:
                    values[name] = item(each)
                except Refused as refusal:
                    raise Refused(refusal.expected, f".{name}") from None
        return values

    return read


def _record(schema: Mapping[str, Any], resolve: Resolve) -> Reader:
    """Read a map with known names among free ones: `account`. The free ones stay as they came."""
    known = [(name, reader(entry, resolve)) for name, entry in schema["properties"].items()]
    required = frozenset(schema.get("required", ()))
    expected = expectation(schema, resolve)

    def read(raw: object) -> object:
        if not raw and raw in _EMPTY:
            return ABSENT
        if not isinstance(raw, dict):
            raise Refused(expected)
        values = raw
        for name, item in known:
            each = raw.get(name)
            if each is None or each == "":
                if name in required:
                    raise Refused(f"given in {expected}", f".{name}", missing=True)
                continue
            try:
                value = item(each)
            except Refused as refusal:
                raise Refused(refusal.expected, f".{name}") from None
            if value is not each:
                values = {**values, name: value}
        return values

    return read


def _anything(raw: object) -> object:
    return raw


def _many(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    if high is not None:
        return f" of {low} to {high} items"
    return " of at least one item" if low else ""


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if high is not None:
        return f" from {low} to {high}"
    return f" from {low} on" if low is not None else ""
