"""What the check of clients and an adapter say to each other: hello, request, answer, one JSON document a line.

`contracts/adapter.schema.json` fixes all of it, for adapters in any language. Here it is read and written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast

from mock_server.conformance.plain import harmless
from mock_server.frozen import frozen
from mock_server.resources import contract_path

if TYPE_CHECKING:
    from jsonschema_rs import ValidatorMap

__all__ = [
    "Garbled",
    "Hello",
    "NoJson",
    "Outcome",
    "Request",
    "args_of",
    "kinds",
    "misasked",
    "misshapen",
    "operations",
    "promised_key",
    "read_hello",
    "read_outcome",
    "shown",
]

VERSION = 1
_SHOWN = 120
"""Characters shown of a line that cannot be read."""


class Garbled(Exception):
    """What came is not what the protocol promises; the message says what, and shows the line shortened."""


class NoJson(Garbled):
    """It is no document at all: perhaps it was never meant for us."""


@frozen
class Hello:
    """What an adapter says about itself."""

    name: str
    language: str
    operations: tuple[str, ...]
    """The operationIds that it offers."""


@frozen
class Request:
    """One operation that an adapter shall do."""

    case: str
    operation: str
    args: Mapping[str, Any]
    """In a user's words; see the operation in the schema."""
    base_url: str
    """Ends in `/v1`."""
    api_key: str = field(repr=False)
    deadline_ms: int = 5_000

    def line(self) -> str:
        """Return it as one line of JSON without its end, in ASCII: Node's readline splits at U+2028, too."""
        document = {"v": VERSION, "case": self.case, "operation": self.operation, "args": self.args}
        document |= {"base_url": self.base_url, "api_key": self.api_key, "deadline_ms": self.deadline_ms}
        return json.dumps(document, separators=(",", ":"))


@frozen
class Outcome:
    """How the operation went, in the adapter's words."""

    outcome: Literal["ok", "error", "unsupported"]
    value: Any = None
    """Of `ok`: what the operation gave."""
    kind: str | None = None
    """Of `error`, and never None then: one of the schema's kinds, `auth`, `not-found`, `rate-limited` and others."""
    status: int | None = None
    message: str = ""
    """Of `error`, and of `unsupported` the reason."""


def read_hello(text: str | bytes) -> Hello:
    """Return what an adapter says first.

    Raises:
        Garbled: when it is no hello of this version.
    """
    told = _read(text, "hello")
    return Hello(told["name"], told["language"], tuple(told["operations"]))


def read_outcome(text: str | bytes, case: str) -> Outcome:
    """Return an adapter's answer to the request of a case. Whether its value is right is for others to say.

    Raises:
        Garbled: when it is no answer, or one to another case.
    """
    told = _read(text, "answer")
    if told["case"] != case:
        raise Garbled(f"it answers the case {shown(told['case'])}, but {shown(case)} was asked")
    error = told.get("error") or {}
    match told["outcome"]:
        case "ok":
            return Outcome("ok", told.get("value"))
        case "error":
            return Outcome("error", None, error["kind"], error.get("status"), error.get("message") or "")
        case _:
            return Outcome("unsupported", message=told.get("reason") or "")


def operations() -> tuple[str, ...]:
    """Return the operationIds that adapters may offer, in the contract's order."""
    return tuple(_schema()["$defs"]["operation"]["enum"])


def kinds() -> tuple[str, ...]:
    """Return the kinds of error."""
    return tuple(_schema()["$defs"]["answer"]["properties"]["error"]["properties"]["kind"]["enum"])


def args_of(operation: str) -> Mapping[str, Any]:
    """Return the schema of the args of an operation."""
    definitions = _schema()["$defs"]
    args: Mapping[str, Any] = definitions[operation]["properties"]["args"]
    return definitions[args["$ref"].rpartition("/")[2]] if "$ref" in args else args


def misasked(request: Mapping[str, Any]) -> str | None:
    """Return what the schema finds wrong with a request as a document, None where nothing is."""
    return _wrong("#/$defs/request", request)


def misshapen(operation: str, value: object) -> str | None:
    """Return why a value is not of the shape that is promised for an operation, None where it is."""
    pointer = f"#/$defs/{operation}/properties/value"
    return _wrong(pointer, value) if pointer in _shapes() else None


def promised_key(operation: str) -> str | None:
    """Return the key that a value of an operation must have, such as `items` of a list; None where there is none."""
    value = _schema()["$defs"][operation]["properties"].get("value", {})
    name = value.get("$ref", "").removeprefix("#/$defs/")
    required = (_schema()["$defs"][name] if name else value).get("required", [])
    return required[0] if required else None


def _read(text: str | bytes, kind: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise NoJson(f"{shown(text)} is no JSON") from None
    if wrong := _wrong(f"#/$defs/{kind}", told):
        article = "an" if kind[0] in "aeiou" else "a"
        raise Garbled(f"{shown(text)} is not {article} {kind} as contracts/adapter.schema.json wants it: {wrong}")
    return cast("dict[str, Any]", told)


def _wrong(pointer: str, document: object) -> str | None:
    problem = next(iter(_shapes()[pointer].iter_errors(document)), None)
    if problem is None:
        return None
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.instance_path)
    return harmless(f"{path.lstrip('.')}: {problem.message}" if path else problem.message, 300)


def shown(text: str | bytes) -> str:
    """Return what an adapter said in quotes, harmless and shortened."""
    start = text[: 8 * _SHOWN]
    return repr(harmless(start.decode("utf-8", "replace") if isinstance(start, bytes) else start, _SHOWN))


@cache
def _schema() -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", json.loads(contract_path("adapter.schema.json").read_bytes()))


@cache
def _shapes() -> ValidatorMap:
    from jsonschema_rs import validator_map_for  # 40 ms to import: only for those who validate

    return validator_map_for(dict(_schema()))
