"""The operations that an adapter may offer, told from `contracts/adapter.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_server.resources import contract_path

__all__ = ["operations"]

_KINDS = {"text": "text", "texts": "list of texts", "traits": "object"}


def operations() -> str:
    """Return a Markdown table: operation, args (`?` where one may be missing), value.

    Raises:
        ContractError: when the schema is missing.
    """
    parts: Mapping[str, Any] = json.loads(contract_path("adapter.schema.json").read_text("utf-8"))["$defs"]
    lines = ["| Operation | `args` | `value` |", "| --- | --- | --- |"]
    for name in parts["operation"]["enum"]:
        asked = parts[name]["properties"]
        lines.append(f"| `{name}` | {_args(parts, asked['args'])} | {_value(asked.get('value'))} |")
    return "\n".join([*lines, ""])


def _args(parts: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    schema = _followed(parts, schema)
    needed = set(schema.get("required", ()))
    several = [each["required"][0] for each in schema.get("oneOf", schema.get("anyOf", ()))]
    words = [
        f"`{name}{'' if name in needed else '?'}`{_kind(parts, inner)}"
        for name, inner in schema.get("properties", {}).items()
        if name not in several
    ]
    if several:
        words.insert(0, ("one of " if "oneOf" in schema else "one or more of ") + " ".join(f"`{n}`" for n in several))
    return ", ".join(words) or "none"


def _kind(parts: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return what is worth saying of a field; that it is text is not."""
    kind = _KINDS.get(str(schema.get("$ref", "")).rpartition("/")[2]) or str(schema.get("type", "object"))
    inner = f" of {_args(parts, schema)}" if "properties" in schema else ""
    about = f": {schema['description'].rstrip('.')}" if "description" in schema else ""
    return "" if kind == "text" else f" ({kind}{inner}{about})"


def _value(schema: Mapping[str, Any] | None) -> str:
    if schema is None:
        return "anything"
    told = {"list": '`{"items": [...]}`: all items of all pages, as Refiner sent them', "sent": "what Refiner sent"}
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return told.get(name) or f"an object with {', '.join(f'`{each}`' for each in schema['required'])}"


def _followed(parts: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    followed: Mapping[str, Any] = parts[name] if name else schema
    return followed
