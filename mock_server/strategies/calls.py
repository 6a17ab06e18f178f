"""Whole calls of Refiner's operations, and the parts that they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mock_server.contract.document import Operation, load
from mock_server.contract.operations import find
from mock_server.errors import UsageError
from mock_server.frozen import frozen
from mock_server.spelling import advice
from mock_server.state.clock import parse_time
from mock_server.strategies.schemas import Part, Schema, free, part, values

__all__ = ["Call", "accounts", "answers", "calls", "events", "identities", "traits"]

_FROM_ANSWERS = frozenset({"page_cursor"})
"""Parameters that only an answer can give: they are left out unless a part says them."""
_RANGE = ("date_range_start", "date_range_end")


@frozen
class Call:
    """One call, as a client makes it."""

    operation: str
    """The operationId."""
    arguments: Mapping[str, Any]
    """Python values by parameter name (`tags`, not `tags[]`), traits and answers among them."""


def calls(operation: str | None = None, **parts: Part) -> SearchStrategy[Call]:
    """Draw a call of `operation` (an operationId; without one, of any of Refiner's own) that the contract allows.

    Required parameters are in it, and at least one of those of which one is needed. A part is in it always, as a value
    or by a strategy: `calls("tagResponse", uuid=known)`. Without an `operation` a part goes to those that take it:
    `calls(form_uuid=st.sampled_from(forms))`. What a call names need not exist: it may be answered 404.

    Raises:
        UsageError: when there is no such operation, or nothing takes such a part.
    """
    own = {each.id: each for each in load().operations.values() if not each.mock_only}
    if operation is None:
        _check(parts, {name for each in own.values() for name in each.parameters})
        return st.one_of(*(_calls(each, _those_of(each, parts)) for each in own.values()))
    if operation not in own:
        raise UsageError(f"{operation!r} is no operation of Refiner's; {advice(operation, own)}")
    return _calls(own[operation], parts)


def identities(**parts: Part) -> SearchStrategy[dict[str, str]]:
    """Draw whom a call is about: a dict with `id`, `email` or both."""
    identify = load().operations["identifyUser"]
    return _listed(identify, identify.one_of, parts)


def traits(**parts: Part) -> SearchStrategy[dict[str, Any]]:
    """Draw traits of a contact: a dict of slugs to texts, numbers, booleans, null (which erases) or dicts of these.

    What a slug that ends in `_at` or `_date` has is an ISO 8601 text.
    """
    return free(_free_values("identifyUser"), parts)


def accounts(**parts: Part) -> SearchStrategy[dict[str, Any]]:
    """Draw the `account` of a call: a dict with an `id`, and traits of the account."""
    account = values(load().operations["identifyUser"].parameters["account"].schema)
    return st.builds(dict.__or__, account, st.fixed_dictionaries({name: part(each) for name, each in parts.items()}))


def events() -> SearchStrategy[str]:
    """Draw the name of a tracked event: a text of 1 to 255 characters."""
    return values(load().operations["trackEvent"].parameters["event"].schema)


def answers(**parts: Part) -> SearchStrategy[dict[str, Any]]:
    """Draw answers to a survey: a dict of question identifiers to texts, numbers, booleans, null or lists of these."""
    return free(_free_values("storeResponse"), parts)


def _calls(operation: Operation, parts: Mapping[str, Part]) -> SearchStrategy[Call]:
    listed = _listed(operation, operation.parameters, _those_of(operation, parts))
    more = {name: each for name, each in parts.items() if name not in operation.parameters}
    if operation.open:
        listed = st.builds(dict.__or__, free(_free_values(operation.id), more), listed)
    else:
        _check(more, operation.parameters)
    if parts.keys().isdisjoint(_RANGE):
        listed = listed.map(_with_a_range)
    return st.builds(Call, st.just(operation.id), listed)


def _those_of(operation: Operation, parts: Mapping[str, Part]) -> dict[str, Part]:
    return {name: each for name, each in parts.items() if name in operation.parameters}


def _listed(operation: Operation, names: Iterable[str], parts: Mapping[str, Part]) -> SearchStrategy[dict[str, Any]]:
    """Draw those of an operation's listed parameters that have one of `names`."""
    _check(parts, names)
    known = {name: values(operation.parameters[name].schema, name) for name in names if name not in _FROM_ANSWERS}
    known |= {name: part(each) for name, each in parts.items()}
    always = {*parts, *operation.required}
    # Of those of which one is needed each is the one at times; the others are optional then.
    either = () if parts.keys() & {*operation.one_of} else operation.one_of
    return st.one_of(*(_having({*always, name}, known) for name in either)) if either else _having(always, known)


def _having(always: set[str], known: Mapping[str, SearchStrategy[Any]]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {name: each for name, each in known.items() if name in always},
        optional={name: each for name, each in known.items() if name not in always},
    )


def _with_a_range(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return arguments whose range is not empty: one that would be has no start."""
    start, end = (parse_time(arguments.get(name, "")) for name in _RANGE)
    if start is not None and end is not None and start >= end:
        return {name: value for name, value in arguments.items() if name != _RANGE[0]}
    return arguments


def _free_values(operation: str) -> Schema:
    """Return the schema of what an operation takes under names that it does not list."""
    contract = load()
    node = find(contract.document, contract.operations[operation].pointer)
    body = contract.resolve(node["requestBody"])["content"]["application/json"]["schema"]
    schema: Schema = contract.resolve(body)["additionalProperties"]
    return schema


def _check(parts: Iterable[str], names: Iterable[str]) -> None:
    known = list(names)
    for name in parts:
        if name not in known:
            raise UsageError(f"no call drawn here takes {name!r}; choose among {', '.join(sorted(known))}")
