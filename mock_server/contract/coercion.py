"""Turns what a client sent into the types that its operation wants, so that only real mistakes are left to judge.

An honest form client, whose every value is text, and an honest JSON client come out with the same values. Empty text
and null count as not given, as in a Laravel application (inferred), unless the schema allows null: then they are null.
The sentences of the problems are ours (assumed, g1); no source shows Refiner's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, NamedTuple

from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Request
from mock_server.contract.readers import ABSENT, Reader, Refused, expectation, reader
from mock_server.frozen import frozen

__all__ = ["LONGEST_SHAPE", "MOST_NAMES", "MOST_SHAPES", "Coerced", "Problem", "Shape", "coerce"]

MOST_SHAPES, MOST_NAMES, LONGEST_SHAPE = 512, 64, 1_024
"""Shapes that are remembered, over all operations of a process; the names of one, and their characters in all."""


@frozen
class Problem:
    """One parameter that is missing or has a value nobody could use."""

    kind: str
    """`missing` or `bad`."""
    name: str
    """The parameter, `account.id` for one inside another; of several that would do (`id`, `email`) the first."""
    message: str
    """One sentence that names the parameter and what is expected."""
    expected: str


class Shape:
    """The names of one request's parameters, in their order, as one operation sees them.

    A client's calls have few shapes, so what follows from the names alone is worked out once for each.
    """

    __slots__ = ("free", "look", "own", "size", "whole")

    def __init__(self, plan: _Plan, names: Iterable[str], credential_names: frozenset[str]) -> None:
        names = [*names]
        self.own = tuple((name, plan.readers[name]) for name in names if name in plan.readers)
        """The operation's own names, each with its reader."""
        self.free = tuple(name for name in names if name not in plan.readers and name not in credential_names)
        """All others, without those that carry the API key."""
        full = plan.defaults.keys() | dict(self.own).keys()
        self.size = len(full)
        """How many values there are if none is refused or left out."""
        self.whole = plan.has_all(full)
        """Nothing is missing then."""
        self.look: Any = None
        """What the judge's first look knows of it, from the second time on."""


class Coerced(NamedTuple):
    """One request's parameters after coercion."""

    values: dict[str, object]
    """The operation's own parameters, typed, defaults filled in. A PATCH gets no defaults: what is absent stays."""
    extra: dict[str, object]
    """All other names as they came, without those that carry the API key."""
    problems: tuple[Problem, ...]
    shape: Shape


@frozen(eq=False)
class _Plan:
    """What coercion needs to know of one operation, worked out once."""

    readers: Mapping[str, Reader]
    nullable: frozenset[str]
    defaults: Mapping[str, object]
    required: frozenset[str]
    one_of: frozenset[str]

    def has_all(self, given: AbstractSet[str]) -> bool:
        """Tell whether nothing is missing where these are given."""
        return given >= self.required and not (self.one_of and self.one_of.isdisjoint(given))


def coerce(contract: Contract, operation: Operation, request: Request) -> Coerced:
    """Return the parameters of `request` as `operation` wants them. Never raises: what cannot be read is a problem."""
    plan = _plan(contract, operation)
    parameters = request.parameters
    shape = _shapes.get((plan, *parameters)) or _shape(plan, parameters, contract.credential_names)
    values = dict(plan.defaults)
    problems: list[Problem] = []
    for name, read in shape.own:
        raw = parameters[name]
        if raw is None or raw == "":
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
    if not (shape.whole and len(values) == shape.size) and not plan.has_all(values.keys()):
        problems += _missing(contract, operation, values, {problem.name.partition(".")[0] for problem in problems})
    return Coerced(values, {name: parameters[name] for name in shape.free}, tuple(problems), shape)


_shapes: dict[tuple[object, ...], Shape] = {}
"""By plan and names."""


def _shape(plan: _Plan, parameters: Mapping[str, object], credential_names: frozenset[str]) -> Shape:
    """Return the shape of parameters, remembered unless their names are many or long."""
    shape = Shape(plan, parameters, credential_names)
    if len(parameters) <= MOST_NAMES and sum(map(len, parameters)) <= LONGEST_SHAPE:
        if len(_shapes) >= MOST_SHAPES:
            _shapes.clear()
        _shapes[plan, *parameters] = shape
    return shape


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
