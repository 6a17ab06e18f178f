"""Listings: the contacts of everyone, of one segment or of one survey, in any order that Refiner offers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from functools import partial
from typing import Final

from mock_server.errors import Invalid
from mock_server.state.followers import Changes, Kept, named
from mock_server.state.layers import parted
from mock_server.state.orders import alphabetical, newest_first, oldest_first
from mock_server.state.records import Contact, Slice, SortKey, Window
from mock_server.state.traits import render_value
from mock_server.state.ways import Ways

__all__ = ["ORDERS", "Listings", "finder"]

ORDERS: Final[Mapping[str, Callable[[Contact], SortKey]]] = {
    "first_seen_at": lambda contact: newest_first(contact.first_seen_at, contact.serial),
    "last_seen_at": lambda contact: newest_first(contact.last_seen_at, contact.serial),
    "last_form_submission_at": lambda contact: newest_first(contact.traces.last_form_submission_at, contact.serial),
    "display_name": lambda contact: alphabetical(render_value(contact.traits.get("name")), contact.serial),
    "email": lambda contact: alphabetical(contact.email, contact.serial),
}
"""The values of `order_by` (documented) and what they order by (the directions are assumed, g8)."""

_OLDEST_FIRST: Final[Mapping[str, Callable[[Contact], SortKey]]] = {
    **ORDERS,
    "first_seen_at": lambda contact: oldest_first(contact.first_seen_at, contact.serial),
    "last_seen_at": lambda contact: oldest_first(contact.last_seen_at, contact.serial),
    "last_form_submission_at": lambda contact: oldest_first(contact.traces.last_form_submission_at, contact.serial),
}
"""The same under the dialect `date-order=oldest-first`."""


class Listings:
    """The orders over the contacts of one environment: of all, or of those that a filter leaves.

    Who never lists pays for none (see `followers`).
    """

    def __init__(self, contacts: Mapping[str, Contact], ways: Ways) -> None:
        self._contacts = contacts
        self._ways = ways
        self._forms_of: MutableMapping[str, tuple[str, ...]] = {}
        self.kept: Kept[Contact] = Kept(contacts)

    @property
    def changes(self) -> Changes[Contact]:
        """What changed lately."""
        return self.kept.changes

    def stand_on(self, contacts: Mapping[str, Contact]) -> None:
        """Speak of these contacts from now on, which are the same as before in another mapping."""
        self._contacts = contacts

    def adopt(self, source: Listings) -> None:
        """Know the surveys and orders of the contacts as another one does, whose contacts these are too."""
        source._forms_of, self._forms_of = parted(source._forms_of)
        self.kept = source.kept.fork(source._contacts, self._contacts)

    def note(self, contact: Contact) -> None:
        """Note that a contact came or changed. O(1)."""
        changes = self.kept.changes
        if changes.followed:
            changes.note(contact)

    def remove(self, contact: Contact) -> None:
        """Let a contact go for good. O(1)."""
        self._forms_of.pop(contact.uuid, None)
        self.note(contact)

    def link(self, contact: Contact, form_uuid: str) -> None:
        """Note that a contact has a response to a survey. O(1)."""
        forms = self._forms_of.get(contact.uuid, ())
        if form_uuid not in forms:
            self._forms_of[contact.uuid] = (*forms, form_uuid)
            self.note(contact)

    def listing(
        self, window: Window, order_by: str, form_uuid: str | None, segment_uuid: str | None, search: str | None
    ) -> Slice[Contact]:
        """Return one part of the contacts that have a response to the survey, are in the segment and match the search.

        O(log n + page + contacts changed since the same was asked for); a new question costs O(contacts in the segment,
        with the survey or, for a text, all of them read through once), sorted.

        Raises:
            Invalid: when `order_by` is none of `ORDERS`, or the cursor belongs to another order.
        """
        if order_by not in ORDERS:
            raise Invalid(f"order_by must be one of {', '.join(ORDERS)}", "order_by")
        keys, search = _OLDEST_FIRST if self._ways.oldest_first else ORDERS, (search or "").casefold()
        mentioned, forms_of = finder(search), self._forms_of

        def fits(contact: Contact) -> bool:
            if segment_uuid and not any(place.segment.uuid == segment_uuid for place in contact.memberships):
                return False
            return (not form_uuid or form_uuid in forms_of.get(contact.uuid, ())) and mentioned(contact)

        name = named(order_by, keys is ORDERS, form_uuid, segment_uuid, search)
        candidates = partial(self._candidates, form_uuid, segment_uuid, search)
        return self.kept.order(name, keys[order_by], fits, candidates).slice(window)

    def members(self, segment_uuids: Collection[str]) -> Collection[str]:
        """Return the uuids of the contacts in any of the segments. O(those contacts)."""
        return self.kept.groups("segments", _segments_of).members(segment_uuids)

    def in_accounts(self, account_uuids: Collection[str]) -> Collection[str]:
        """Return the uuids of the contacts in any of the accounts. O(those contacts)."""
        return self.kept.groups("accounts", lambda contact: (contact.account_uuid,)).members(account_uuids)

    def mentioning(self, search: str) -> Collection[str]:
        """Return the uuids of contacts among which are all that match a search. O(contacts), about 40 ns for each."""
        return self.kept.texts(_text).holding(search.casefold())

    def _candidates(self, form_uuid: str | None, segment_uuid: str | None, search: str) -> Iterable[Contact]:
        found: list[Collection[str]] = []
        if segment_uuid:
            found.append(self.members((segment_uuid,)))
        if form_uuid:
            of_form = self.kept.groups("forms", lambda contact: self._forms_of.get(contact.uuid, ()))
            found.append(of_form.members((form_uuid,)))
        if search and not found:
            found.append(self.mentioning(search))
        fewest = min(found, key=len, default=None)
        return self._contacts.values() if fewest is None else map(self._contacts.__getitem__, fewest)


def finder(search: str) -> Callable[[Contact], bool]:
    """Return a test whether e-mail, user id or name contain a text, capitals aside (that a part is enough: assumed)."""
    wanted = search.casefold()

    def mentioned(contact: Contact) -> bool:
        return not wanted or any(wanted in field.casefold() for field in _fields(contact) if field)

    return mentioned


def _fields(contact: Contact) -> tuple[str | None, ...]:
    return contact.email, contact.remote_id, render_value(contact.traits.get("name"))


def _text(contact: Contact) -> str:
    return "\n".join(filter(None, _fields(contact))).casefold()


def _segments_of(contact: Contact) -> tuple[str, ...]:
    return tuple(place.segment.uuid for place in contact.memberships)
