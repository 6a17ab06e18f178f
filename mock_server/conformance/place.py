"""Shows the parameters of a request with the place of a violation underlined, as it was written there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from mock_server.conformance.plain import columns, harmless

__all__ = ["excerpt", "located"]

WIDEST = 100
"""Columns of a line that shows parameters."""
_BEFORE, _MARKED = 36, 44
"""Characters that are shown in front of the place, and of the place itself."""
_OF_THE_VALUE = frozenset(("bad-value", "time", "identity-misuse", "bad-credentials"))
"""Codes that find fault with what was sent under a name; of `bad-encoding` it is both, of all others the name."""

Span = tuple[int, int]
Member = tuple[Span, Span]
"""Where in a text a name stands, and its value."""


def excerpt(violation: Mapping[str, Any]) -> list[str]:
    """Return what was sent and under it the mark, two lines; one line each for query and body where nothing is marked.

    Args:
        violation: as a report has it; without its `entry` nothing can be shown.
    """
    return [line for part, text, span in located(violation) for line in _lines(part, text, span)]


def located(violation: Mapping[str, Any]) -> list[tuple[str, str, Span | None]]:
    """Return the part of the request that is wrong (`header path query body`), its text, and from where to where.

    Query and body, as far as there are any, with None for the span, where no place can be named.

    Args:
        violation: as for `excerpt`.
    """
    entry = violation.get("entry")
    if not entry:
        return []
    where, name, code = violation["where"]["in"], violation["where"]["name"] or "", violation["code"]
    request = entry.get("request") or {"authorization": None, "media_type": "", "body": ""}
    if where == "header":
        sent = violation["got"] or (request["authorization"] if name.lower() == "authorization" else None)
        return [("header", text := f"{name}: {sent}", (0, len(text)))] if sent else []
    if where == "path":
        return [("path", entry["path"], (0, len(entry["path"])))]
    members = {"query": (entry["query"], _in_form(entry["query"], name)), "body": _in_body(request, name)}
    for part in ("body", "query") if where == "body" else ("query", "body"):
        text, member = members[part]
        if member is not None and where != "sequence":
            return [(part, text, _marked(code, member))]
    return [(part, members[part][0], None) for part in ("query", "body") if members[part][0]]


def _marked(code: str, member: Member) -> Span:
    name, value = member
    if code == "bad-encoding":
        return name[0], value[1]
    if name[0] == name[1]:  # an item of a list has none
        return value
    return value if code in _OF_THE_VALUE and value[0] < value[1] else name


def _lines(label: str, text: str, span: Span | None) -> list[str]:
    """Return a text of which the part around a span is shown, and the line that underlines it."""
    head = f"{label:<6} "
    if span is None:
        return [head + _fitting(text, WIDEST - len(head))]
    start, end = span
    cut = len(text) > WIDEST - len(head)
    first, last = (max(0, start - _BEFORE), min(end, start + _MARKED)) if cut else (0, end)
    before = "…" * (first > 0) + harmless(text[first:start])
    marked = harmless(text[start:last]) + "…" * (last < end)
    room = WIDEST - len(head) - columns(before + marked)
    after = _fitting(text[end:], max(room, 1))
    under = " " * columns(head + before) + "^" * max(columns(marked), 1)
    return [head + before + marked + after, under]


def _fitting(text: str, room: int) -> str:
    """Return as much of a text as fits, an ellipsis instead of the rest."""
    shown = harmless(text[: room + 1])
    if columns(shown) <= room and len(text) <= room:
        return shown
    while columns(shown) > room - 1 and shown:
        shown = shown[:-1]
    return shown + "…"


def _in_body(request: Mapping[str, Any], name: str) -> tuple[str, Member | None]:
    """Return a body as it is shown, and where in it a parameter stands."""
    body, media_type = request["body"], request["media_type"]
    multipart = media_type == "multipart/form-data"  # hard to read as it was sent
    if "json" not in media_type and not multipart:
        return body, _in_form(body, name)
    writer = _Writer(_steps(name))
    try:
        value = request["parameters"] if multipart else json.loads(body)
        return "".join(writer.write(value, (), (0, 0))), writer.found
    except (ValueError, RecursionError):  # cut off, or never JSON at all
        return body, _in_text(body, name)


def _in_form(text: str, name: str) -> Member | None:
    """Return where in a query or urlencoded form a parameter stands: by its very name, else the first part of it."""
    loose, start, wanted = None, 0, _steps(name)
    for part in text.split("&"):
        sent = part.partition("=")[0]
        member = (start, start + len(sent)), (min(start + len(sent) + 1, start + len(part)), start + len(part))
        if unquote_plus(sent) == name:
            return member
        if loose is None and wanted and _steps(unquote_plus(sent))[: len(wanted)] == wanted:
            loose = member
        start += len(part) + 1
    return loose


def _in_text(text: str, name: str) -> Member | None:
    """Return where a name stands first in what should have been JSON."""
    start = text.find(sent := json.dumps(name, ensure_ascii=False))
    if start < 0:
        return None
    end = start + len(sent)
    return (start, end), (end, end)


def _steps(name: str) -> tuple[str, ...]:
    """Return a name cut at its brackets and dots: `account[id]`, `account.id` and `account[id][]` mean one place."""
    return tuple(step for step in re.split(r"[\[\].]", name) if step)


class _Writer:
    """Writes JSON and remembers where in the text the member at `steps` came to stand."""

    def __init__(self, steps: tuple[str, ...]) -> None:
        self._steps = steps
        self._length = 0
        self.found: Member | None = None

    def write(self, value: Any, steps: tuple[str, ...], name: Span) -> Iterator[str]:
        start = self._length
        if isinstance(value, dict):
            yield self._add("{")
            for rank, (key, inner) in enumerate(value.items()):
                if rank:
                    yield self._add(", ")
                at = self._length
                yield self._add(json.dumps(key, ensure_ascii=False))
                named = (at, self._length)
                yield self._add(": ")
                yield from self.write(inner, steps + _steps(key), named)
            yield self._add("}")
        elif isinstance(value, list):
            yield self._add("[")
            for rank, inner in enumerate(value):
                if rank:
                    yield self._add(", ")
                at = self._length
                yield from self.write(inner, (*steps, str(rank)), (at, at))
            yield self._add("]")
        else:
            yield self._add(json.dumps(value, ensure_ascii=False))
        if steps == self._steps and steps and self.found is None:
            self.found = name, (start, self._length)

    def _add(self, text: str) -> str:
        self._length += len(text)
        return text
