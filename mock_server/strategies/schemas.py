"""A schema of the contract as a strategy: it knows the words that the contract uses, and no others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mock_server.contract.document import load
from mock_server.contract.operations import find
from mock_server.state.traits import RESERVED
from mock_server.strategies.words import emails, names, slugs, texts, times

__all__ = ["Part", "Schema", "free", "is_dated", "merged", "part", "values"]

Schema = Mapping[str, Any]
Part = Any
"""A value, or a strategy that draws it."""

_MOST = 3
"""Items of a list, free names of a map: more of the same teaches nothing."""


def part(given: Part) -> SearchStrategy[Any]:
    """Return a part as a strategy."""
    return given if isinstance(given, SearchStrategy) else st.just(given)


def is_dated(slug: str) -> bool:
    """Tell whether a trait of that name holds a time (documented, KB-tr)."""
    return slug.endswith(("_at", "_date"))


def values(schema: Schema, name: str = "") -> SearchStrategy[Any]:
    """Draw what `schema` allows, but for what its `x-assumed` says is only thought to be understood.

    `name` is that of the parameter or key: an `email` looks like one, and what is dated by its name is a time.
    """
    schema = merged(schema)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        assumed = [(type(each), each) for each in schema.get("x-assumed", ())]  # for 1 == True
        return st.sampled_from([each for each in schema["enum"] if (type(each), each) not in assumed])
    if "type" not in schema and "anyOf" in schema:
        return st.one_of(*(values(branch, name) for branch in schema["anyOf"]))
    types = schema.get("type", "string")
    # In the order of `_KINDS`, the least first: there an example ends when it shrinks.
    return st.one_of(*(draws(schema, name) for kind, draws in _KINDS.items() if kind == types or kind in types))


def merged(schema: Schema) -> Schema:
    """Return a schema with its `$ref` followed: what is beside it goes first, but the properties of both count."""
    if "$ref" not in schema:
        return schema
    target = merged(find(load().document, schema["$ref"]))
    both = {**target, **{word: value for word, value in schema.items() if word != "$ref"}}
    theirs, ours = target.get("properties", {}), schema.get("properties", {})
    if theirs and ours:
        both["properties"] = {**theirs, **{key: {**theirs.get(key, {}), **entry} for key, entry in ours.items()}}
    both["required"] = [*target.get("required", ()), *schema.get("required", ())]
    return both


def free(schema: Schema, parts: Mapping[str, Part] | None = None) -> SearchStrategy[dict[str, Any]]:
    """Draw a map of up to three slugs to what `schema` allows, and the `parts` in any case."""
    given = st.fixed_dictionaries({name: part(each) for name, each in (parts or {}).items()})
    worth, time = values(schema), times()
    # None of Refiner's own names becomes a trait (documented, KB-tr).
    keys = st.lists(slugs().filter(lambda name: name not in RESERVED), unique=True, max_size=_MOST)

    @st.composite
    def maps(draw: DrawFn) -> dict[str, Any]:
        return {key: draw(time if is_dated(key) else worth) for key in draw(keys)} | draw(given)

    return maps()


def _text(schema: Schema, name: str) -> SearchStrategy[str]:
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("x-time"):
        return times()
    if "pattern" in schema:
        pattern: str = schema["pattern"]
        return st.from_regex(pattern, fullmatch=True)
    if name == "email":
        return emails()
    most = schema.get("x-soft-max-length", schema.get("maxLength", 255))
    return names(most) if "minLength" in schema else texts(most)


def _whole_number(schema: Schema, _name: str) -> SearchStrategy[int]:
    low = schema.get("minimum", 0)
    # Where the contract knows no end, one is near: beyond row 10,000 the vendor advises against a page.
    return st.integers(low, schema.get("maximum", low + 9))


def _number(schema: Schema, _name: str) -> SearchStrategy[float]:
    whole = st.integers(schema.get("minimum", -1_000_000), schema.get("maximum", 1_000_000))
    # Two decimals: every language, and a form, writes the same number again.
    return whole | st.integers(-10_000, 10_000).map(lambda cents: cents / 100)


def _list(schema: Schema, _name: str) -> SearchStrategy[list[Any]]:
    items, low, high = values(schema["items"]), schema.get("minItems", 0), schema.get("maxItems", _MOST)
    few = st.lists(items, min_size=low, max_size=_MOST, unique_by=repr)
    return few | st.lists(items, min_size=high, max_size=high, unique_by=repr) if high > _MOST else few


def _object(schema: Schema, _name: str) -> SearchStrategy[dict[str, Any]]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    known = {key: values(entry, key) for key, entry in properties.items()}
    listed = st.fixed_dictionaries(
        {key: known[key] for key in known if key in required},
        optional={key: known[key] for key in known if key not in required},
    )
    if "additionalProperties" not in schema:
        return listed
    inner = merged(schema["additionalProperties"])
    if "object" in inner["type"] and not properties:  # one floor below is deep enough
        inner = {**inner, "type": [kind for kind in inner["type"] if kind != "object"]}
    return st.builds(lambda more, own: {**more, **own}, free(inner), listed)


_KINDS: Mapping[str, Callable[[Schema, str], SearchStrategy[Any]]] = {
    "null": lambda _schema, _name: st.none(),
    "boolean": lambda _schema, _name: st.booleans(),
    "integer": _whole_number,
    "number": _number,
    "string": _text,
    "array": _list,
    "object": _object,
}
