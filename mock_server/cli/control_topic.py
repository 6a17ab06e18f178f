"""The routes of the control API, told from `contracts/control.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.prepared import stored

__all__ = ["routes"]

_METHODS = ("get", "post", "put", "patch", "delete")
_MARKS = {"query": "?{}=", "header": "{}:"}
_LONG = 300
"""An example with more characters than these explains nothing."""


def routes() -> str:
    """Return every route by tag: method, path and what it does; below it its parameters and fields, and an example.

    Raises:
        ContractError: when the document is missing or broken.
    """
    document = stored("control.yaml")
    lines: list[str] = []
    for tag in document["tags"]:
        lines += [f"## {tag['description']}", ""]
        for path, item in document["paths"].items():
            for method in _METHODS:
                if tag["name"] in item.get(method, {}).get("tags", ()):
                    lines += [f"`{method.upper()} {path}`", *_route(document, item[method]), ""]
    return "\n".join(lines)


def _route(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    about = " ".join([operation["summary"] + ".", *operation.get("description", "").split()])
    yield f"    {' '.join(about.replace('?.', '?').split())}"
    for parameter in (_followed(document, each) for each in operation.get("parameters", ())):
        yield _told(
            document,
            _MARKS[parameter["in"]].format(parameter["name"]),
            parameter["schema"],
            parameter.get("description", ""),
        )
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _followed(document, body.get("schema", {}))
    for choice in (_followed(document, each) for each in schema.get("oneOf", [schema])):
        for name, inner in choice.get("properties", {}).items():
            yield _told(document, name + ("" if name in choice.get("required", ()) else "?"), inner)
    examples = [body["example"]] if "example" in body else [each["value"] for each in body.get("examples", {}).values()]
    for text in (f"such as {json.dumps(example, ensure_ascii=False)}" for example in examples):
        if len(text) > _LONG:
            continue
        yield f"      {text}"


def _told(document: Mapping[str, Any], name: str, schema: Mapping[str, Any], about: str = "") -> str:
    """Return one line on a parameter or field: its choices or type, its default, what it is."""
    followed = _followed(document, schema)
    choices = followed.get("enum")
    kind = followed.get("type", "")
    said = ", ".join(map(str, choices)) if choices else " or ".join([kind] if isinstance(kind, str) else kind)
    parts = [said, f"default {json.dumps(followed['default'])}" if "default" in followed else ""]
    told = "; ".join(filter(None, parts))
    about = " ".join((about or schema.get("description") or followed.get("description", "")).split())
    text = f"`{name}`" + (f" ({told})" if told else "") + (f": {about}" if about else "")
    return f"      {text}"


def _followed(document: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value
