"""A first look that lets clean requests pass in a few microseconds.

It may doubt what is right, which only costs a closer look, but it never passes over what a rule would find: each doubt
here is at least as broad as the rules behind it, and a test holds it to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from mock_server.contract.coercion import Coerced, Shape
from mock_server.contract.document import Contract, Operation, Parameter
from mock_server.contract.exchange import Request
from mock_server.contract.operations import kind_of
from mock_server.contract.secrets import is_key_name
from mock_server.contract.verdict.terms import (
    FORMS,
    JSON,
    NO_TRAIT,
    NOTHINGS,
    RANGE_END,
    World,
    foreign_uuids,
    looks_like_uuid,
    takes_forms,
)
from mock_server.contract.verdict.traits import Free, free_of_account, free_of_call, is_trait_time, keeps_kind, slug
from mock_server.frozen import frozen

__all__ = ["is_clean"]

_MOST_NAMES, _LONGEST_NAME = 4_096, 80
"""Free names remembered for one operation, and the characters that each may have."""
_MOST_TEXTS, _LONGEST_TEXT = 2_048, 64
"""Texts remembered for each question about them, and the characters that each may have."""
_BLANKS_MATTER = frozenset({"id", "email", "page_cursor"})
"""Texts in which a blank may be a plus that got lost."""
_ENDS = frozenset("]}>)'")
"""How an object ends that a programming language has printed, unless it holds an `@` or begins with `System.`."""
_LASTING: Mapping[str | None, type] = {"integer": int, "boolean": bool}
"""The kinds of traits that not every value suits, and what does at any rate."""
_NO_KINDS: Mapping[str, str] = {}
_EMPTY: tuple[object, ...] = (None, "")
_ODD = re.compile(r"[%\[\]{}()\"'<>&=#`\x00-\x1f]")
_NUMBERED = re.compile(rb"(?:\[|%5[Bb])[0-9]")

# How to look at a value that fits its parameter's schema.
_ANY, _FIXED, _TEXT, _SHORT, _TEXTS, _RECORD, _MAP, _DOUBT = range(8)


@frozen(eq=False)
class _Table:
    """What the first look needs to know of one operation."""

    takes_forms: bool
    usual: bool
    """The route is one of Refiner's own, by its name of today."""
    ways: Mapping[str, int]
    """How to look at each parameter, and at each known name in a record: `account.id`."""
    foreign: tuple[str, ...]
    """The parameters that hold the uuid of something else than a contact."""
    free: Free | None
    maps: tuple[str, ...]
    """The parameters that are maps."""
    records: Mapping[str, Free]
    """Those with known names (`account`), and what may be under the other names in them."""
    names: dict[str, tuple[str, bool]]
    """Of free names seen so far that are nothing more: the slug, and whether it says that the value is a time."""
    inner: dict[str, bool]
    """Of free names in records seen so far: whether they say that the value is a time."""


class _Look(NamedTuple):
    """What the first look knows of one shape: what follows from the names, whatever their values."""

    own: tuple[tuple[str, int], ...]
    """How to look at each of the operation's own parameters."""
    free: tuple[tuple[str, bool], ...]
    """Of each free name: the slug, and whether it says that the value is a time."""
    is_ordinary: bool
    """No free name is anything else; otherwise `free` ends before it."""


def is_clean(
    contract: Contract, called: Operation | None, request: Request, coerced: Coerced | None, world: World | None
) -> bool:
    """Tell whether a call needs no closer look; whether its key is good is another question."""
    if called is None or coerced is None or coerced.problems:
        return False
    table, extra, query, body = _table(contract, called), coerced.extra, request.query, request.body
    if not table.usual or (extra and table.free is None):
        return False
    if request.raw_query and not (
        _are_distinct(request.raw_query, query)
        and contract.credential_names.isdisjoint(query)
        and (not body or body.keys().isdisjoint(query))
    ):
        return False
    if request.raw_body and not _is_plain_body(table, request):
        return False
    look, parameters = coerced.shape.look, request.parameters
    if look is None:
        look = coerced.shape.look = _look(table, contract, called, coerced.shape)
    for name, way in look.own:
        raw = parameters[name]
        if raw is not None and not _is_clean_value(table, way, name, raw):
            return False
    if extra and not (look.is_ordinary and _are_clean_traits(table, look, extra, world)):
        return False
    return world is None or _is_known(table, coerced.values, world)


