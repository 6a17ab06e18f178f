"""Layers: how two environments share what was one's, until one of them changes it.

A fork and its source both stand on the mapping as it was, which changes no more; what is put into one of them
afterwards, or taken out, lies in a layer of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Final, TypeVar

__all__ = ["SMALL", "Layered", "parted"]

SMALL: Final = 2_048
"""Up to so many entries a copy is as cheap, and every use of it cheaper."""

K = TypeVar("K")
V = TypeVar("V")


class Layered(MutableMapping[K, V]):
    """A mapping over another one that changes no more, which it hides where it differs.

    Everything is O(1), a walk O(entries): those below in their order, then those that came.
    """

    __slots__ = ("_below", "_came", "_gone", "_own")

    def __init__(self, below: Mapping[K, V]) -> None:
        self._below = below
        self._own: dict[K, V] = {}
        self._gone: set[K] = set()
        self._came = 0
        """How many keys of `_own` are not below."""

    def __getitem__(self, key: K) -> V:
        own = self._own
        if key in own:
            return own[key]
        if key in self._gone:
            raise KeyError(key)
        return self._below[key]

    def __contains__(self, key: object) -> bool:
        return key in self._own or (key in self._below and key not in self._gone)

    def __setitem__(self, key: K, value: V) -> None:
        if key not in self._own:
            if key in self._below:
                self._gone.discard(key)
            else:
                self._came += 1
        self._own[key] = value

    def __delitem__(self, key: K) -> None:
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        if key in self._below:
            self._gone.add(key)
        else:
            self._came -= 1

    def __iter__(self) -> Iterator[K]:
        below, gone = self._below, self._gone
        yield from (key for key in below if key not in gone)
        yield from (key for key in self._own if key not in below)

    def __len__(self) -> int:
        return len(self._below) - len(self._gone) + self._came

    def twin(self) -> Layered[K, V]:
        """Return an independent mapping with the same entries over the same one. O(what differs from it)."""
        twin: Layered[K, V] = Layered(self._below)
        twin._own, twin._gone, twin._came = self._own.copy(), self._gone.copy(), self._came
        return twin

    @property
    def is_thick(self) -> bool:
        """Whether so much differs from the mapping below that copying all is as well."""
        return len(self._own) + len(self._gone) > len(self._below) >> 3


def parted(source: MutableMapping[K, V]) -> tuple[MutableMapping[K, V], MutableMapping[K, V]]:
    """Return two independent mappings with the entries of `source`, which is not to be used any more.

    O(entries that changed since it was parted last), with at most 2,048 entries O(entries).
    """
    if len(source) <= SMALL:
        return source, dict(source)
    if isinstance(source, Layered):
        if not source.is_thick:
            return source, source.twin()
        source = dict(source)
    return Layered(source), Layered(source)
