"""Pages of a list: what the client asked for, and the envelope around what it gets.

The envelope and its keys are documented (W6W, COMP, FSPY, AIRB, PIPE); the text of a cursor is not (g8), so ours is
opaque and needs no escaping in a URL.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from mock_server.errors import Invalid
from mock_server.state.records import Slice, SortKey, Window

__all__ = ["DEFAULT_PAGE_LENGTH", "cursor_text", "envelope", "window"]

DEFAULT_PAGE_LENGTH = 50
"""Where neither the caller nor the contract gives one (documented by MIND and COMP, 100 by W6W: conflict f1)."""

_LARGEST = 2**53 - 1
"""The largest number every JSON reader keeps; a page beyond it is as empty as that one."""


def window(values: Mapping[str, object], order: str) -> Window:
    """Return the part of a list that the coerced `page`, `page_length` and `page_cursor` ask for.

    A cursor wins over a page number (assumed, g8), and is only good for the order it was given out for.

    Raises:
        Invalid: when a number is below 1, or the cursor was not made by us for this `order`.
    """
    page, length = _number(values, "page", 1), _number(values, "page_length", DEFAULT_PAGE_LENGTH)
    cursor = values.get("page_cursor")
    return Window(page, length, None if cursor in (None, "") else _cursor_key(cursor, order))


def envelope(items: list[object], slice: Slice[Any], window: Window, *, cursor: str | None = None) -> dict[str, object]:
    """Return the list answer around the rendered `items` of `slice`.

    `cursor` is the order whose cursors this list gives out; None where it has none (conflict f9). The last page is
    never below 1 (assumed), and reading by cursor counts pages of the same length from the start (assumed).
    """
    pagination: dict[str, object] = {
        "items_count": slice.total,
        "current_page": window.page if window.after is None else slice.start // window.length + 1,
        "last_page": max(1, -(-slice.total // window.length)),
        "page_length": window.length,
    }
    if cursor is not None:
        pagination["next_page_cursor"] = None if slice.next_after is None else cursor_text(cursor, slice.next_after)
    return {"items": items, "pagination": pagination}


def cursor_text(order: str, key: SortKey) -> str:
    """Return the cursor that stands after the row with `key` in `order`: base64url without padding.

    It carries a checksum, so that a cursor which a client changed on the way is refused instead of leading elsewhere.
    """
    value, serial = key
    check = zlib.crc32(orjson.dumps([order, value, serial]))
    return urlsafe_b64encode(orjson.dumps([order, value, serial, check])).rstrip(b"=").decode()


def _cursor_key(cursor: object, order: str) -> SortKey:
    """Return the key in a cursor. A good cursor is one that its own content makes again."""
    try:
        text = cursor if isinstance(cursor, str) else ""
        made_for, value, serial, _ = orjson.loads(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        good = type(serial) is int and type(value) in (int, str) and text == cursor_text(made_for, (value, serial))
    except (ValueError, TypeError, binascii.Error):
        good = False
    if not good:
        raise Invalid("The page_cursor is not one that this API has given out.", "page_cursor")
    if made_for != order:
        raise Invalid(f"The page_cursor was given out for the order {made_for}, not for {order}.", "page_cursor")
    return value, serial


def _number(values: Mapping[str, object], name: str, default: int) -> int:
    value = values.get(name)
    if value is None:
        return default
    if type(value) is not int or value < 1:
        raise Invalid(f"The {name} must be a whole number of at least 1.", name)
    return min(value, _LARGEST)
