from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mock_server.state import followers
from mock_server.state.followers import Changes, Kept, named
from mock_server.state.orders import newest_first
from mock_server.state.records import SortKey


@dataclass(frozen=True)
class Row:
    serial: int
    at: int

    @property
    def uuid(self) -> str:
        return f"row-{self.serial}"


class Table:
    """Rows, the orders over them and a count of the rows that were looked at."""

    def __init__(self, size: int) -> None:
        self.rows = {f"row-{number}": Row(number, number) for number in range(1, size + 1)}
        self.kept: Kept[Row] = Kept(self.rows)
        self.looked_at = 0
        self.made = 0

    def fits(self, row: Row) -> bool:
        self.looked_at += 1
        return row.at % 2 == 0

    def candidates(self) -> Iterable[Row]:
        self.made += 1
        return self.rows.values()

    def listed(self, name: str = "even") -> list[Row]:
        return list(self.kept.order(name, place, self.fits, self.candidates))

    def change(self, number: int, at: int) -> None:
        self.rows[f"row-{number}"] = row = Row(number, at)
        self.kept.changes.note(row)

    def right(self) -> list[Row]:
        return sorted((row for row in self.rows.values() if row.at % 2 == 0), key=place)


def place(row: Row) -> SortKey:
    return newest_first(row.at, row.serial)


def test_an_order_that_is_asked_for_again_looks_at_the_changed_rows_only_each_once() -> None:
    table = Table(5_000)
    table.listed()
    assert (table.made, table.looked_at) == (1, 5_000)
    for at in range(100):
        table.change(7, at + 1)
    table.change(8, 13)
    gone = table.rows.pop("row-10")
    table.kept.changes.note(gone)
    assert table.listed() == table.right()
    assert (table.made, table.looked_at) == (1, 5_002)


def test_an_order_that_fell_far_behind_is_made_anew() -> None:
    table = Table(100)
    table.listed()
    for turn in range(followers.FEWEST_NOTED * 2):
        table.change(turn % 100 + 1, turn)
    assert table.listed() == table.right()
    assert table.made == 2


def test_notes_are_bounded_by_an_eighth_of_the_rows() -> None:
    rows = range(80_000)
    changes: Changes[Row] = Changes(rows)
    begin = changes.position()
    for number in range(50_000):
        changes.note(Row(number, 0))
    assert len(changes) <= 10_001
    assert changes.since(begin) is None
    assert changes.since(changes.position()) is not None


def test_only_so_many_orders_are_kept_those_asked_for_last() -> None:
    table = Table(20)
    for number in range(followers.MOST_KEPT + 5):
        table.listed(f"order {number}")
        table.listed("often")
    made = table.made
    table.listed("often")
    assert table.made == made
    table.listed("order 0")
    assert table.made == made + 1
    assert len(table.kept) <= followers.MOST_KEPT


def test_all_orders_together_hold_a_bounded_number_of_rows() -> None:
    table = Table(2_000)
    for number in range(40):
        table.kept.order(f"all {number}", place, lambda _: True, table.candidates)
    assert table.kept.size <= followers.MOST_ROWS * 2_000 + followers.FEWEST_NOTED


def test_groups_follow_their_rows() -> None:
    table = Table(10)
    groups = table.kept.groups("at", lambda row: (row.at % 3, "small") if row.at < 5 else (row.at % 3,))
    assert list(groups.members((0,))) == ["row-3", "row-6", "row-9"]
    table.change(3, 7)
    table.kept.changes.note(table.rows.pop("row-4"))
    groups = table.kept.groups("at", lambda row: (row.at % 3, "small") if row.at < 5 else (row.at % 3,))
    assert list(groups.members(("small", 0))) == ["row-1", "row-2", "row-6", "row-9"]
    assert list(groups.members(("nothing",))) == []


def test_texts_follow_their_rows() -> None:
    table = Table(12)
    assert table.kept.texts(lambda row: f"at {row.at}").holding("at 1") == ["row-1", "row-10", "row-11", "row-12"]
    table.change(10, 5)
    table.kept.changes.note(table.rows.pop("row-11"))
    assert table.kept.texts(lambda row: f"at {row.at}").holding("at 1") == ["row-1", "row-12"]


def test_a_fork_shares_orders_until_one_of_both_changes() -> None:
    table, other = Table(50), Table(50)
    shared = table.kept.order("even", place, table.fits, table.candidates)
    other.kept = table.kept.fork(table.rows, other.rows)
    assert other.kept.order("even", place, other.fits, other.candidates) is shared
    other.change(2, 99)
    other.change(4, 100)
    table.change(6, 200)
    assert other.listed() == other.right()
    assert table.listed() == table.right()
    assert (table.made, other.made) == (1, 0)


def test_a_long_name_is_made_short_and_still_tells_apart() -> None:
    long, longer = named("x" * 10_000), named("x" * 10_001)
    assert len(long) == len(longer) == 32
    assert long != longer
    assert named("a", "b") != named("ab")
    assert named("\udc80" * 300)
