"""Shapes: mappings of one make keep their names together and only their values apart, in half the memory of dicts."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping
from itertools import islice
from operator import is_
from typing import Any, Final

from mock_server.state.records import TraitValue

__all__ = ["MOST_SHAPES", "Shaped", "alike", "equal", "shaped", "shapes"]

MOST_SHAPES: Final = 1_024
shapes: dict[tuple[str, ...], dict[str, int]] = {}
"""Where each name stands among the values, by all the names in their order."""
_at: Final = tuple.__getitem__
_all: Final = tuple.__iter__


class Shaped(tuple[Any, ...], Mapping[str, TraitValue]):
    """A mapping that never changes: a tuple of its shape and its values, for that is the smallest thing there is."""

    __slots__ = ()

    def __getitem__(self, name: str) -> TraitValue:  # type: ignore[override]
        value: TraitValue = _at(self, _at(self, 0)[name])
        return value

    def __contains__(self, name: object) -> bool:
        return name in _at(self, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(_at(self, 0))

    def __len__(self) -> int:
        return len(_at(self, 0))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, or `default`."""
        place = _at(self, 0).get(name)
        return default if place is None else _at(self, place)

    def keys(self) -> KeysView[str]:
        """Return the names."""
        names: dict[str, int] = _at(self, 0)
        return names.keys()

    def items(self) -> ItemsView[str, TraitValue]:
        """Return names and values, as those of a dict."""
        return dict(zip(_at(self, 0), islice(_all(self), 1, None), strict=True)).items()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self.items() == other.items()

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(dict(self.items()))


def shaped(values: Mapping[str, TraitValue]) -> Mapping[str, TraitValue]:
    """Return a mapping that holds the same. O(names)."""
    names = tuple(values)
    shape = shapes.get(names)
    if shape is None:
        if len(shapes) >= MOST_SHAPES:
            shapes.clear()  # what is made of a forgotten shape keeps it; a new one is made beside it
        shape = shapes[names] = {name: place for place, name in enumerate(names, 1)}
    return Shaped((shape, *values.values()))


def alike(stored: Mapping[str, TraitValue], values: Mapping[str, Any]) -> Mapping[str, TraitValue] | None:
    """Return `values` in the shape of `stored`, `stored` itself where they are the same.

    None if the shapes differ, or a value is None, which belongs in no shape.

    Most calls about somebody name what the call before named, and this is half the work of merging two mappings.
    """
    if stored.__class__ is not Shaped or shapes.get(tuple(values)) is not (shape := _at(stored, 0)):
        return None
    after = (shape, *values.values())
    if all(map(is_, after, _all(stored))):
        return stored
    if None in after:
        return None
    same = tuple.__eq__(after, stored) and [*map(type, after)] == [*map(type, _all(stored))]
    return stored if same else Shaped(after)


def equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two mappings hold the same, which 1 and True, equal in Python, are not."""
    return one == other and all(other[name].__class__ is value.__class__ for name, value in one.items())
