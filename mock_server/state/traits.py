"""Traits: how what a client sends becomes slugs and typed values, and how they are shown again.

`TraitRegistry` knows the slugs of one environment (there is one registry for contacts and one for accounts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from mock_server.state.clock import iso, parse_time
from mock_server.state.records import TraitValue
from mock_server.state.shapes import alike, equal, shaped
from mock_server.state.ways import Ways

__all__ = ["COMPUTED", "RESERVED", "TraitRegistry", "merged", "render_value", "slug"]

COMPUTED: Final = (
    "first_seen_at",
    "form_submissions_count",
    "form_views_count",
    "last_form_submission_at",
    "last_form_view_at",
    "last_seen_at",
)
"""What Refiner counts by itself and shows among the attributes (observed, RUD-cap)."""
RESERVED: Final = frozenset({"id", "email", "uuid", "account", "api_key", *COMPUTED})
"""Names that never become traits (documented: KB-tr; the list itself is assumed)."""

_MAX_SLUG: Final = 255
_MAX_INTEGER: Final = 2_147_483_647
_MAX_NESTING: Final = 32
_MAX_KNOWN: Final = 1_024
_MAX_KNOWN_TEXT: Final = 64

_KEPT = re.compile(r"[a-z0-9_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHERS = re.compile(r"\W+")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,9}")


def slug(name: str) -> str:
    """Return the slug of a trait's name: `userId` gives `user_id`, all-lower names are kept (observed, RUD-cap).

    Other characters become `_`, and what is longer than 255 characters is cut (assumed). Empty when nothing remains.
    """
    if not _KEPT.fullmatch(name):
        name = _OTHERS.sub("_", _CAMEL.sub("_", name)).strip("_").lower()
    return name[:_MAX_SLUG]


def render_value(value: TraitValue | None, flags: tuple[str, str] = ("0", "1")) -> str | None:
    """Return a stored value as Refiner shows it: everything is text (observed, RUD-cap), booleans are `flags` (f14)."""
    if isinstance(value, bool):
        return flags[value]
    return value if value is None or isinstance(value, str) else str(value)


class TraitRegistry:
    """The slugs that an environment has seen, with their kinds: `string`, `integer`, `date` or `boolean`.

    A slug is known from its first value on (documented) and keeps the kind it then had; `name` is there from the start
    (observed as null in RUD-cap). When 1,000 are known, further ones are silently dropped (documented, KB-di).
    """

    __slots__ = ("_dates", "_kinds", "_names", "_slugs", "_texts", "_ways", "limit", "revision")

    def __init__(self, limit: int = 1_000, ways: Ways | None = None) -> None:
        self.limit = limit
        self._ways = ways or Ways()
        self.revision = 0
        """Rises when a slug is added."""
        self._kinds: dict[str, str] = {"name": "string"}
        self._slugs: tuple[str, ...] = ("name",)
        # What came before, so that the usual call costs little and equal values share one object: slugs by short
        # name as it came, stored values by short text as it came, the same for slugs that hold dates.
        self._names: dict[str, str] = {}
        self._texts: dict[str, TraitValue] = {}
        self._dates: dict[str, TraitValue] = {}

    @property
    def slugs(self) -> tuple[str, ...]:
        """All known slugs in alphabetical order."""
        if len(self._slugs) != len(self._kinds):
            self._slugs = tuple(sorted(self._kinds))
        return self._slugs

    @property
    def kinds(self) -> Mapping[str, str]:
        """The kind of each known slug."""
        return self._kinds

    def absorb(self, raw: Mapping[str, object]) -> dict[str, TraitValue | None]:
        """Return typed values by slug; None means that the trait is to be erased, because an empty value came.

        Nested objects are flattened to `parent_child` (observed), lists likewise by position (assumed: PHP makes no
        difference). Reserved names, and slugs beyond the limit, are left out. An empty value makes no new trait.
        """
        values: dict[str, TraitValue | None] = {}
        names, kinds = self._names, self._kinds
        for name, value in cast("Mapping[str, Any]", raw).items():
            key = names.get(name) or self._slug_of(name)
            kind, form = kinds.get(key), value.__class__
            # The usual cases first; `_take` knows all of them.
            if form is str and kind is not None:
                known = (self._dates if kind == "date" else self._texts).get(value)
                values[key] = self._text(kind, value) if known is None else known
            elif form is int and kind == "integer" and -_MAX_INTEGER <= value <= _MAX_INTEGER:
                values[key] = value
            elif form is dict or form is list:
                for child, leaf in _leaves(key, value, _MAX_NESTING):
                    self._take(child, leaf, values)
            else:
                self._take(key, value, values)
        return values

    def load(self, kinds: Mapping[str, str]) -> None:
        """Know slugs that were known elsewhere, with their kinds."""
        self._kinds.update(kinds)
        self.revision = len(self._kinds)

    def admit(self, key: str, kind: str) -> bool:
        """Make `key` known if it is new; tell whether it is known now."""
        if key not in self._kinds:
            if len(self._kinds) >= self.limit:
                return False
            self._kinds[key] = kind
            self.revision += 1
        return True

    def _take(self, key: str, value: object, values: dict[str, TraitValue | None]) -> None:
        kind = self._kinds.get(key)
        if isinstance(value, bool) and self._ways.drops_booleans:
            return
        if value is None or value == "":
            if kind is not None:
                values[key] = None
            return
        if kind is None:
            kind = self._kind(key, value)
            if not key or key in RESERVED or not self.admit(key, kind):
                return
        values[key] = self._text(kind, value) if isinstance(value, str) else self._typed(kind, value)

    def _text(self, kind: str, value: str) -> TraitValue | None:
        """Return the stored form of a text, remembered if it is short."""
        if not value:
            return None
        typed = self._typed(kind, value)
        if len(value) <= _MAX_KNOWN_TEXT:
            known = self._dates if kind == "date" else self._texts
            if len(known) >= _MAX_KNOWN:
                known.clear()
            known[value] = typed
        return typed

    def _slug_of(self, name: str) -> str:
        key = slug(name)
        if len(name) <= _MAX_KNOWN_TEXT:
            if len(self._names) >= _MAX_KNOWN:
                self._names.clear()
            self._names[name] = key
        return key

    def _typed(self, kind: str, value: object) -> TraitValue:
        """Return the stored form of a value: integers are recognised in text, dates by the slug's ending (documented).

        Too long a text is cut (assumed, g11), at the newer of two documented lengths or the older (f7).
        """
        if isinstance(value, bool):
            return value
        if kind == "date" and isinstance(value, str | int | float):
            at = parse_time(value)
            if at is not None:
                return iso(at)
        if isinstance(value, str):
            # +14 and 014 stay text: nothing of what was sent may get lost (assumed)
            if len(value) > 11 or not _INTEGER.fullmatch(value):
                return value[: self._ways.text_limit]
            value = int(value)
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and -_MAX_INTEGER <= value <= _MAX_INTEGER:
            return value
        return str(value)[: self._ways.text_limit]

    def _kind(self, key: str, value: object) -> str:
        """Return the kind of a slug whose first value this is."""
        if key.endswith(("_at", "_date")):
            return "date"
        if isinstance(value, bool):
            return "boolean"
        return "integer" if isinstance(self._typed("string", value), int) else "string"


def _leaves(key: str, value: object, depth: int) -> Iterator[tuple[str, object]]:
    """Yield the scalars inside a nested value under `parent_child` slugs; what is nested too deeply is left out."""
    if isinstance(value, dict | list):
        if depth:
            for name, part in value.items() if isinstance(value, dict) else enumerate(value):
                yield from _leaves(f"{key}_{slug(str(name))}"[:_MAX_SLUG], part, depth - 1)
    else:
        yield key, value


def merged(stored: Mapping[str, TraitValue], values: Mapping[str, TraitValue | None]) -> Mapping[str, TraitValue]:
    """Return stored traits after new values, of which None erases; the very same mapping where nothing changes."""
    if not values:
        return stored
    if (same := alike(stored, values)) is not None:
        return same
    after: dict[str, TraitValue | None] = dict(stored.items())
    after |= values
    if None in values.values():
        after = {key: value for key, value in after.items() if value is not None}
    return stored if equal(after, stored) else shaped(cast("Mapping[str, TraitValue]", after))
