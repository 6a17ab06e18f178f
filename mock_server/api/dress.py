"""Renderings: the same truth in other legal dress, so that clients meet every form an answer may have.

Everything is read from the contract in force. `x-lean` marks what may be missing or null without telling less of what
clients wrote or page by, `x-odd` what may be another value or in another order, `x-full` the parameters that ask for
more. That Refiner ever answers in these forms is assumed; that it may is what the contract says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Answer
from mock_server.contract.operations import find

__all__ = ["EXTRA", "asked", "dressed"]

EXTRA: Mapping[str, object] = {"added_later": [None, {"by": "Zoë"}]}
"""What an odd answer has in every object of named keys, although no client can know it."""

_CHARSET = ((b"content-type", b"application/json; charset=utf-8"),)
_EXACT = 2**53
"""Whole numbers up to this are the same as floating ones."""


class _Node(NamedTuple):
    """A schema and where it stands."""

    pointer: str
    schema: Mapping[str, Any]


_ANYTHING = _Node("", {})


def asked(values: Mapping[str, Any], rendering: str, operation: Operation) -> Mapping[str, Any]:
    """Return the parameters of a call; under `full` everything is asked for that can be."""
    if rendering != "full":
        return values
    marked = {name: parameter.schema.get("x-full") for name, parameter in operation.parameters.items()}
    return {**values, **{name: value for name, value in marked.items() if value is not None}}


def dressed(answer: Answer, rendering: str, contract: Contract, operation: Operation) -> Answer:
    """Return a successful answer as the rendering has it, valid against the contract in force."""
    pointer = contract.answer_pointer(operation, answer.status)
    if pointer is None or rendering not in _DRESSES:
        return answer
    value = _DRESSES[rendering](contract, _Node(pointer, find(contract.document, pointer)), orjson.loads(answer.body))
    if rendering != "odd":
        return Answer(answer.status, orjson.dumps(value), answer.headers)
    # As PHP writes JSON unless it is told otherwise: `\/` and `\u00e9`. A slash stands in texts only.
    text = json.dumps(value, indent=1).replace("/", "\\/")
    return Answer(answer.status, text.encode(), _CHARSET)


def _lean(contract: Contract, node: _Node, value: object) -> object:
    if isinstance(value, list):
        parts = tuple(_parts(contract, node, value))
        return [_lean(contract, _items(parts), each) for each in value]
    if not isinstance(value, dict):
        return value
    parts = tuple(_parts(contract, node, value))
    needed = {name for part in parts for name in part.schema.get("required", ())}
    lean: dict[str, object] = {}
    for name, each in value.items():
        member = _member(parts, name)
        mark = member.schema.get("x-lean")
        if mark == "null":
            lean[name] = None
        elif mark != "absent" or name in needed:
            lean[name] = _lean(contract, member, each)
    return lean


def _odd(contract: Contract, node: _Node, value: object) -> object:
    mark = node.schema.get("x-odd")
    if isinstance(value, list):
        parts = tuple(_parts(contract, node, value))
        items = [_odd(contract, _items(parts), each) for each in value]
        return items[::-1] if mark == "reversed" else items
    if isinstance(value, dict):
        parts = tuple(_parts(contract, node, value))
        members = {name: _odd(contract, _member(parts, name), value[name]) for name in reversed(value)}
        named = any("properties" in part.schema for part in parts)
        # In a map, every further key would be one more fact.
        return (
            {**EXTRA, **members}
            if named and not any("additionalProperties" in part.schema for part in parts)
            else members
        )
    if mark is not None:
        return mark
    if type(value) is int and abs(value) <= _EXACT and "number" in contract.resolve(node.schema).get("type", ()):
        return float(value)
    return value


_DRESSES: Mapping[str, Callable[[Contract, _Node, object], object]] = {"lean": _lean, "odd": _odd}
"""Of those that change an answer; `full` changes what is asked for."""


def _parts(contract: Contract, node: _Node, value: object) -> Iterator[_Node]:
    """Yield the schemas that speak of a value, the nearest first: its own, what that refers to, the branch it fits."""
    yield node
    if "$ref" in node.schema:
        target: str = node.schema["$ref"]
        yield from _parts(contract, _Node(target, find(contract.document, target)), value)
    for rank, branch in enumerate(node.schema.get("anyOf", ())):
        pointer = f"{node.pointer}/anyOf/{rank}"
        if contract.validator(pointer).is_valid(value):
            yield from _parts(contract, _Node(pointer, branch), value)
            return


def _member(parts: tuple[_Node, ...], name: str) -> _Node:
    """Return the schema of one member of an object."""
    for pointer, schema in parts:
        if name in schema.get("properties", ()):
            escaped = name.replace("~", "~0").replace("/", "~1")
            return _Node(f"{pointer}/properties/{escaped}", schema["properties"][name])
    for pointer, schema in parts:
        if "additionalProperties" in schema:
            return _Node(f"{pointer}/additionalProperties", schema["additionalProperties"])
    return _ANYTHING


def _items(parts: tuple[_Node, ...]) -> _Node:
    """Return the schema of the items of a list."""
    return next(
        (_Node(f"{pointer}/items", schema["items"]) for pointer, schema in parts if "items" in schema), _ANYTHING
    )
