"""How lists and maps are written, and that single values are not written like them.

Documented are `name[]=a&name[]=b` and `name[key]=v` in query and form (`x-facts/arrays`), lists and objects in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from mock_server.contract.document import Parameter
from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.spelling import is_printed_object, json_inside
from mock_server.contract.verdict.terms import NOTHINGS
from mock_server.contract.violation import Finding

__all__ = ["bracketed_keys", "numbered_lists", "shapes"]

_HOW = {
    "nested-brackets": "has brackets within brackets; one pair makes the list.",
    "keyed-brackets": "has keys, or numbers with gaps, in its brackets, which makes a map of it; it must be a list.",
    "scalar-for-list": "is a single value; it must be a list, even of one.",
    "repeated-name": "is repeated without brackets, so that only the last value arrives.",
    "comma-list": "is one text with commas; it must be a list.",
    "json-as-text": "is JSON inside a text; it must be written out.",
    "printed-object": "is a list or object as a programming language prints it, not its values.",
    "brackets-on-scalar": "has brackets, but it is a single value.",
    "value-type": "must be a map of names to values.",
}
_BRACKETS = re.compile(r"([^\[\]]+)(?:\[[^\[\]]*\])+")
_NUMBERED = re.compile(r"([^\[\]]+)\[[0-9]+\]")


def shapes(hearing: Hearing) -> Iterator[Finding]:
    """Yield the lists, maps and single values that are written as something else."""
    for parameter, raw in hearing.given():
        if parameter.kind == "array":
            rule = _of_list(hearing, parameter, raw)
        elif parameter.kind == "object":
            rule = _of_map(raw)
        else:
            listed = isinstance(raw, list | dict) and not hearing.in_json(parameter.name)
            rule = "brackets-on-scalar" if listed else None
        if rule is not None:
            yield _misshapen(hearing, parameter, rule, raw)


def bracketed_keys(hearing: Hearing) -> Iterator[Finding]:
    """Yield the keys of a JSON body that are written with brackets, `tags[]`, over parameters of the operation."""
    own = hearing.operation.parameters
    for name, raw in hearing.extra.items():
        match = _BRACKETS.fullmatch(name)
        if match is not None and match[1] in own and hearing.in_json(name):
            yield hearing.finding(
                "brackets-in-json",
                name,
                raw,
                _in_json(own[match[1]]),
                f"The JSON key {name} is not read as {match[1]}: only a query or a form has brackets.",
                of=own[match[1]],
                suggestion=match[1],
            )


def numbered_lists(hearing: Hearing) -> Iterator[Finding]:
    """Yield the lists that are written `name[0]=a`, which come out right all the same."""
    own = hearing.operation.parameters
    for written, _ in (*hearing.pairs("query"), *hearing.pairs("body")):
        match = _NUMBERED.fullmatch(written)
        if match is not None and match[1] in own and own[match[1]].kind == "array":
            name = match[1]
            message = f"The list {name} is written {written}; it arrives, but documented is {name}[]."
            yield hearing.finding("numbered-brackets", name, written, f"{name}[]", message, suggestion=f"{name}[]")


def _of_list(hearing: Hearing, parameter: Parameter, raw: object) -> str | None:
    """Return the rule that a value breaks by its shape, where a list belongs."""
    if isinstance(raw, str):
        if raw in NOTHINGS:
            return None
        times = sum(name == parameter.name for name, _ in hearing.pairs(hearing.place(parameter.name)))
        single = "repeated-name" if times > 1 else "scalar-for-list"
        return _printed(raw) or ("comma-list" if "," in raw else single)
    if not isinstance(raw, list | dict):
        return "scalar-for-list"
    if hearing.in_json(parameter.name):
        return None  # whether its items fit is a matter of values
    if isinstance(raw, dict):
        return "keyed-brackets"
    if any(isinstance(item, list | dict) for item in raw):
        return "nested-brackets"
    # Only a UUID cannot have commas in it; tags and question identifiers can.
    uuids = hearing.contract.resolve(parameter.schema["items"]).get("format") == "uuid"
    return "comma-list" if uuids and any("," in item for item in raw) else None


def _of_map(raw: object) -> str | None:
    """Return the rule that a value breaks by its shape, where a map belongs."""
    if isinstance(raw, dict) or raw == [] or (isinstance(raw, str) and raw in NOTHINGS):
        return None  # PHP cannot tell an empty map from an empty list
    return (_printed(raw) if isinstance(raw, str) else None) or "value-type"


def _printed(raw: str) -> str | None:
    """Return the rule that a text breaks where a list or map belongs and the text holds one in some notation."""
    if json_inside(raw) is not None:
        return "json-as-text"
    notation = raw == "Array" or is_printed_object(raw) or raw.startswith(("[", "{"))
    return "printed-object" if notation else None


def _misshapen(hearing: Hearing, parameter: Parameter, rule: str, raw: object) -> Finding:
    name, in_json = parameter.name, hearing.in_json(parameter.name)
    twin = hearing.operation.parameters.get(f"{name}s") if rule == "brackets-on-scalar" else None
    expected, suggestion = _in_form(twin or parameter)
    if in_json:
        expected, suggestion = _in_json(parameter), None if rule == "printed-object" else _as_json(parameter, raw)
    elif rule == "brackets-on-scalar" and isinstance(raw, dict) and parameter.kind != "string":
        suggestion = None  # `page[size]` means another parameter
    return hearing.finding(
        rule,
        name,
        raw,
        expected,
        f"The {name} field {_HOW[rule]}" + (f" Several go into {suggestion}." if twin else ""),
        suggestion=suggestion,
        evidence=parameter.evidence,
        # In query and form the mistake is mostly one of brackets, in JSON one of the parameter's type.
        pointer=parameter.pointer if in_json or rule == "value-type" else None,
    )


def _in_json(parameter: Parameter) -> str:
    return (
        f'"{parameter.name}": {{"key": "value"}}' if parameter.kind == "object" else f'"{parameter.name}": ["a", "b"]'
    )


def _in_form(parameter: Parameter) -> tuple[str, str | None]:
    """Return how a query or form writes a parameter, and the name there."""
    name = parameter.name
    if parameter.kind == "array":
        return f"{name}[]=a&{name}[]=b", f"{name}[]"
    if parameter.kind != "object":
        return f"{name}=a", name
    key = next(iter(parameter.schema.get("required", ())), "key")
    return f"{name}[{key}]=a", f"{name}[{key}]"


def _as_json(parameter: Parameter, raw: object) -> str | None:
    """Return the list or map that was meant, as JSON, where it can be told."""
    inside = json_inside(raw) if isinstance(raw, str) else None
    meant: object = inside if isinstance(inside, list | dict) else raw
    if parameter.kind == "array":
        if isinstance(meant, str):
            meant = [part.strip() for part in meant.split(",")]
        elif not isinstance(meant, list):
            meant = [meant]
    elif not isinstance(meant, dict):
        key = next(iter(parameter.schema.get("required", ())), "")
        if not key or isinstance(meant, list):
            return None
        meant = {key: meant}
    return orjson.dumps(meant).decode()
