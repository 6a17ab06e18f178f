"""What one operation takes and how surely that is known, read out of the OpenAPI document.

Refiner reads query and body as one bag (inferred, `x-facts/one-bag`), so an operation has one list of parameters,
whether the document describes them as query parameters (GET, DELETE) or as the properties of a body (POST, PATCH).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.errors import ContractError
from mock_server.frozen import frozen

__all__ = ["KINDS", "Operation", "Parameter", "find", "kind_of", "methods_of", "read_operation", "resolve"]

KINDS = ("string", "integer", "number", "boolean", "array", "object", "any")

_METHODS = ("get", "post", "put", "patch", "delete")
_JSON = "application/json"


@frozen(eq=False)
class Parameter:
    """One name that an operation takes."""

    name: str
    """As in the bag: `form_uuids`, which is written `form_uuids[]` in a query or form."""
    kind: str
    """One of `KINDS`."""
    schema: Mapping[str, Any]
    """Its schema, with a `$ref` at its top followed (those deeper down are not)."""
    default: object
    """What counts when it is not given; None where the contract has no default."""
    evidence: str
    source: tuple[str, ...]
    pointer: str
    """Where its schema stands in the document: `#/...`."""
    clamp: bool
    """A number above the maximum counts as the maximum instead of being refused."""


@frozen(eq=False)
class Operation:
    """One call: a method on a path. An alias has the id of what it stands for, and its own path and evidence."""

    id: str
    method: str
    path: str
    """Without `/v1`, perhaps with a template: `/webhooks/{uuid}`."""
    parameters: Mapping[str, Parameter]
    """By name in document order; values in the path are not among them."""
    required: tuple[str, ...]
    one_of: tuple[str, ...]
    """At least one of these is needed; empty where there is no such rule."""
    open: bool
    """Other names are welcome: traits, answers."""
    deprecated: bool
    mock_only: bool
    evidence: str
    source: tuple[str, ...]
    success: int
    """The status of its first 2xx answer."""
    pointer: str
    summary: str


def find(document: Mapping[str, Any], pointer: str) -> Any:
    """Return what a local pointer (`#/components/...`) names.

    Raises:
        ContractError: when there is nothing.
    """
    node: Any = document
    try:
        for part in pointer.removeprefix("#").split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
    except (KeyError, IndexError, ValueError, TypeError):
        raise ContractError(f"contracts/refiner.yaml points to {pointer}, which is not there") from None
    return node


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `node` with the `$ref` at its top followed; keys beside the `$ref` go before those of its target."""
    while "$ref" in node:
        beside = {key: value for key, value in node.items() if key != "$ref"}
        node = {**find(document, node["$ref"]), **beside}
    return node


def kind_of(schema: Mapping[str, Any]) -> str:
    """Return the kind of a resolved schema: its type, null aside. Boolean or 1/0 is `boolean`, other mixtures `any`."""
    types = schema.get("type", "any")
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    if set(names) == {"boolean", "integer"}:
        return "boolean"
    return names[0] if len(names) == 1 else "any"


def read_operation(document: Mapping[str, Any], path: str, method: str) -> Operation:
    """Return the operation that stands under `paths`, `path`, `method` (lower case) of the document."""
    item = document["paths"][path]
    node = item[method]
    pointer = f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
    listed = list(_query(document, item, f"{pointer.rpartition('/')[0]}/parameters"))
    listed += _query(document, node, f"{pointer}/parameters")
    parameters = [parameter for parameter, _ in listed]
    required = [parameter.name for parameter, needed in listed if needed]
    one_of = list(node.get("x-any-of-required", ()))
    body = _body(document, node)
    if body is not None:
        place, schema = body
        parameters += _properties(document, place, schema)
        required += schema.get("required", ())
        one_of += [branch["required"][0] for branch in schema.get("anyOf", ())]
    return Operation(
        id=node.get("operationId") or node["x-alias-of"],
        method=method.upper(),
        path=path,
        parameters={parameter.name: parameter for parameter in parameters},
        required=tuple(required),
        one_of=tuple(one_of),
        open=body is not None and "additionalProperties" in body[1],
        deprecated=node.get("deprecated", False),
        mock_only=node.get("x-mock-only", False),
        evidence=node["x-evidence"],
        source=tuple(node["x-source"]),
        success=next(int(status) for status in node["responses"] if status.startswith("2")),
        pointer=pointer,
        summary=node["summary"],
    )


def methods_of(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the methods (lower case) of one path item, in a fixed order."""
    return (method for method in _METHODS if method in item)


def _query(document: Mapping[str, Any], holder: Mapping[str, Any], place: str) -> Iterator[tuple[Parameter, bool]]:
    for index, entry in enumerate(holder.get("parameters", ())):
        node = resolve(document, entry)
        if node["in"] == "query":
            where = entry.get("$ref", f"{place}/{index}")
            parameter = _parameter(document, node["name"].removesuffix("[]"), node["schema"], f"{where}/schema", node)
            yield parameter, node.get("required", False)


def _body(document: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the place and the schema of the body; all media types share one schema."""
    if "requestBody" not in node:
        return None
    schema = resolve(document, node["requestBody"])["content"][_JSON]["schema"]
    return schema["$ref"], resolve(document, schema)


def _properties(document: Mapping[str, Any], place: str, schema: Mapping[str, Any]) -> Iterator[Parameter]:
    owner = find(document, place)
    while "properties" not in owner and "$ref" in owner:
        place = owner["$ref"]
        owner = find(document, place)
    for name, entry in schema.get("properties", {}).items():
        yield _parameter(document, name, entry, f"{place}/properties/{name}", resolve(document, entry))


def _parameter(
    document: Mapping[str, Any], name: str, entry: Mapping[str, Any], pointer: str, facts: Mapping[str, Any]
) -> Parameter:
    schema = resolve(document, entry)
    kind, default = kind_of(schema), schema.get("default")
    return Parameter(
        name=name,
        kind=kind,
        schema=schema,
        default=bool(default) if kind == "boolean" and default is not None else default,
        evidence=facts["x-evidence"],
        source=tuple(facts["x-source"]),
        pointer=pointer,
        clamp=facts.get("x-when-invalid") == "clamp",
    )
