"""How alike two worlds are that had the same call: what differs by its meaning, and not by its spelling."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson

from mock_server.contract.document import load

__all__ = ["ABSENT", "Difference", "Likeness", "Texts", "moment"]

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "nothing"})()
"""Stands where there is no such key or item."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?", re.DOTALL)
_LATEST = 120.0
"""Seconds within which a time is one of the call itself."""
_MICROS = 10**14
"""Whole numbers above are times of a snapshot, in microseconds."""

Difference = tuple[str, Any, Any]
"""Where (`/contacts/2/traits/plan`), what is there, and what should be."""


class Texts(Container[str]):
    """The texts in a document; it is gone through only when somebody asks."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._written: bytes | None = None

    def __contains__(self, text: object) -> bool:
        if self._written is None:
            self._written = orjson.dumps(self._document)
        return orjson.dumps(text) in self._written


@dataclass(slots=True)
class Likeness:
    """Compares what a client's call left or returned with what the honest client's did in the twin.

    New uuids are told alike by the order in which they are met, over all comparisons of one call.
    """

    known: Container[str]
    """The uuids that were there before; any other is new."""
    since: float | None = None
    """Seconds since the epoch at which the call began, where the clocks run: times from then on are alike."""
    as_text: bool = False
    """What was sent went as text, as forms and queries do: 5 and "5", true and "1" are alike."""
    pairs: dict[str, str] = field(default_factory=dict)
    """Texts that stand for one another, the client's first."""
    typed: bool = False
    """It came through a client that may know only the keys that the contract names."""

    def differences(self, got: Any, want: Any, place: str = "") -> Iterator[Difference]:
        """Yield what differs, in order. A key that is absent is like one that is null."""
        if got is want:
            return
        if isinstance(got, dict) and isinstance(want, dict):
            if _the_same(got, want):
                return
            for key in (*want, *(key for key in got if key not in want)):
                if not (self.typed and _unheard_of(key, place, got)):
                    yield from self.differences(got.get(key, ABSENT), want.get(key, ABSENT), f"{place}/{key}")
        elif isinstance(got, list) and isinstance(want, list):
            for rank in range(max(len(got), len(want))):
                here, there = (each[rank] if rank < len(each) else ABSENT for each in (got, want))
                yield from self.differences(here, there, f"{place}/{rank}")
        elif not self._alike(got, want):
            yield place, got, want

    def _alike(self, got: Any, want: Any) -> bool:
        if any(value is ABSENT or value is None for value in (got, want)):
            empty = (None, ABSENT, "") if self.as_text else (None, ABSENT)
            return got in empty and want in empty
        if got in ({}, []) and want in ({}, []):  # PHP cannot tell an empty map from an empty list
            return True
        if isinstance(got, str) and isinstance(want, str) and got != want:
            return self._paired(got, want) or self._of_now(moment(got), moment(want))
        if isinstance(got, bool) is not isinstance(want, bool) or type(got) is not type(want):
            numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (got, want))
            return got == want if numbers else self.as_text and bool(_spellings(got) & _spellings(want))
        times = isinstance(got, int) and isinstance(want, int) and min(got, want) > _MICROS
        return bool(got == want) or (times and self._of_now(got / 1e6, want / 1e6))

    def _paired(self, got: str, want: str) -> bool:
        if self.pairs.get(got) == want:
            return True
        if not (_UUID.fullmatch(got) and _UUID.fullmatch(want)):
            return False
        if got.lower() == want.lower():
            return True
        if got in self.known or want in self.known:
            return False
        if got not in self.pairs and want not in self.pairs.values():
            self.pairs[got] = want
        return self.pairs.get(got) == want

    def _of_now(self, *times: float | None) -> bool:
        since = self.since
        if since is None:
            return False
        return all(time is not None and since - 1 <= time <= since + _LATEST for time in times)


def moment(text: str) -> float | None:
    """Return the time that an ISO text names in seconds since the epoch, without a zone as UTC; None for no time."""
    if not _TIME.fullmatch(text):
        return None
    try:
        named = datetime.fromisoformat(text)
        return (named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _the_same(got: Any, want: Any) -> bool:
    """Tell quickly whether values are the same to the letter, as most of a world is; False where it cannot tell."""
    try:
        return orjson.dumps(got) == orjson.dumps(want)
    except TypeError:  # a number beyond 64 bits, half a surrogate pair
        return False


def _spellings(value: Any) -> set[str]:
    """Return how a value may read where everything is text."""
    if isinstance(value, bool):
        return {"true", "1"} if value else {"false", "0", ""}
    if isinstance(value, float) and value.is_integer():
        return {str(int(value)), repr(value)}
    return {str(value)} if isinstance(value, (str, int, float)) else set()


def _unheard_of(key: str, place: str, got: Mapping[str, Any]) -> bool:
    """Tell whether a key is missing that a typed client need not know: the contract names it nowhere."""
    names, maps = _names()
    return key not in got and key not in names and place.rpartition("/")[2] not in maps


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    """Return every key that the contract names in an answer, and those below which all keys are free."""
    names: set[str] = set()
    maps: set[str] = set()
    contract = load()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            for name, schema in (node.get("properties") or {}).items():
                names.add(name)
                if isinstance(schema, dict) and "additionalProperties" in contract.resolve(schema):
                    maps.add(name)
            for each in node.values():
                look(each)
        elif isinstance(node, list):
            for each in node:
                look(each)

    look(contract.document["components"])
    look(contract.document["paths"])
    return frozenset(names), frozenset(maps)
