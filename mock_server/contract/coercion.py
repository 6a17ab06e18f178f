"""Turns what a client sent into the types that its operation wants, so that only real mistakes are left to judge.

An honest form client, whose every value is text, and an honest JSON client come out with the same values. Empty text
and null count as not given, as in a Laravel application (inferred), unless the schema allows null: then they are null.
The sentences of the problems are ours (assumed, g1); no source shows Refiner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Request
from mock_server.contract.readers import ABSENT, Reader, Refused, expectation, reader

__all__ = ["Coerced", "Problem", "coerce"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One parameter that is missing or has a value nobody could use."""

    kind: str
    """`missing` or `bad`."""
    name: str
    """The parameter, `account.id` for one inside another; of several that would do (`id`, `email`) the first."""
    message: str
    """One sentence that names the parameter and what is expected."""
    expected: str


class Coerced(NamedTuple):
    """One request's parameters after coercion."""

    values: dict[str, object]
    """The operation's own parameters, typed, defaults filled in. A PATCH gets no defaults: what is absent stays."""
    extra: dict[str, object]
    """All other names as they came, without those that carry the API key."""
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What coercion needs to know of one operation, worked out once."""

    readers: Mapping[str, Reader]
    nullable: frozenset[str]
    defaults: Mapping[str, object]
    required: frozenset[str]
    one_of: frozenset[str]


def coerce(contract: Contract, operation: Operation, request: Request) -> Coerced:
    """Return the parameters of `request` as `operation` wants them. Never raises: what cannot be read is a problem."""
    plan = _plan(contract, operation)
    readers = plan.readers
    values = dict(plan.defaults)
    extra: dict[str, object] = {}
    problems: list[Problem] = []
    for name, raw in request.parameters.items():
        read = readers.get(name)
        if read is None:
            extra[name] = raw
        elif raw is None or raw == "":
            if name in plan.nullable:
                values[name] = None
        else:
            try:
                value = read(raw)
            except Refused as refusal:
                problems.append(_problem(name, refusal))
            else:
                if value is not ABSENT:
                    values[name] = value
    for name in contract.credential_names:
        extra.pop(name, None)
    if not values.keys() >= plan.required or (plan.one_of and plan.one_of.isdisjoint(values)):
        problems += _missing(contract, operation, values, {problem.name.partition(".")[0] for problem in problems})
    return Coerced(values, extra, tuple(problems))


def _problem(name: str, refusal: Refused) -> Problem:
    name += refusal.inside
    if refusal.missing:
        return Problem("missing", name, f"The {name} field is required.", refusal.expected)
    return Problem("bad", name, f"The {name} field must be {refusal.expected}.", refusal.expected)


def _missing(
    contract: Contract, operation: Operation, values: Mapping[str, object], refused: set[str]
) -> list[Problem]:
    given = refused | values.keys()
    problems = []
    for name in operation.required:
        if name not in given:
            expected = expectation(operation.parameters[name].schema, contract.resolve)
            problems.append(Problem("missing", name, f"The {name} field is required.", expected))
    if operation.one_of and given.isdisjoint(operation.one_of):
        *others, last = operation.one_of
        names = f"{', '.join(others)} or {last}"
        problems.append(Problem("missing", operation.one_of[0], f"The {names} field is required.", f"one of {names}"))
    return problems


@lru_cache(maxsize=256)
def _plan(contract: Contract, operation: Operation) -> _Plan:
    parameters = operation.parameters.values()
    defaults = {each.name: each.default for each in parameters if each.default is not None}
    return _Plan(
        readers={each.name: reader(each.schema, contract.resolve, clamp=each.clamp) for each in parameters},
        nullable=frozenset(each.name for each in parameters if "null" in each.schema.get("type", ())),
        defaults={} if operation.method == "PATCH" else defaults,
        required=frozenset(operation.required),
        one_of=frozenset(operation.one_of),
    )
