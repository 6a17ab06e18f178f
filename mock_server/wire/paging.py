"""Pages of a list: what the client asked for, and the envelope around what it gets.

The envelope and its keys are documented (W6W, COMP, FSPY, AIRB, PIPE); the text of a cursor is not (g8), so ours is
opaque and needs no escaping in a URL.
"""

from __future__ import annotations

import binascii
import zlib
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from mock_server.errors import Invalid
from mock_server.state.records import Slice, SortKey, Window

__all__ = ["DEFAULT_PAGE_LENGTH", "cursor_text", "envelope", "window"]

DEFAULT_PAGE_LENGTH = 50
"""Where neither the caller nor the contract gives one (documented by MIND and COMP, 100 by W6W: conflict f1)."""

_PLAIN = "+/+/"
"""How a plain base64 cursor begins: with what no URL keeps unless it is encoded."""

_LARGEST = 2**53 - 1
"""The largest number every JSON reader keeps; a page beyond it is as empty as that one."""


def window(values: Mapping[str, object], order: str, *, page_wins: bool = False) -> Window:
    """Return the part of a list that the coerced `page`, `page_length` and `page_cursor` ask for.

    A cursor wins over a page number, or with `page_wins` the page over the cursor (both assumed, g8). A cursor is only
    good for the order it was given out for.

    Raises:
        Invalid: when a number is below 1, or the cursor was not made by us for this `order`.
    """
    page, length = _number(values, "page", 1), _number(values, "page_length", DEFAULT_PAGE_LENGTH)
    cursor = None if page_wins and values.get("page") is not None else values.get("page_cursor")
    return Window(page, length, None if cursor in (None, "") else _cursor_key(cursor, order))


def envelope(
    items: object, slice: Slice[Any], window: Window, *, cursor: str | None = None, url_safe: bool = True
) -> dict[str, object]:
    """Return the list answer around the rendered `items` of `slice`.

    `cursor` is the order whose cursors this list gives out; None where it has none (conflict f9). `url_safe` tells
    whether they can stand in a URL as they are. The last page is never below 1 (assumed), and reading by cursor counts
    pages of the same length from the start (assumed).
    """
    pagination: dict[str, object] = {
        "items_count": slice.total,
        "current_page": window.page if window.after is None else slice.start // window.length + 1,
        "last_page": max(1, -(-slice.total // window.length)),
        "page_length": window.length,
    }
    if cursor is not None:
        after = slice.next_after
        pagination["next_page_cursor"] = None if after is None else cursor_text(cursor, after, url_safe=url_safe)
    return {"items": items, "pagination": pagination}


@lru_cache(maxsize=256)  # who polls gets the same again and again; what orders go by is of bounded length
def cursor_text(order: str, key: SortKey, *, url_safe: bool = True) -> str:
    """Return the cursor that stands after the row with `key` in `order`: base64url without padding, or plain base64.

    The plain one has characters that mean something else in a URL, so that whoever does not encode it notices. A cursor
    carries a checksum, so that one which a client changed on the way is refused instead of leading elsewhere.
    """
    value, serial = key
    check = zlib.crc32(orjson.dumps([order, value, serial]))
    content = orjson.dumps([order, value, serial, check])
    if not url_safe:
        return _PLAIN + b64encode(content).decode()
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _cursor_key(cursor: object, order: str) -> SortKey:
    """Return the key in a cursor. A good cursor is one that its own content makes again."""
    try:
        text = cursor if isinstance(cursor, str) else ""
        url_safe = not text.startswith(_PLAIN)
        if url_safe:
            content = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        else:
            content = b64decode(text[len(_PLAIN) :])
        made_for, value, serial, _ = orjson.loads(content)
        good = type(serial) is int and type(value) in (int, str)
        good = good and text == cursor_text(made_for, (value, serial), url_safe=url_safe)
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
