"""Lists of responses: filtered in any way that Refiner offers, newest first, kept in order once they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from functools import partial

from mock_server.errors import Invalid
from mock_server.state.followers import Kept, named
from mock_server.state.orders import KeptOrder, newest_first
from mock_server.state.queries import (
    INCLUDES,
    Directory,
    Match,
    Position,
    ResponseQuery,
    answers_wanted,
    date_of,
    value_groups,
    wanted_groups,
)
from mock_server.state.records import Response, SortKey

__all__ = ["ResponseLists", "span"]

_LAST_SERIAL = 1 << 62


class ResponseLists:
    """The orders over the responses of one environment; who never lists pays for none (see `followers`)."""

    def __init__(self, rows: Mapping[str, Response], of_contact: Mapping[str, Iterable[str]]) -> None:
        self._rows = rows
        self._of_contact = of_contact
        self._kept: Kept[Response] = Kept(rows)

    def fork(
        self,
        rows: Mapping[str, Response],
        of_contact: Mapping[str, Iterable[str]],
        other_rows: Mapping[str, Response],
        other_of_contact: Mapping[str, Iterable[str]],
    ) -> ResponseLists:
        """Return the lists over `other_rows`, which are the same; speak of `rows` from now on, the same again."""
        fork = ResponseLists(other_rows, other_of_contact)
        self._rows, self._of_contact = rows, of_contact
        fork._kept = self._kept.fork(rows, other_rows)
        return fork

    def note(self, row: Response) -> None:
        """Note that a response came, changed or went. O(1)."""
        if self._kept.changes.followed:
            self._kept.changes.note(row)

    def order(self, query: ResponseQuery, people: Directory) -> KeptOrder[Response]:
        """Return the rows that match, but for their dates, newest first. Costs and raises as `Responses.search`."""
        if query.include not in INCLUDES:
            raise Invalid(f"include must be one of {', '.join(INCLUDES)}", "include")
        matches = Match(query, people)
        sets = (sorted(set(uuids)) for uuids in (query.form_uuids, query.tag_uuids, query.segment_uuids))
        maps = map(answers_wanted, (query.response_data, query.contact_data, query.account_data))
        name = named(query.include, *sets, *maps, query.search)
        beside = _Owners(people, self._rows, self._of_contact) if matches.of_persons else None
        return self._kept.order(name, _place(query.include), matches, partial(self._candidates, query, people), beside)

    def _candidates(self, query: ResponseQuery, people: Directory) -> Iterable[Response]:
        """Return the fewest rows that one of the filters leaves."""
        found: list[Collection[str]] = []
        if query.form_uuids:
            found.append(self._kept.groups("forms", lambda row: (row.form_uuid,)).members(query.form_uuids))
        if query.tag_uuids:
            tags = self._kept.groups("tags", lambda row: tuple(tag.uuid for tag in row.tags))
            found.append(tags.members(query.tag_uuids))
        for name, wanted in wanted_groups(query.response_data):
            answers = self._kept.groups(("data", name), partial(_answered, name))
            found.append(answers.members(wanted))
        persons = people.candidates(query)
        if persons is not None:
            found.append([uuid for person in persons for uuid in self._of_contact.get(person, ())])
        fewest = min(found, key=len, default=None)
        return self._rows.values() if fewest is None else map(self._rows.__getitem__, fewest)


class _Owners:
    """The contacts of the responses, by whose changes these come and go in a list."""

    __slots__ = ("_of_contact", "_people", "_rows")

    def __init__(
        self, people: Directory, rows: Mapping[str, Response], of_contact: Mapping[str, Iterable[str]]
    ) -> None:
        self._people = people
        self._rows = rows
        self._of_contact = of_contact

    def position(self) -> Position:
        return self._people.position()

    def changed(self, since: Position) -> Iterable[Response] | None:
        persons = self._people.changed(since)
        if persons is None:
            return None
        return [self._rows[uuid] for person in persons for uuid in self._of_contact.get(person, ())]


def _answered(name: str, row: Response) -> tuple[Hashable, ...]:
    return value_groups(row.data.get(name))


def span(query: ResponseQuery) -> tuple[SortKey | None, SortKey | None]:
    """Return the keys between which the rows of a query's dates stand."""
    start, end = query.date_range_start, query.date_range_end
    first = None if end is None else newest_first(end - 1, _LAST_SERIAL)
    return first, None if start is None else newest_first(start, 0)


def _place(include: str) -> Callable[[Response], SortKey]:
    return lambda row: newest_first(date_of(row, include), row.serial)
