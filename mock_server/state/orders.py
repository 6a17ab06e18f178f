"""Kept orders: rows that are always sorted, so that a page costs the same among a thousand and a million of them.

A cursor is the sort key of the last row that was shown. The next page starts strictly after it, so however rows come
and go meanwhile, a walk sees every lasting row whose place stays exactly once; one that moves may be seen twice or not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from sortedcontainers import SortedList

from mock_server.errors import Invalid
from mock_server.state.records import Micros, Slice, SortKey, Window

__all__ = ["KeptOrder", "alphabetical", "cut", "newest_first", "oldest_first"]

_NEVER = 1 << 62
"""Sorts after every negated time."""
_NAMELESS = "\U0010ffff"
"""Sorts after every text."""

R = TypeVar("R")


def newest_first(at: Micros | None, serial: int) -> SortKey:
    """Return the sort key of a row by time: newest first, of equal times the later made first, None last (assumed)."""
    return (_NEVER if at is None else -at, -serial)


def oldest_first(at: Micros | None, serial: int) -> SortKey:
    """Return the sort key of a row by time, the other way round: None last here as well (assumed)."""
    return (_NEVER if at is None else at, serial)


def alphabetical(text: str | None, serial: int) -> SortKey:
    """Return the sort key of a row by text: A to Z in either case, None and empty text last (assumed)."""
    return (text.lower() if text else _NAMELESS, serial)


class KeptOrder(Generic[R]):
    """Rows in the order of `key(row)`.

    The second part of the key is the row's serial: unique among the rows, and the same after every change of a row.
    """

    __slots__ = ("_key", "_keys", "_latest", "_rows")

    def __init__(self, key: Callable[[R], SortKey], rows: Iterable[R] = ()) -> None:
        self._key = key
        keyed = [(key(row), row) for row in rows]
        self._rows: dict[int, R] = {sort_key[1]: row for sort_key, row in keyed}
        # sortedcontainers' types cannot know that a SortKey compares with its like
        self._keys: Any = SortedList(sort_key for sort_key, _ in keyed)
        self._latest: tuple[object, Slice[R]] | None = None
        """What was asked of `slice` last, and its answer, for as long as that is true: who polls asks the same."""

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[R]:
        """Walk all rows in order."""
        return iter(self._found(self._keys))

    def copy(self) -> KeptOrder[R]:
        """Return another order of the same rows. O(n), without any key made or compared in Python."""
        copy: KeptOrder[R] = KeptOrder(self._key)
        copy._rows, copy._keys = self._rows.copy(), self._keys.copy()
        return copy

    def add(self, row: R) -> None:
        """Take in a new row."""
        key = self._key(row)
        self._rows[key[1]] = row
        self._keys.add(key)
        self._latest = None

    def discard(self, row: R) -> None:
        """Let a row go, given as it was last put in; one that is not here changes nothing."""
        key = self._key(row)
        if self._rows.pop(key[1], None) is not None:
            self._keys.remove(key)
            self._latest = None

    def replace(self, old: R, new: R) -> None:
        """Put `new` in the place of `old`, which has the same serial; nothing is sorted when the key stays."""
        before, after = self._key(old), self._key(new)
        self._rows[after[1]] = new
        self._latest = None
        if before != after:
            self._keys.remove(before)
            self._keys.add(after)

    def settle(self, stale: R, row: R | None) -> None:
        """Let `row` stand where any older version of it stands, or where it belongs; None takes it away. O(log n)."""
        old = self._rows.get(self._key(stale)[1])
        if row is None:
            if old is not None:
                self.discard(old)
        elif old is None:
            self.add(row)
        elif old is not row:
            self.replace(old, row)

    def between(self, first: SortKey | None, last: SortKey | None) -> Iterator[R]:
        """Walk the rows from one key to another, both inclusive; None is where the order begins or ends."""
        rows = self._rows
        return (rows[serial] for _, serial in self._keys.irange(first, last))

    def slice(self, window: Window, first: SortKey | None = None, last: SortKey | None = None) -> Slice[R]:
        """Return the rows of one page, or the rows after a cursor: of all, or of those `between` two keys.

        O(log n + page), wherever in the order it is; O(1) for what was asked last, while no row has changed.

        Raises:
            Invalid: when the cursor's key does not compare with the keys of this order.
        """
        asked = (window, first, last)
        if self._latest is not None and self._latest[0] == asked:
            return self._latest[1]
        begin = 0 if first is None else self._keys.bisect_left(first)
        end = len(self._keys) if last is None else self._keys.bisect_right(last)
        total = max(0, end - begin)
        if window.after is None:
            start = min((window.page - 1) * window.length, total)
        else:
            start = min(max(0, _rank(self._keys, window.after) - begin), total)
        keys = list(self._keys.islice(begin + start, begin + min(start + window.length, total)))
        more = keys and start + len(keys) < total
        found = Slice(tuple(self._found(keys)), total, start, keys[-1] if more else None)
        self._latest = asked, found
        return found

    def _found(self, keys: Iterable[SortKey]) -> list[R]:
        rows = self._rows
        return [rows[serial] for _, serial in keys]


def cut(rows: Iterable[R], key: Callable[[R], SortKey], window: Window) -> Slice[R]:
    """Return the slice of `rows`, which come in the order of `key`: for lists that every request filters anew.

    Raises:
        Invalid: when the cursor's key does not compare with these keys.
    """
    found = list(rows)
    if window.after is None:
        start = min((window.page - 1) * window.length, len(found))
    else:
        start = _rank([key(row) for row in found], window.after)
    items = tuple(found[start : start + window.length])
    more = items and start + len(items) < len(found)
    return Slice(items, len(found), start, key(items[-1]) if more else None)


def _rank(keys: Any, after: SortKey) -> int:
    """Return how many of the sorted keys stand at or before `after`."""
    try:
        return bisect_right(keys, after) if isinstance(keys, list) else int(keys.bisect_right(after))
    except TypeError:  # a number compared with a text: the cursor was not made for this order
        raise Invalid("page_cursor does not belong to this list; start again without it", "page_cursor") from None
