"""Names with brackets become nested values, as PHP's `parse_str` does it.

That Refiner reads them so is documented by its samples (`tags[]=a`, `account[id]=acme`, `response_data[nps]=9`) and
inferred where they end (the host behaves like a Laravel application). Unlike PHP we keep blanks and dots in names: no
source shows Refiner mangling them, and a trait's name is part of what a client is judged by.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.errors import Invalid

__all__ = ["nest"]


def nest(pairs: Iterable[tuple[str, str]], *, max_nesting: int, max_parameters: int) -> dict[str, object]:
    """Return the nested value of `pairs`: text, dicts and lists, in order of arrival.

    A later scalar replaces an earlier one, a bracketed path beats a scalar whichever came first (assumed). What PHP
    numbers 0, 1, 2 ... in order comes out as a list, every other array as a dict with text keys.

    Raises:
        Invalid: on more than `max_parameters` pairs, or brackets deeper than `max_nesting`.
    """
    bag: dict[str, object] = {}
    for count, (name, text) in enumerate(pairs, 1):
        if count > max_parameters:
            raise Invalid(f"The request has more than {max_parameters} parameters (max_parameters).")
        head, keys = _path(name, max_nesting) if "[" in name else (name, [])
        if len(keys) > max_nesting:
            raise Invalid(f"A parameter has brackets nested deeper than {max_nesting} (max_nesting).")
        if not head:
            continue  # PHP drops a parameter without a name, `=x` as well as `[a]=x`
        if keys:
            _place(_array(bag, head), keys, text)
        elif not isinstance(bag.get(head), _Array):
            bag[head] = text
    return {head: value.plain() if isinstance(value, _Array) else value for head, value in bag.items()}


def _path(name: str, max_nesting: int) -> tuple[str, list[str]]:
    """Split a name with brackets, `a[b][]`, into `a` and its keys; an empty key appends.

    As in PHP, text after a closing bracket that opens no other is ignored, and an unclosed bracket becomes `_` in the
    name, or is ignored where another one was closed before it. It stops at one key over
    `max_nesting`, which is enough to see that there are too many.
    """
    at = name.index("[")
    head = name[:at]
    keys: list[str] = []
    while name.startswith("[", at) and len(keys) <= max_nesting:
        end = name.find("]", at)
        if end < 0:
            return (head, keys) if keys or not head else (name.replace("[", "_"), [])
        keys.append(name[at + 1 : end])
        at = end + 1
    return head, keys


class _Array(dict[str, object]):
    """A PHP array in the making: it knows its next free number, and whether all its keys were taken in that order."""

    __slots__ = ("free", "is_list")

    def __init__(self) -> None:
        self.free = 0
        self.is_list = True

    def key(self, written: str) -> str:
        """Return the key that `written` stands for, having taken note of it."""
        key = str(self.free) if written in ("", " ") else written
        if key not in self:
            number = _number(key)
            self.is_list = self.is_list and number == self.free
            self.free = max(self.free, number + 1)
        return key

    def plain(self) -> list[object] | dict[str, object]:
        """Return the array and all arrays in it as lists and dicts."""
        values = [value.plain() if isinstance(value, _Array) else value for value in self.values()]
        return values if self.is_list else dict(zip(self, values, strict=True))


def _number(key: str) -> int:
    """Return the whole number that PHP sees in a key, -1 for none: "7" is one, "07" and "-7" are (for us) text."""
    canonical = key.isascii() and key.isdecimal() and len(key) < 19 and (key == "0" or key[0] != "0")
    return int(key) if canonical else -1


def _array(holder: dict[str, object], key: str) -> _Array:
    found = holder.get(key)
    if not isinstance(found, _Array):
        found = holder[key] = _Array()
    return found


def _place(array: _Array, keys: list[str], text: str) -> None:
    for written in keys[:-1]:
        array = _array(array, array.key(written))
    last = array.key(keys[-1])
    if not isinstance(array.get(last), _Array):
        array[last] = text