def _are_distinct(raw: bytes, read: Mapping[str, Any]) -> bool:
    """Tell whether in a query or form no value has taken another one's place, and no brackets are numbered."""
    if b"[" not in raw and b"%5" not in raw:
        return raw.count(b"&") + 1 == len(read)
    values = sum(len(value) if value.__class__ in (list, dict) else 1 for value in read.values())
    return raw.count(b"&") + 1 == values and _NUMBERED.search(raw) is None


def _is_plain_body(table: _Table, request: Request) -> bool:
    """Tell whether a body is what it says it is and has no name twice, as far as that shows at a glance."""
    raw, body = request.raw_body, request.body
    if request.media_type == JSON:
        names = len(body)
        for name in table.maps:
            inner = body.get(name)
            if inner.__class__ is dict:
                names += len(inner)
        return raw.count(b'":') == names
    is_form = request.media_type == FORMS[0] and table.takes_forms
    return is_form and _are_distinct(raw, body) and raw.lstrip()[:1] not in (b"{", b"[")


def _is_clean_value(table: _Table, way: int, name: str, raw: Any) -> bool:
    """Tell whether a value of one of the operation's own parameters needs no closer look; it fits the schema."""
    if raw.__class__ is str:
        if way == _TEXT:
            return _is_plain(raw) and not (name in _BLANKS_MATTER and " " in raw)
        return way <= _FIXED or not raw or (way == _SHORT and len(raw) < 4)
    if way == _RECORD and raw.__class__ is dict:
        return _is_clean_record(table, name, raw)
    if way == _TEXTS and raw.__class__ is list:
        return all(item.__class__ is str and _is_plain(item) for item in raw)
    return way == _ANY or raw is None or (way == _SHORT and raw < 1_000) or (way == _MAP and raw.__class__ is dict)


def _is_clean_record(table: _Table, name: str, raw: dict[str, Any]) -> bool:
    free, inner, ways = table.records[name], table.inner, table.ways
    for key, value in raw.items():
        is_time = inner.get(key)
        if is_time is None:
            way = ways.get(f"{name}.{key}")
            if way is not None:
                if not _is_clean_value(table, way, key, value):
                    return False
                continue
            is_time = free.is_time(key)
            if len(inner) < _MOST_NAMES and len(key) <= _LONGEST_NAME:
                inner[key] = is_time
        if not _is_clean_free(free, is_time, value):
            return False
    return True


def _are_clean_traits(table: _Table, look: _Look, extra: Mapping[str, Any], world: World | None) -> bool:
    free = table.free
    assert free is not None, "free names to any other operation are looked at closely"
    kinds = world.trait_kinds if world is not None and free.times else _NO_KINDS
    for (key, is_time), raw in zip(look.free, extra.values(), strict=True):
        if not _is_clean_free(free, is_time, raw):
            return False
        kind = kinds.get(key)
        if kind in _LASTING and raw.__class__ is not _LASTING[kind] and raw not in _EMPTY and not keeps_kind(kind, raw):
            return False
    return True


def _is_clean_free(free: Free, is_time: bool, raw: Any) -> bool:
    """Tell whether a value under a free name needs no closer look."""
    kind = raw.__class__
    if is_time:
        return raw is None or raw == "" or (kind is str and _is_usual_time(raw)) or is_trait_time(raw)
    if kind is str:
        return len(raw) <= free.advised and _is_usual_text(raw)
    if kind is int or kind is float:
        return bool(free.low <= raw <= free.high)
    return raw is None or (kind is bool and "boolean" in free.kinds)


