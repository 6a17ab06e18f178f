"""What may stand under free names: the traits of identifyUser and of accounts, the answers of storeResponse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import inf
from typing import Any

from mock_server.contract.document import Contract, Operation
from mock_server.contract.operations import find
from mock_server.contract.readers import is_time
from mock_server.frozen import frozen

__all__ = ["Free", "free_of_account", "free_of_call", "is_trait_time", "keeps_kind", "slug"]

_KEPT = re.compile(r"[a-z0-9_]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SECONDS = re.compile(r"-?[0-9]{1,12}")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_FLAGS = ("0", "1", "true", "false")
_FIRST, _LAST = -62_135_596_800, 253_402_300_799
"""Unix seconds of the first and the last second of the years 1 to 9999."""


@frozen(eq=False)
class Free:
    """What a value under a free name may be."""

    kinds: frozenset[str]
    """Names of JSON types."""
    items: frozenset[str]
    """Those of what is in a list."""
    longest: float
    """Characters that any source allows."""
    advised: float
    """Characters that every source allows."""
    low: float
    high: float
    times: tuple[str, ...]
    """How the slugs of times end; empty where slugs say nothing, as those of answers."""
    evidence: str
    pointer: str

    def is_time(self, name: str) -> bool:
        """Tell whether what stands under a name is a time by its name."""
        return bool(self.times) and slug(name).endswith(self.times)


@lru_cache(maxsize=256)
def free_of_call(contract: Contract, operation: Operation) -> Free | None:
    """Return what an operation's free names may hold, None where it takes none."""
    if not operation.open:
        return None
    node = find(contract.document, operation.pointer)
    body = contract.resolve(contract.resolve(node["requestBody"])["content"]["application/json"]["schema"])
    return _free(contract, body["additionalProperties"])


@lru_cache(maxsize=256)
def free_of_account(contract: Contract, operation: Operation) -> Mapping[str, Free]:
    """Return what the free names in an operation's maps with known names (`account`) may hold, by the map's name."""
    return {
        name: _free(contract, parameter.schema["additionalProperties"])
        for name, parameter in operation.parameters.items()
        if parameter.kind == "object" and "properties" in parameter.schema
    }


def _free(contract: Contract, entry: Mapping[str, Any]) -> Free:
    schema, fact = contract.resolve(entry), contract.document["x-facts"]["date-traits"]
    pointer = entry.get("$ref", "#")
    return Free(
        kinds=frozenset(schema["type"]),
        items=frozenset(schema.get("items", {}).get("type", ())),
        longest=schema.get("maxLength", inf),
        advised=schema.get("x-soft-max-length", inf),
        low=schema.get("minimum", -inf),
        high=schema.get("maximum", inf),
        times=tuple(fact["suffixes"]) if pointer == fact["values"] else (),
        evidence=schema["x-evidence"],
        pointer=pointer,
    )


def slug(name: str) -> str:
    """Return the slug that Refiner makes of a trait's name: `userId` gives `user_id` (observed, RUD-cap).

    It is that of `state.traits.slug`, whose neighbour this is; a test holds the two together.
    """
    if _KEPT.fullmatch(name):
        return name[:255]
    return re.sub(r"\W+", "_", _HUMPS.sub("_", name)).strip("_").lower()[:255]


def is_trait_time(value: object) -> bool:
    """Tell whether a value is a time to a trait: ISO 8601, or Unix seconds as a number or digits (documented, KB-tr).

    Milliseconds are not: they would lie beyond the year 9999. It is so for `state.clock.parse_time` too (a test).
    """
    if isinstance(value, str):
        text = value.strip()
        return is_time(text) or (_SECONDS.fullmatch(text) is not None and _FIRST <= int(text) <= _LAST)
    return isinstance(value, int | float) and not isinstance(value, bool) and _FIRST <= value <= _LAST


def keeps_kind(kind: str | None, value: object) -> bool:
    """Tell whether a value suits the kind that a trait has had so far.

    A fraction suits a whole number: the first of many measures may have been one. Times and texts take anything here.
    """
    if kind == "boolean":
        return isinstance(value, bool) or str(value) in _FLAGS
    if kind != "integer":
        return True
    if isinstance(value, str):
        return _NUMBER.fullmatch(value.strip()) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
