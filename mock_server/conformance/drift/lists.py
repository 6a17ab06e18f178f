"""Cases over the lists: their envelope, their pages, their cursors, their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from mock_server.conformance.drift.asking import Borrowed
from mock_server.conformance.drift.live import Case, Live, Skipped, dig, objects, status_drift
from mock_server.conformance.drift.shapes import Drift
from mock_server.contract.dialects import dialects
from mock_server.contract.document import Contract
from mock_server.contract.operations import Operation

__all__ = ["list_cases"]

FEW = 3
"""Rows a page while pages are turned."""
MOST_PAGES = 4
"""Pages that are turned at most: it is somebody's live server."""


def list_cases(contract: Contract) -> Iterator[Case]:
    """Yield the cases of every operation that lists something in pages."""
    for operation in contract.operations.values():
        if operation.method == "GET" and "page_length" in operation.parameters and not operation.mock_only:
            yield from _of_one_list(operation)


def _of_one_list(operation: Operation) -> Iterator[Case]:
    id = operation.id
    length, page = operation.parameters["page_length"], operation.parameters["page"]
    listed: list[tuple[str, str, Any, Callable[[Operation, Live], Iterator[Drift]]]] = [
        ("default-page-length", f"has {length.default} rows a page unless page_length is given", length, _default),
        ("page-length", "has as many rows a page as page_length says, and counts pages by it", length, _length),
        ("pages", "shows each row once on its pages, in the order of the whole list", page, _pages),
        ("past-the-end", "has an empty page after the last", page, _past_the_end),
    ]
    if cursor := operation.parameters.get("page_cursor"):
        listed.append(("cursor", "shows along its cursors what it shows on its pages", cursor, _cursor))
    for name, title, source, run in listed:
        yield Case(f"{id}-{name}", f"{id} {title}", source.evidence, source.pointer, partial(run, operation))
    order = _ORDERS.get(id)
    if order is not None:
        yield Case(
            f"{id}-order", f"{id} {order[0]}", operation.evidence, operation.pointer, partial(order[1], operation)
        )


def _default(operation: Operation, live: Live) -> Iterator[Drift]:
    parameter = operation.parameters["page_length"]
    got = live.good(operation.id).value
    shown, rows, count = dig(got, "pagination", "page_length"), dig(got, "items"), dig(got, "pagination", "items_count")
    if str(shown) in dialects()["page-length"].choices:
        live.reveal("page-length", str(shown))
    elif shown != parameter.default:
        says, came = f"{parameter.default} unless it is given", str(shown) if isinstance(shown, int) else "no number"
        yield Drift("pagination.page_length", says, came, parameter.evidence, parameter.pointer)
    if isinstance(shown, int) and isinstance(count, int) and isinstance(rows, list) and len(rows) != min(shown, count):
        says = f"the rows of one page, {min(shown, count)} of {count}"
        yield Drift("items", says, f"{len(rows)} rows", parameter.evidence, parameter.pointer)


