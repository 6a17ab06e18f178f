"""One request before the judge, and what the rules ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote_plus

import orjson

from mock_server.contract.coercion import Coerced
from mock_server.contract.document import Contract, Operation, Parameter
from mock_server.contract.exchange import Request
from mock_server.contract.operations import find, kind_of
from mock_server.contract.verdict.terms import FORMS, World
from mock_server.contract.violation import Finding
from mock_server.frozen import frozen

__all__ = ["Hearing", "shown"]

_LONGEST = 4_096
"""Characters of a value that are looked at for showing some of them."""


@frozen(eq=False)
class Hearing:
    """The facts of one request; see `verdict.judge` for what each of them means."""

    contract: Contract
    called: Operation | None
    request: Request
    coerced: Coerced | None
    world: World | None
    now: int
    refused: bool
    mirrored: bool
    whole_last_day: bool
    headers: Iterable[tuple[bytes, bytes]]
    nowhere: str | None

    @property
    def operation(self) -> Operation:
        """The operation that is called; only for rules that come after it is known."""
        assert self.called is not None, "rules over calls have had their say before"
        return self.called

    @property
    def extra(self) -> dict[str, object]:
        """The names that the operation does not list, as they came."""
        return {} if self.coerced is None else self.coerced.extra

    def given(self) -> Iterator[tuple[Parameter, object]]:
        """Yield the operation's own parameters with their values as they came; what is empty was not given."""
        own = self.operation.parameters
        for name, raw in self.request.parameters.items():
            if name in own and raw is not None and raw != "":
                yield own[name], raw

    def place(self, name: str) -> str:
        """Return where a parameter (of `account.id`: `account`) came from, or belongs: `body` or `query`."""
        name = name.partition(".")[0]
        if name in self.request.body:
            return "body"
        return "query" if name in self.request.query or self.request.method in ("GET", "HEAD", "DELETE") else "body"

    def in_json(self, name: str) -> bool:
        """Tell whether a parameter came in a JSON body, where brackets mean nothing."""
        return self.place(name) == "body" and self.request.media_type not in FORMS

    def part(self, parameter: Parameter, name: str) -> Parameter:
        """Return what stands under a name inside a map, `id` in `account`, as if it were a parameter itself."""
        named = parameter.schema.get("properties", {})
        entry = named.get(name, parameter.schema.get("additionalProperties", {}))
        schema = self.contract.resolve(entry)
        node = find(self.contract.document, parameter.pointer)
        place = node.get("$ref", parameter.pointer)
        return replace(
            parameter,
            name=f"{parameter.name}.{name}",
            kind=kind_of(schema),
            schema=schema,
            default=None,
            evidence=schema.get("x-evidence", parameter.evidence),
            pointer=f"{place}/properties/{name}" if name in named else f"{place}/additionalProperties",
        )

    def pairs(self, place: str) -> list[tuple[str, str]]:
        """Return names and values of the query or of an urlencoded body one by one, with brackets and repetitions."""
        if place == "query":
            raw = self.request.raw_query
        elif self.request.media_type == FORMS[0]:
            raw = self.request.raw_body
        else:
            return []
        parts = (part.partition("=") for part in raw.decode("utf-8", "replace").split("&") if part)
        return [(unquote_plus(name), unquote_plus(value)) for name, _, value in parts]

    def finding(
        self,
        rule: str,
        name: str,
        got: object,
        expected: str | None,
        message: str,
        *,
        of: Parameter | None = None,
        suggestion: str | None = None,
        evidence: str | None = None,
        pointer: str | None = None,
    ) -> Finding:
        """Return a finding over the parameter `name`, `account.id` for one inside another.

        Of a parameter that the operation lists (`of`) evidence and pointer are taken where none are given.
        """
        if of is not None:
            evidence, pointer = evidence or of.evidence, pointer or of.pointer
        return Finding(
            rule,
            (self.place(name), name),
            shown(got),
            expected,
            message,
            suggestion,
            evidence,
            pointer,
            self.operation.id,
        )


def shown(value: object) -> str | None:
    """Return a value as it can be shown: a text as it is, everything else as JSON, None for nothing."""
    if value is None:
        return None
    if isinstance(value, str):
        return value[:_LONGEST]
    try:
        return orjson.dumps(value).decode()[:_LONGEST]
    except orjson.JSONEncodeError:
        return "…"  # deeper than it writes, though it reads that deep
