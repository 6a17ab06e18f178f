from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Invalid
from mock_server.state.orders import KeptOrder, alphabetical, cut, newest_first
from mock_server.state.records import SortKey, Window


@dataclass(frozen=True)
class Row:
    serial: int
    name: str | None = None
    at: int | None = None


def by_name(row: Row) -> SortKey:
    return alphabetical(row.name, row.serial)


def by_time(row: Row) -> SortKey:
    return newest_first(row.at, row.serial)


Change = Callable[[KeptOrder[Row], Row], None]

rows_by_serial = st.lists(
    st.builds(Row, st.integers(1, 99), st.none() | st.text(max_size=2)), unique_by=lambda r: r.serial
)


def test_texts_run_from_a_to_z_in_either_case_and_missing_ones_come_last() -> None:
    rows = [Row(1, None), Row(2, "beta"), Row(3, ""), Row(4, "Alpha"), Row(5, "alpha"), Row(6, "Gamma")]
    assert [row.serial for row in KeptOrder(by_name, rows)] == [4, 5, 2, 6, 1, 3]


def test_times_run_from_new_to_old_and_missing_ones_come_last() -> None:
    rows = [Row(1, at=None), Row(2, at=5), Row(3, at=9), Row(4, at=5), Row(5, at=-3)]
    assert [row.serial for row in KeptOrder(by_time, rows)] == [3, 4, 2, 5, 1]


def test_a_page_tells_the_total_its_rank_and_where_to_go_on() -> None:
    order = KeptOrder(by_name, [Row(1, "c"), Row(2, "a"), Row(3, "b")])
    first, second = order.slice(Window(1, 2)), order.slice(Window(2, 2))
    assert ([row.name for row in first.items], first.total, first.start, first.next_after) == (
        ["a", "b"],
        3,
        0,
        ("b", 3),
    )
    assert ([row.name for row in second.items], second.total, second.start, second.next_after) == (["c"], 3, 2, None)
    assert order.slice(Window(9, 2)).items == ()
    assert KeptOrder(by_name).slice(Window(1, 2)).next_after is None


def test_a_cursor_goes_on_after_a_row_that_is_gone() -> None:
    order = KeptOrder(by_name, [Row(1, "a"), Row(2, "b"), Row(3, "c")])
    after = order.slice(Window(1, 2)).next_after
    order.discard(Row(2, "b"))
    order.add(Row(4, "bb"))
    page = order.slice(Window(1, 2, after))
    assert ([row.name for row in page.items], page.start) == (["bb", "c"], 1)


def test_discarding_a_row_that_is_not_there_changes_nothing() -> None:
    order = KeptOrder(by_name, [Row(1, "a")])
    order.discard(Row(2, "b"))
    assert len(order) == 1


def test_a_replaced_row_is_shown_as_it_is_now() -> None:
    order = KeptOrder(by_name, [Row(1, "a"), Row(2, "b")])
    order.replace(Row(1, "a"), Row(1, "a", at=5))
    order.replace(Row(2, "b"), Row(2, "0"))
    assert list(order) == [Row(2, "0"), Row(1, "a", at=5)]


def test_the_cursor_of_another_order_is_refused() -> None:
    rows = [Row(1, "a", 1), Row(2, "b", 2)]
    with pytest.raises(Invalid, match="page_cursor"):
        KeptOrder(by_name, rows).slice(Window(1, 2, (5, 1)))
    with pytest.raises(Invalid, match="page_cursor"):
        cut(rows, by_name, Window(1, 2, (5, 1)))


@given(rows_by_serial, st.integers(1, 5), st.integers(1, 4), st.booleans())
def test_cutting_filtered_rows_gives_what_a_kept_order_gives(
    rows: list[Row], page: int, length: int, walk: bool
) -> None:
    order = KeptOrder(by_name, rows)
    window = Window(page, length)
    if walk and (after := order.slice(Window(1, length)).next_after):
        window = Window(1, length, after)
    assert cut(sorted(rows, key=by_name), by_name, window) == order.slice(window)


@given(
    rows_by_serial,
    st.lists(st.tuples(st.sampled_from(["add", "drop", "name"]), st.integers(1, 99), st.text(max_size=2))),
)
def test_an_order_stays_sorted_while_rows_come_change_and_go(
    rows: list[Row], changes: list[tuple[str, int, str]]
) -> None:
    model = {row.serial: row for row in rows}
    order = KeptOrder(by_name, rows)
    for action, serial, name in changes:
        old = model.get(serial)
        if action == "add" and old is None:
            model[serial] = Row(serial, name)
            order.add(model[serial])
        elif action == "name" and old is not None:
            model[serial] = replace(old, name=name)
            order.replace(old, model[serial])
        elif action == "drop" and old is not None:
            order.discard(model.pop(serial))
    assert list(order) == sorted(model.values(), key=by_name)
    assert len(order) == len(model)


@given(
    st.lists(st.tuples(st.integers(1, 6), st.lists(st.integers(1, 40), max_size=3), st.text(max_size=2)), max_size=10)
)
def test_a_walk_by_cursor_sees_every_lasting_row_once_while_others_come_and_go(
    rounds: list[tuple[int, list[int], str]],
) -> None:
    model = {serial: Row(serial, f"n{serial % 7}") for serial in range(1, 21)}
    order = KeptOrder(by_name, model.values())
    lasting = set(model)
    seen: list[int] = []
    after: SortKey | None = None
    for length, gone, name in [*rounds, *[(5, [], "")] * 10]:
        page = order.slice(Window(1, length, after))
        seen += [row.serial for row in page.items]
        if (after := page.next_after) is None:
            break
        for serial in gone:
            if serial in model:
                order.discard(model.pop(serial))
        lasting &= set(model)
        new = Row(100 + len(seen), name)
        if new.serial not in model:
            model[new.serial] = new
            order.add(new)
    assert after is None
    assert len(seen) == len(set(seen))
    assert lasting <= set(seen)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda order, _: order.add(Row(2, "Ada")), ["Ada", "Bo"]),
        (lambda order, bo: order.discard(bo), []),
        (lambda order, bo: order.replace(bo, replace(bo, at=9)), ["Bo"]),
        (lambda order, bo: order.settle(bo, replace(bo, name="Cy")), ["Cy"]),
    ],
)
def test_a_page_is_cut_once_for_all_who_ask_for_it_until_a_row_changes(change: Change, names: list[str]) -> None:
    bo = Row(1, "Bo")
    order = KeptOrder(by_name, [bo])
    first = order.slice(Window(1, 5))
    assert order.slice(Window(1, 5)) is first
    change(order, bo)
    after = order.slice(Window(1, 5))
    assert after is not first
    assert [row.name for row in after.items] == names