def _length(operation: Operation, live: Live) -> Iterator[Drift]:
    parameter = operation.parameters["page_length"]
    whole, part = live.good(operation.id), live.call(operation.id, page_length=FEW)
    wrong = list(status_drift(live, part, parameter))
    yield from wrong
    count = dig(whole.value, "pagination", "items_count")
    if wrong or not isinstance(count, int):
        return
    expected = {
        "page_length": FEW,
        "items_count": count,
        "current_page": 1,
        "last_page": max(1, -(-count // FEW)),
    }
    for name, value in expected.items():
        shown = dig(part.value, "pagination", name)
        if shown != value:
            says = f"{value} with page_length={FEW}" + (f" and {count} items" if name == "last_page" else "")
            came = str(shown) if isinstance(shown, int) else "no number"
            yield Drift(f"pagination.{name}", says, came, parameter.evidence, "#/components/schemas/Pagination")
    rows = dig(part.value, "items")
    if isinstance(rows, list) and len(rows) != min(FEW, count):
        yield Drift("items", f"{min(FEW, count)} rows", f"{len(rows)} rows", parameter.evidence, parameter.pointer)


def _pages(operation: Operation, live: Live) -> Iterator[Drift]:
    parameter = operation.parameters["page"]
    whole = _uuids(live.items(operation.id))
    if len(whole) <= FEW:
        raise Skipped(f"{operation.id} has no more rows than one short page.")
    turned, pages = _turned(operation, live, len(whole))
    yield from _compared(turned, whole, pages, parameter.evidence, parameter.pointer)


def _cursor(operation: Operation, live: Live) -> Iterator[Drift]:
    parameter = operation.parameters["page_cursor"]
    whole = _uuids(live.items(operation.id))
    found, pages = list[str](), 0
    cursor: Borrowed | None = None
    while pages < MOST_PAGES:
        given = {} if cursor is None else {"page_cursor": cursor}
        got = live.call(operation.id, page_length=FEW, **given)
        wrong = list(status_drift(live, got, parameter))
        yield from wrong
        pagination = dig(got.value, "pagination")
        if wrong or not isinstance(pagination, dict) or "next_page_cursor" not in pagination:
            return  # that it is missing is for the schema to say
        found += _uuids(objects(got.value, "items"))
        pages += 1
        following = pagination["next_page_cursor"]
        if not isinstance(following, str) or not following:
            break
        if set(following) & set("+/="):
            live.reveal("cursor-text", "base64")
        cursor = Borrowed(following, "CURSOR")
    else:
        following = None if len(whole) <= FEW * MOST_PAGES else "more"
    if following is None and len(found) < min(len(whole), FEW * MOST_PAGES):
        says = "null on the last page only"
        yield Drift("pagination.next_page_cursor", says, "null before it", parameter.evidence, parameter.pointer)
    yield from _compared(found, whole, pages, parameter.evidence, parameter.pointer)
    if cursor is not None:
        _which_wins(operation, live, cursor)


def _which_wins(operation: Operation, live: Live, cursor: Borrowed) -> None:
    """See what counts where page and page_cursor come together."""
    both = live.call(operation.id, page_length=FEW, page=1, page_cursor=cursor)
    after, first = (
        _uuids(live.items(operation.id, page_length=FEW, **given)) for given in ({"page_cursor": cursor}, {})
    )
    rows = _uuids(objects(both.value, "items"))
    if after != first and rows in (after, first):
        live.reveal("page-and-cursor", "cursor" if rows == after else "page")


def _past_the_end(operation: Operation, live: Live) -> Iterator[Drift]:
    last = dig(live.good(operation.id).value, "pagination", "last_page")
    if not isinstance(last, int) or last > 10_000:
        raise Skipped(f"{operation.id} says no number of pages.")
    evidence, pointer = live.fact("page-past-the-end")
    got = live.call(operation.id, page=last + 1)
    if got.status // 100 != 2:
        yield Drift("status", "an empty page after the last one", str(got.status), evidence, pointer)
    elif rows := dig(got.value, "items"):
        says = "no items after the last page"
        yield Drift("items", says, f"{len(rows)} rows" if isinstance(rows, list) else "something", evidence, pointer)


def _turned(operation: Operation, live: Live, count: int) -> tuple[list[str], int]:
    found, pages = list[str](), min(MOST_PAGES, -(-count // FEW))
    for page in range(1, pages + 1):
        given = {"page": page} if page > 1 else {}
        found += _uuids(live.items(operation.id, page_length=FEW, **given))
    return found, pages


def _compared(found: list[str], whole: list[str], pages: int, evidence: str, pointer: str) -> Iterator[Drift]:
    expected = whole[: pages * FEW]
    if found[: len(expected)] == expected:
        return
    if len(set(found)) < len(found):
        yield Drift(
            "items", "each row on one page only", f"{len(found) - len(set(found))} rows again", evidence, pointer
        )
    elif set(found) >= set(expected):
        yield Drift("items", "the same order as in one long page", "another order", evidence, pointer)
    else:
        lost = len(set(expected) - set(found))
        says = f"the first {len(expected)} rows of the list on {pages} pages of {FEW}"
        yield Drift("items", says, f"{lost} of them are missing", evidence, pointer)


def _uuids(items: list[dict[str, Any]]) -> list[str]:
    return [str(item.get("uuid")) for item in items]


def _by_name(operation: Operation, live: Live) -> Iterator[Drift]:
    names = [name for item in live.items(operation.id) if isinstance(name := item.get("name"), str)]
    if not _ascending(names):
        yield Drift("items", "ordered by name", "another order", operation.evidence, operation.pointer)


def _ascending(texts: list[str]) -> bool:
    """Tell whether texts rise in some order that a database may have: which letters are alike is its business."""
    plain = [text for text in texts if text.isascii()]
    keys = (
        plain,
        [text.casefold() for text in plain],
        ["".join(filter(str.isalnum, text.casefold())) for text in plain],
    )
    return any(each == sorted(each) for each in keys)


def _newest_first(operation: Operation, live: Live) -> Iterator[Drift]:
    times = [str(item.get("last_data_reception_at")) for item in live.items(operation.id)]
    if times != sorted(times, reverse=True):
        yield Drift("items", "newest first", "another order", operation.evidence, operation.pointer)


def _by_the_key(operation: Operation, live: Live) -> Iterator[Drift]:
    parameter = operation.parameters["order_by"]
    for key in parameter.schema["enum"]:
        got = live.call(operation.id, order_by=key)
        if key in ("display_name", "email"):
            live.reveal("order-by", "five" if got.status // 100 == 2 else "three")
            if live.revealed["order-by"] == "three":
                continue
        wrong = list(status_drift(live, got, parameter))
        yield from wrong
        rows = [] if wrong else live.items(operation.id, order_by=key)
        yield from _ordered(operation, live, key, rows)


def _ordered(operation: Operation, live: Live, key: str, rows: list[dict[str, Any]]) -> Iterator[Drift]:
    """Yield what is wrong with the order of contacts; empty ones come first or last, nobody knows."""
    parameter = operation.parameters["order_by"]
    keys = [text for row in rows if isinstance(text := dig(row, key) or dig(row, "attributes", key), str) and text]
    up, down = _ascending(keys), _ascending(keys[::-1])
    if key.endswith("_at") and up != down:
        live.reveal("date-order", "oldest-first" if up else "newest-first")
    if not up and not down:
        yield Drift("items", f"ordered by {key}", "another order", parameter.evidence, parameter.pointer)
    elif not up and not key.endswith("_at"):
        yield Drift("items", f"ordered by {key}, A to Z", "Z to A", "assumed", parameter.pointer)


_ORDERS: dict[str, tuple[str, Callable[[Operation, Live], Iterator[Drift]]]] = {
    "listContacts": ("is ordered as order_by says, by each of its values", _by_the_key),
    "listSegments": ("is ordered by name", _by_name),
    "listForms": ("is ordered by name", _by_name),
    "listResponses": ("is ordered newest first", _newest_first),
}
