"""Followers: orders, groups and texts over the rows of one kind, made when first asked for and kept up from then on.

A change of a row is only noted, which costs one append; whoever follows catches up when it is asked again, each changed
row once. So who never lists pays nothing, and an answer costs what has changed since plus log n. A follower that fell
behind by more than an eighth of the rows, or was not asked for long, is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sized
from typing import Any, Final, Generic, Protocol, TypeVar

from mock_server.state.orders import KeptOrder
from mock_server.state.records import SortKey

__all__ = ["FEWEST_NOTED", "MOST_KEPT", "MOST_ROWS", "Beside", "Changes", "Groups", "Kept", "Row", "Texts", "named"]

FEWEST_NOTED: Final = 1_024
MOST_KEPT: Final = 48
MOST_ROWS: Final = 12
"""Rows that all followers of a kind may hold together, as a multiple of the rows that there are."""
_LONG_NAME: Final = 200


class Row(Protocol):
    """What can be followed: a frozen record whose uuid and serial stay while it changes."""

    @property
    def uuid(self) -> str:
        """Its identity."""
        ...

    @property
    def serial(self) -> int:
        """Unique among the rows of its kind, rising by creation."""
        ...


R = TypeVar("R", bound=Row)


R_co = TypeVar("R_co", bound=Row, covariant=True)


class Beside(Protocol[R_co]):
    """Rows of another kind by which rows of this kind come and go."""

    def position(self) -> object:
        """Return where they are now."""
        ...

    def changed(self, since: Any) -> Iterable[R_co] | None:
        """Return the rows of this kind that they may have changed since a position; None when it is too long ago."""
        ...


class Changes(Generic[R]):
    """The rows that changed lately: at most an eighth of the rows, 1,024 at least. Noting one is O(1)."""

    __slots__ = ("_begin", "_noted", "followed", "rows")

    def __init__(self, rows: Sized) -> None:
        self.followed = False
        """Somebody asked for a position: only from then on changes need be noted."""
        self.rows = rows
        self._begin = 0
        self._noted: list[R] = []

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, row: R) -> None:
        """Note that a row came, changed or went, as it was or is."""
        noted = self._noted
        noted.append(row)
        if len(noted) > FEWEST_NOTED and len(noted) > len(self.rows) >> 3:
            half = len(noted) >> 1
            del noted[:half]
            self._begin += half

    def fork(self, rows: Sized) -> Changes[R]:
        """Return the same notes for the same rows in another mapping. O(notes)."""
        fork: Changes[R] = Changes(rows)
        fork.followed, fork._begin, fork._noted = self.followed, self._begin, self._noted.copy()
        return fork

    def position(self) -> int:
        """Return where the notes are now."""
        self.followed = True
        return self._begin + len(self._noted)

    def since(self, position: int) -> Collection[R] | None:
        """Return what was noted since a position, each row once; None when that is too long ago."""
        if position < self._begin:
            return None
        return {row.serial: row for row in self._noted[position - self._begin :]}.values()


class Groups(Generic[R]):
    """The uuids of the rows by what they have in common: to find those of a group costs as many as they are."""

    __slots__ = ("_members", "_named", "_of")

    def __init__(self, of: Callable[[R], Collection[Hashable]], rows: Iterable[R]) -> None:
        self._of = of
        self._named: dict[int, Collection[Hashable]] = {}
        self._members: dict[Hashable, dict[str, None]] = {}
        for row in rows:
            self.settle(row, row)

    def __len__(self) -> int:
        return len(self._named)

    def settle(self, stale: R, row: R | None) -> None:
        """Put a row where it belongs now; None takes it away. O(groups of it)."""
        before = self._named.pop(stale.serial, ())
        after = () if row is None else self._of(row)
        if after:
            self._named[stale.serial] = after
        if after == before:
            return
        for name in before:
            members = self._members.get(name, {})
            members.pop(stale.uuid, None)
            if not members:
                self._members.pop(name, None)
        for name in after:
            self._members.setdefault(name, {})[stale.uuid] = None

    def members(self, names: Collection[Hashable]) -> Collection[str]:
        """Return the uuids of the rows in any of the groups. O(those rows), of one group O(1)."""
        found = [members for name in names if (members := self._members.get(name))]
        return found[0] if len(found) == 1 else dict.fromkeys(uuid for members in found for uuid in members)


class Texts(Generic[R]):
    """One text of each row, read through as a whole: about 40 ns and, once searched, some 150 bytes a row."""

    __slots__ = ("_of", "_texts")

    def __init__(self, of: Callable[[R], str], rows: Iterable[R]) -> None:
        self._of = of
        self._texts = {row.uuid: of(row) for row in rows}

    def __len__(self) -> int:
        return len(self._texts)

    def settle(self, stale: R, row: R | None) -> None:
        """Take in the text of a row as it is now; None takes it away."""
        if row is None:
            self._texts.pop(stale.uuid, None)
        else:
            self._texts[stale.uuid] = self._of(row)

    def holding(self, wanted: str) -> Collection[str]:
        """Return the uuids of the rows whose text holds another text. O(rows), at the speed of C."""
        return [uuid for uuid, text in self._texts.items() if wanted in text]


class Kept(Generic[R]):
    """The followers of the rows of one kind: those that were asked for last, bounded in number and size."""

    __slots__ = ("_followers", "_rows", "_shared", "changes")

    def __init__(self, rows: Mapping[str, R]) -> None:
        self._rows = rows
        self.changes: Changes[R] = Changes(rows)
        self._followers: dict[Hashable, tuple[Any, int, object]] = {}
        self._shared: set[Hashable] = set()
        """Names of orders that another one uses, too, so that they are copied before they change."""

    def __len__(self) -> int:
        return len(self._followers)

    @property
    def size(self) -> int:
        """How many rows all of them hold together."""
        return sum(len(follower) for follower, _, _ in self._followers.values())

    def fork(self, rows: Mapping[str, R], others: Mapping[str, R]) -> Kept[R]:
        """Return the orders over `others`; be about `rows` from now on. Both are the same rows as before.

        O(changes noted); an order is copied when one of both is to change it.
        """
        fork = Kept(others)
        fork.changes = self.changes.fork(others)
        self._rows = self.changes.rows = rows
        fork._followers = {name: found for name, found in self._followers.items() if isinstance(found[0], KeptOrder)}
        self._shared, fork._shared = set(fork._followers), set(fork._followers)
        return fork

    def order(
        self,
        name: Hashable,
        key: Callable[[R], SortKey],
        fits: Callable[[R], bool],
        candidates: Callable[[], Iterable[R]],
        beside: Beside[R] | None = None,
    ) -> KeptOrder[R]:
        """Return the rows that fit in the order of `key`; `candidates` gives rows among which all of them are.

        O(changes since it was asked for last, times log n); when it is new or fell behind O(candidates, sorted).
        """
        order: KeptOrder[R] = self._up_to_date(name, lambda: KeptOrder(key, filter(fits, candidates())), fits, beside)
        return order

    def groups(self, name: Hashable, of: Callable[[R], Collection[Hashable]]) -> Groups[R]:
        """Return the rows by the groups that `of` names; costs as `order`, with all rows as candidates."""
        groups: Groups[R] = self._up_to_date((Groups, name), lambda: Groups(of, self._rows.values()))
        return groups

    def texts(self, of: Callable[[R], str]) -> Texts[R]:
        """Return the texts of the rows; costs as `groups`."""
        texts: Texts[R] = self._up_to_date(Texts, lambda: Texts(of, self._rows.values()))
        return texts

    def _up_to_date(
        self,
        name: Hashable,
        make: Callable[[], Any],
        fits: Callable[[R], bool] | None = None,
        beside: Beside[R] | None = None,
    ) -> Any:
        found = self._followers.pop(name, None)
        changed = None if found is None else self._changed(found, beside)
        if found is None or changed is None:
            follower = make()
            self._shared.discard(name)
            self._make_room(len(follower))
        else:
            follower, rows = found[0], self._rows
            if changed and name in self._shared:
                follower = follower.copy()
                self._shared.discard(name)
            for stale in changed:
                row = rows.get(stale.uuid)
                follower.settle(stale, None if row is None or (fits is not None and not fits(row)) else row)
        place = None if beside is None else beside.position()
        self._followers[name] = follower, self.changes.position(), place
        return follower

    def _changed(self, found: tuple[Any, int, object], beside: Beside[R] | None) -> Collection[R] | None:
        changed = self.changes.since(found[1])
        if beside is None or changed is None:
            return changed
        others = beside.changed(found[2])
        return None if others is None else [*changed, *others]

    def _make_room(self, size: int) -> None:
        """Forget those that were not asked for longest, for one of this size."""
        most = MOST_ROWS * len(self._rows) + FEWEST_NOTED
        size += self.size
        while self._followers and (size > most or len(self._followers) >= MOST_KEPT):
            size -= len(self._followers.pop(next(iter(self._followers)))[0])


def named(*parts: object) -> str | bytes:
    """Return a name for what is made of these parts, short however long they are."""
    name = repr(parts)
    return name if len(name) <= _LONG_NAME else hashlib.blake2b(name.encode(), digest_size=32).digest()