def _remembered(question: Callable[[str], bool]) -> Callable[[str], bool]:
    known = lru_cache(_MOST_TEXTS)(question)
    return lambda text: known(text) if len(text) <= _LONGEST_TEXT else question(text)


@_remembered
def _is_usual_text(text: str) -> bool:
    """Tell whether a text is a trait that needs no closer look, unless it is too long."""
    return not text or not (text[-1] in _ENDS or text in NO_TRAIT or "@" in text or text.startswith("System."))


@_remembered
def _is_usual_time(text: str) -> bool:
    """Tell whether a text is a time as most programs write it: `2025-03-14T09:20:11Z`, `2025-03-14`.

    `is_trait_time` knows all.
    """
    if len(text) == 20:
        usual = text[4::3] == "--T::Z" and text[11:13] != "24"
    else:
        usual = len(text) == 10 and text[4::3] == "--"
    if not usual:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


@_remembered
def _is_plain(text: str) -> bool:
    """Tell whether a text needs no closer look, unless it has a blank where none belongs."""
    # What has an `@` and no dot after it may be an object of Java's.
    odd = _ODD.search(text) is not None or ("@" in text and text.rfind(".") <= text.rfind("@"))
    return not odd and text not in NOTHINGS


def _is_ordinary(contract: Contract, operation: Operation, name: str) -> bool:
    """Tell whether `unlisted` and its like find nothing in a free name, whatever its value and the rest of the call."""
    from mock_server.contract import names

    reserved = contract.document["x-facts"]["reserved-traits"]["names"]
    plain = name not in reserved and "%" not in name and "[" not in name and not is_key_name(name)
    return plain and names.is_ordinary(operation, name)


def _is_known(table: _Table, values: Mapping[str, Any], world: World) -> bool:
    """Tell whether ids and uuids are those of whom they should be, or of nobody yet."""
    id = values.get("id")
    if id is not None:
        if len(id) == 36 and looks_like_uuid(id) and world.contact_uuid_exists(id.lower()):
            return False
        email = values.get("email")
        if email is not None and world.email_of(id) not in (None, email):
            return False
    return not table.foreign or not any(
        name in values and world.contact_uuid_exists(values[name]) for name in table.foreign
    )


@lru_cache(maxsize=256)
def _table(contract: Contract, called: Operation) -> _Table:
    ways = {name: _way(each) for name, each in called.parameters.items()}
    for name, each in called.parameters.items():
        for part, entry in each.schema.get("properties", {}).items():
            ways[f"{name}.{part}"] = _TEXT if kind_of(contract.resolve(entry)) == "string" else _DOUBT
    return _Table(
        takes_forms=takes_forms(contract),
        usual=not called.mock_only and not called.deprecated,
        ways=ways,
        foreign=foreign_uuids(called),
        free=free_of_call(contract, called),
        maps=tuple(name for name, each in called.parameters.items() if each.kind == "object"),
        records=free_of_account(contract, called),
        names={},
        inner={},
    )


def _look(table: _Table, contract: Contract, called: Operation, shape: Shape) -> _Look:
    own = tuple((name, table.ways[name]) for name, _ in shape.own)
    free, names, found = table.free, table.names, []
    if free is None:
        return _Look(own, (), is_ordinary=not shape.free)
    for name in shape.free:
        known = names.get(name)
        if known is None:
            if not _is_ordinary(contract, called, name):
                break
            known = slug(name), free.is_time(name)
            if len(names) < _MOST_NAMES and len(name) <= _LONGEST_NAME:
                names[name] = known
        found.append(known)
    return _Look(own, tuple(found), is_ordinary=len(found) == len(shape.free))


def _way(parameter: Parameter) -> int:
    schema = parameter.schema
    if parameter.name == RANGE_END:
        return _DOUBT
    if parameter.kind == "string":
        return _TEXT if schema.keys().isdisjoint({"format", "x-time", "enum"}) else _FIXED
    if parameter.kind == "object":
        return _RECORD if "properties" in schema else _MAP
    return _TEXTS if parameter.kind == "array" else _SHORT if parameter.clamp else _ANY
