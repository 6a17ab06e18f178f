"""What may be asked of the responses, and whether a response is meant.

The filters are those of `GET /responses`, which the reports share. Everything given must hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import field
from typing import Final, Protocol

import orjson

from mock_server.frozen import frozen
from mock_server.state.listings import finder
from mock_server.state.records import Account, AnswerValue, Contact, Micros, Response

__all__ = [
    "INCLUDES",
    "MAX_IDENTIFIER",
    "Directory",
    "Match",
    "Position",
    "ResponseQuery",
    "answer_values",
    "answers_wanted",
    "date_of",
    "value_groups",
    "wanted_groups",
]

Position = tuple[int, int, Hashable]
"""Where the changes of contacts and of accounts are, and how attributes are rendered."""

INCLUDES: Final[Mapping[str, Callable[[Response], bool]]] = {
    "completed": lambda row: row.completed_at is not None,
    "partials": lambda row: row.last_data_reception_at is not None,
    "all": lambda _: True,
}
"""The values of `include` and which rows each shows (documented; the exact tests are assumed)."""


MAX_IDENTIFIER: Final = 255
"""Characters of a question's identifier; a 129-character one was seen (observed), the bound is assumed."""


@frozen
class ResponseQuery:
    """Which responses are wanted; the default is every completed one."""

    form_uuids: tuple[str, ...] = ()
    """Any of them."""
    segment_uuids: tuple[str, ...] = ()
    """The contact is a member of any of them."""
    tag_uuids: tuple[str, ...] = ()
    """It has any of them."""
    date_range_start: Micros | None = None
    """Inclusive (documented)."""
    date_range_end: Micros | None = None
    """Exclusive (documented)."""
    include: str = "completed"
    search: str | None = None
    """Part of the contact's user id, e-mail or name, capitals aside (assumed), or its whole Refiner uuid."""
    response_data: Mapping[str, object] = field(default_factory=dict)
    contact_data: Mapping[str, object] = field(default_factory=dict)
    """Over the contact's rendered attributes."""
    account_data: Mapping[str, object] = field(default_factory=dict)


class Directory(Protocol):
    """Whom responses belong to: what matching needs to know (see `Persons`)."""

    def contact_by_uuid(self, uuid: str) -> Contact:
        """Return the contact with this uuid."""
        ...

    def account_of(self, contact: Contact) -> Account:
        """Return a contact's account."""
        ...

    def contact_value(self, contact: Contact, name: str) -> object:
        """Return one of a contact's attributes as it is rendered."""
        ...

    def account_value(self, account: Account, name: str) -> object:
        """Return one of an account's attributes as it is rendered."""
        ...

    def position(self) -> Position:
        """Return where the changes of contacts and accounts are now."""
        ...

    def changed(self, since: Position) -> Collection[str] | None:
        """Return the uuids of the contacts that changed since; None when it is too long ago to be known."""
        ...

    def candidates(self, query: ResponseQuery) -> Collection[str] | None:
        """Return the uuids of contacts among which are all that a query means; None is everyone."""
        ...


def date_of(row: Response, include: str) -> Micros:
    """Return the time a list with this `include` is limited by (documented) and ordered by (assumed)."""
    if include == "all" or row.last_data_reception_at is None:
        return row.last_shown_at
    return row.last_data_reception_at


def answer_values(data: Mapping[str, object]) -> dict[str, AnswerValue]:
    """Return answers as Refiner keeps them: text, or a list of texts for a multiple choice (assumed, g6).

    Whole numbers lose a trailing `.0`, booleans become `1` and `0`, an object is kept as compact JSON text: refusing it
    would hide what the client sent, and judging that is not our part. What is null or empty was not answered and is
    left out, as is an answer without identifier; of a longer one 255 characters are kept, as of a trait's slug (all
    assumed).
    """
    answers = ((name[:MAX_IDENTIFIER], _answer(value)) for name, value in data.items() if value is not None)
    return {name: answer for name, answer in answers if name and answer}


class Match:
    """Whether a response fits a query, but for its dates, which are a part of a kept order.

    What it learns of a contact it remembers, for one search.
    """

    def __init__(self, query: ResponseQuery, people: Directory) -> None:
        self._query = query
        self._people = people
        self._shows = INCLUDES[query.include]
        self._forms = frozenset(query.form_uuids)
        self._tags = frozenset(query.tag_uuids)
        self._segments = frozenset(query.segment_uuids)
        self._mentioned = finder(query.search or "")
        self._data, self._of_contact, self._of_account = map(
            answers_wanted, (query.response_data, query.contact_data, query.account_data)
        )
        self.of_persons = bool(self._segments or query.search or query.contact_data or query.account_data)
        """Whether it depends on the contacts, too."""
        self._known: dict[str, bool] = {}

    def __call__(self, row: Response) -> bool:
        """Tell whether the response is wanted."""
        if not self._shows(row) or (self._forms and row.form_uuid not in self._forms):
            return False
        if self._tags and not any(tag.uuid in self._tags for tag in row.tags):
            return False
        if not all(_equal(wanted, row.data.get(name)) for name, wanted in self._data):
            return False
        return not self.of_persons or self._person(row.contact_uuid)

    def _person(self, uuid: str) -> bool:
        known = self._known.get(uuid)
        if known is None:
            known = self._known[uuid] = self._fits(self._people.contact_by_uuid(uuid))
        return known

    def _fits(self, contact: Contact) -> bool:
        search, people = self._query.search, self._people
        if self._segments and not any(place.segment.uuid in self._segments for place in contact.memberships):
            return False
        if search and search.lower() != contact.uuid and not self._mentioned(contact):
            return False
        if not all(_equal(wanted, people.contact_value(contact, name)) for name, wanted in self._of_contact):
            return False
        if not self._of_account:
            return True
        account = people.account_of(contact)
        return all(_equal(wanted, people.account_value(account, name)) for name, wanted in self._of_account)


def answers_wanted(data: Mapping[str, object]) -> tuple[tuple[str, AnswerValue], ...]:
    """Return what a data map wants, each value as Refiner keeps it, in the order of the names."""
    return tuple((name, _answer(data[name])) for name in sorted(data))


def value_groups(value: object) -> tuple[Hashable, ...]:
    """Return the groups that a stored value belongs to: its own and, of a multiple choice, those of its choices."""
    if isinstance(value, list):
        return (tuple(value), *dict.fromkeys(value))
    return () if value is None else (value,)


def wanted_groups(data: Mapping[str, object]) -> Iterator[tuple[str, tuple[Hashable]]]:
    """Yield each name of a data map with the group, as of `value_groups`, that its value must belong to."""
    for name, wanted in answers_wanted(data):
        yield name, (tuple(wanted) if isinstance(wanted, list) else wanted,)


def _equal(wanted: AnswerValue, value: object) -> bool:
    """One choice of a multiple choice counts as equal to it (assumed)."""
    return wanted == value or (isinstance(value, list) and wanted in value)


def _answer(value: object) -> AnswerValue:
    if isinstance(value, (list, tuple)):
        return [text for text in (_text(part) for part in value if part is not None) if text]
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    return orjson.dumps(value).decode()
