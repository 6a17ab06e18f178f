"""The contract, read once from `contracts/refiner.yaml` and compiled into tables.

The document is the only list of operations: routes, coercion, verdicts, strategies and the evidence shown to users all
come from here. Nothing is imported or compiled before it is asked for, because start-up time matters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from mock_server.contract.operations import Operation, Parameter, find, methods_of, read_operation, resolve
from mock_server.contract.prepared import stored
from mock_server.errors import ContractError

if TYPE_CHECKING:
    from jsonschema_rs import Validator, ValidatorMap

__all__ = ["Contract", "Operation", "Parameter", "load"]


class Contract:
    """One OpenAPI document and the tables made from it; never changed after it was made."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Compile the tables of `document`.

        Raises:
            ContractError: when the document lacks something that every operation must have.
        """
        self.document = document
        self.operations: Mapping[str, Operation]
        """By operationId, in document order; aliases are found by `route` only."""
        self.credential_names: frozenset[str]
        """The parameters that carry an API key; they are no operation's own."""
        try:
            listed = [
                read_operation(document, path, method)
                for path, item in document["paths"].items()
                for method in methods_of(item)
            ]
            self.operations = {each.id: each for each in listed if "operationId" in find(document, each.pointer)}
            schemes = document["components"]["securitySchemes"].values()
            self.credential_names = frozenset(scheme["name"] for scheme in schemes if scheme["type"] == "apiKey")
        except (KeyError, StopIteration, TypeError, AttributeError) as reason:
            raise ContractError(f"contracts/refiner.yaml cannot be compiled: {reason!r}") from reason
        self._static = {(each.method, each.path): each for each in listed if "{" not in each.path}
        self._templates = tuple((_pattern(each.path), each) for each in listed if "{" in each.path)

    def route(self, method: str, path: str) -> Operation | None:
        """Return the operation of a method (capitals) on a path without `/v1`, aliases included, or None."""
        operation = self._static.get((method, path))
        if operation is None:
            for pattern, candidate in self._templates:
                if candidate.method == method and pattern.fullmatch(path):
                    return candidate
        return operation

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods that a path takes, in document order; () when there is no such path."""
        static = tuple(method for method, known in self._static if known == path)
        return static or tuple(each.method for pattern, each in self._templates if pattern.fullmatch(path))

    def path_parameters(self, operation: Operation, path: str) -> dict[str, str]:
        """Return the values that `path` carries for the templates of the operation's path, by name."""
        match = _pattern(operation.path).fullmatch(path)
        return match.groupdict() if match else {}

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a node of the document with the `$ref` at its top followed."""
        return resolve(self.document, node)

    def validator(self, pointer: str) -> Validator:
        """Return the compiled validator of any schema in the document, by its pointer (`#/components/schemas/Contact`).

        Raises:
            ContractError: when there is no schema, or one that does not compile.
        """
        try:
            return self._validators[pointer]
        except KeyError:
            raise ContractError(f"contracts/refiner.yaml has no usable schema at {pointer}") from None

    def answer_pointer(self, operation: Operation, status: int) -> str | None:
        """Return the pointer of the schema of one answer, None when the contract does not know that status."""
        responses = find(self.document, operation.pointer)["responses"]
        if str(status) not in responses:
            return None
        place = responses[str(status)].get("$ref", f"{operation.pointer}/responses/{status}")
        return f"{place}/content/application~1json/schema"

    def payload_pointer(self, event: str) -> str | None:
        """Return the pointer of the schema of a webhook's payload by its `triggered_event`, None for no such event."""
        if event not in self.document["webhooks"]:
            return None
        return str(find(self.document, f"#/webhooks/{event}/post/requestBody/content/application~1json/schema/$ref"))

    @cached_property
    def _validators(self) -> ValidatorMap:
        from jsonschema_rs import validator_map_for  # 40 ms to import: only for those who validate

        return validator_map_for(dict(self.document), validate_formats=True, mask="***")


@cache
def load() -> Contract:
    """Return the contract of this installation; every call returns the same one.

    Raises:
        ContractError: when the file is missing or broken.
    """
    return Contract(stored("refiner.yaml"))


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))
