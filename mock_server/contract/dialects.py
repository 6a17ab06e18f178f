"""Dialects: every doubt about Refiner as a switch, from `contracts/dialects.yaml`.

A choice may say how the contract reads under it; since the server takes routes, defaults, enums and statuses from the
contract, it obeys such a choice without a line of code. The other choices are asked for by id where they matter.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from mock_server.contract.document import Contract, load
from mock_server.contract.prepared import stored
from mock_server.errors import ContractError, UsageError
from mock_server.frozen import frozen
from mock_server.spelling import advice

__all__ = ["Choice", "Dialect", "contract_under", "dialects", "settled"]

VARIANTS_KEPT = 64
"""Compiled contracts kept at once; one costs about 1 MB."""


@frozen
class Choice:
    """One way Refiner may be: how sure the sources are of it and how the contract reads under it."""

    evidence: str
    changes: tuple[Mapping[str, Any], ...]


@frozen
class Dialect:
    """One switch."""

    id: str
    default: str
    about: str
    why: str
    safe: str | None
    """How a client is right under every choice; None where none notices, or none can be right under all."""
    source: tuple[str, ...]
    choices: Mapping[str, Choice]


@cache
def dialects() -> Mapping[str, Dialect]:
    """Return every switch by its id, in the order of the file.

    Raises:
        ContractError: when the file is missing or broken.
    """
    document = stored("dialects.yaml")
    try:
        return MappingProxyType({entry["id"]: _dialect(entry) for entry in document["dialects"]})
    except (KeyError, TypeError) as reason:
        raise ContractError(f"contracts/dialects.yaml cannot be read: {reason!r}") from reason


def settled(wanted: Mapping[str, object]) -> dict[str, str]:
    """Return the choice of every switch: as wanted (whole numbers as text), else its default.

    Raises:
        UsageError: on an unknown switch or choice; the message lists the valid ones.
    """
    known = dialects()
    choices = {id: dialect.default for id, dialect in known.items()}
    for id, given in wanted.items():
        if id not in known:
            raise UsageError(f"there is no dialect {id!r}; {advice(id, known)}")
        choice = str(given) if type(given) is int else given
        if not isinstance(choice, str) or choice not in known[id].choices:
            raise UsageError(f"dialect {id} cannot be {given!r}; {advice(given, known[id].choices)}")
        choices[id] = choice
    return choices


def contract_under(choices: Mapping[str, str]) -> Contract:
    """Return the contract as it reads under these choices (defaults where none is given), compiled once for each.

    What is no switch or none of its choices changes nothing; `settled` refuses it.
    """
    known = dialects()
    # A default has no changes, so all environments that differ only in choices without changes share one contract.
    # In the order of the file, as a change may build upon another's.
    moving = tuple(
        (id, choices[id]) for id, dialect in known.items() if id in choices and _changes(dialect, choices[id])
    )
    return _compiled(moving) if moving else load()


@lru_cache(maxsize=VARIANTS_KEPT)
def _compiled(choices: tuple[tuple[str, str], ...]) -> Contract:
    document = copy.deepcopy(dict(load().document))
    changes = [(id, change) for id, choice in choices for change in _changes(dialects()[id], choice)]
    for id, change in sorted(changes, key=lambda pair: "add" in pair[1]):
        _apply(document, change, id)
    return Contract(document)


def _changes(dialect: Dialect, choice: str) -> tuple[Mapping[str, Any], ...]:
    known = dialect.choices.get(choice)
    return known.changes if known is not None else ()


def _dialect(entry: Mapping[str, Any]) -> Dialect:
    choices = {
        name: Choice(evidence=facts["x-evidence"], changes=tuple(facts.get("contract", ())))
        for name, facts in entry["choices"].items()
    }
    return Dialect(
        id=entry["id"],
        default=entry["default"],
        about=entry["about"],
        why=entry["why"],
        safe=entry.get("safe"),
        source=tuple(entry["x-source"]),
        choices=MappingProxyType(choices),
    )


def _apply(document: dict[str, Any], change: Mapping[str, Any], id: str) -> None:
    """Make one change in place: `{set, to}`, `{drop}`, `{move, to}` or `{add, to}`."""
    (verb,) = change.keys() & {"set", "drop", "move", "add"}
    *parents, last = change[verb].split("/")[1:]
    if verb == "add":
        places = [(holder[key], last) for holder, key in _places(document, parents)]
    else:
        places = list(_places(document, [*parents, last]))
    if not places:
        raise ContractError(f"contracts/dialects.yaml: {id} changes {change[verb]}, which is not there")
    for holder, key in places:
        if verb == "add" and isinstance(holder, list):
            holder.append(copy.deepcopy(change["to"]))
        elif verb == "add":
            holder.setdefault(key, copy.deepcopy(change["to"]))
        elif verb == "set":
            holder[key] = copy.deepcopy(change["to"])
        else:
            value = holder.pop(key)
            if verb == "move":
                # Within one mapping only: an answer moves to another status. Rebuilt, so that order says success first.
                rest = dict(holder)
                holder.clear()
                holder.update({change["to"].rpartition("/")[2]: value, **rest})


def _places(node: Any, parts: list[str]) -> Iterator[tuple[Any, Any]]:
    """Yield (holder, key) of every place that a pointer's parts name; `*` names every key."""
    head, rest = parts[0].replace("~1", "/").replace("~0", "~"), parts[1:]
    if isinstance(node, list):
        keys: list[Any] = list(range(len(node))) if head == "*" else [int(head)] if head.isdigit() else []
    elif isinstance(node, dict):
        keys = list(node) if head == "*" else [head] if head in node else []
    else:
        return
    for key in keys:
        if rest:
            yield from _places(node[key], rest)
        else:
            yield node, key
