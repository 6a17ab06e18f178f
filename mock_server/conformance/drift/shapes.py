"""Holds an answer to its schema, and tells what departs from it without telling what was in it.

A departure says what the contract says, of which kind what came is, and how surely the contract knows: by the nearest
`x-evidence` on the way from the answer to the schema that was not met, or assumed where the schema says so of the very
word. Keys that the contract does not know are no departure: every reader must expect them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mock_server.contract.document import Contract
from mock_server.contract.operations import find, kind_of, resolve
from mock_server.frozen import frozen

__all__ = ["Drift", "departures", "evidence_of", "strangers", "told", "wanted"]

Schema = Mapping[str, Any]

_KNOWN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}")
_TIMELIKE = re.compile(r"[0-9TZ:.+ -]{8,35}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_MOST = 40
"""Departures of one answer that are looked at."""
_KINDS = {
    "string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false", "null": "null",
    "array": "a list", "object": "an object",
}  # fmt: skip


@frozen
class Drift:
    """One point in which a server does otherwise than the contract says."""

    place: str
    """Where in the answer: `items[].contact.email`, `status`; empty for the whole."""
    says: str
    """The contract."""
    got: str
    """Masked."""
    evidence: str
    pointer: str
    """The place of the fact in `contracts/refiner.yaml`."""


def departures(contract: Contract, schema: str, value: Any, evidence: str) -> list[Drift]:
    """Return how a value departs from the schema at a pointer, once for each place and kind of departure.

    Args:
        contract: as it reads under the dialect of the server.
        schema: such as `#/components/schemas/Contact`.
        value: the JSON value.
        evidence: that of the answer, where no part of the schema has its own.
    """
    found: dict[tuple[str, str], tuple[Drift, int]] = {}
    for error in contract.validator(schema).iter_errors(value):
        pointer = "#" + "".join(f"/{_escaped(part)}" for part in error.schema_path)
        place = _place(contract, error.instance_path)
        name = _missing(error)
        if (place, pointer + name) in found:
            drift, count = found[place, pointer + name]
            found[place, pointer + name] = drift, count + 1
        elif len(found) < _MOST:
            drift = _drift(contract, schema, error, place, pointer, evidence)
            found[place, pointer + name] = drift, 1
    return [_counted(drift, count) for drift, count in found.values()]


def strangers(contract: Contract, schema: Schema, value: Any, place: str = "") -> Iterator[str]:
    """Yield the places of the keys that the contract does not know, where it knows the keys of an object at all."""
    nodes = list(_nodes(contract.document, schema))
    if isinstance(value, list):
        for item, inner in ((item, node["items"]) for node in nodes if "items" in node for item in value):
            yield from strangers(contract, inner, item, f"{place}[]")
        return
    if not isinstance(value, dict):
        return
    known: dict[str, Schema] = {}
    for node in nodes:
        known |= {name: one for name, one in node.get("properties", {}).items() if one is not False}
    if not known or any("additionalProperties" in node for node in nodes):
        return
    for name, inner in value.items():
        inside = f"{place}.{shown_key(name)}".lstrip(".")
        if name in known:
            yield from strangers(contract, known[name], inner, inside)
        else:
            yield inside


def told(value: Any) -> str:
    """Return of which kind a value is, in words that give nothing of it away."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a whole number" if float(value).is_integer() else "a number with a fraction"
    if isinstance(value, list | dict):
        kind = "a list of" if isinstance(value, list) else "an object with"
        unit = "items" if isinstance(value, list) else "keys"
        return f"{'an empty ' + kind.split()[1] if not value else f'{kind} {len(value)} {unit}'}"
    if match := _UUID.fullmatch(value):
        return f"a UUID of version {match[1]}"
    if _TIMELIKE.fullmatch(value):
        return f"text written like {re.sub('[0-9]', '9', value)}"
    return f"text of {len(value)} characters" if value else "empty text"


def wanted(document: Mapping[str, Any], schema: Schema) -> str:
    """Return what a schema wants, in words."""
    schema = resolve(document, schema)
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return "one of " + ", ".join(f'"{choice}"' for choice in schema["enum"])
    if "anyOf" in schema and "type" not in schema:
        return " or ".join(dict.fromkeys(wanted(document, branch) for branch in schema["anyOf"]))
    if "example" in schema and kind_of(schema) == "string":
        return f"text like {schema['example']}"
    types = schema.get("type", [])
    words = [_KINDS[name] for name in ([types] if isinstance(types, str) else types)]
    limits = [f"{word} {schema[key]:g}" for word, key in (("from", "minimum"), ("to", "maximum")) if key in schema]
    return " ".join([" or ".join(words) or "any value", *limits])


def evidence_of(document: Mapping[str, Any], schema: str, steps: list[str | int], evidence: str) -> str:
    """Return how surely what a schema's word wants is known, the word being reached by some steps from a pointer."""
    node: Any = find(document, schema)
    *way, word = steps
    for step in [None, *way]:
        if step == "$ref":
            node = find(document, node["$ref"])
        elif step is not None:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if isinstance(node, dict) and "x-evidence" in node:
            evidence = node["x-evidence"]
    return "assumed" if isinstance(node, dict) and word in node.get("x-assumed", ()) else evidence


def shown_key(name: str) -> str:
    """Return a key as it may be shown: one that looks like a word of an API."""
    return name if _KNOWN_KEY.fullmatch(name) else f"<a key of {len(name)} characters>"


def _drift(contract: Contract, schema: str, error: Any, place: str, pointer: str, evidence: str) -> Drift:
    document, word = contract.document, error.kind.name
    parent = pointer.rpartition("/")[0]
    evidence = evidence_of(document, schema, list(error.evaluation_path), evidence)
    if name := _missing(error):
        inside, got = f"{place}.{name}".lstrip("."), "no such key"
        node = find(document, parent)
        extra = sorted(set(strangers(contract, node, error.instance))) if isinstance(error.instance, dict) else []
        got += f"; there are keys that it does not know: {', '.join(extra[:5])}" if extra else ""
        return Drift(inside, f"it has the key {name}", got, evidence, pointer)
    says = wanted(document, find(document, parent)) if word != "falseSchema" else "no such key"
    return Drift(place, says, told(error.instance), evidence, parent if word != "falseSchema" else pointer)


def _missing(error: Any) -> str:
    """Return the key that is not there, where that is what is wrong."""
    return str(error.kind.property) if error.kind.name == "required" else ""


def _counted(drift: Drift, count: int) -> Drift:
    if count == 1:
        return drift
    return Drift(drift.place, drift.says, f"{drift.got} ({count} times)", drift.evidence, drift.pointer)


def _place(contract: Contract, path: list[str | int]) -> str:
    """Return a place in an answer: names that the contract knows, `*` for those of a map, `[]` for any of a list."""
    known = _names(contract)
    parts = ("[]" if isinstance(part, int) else f".{part}" if part in known else ".*" for part in path)
    return "".join(parts).lstrip(".")


@lru_cache(maxsize=8)
def _names(contract: Contract) -> frozenset[str]:
    schemas = contract.document["components"]["schemas"].values()
    return frozenset(name for schema in schemas for name in _properties(schema))


def _properties(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for inner in node.values():
            yield from _properties(inner)


def _nodes(document: Mapping[str, Any], schema: Any) -> Iterator[Schema]:
    """Yield every schema that speaks of the same value: itself, what it refers to, and all branches."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    if "$ref" in schema:
        yield from _nodes(document, find(document, schema["$ref"]))
    for branch in schema.get("anyOf", ()):
        yield from _nodes(document, branch)


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
