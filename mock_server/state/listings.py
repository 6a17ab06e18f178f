"""Listings: the contacts of everyone, of one segment or of one survey, in any order that Refiner offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from mock_server.errors import Invalid
from mock_server.state.orders import KeptOrder, alphabetical, cut, newest_first, oldest_first
from mock_server.state.records import Contact, Slice, SortKey, Window
from mock_server.state.traits import render_value
from mock_server.state.ways import Ways

__all__ = ["ORDERS", "Listings", "finder"]

ORDERS: Final[Mapping[str, Callable[[Contact], SortKey]]] = {
    "first_seen_at": lambda contact: newest_first(contact.first_seen_at, contact.serial),
    "last_seen_at": lambda contact: newest_first(contact.last_seen_at, contact.serial),
    "last_form_submission_at": lambda contact: newest_first(contact.last_form_submission_at, contact.serial),
    "display_name": lambda contact: alphabetical(render_value(contact.traits.get("name")), contact.serial),
    "email": lambda contact: alphabetical(contact.email, contact.serial),
}
"""The values of `order_by` (documented) and what they order by (the directions are assumed, g8)."""

_OLDEST_FIRST: Final[Mapping[str, Callable[[Contact], SortKey]]] = {
    **ORDERS,
    "first_seen_at": lambda contact: oldest_first(contact.first_seen_at, contact.serial),
    "last_seen_at": lambda contact: oldest_first(contact.last_seen_at, contact.serial),
    "last_form_submission_at": lambda contact: oldest_first(contact.last_form_submission_at, contact.serial),
}
"""The same under the dialect `date-order=oldest-first`."""

_EVERYONE: Final = ""
"""The scope that every contact is in; the others are the uuids of its segments and of the surveys it has seen."""


class Listings:
    """The kept orders over the contacts of one environment.

    An order is made when it is first asked for and kept from then on, so who never lists pays for none.
    Invariant: it holds exactly the contacts that are in its scope, as they are now.
    """

    def __init__(self, contacts: Mapping[str, Contact], ways: Ways) -> None:
        self._contacts = contacts
        self._ways = ways
        self._keys = ORDERS
        self._forms_of: dict[str, tuple[str, ...]] = {}
        self._orders: dict[str, dict[str, KeptOrder[Contact]]] = {}

    def adopt(self, source: Listings) -> None:
        """Know the surveys of the contacts as another one does; its orders are made anew when they are asked for."""
        self._forms_of.update(source._forms_of)

    def add(self, contact: Contact) -> None:
        """Take in a contact."""
        for order in self._kept(contact):
            order.add(contact)

    def replace(self, old: Contact, new: Contact) -> None:
        """Let a contact change."""
        if not self._orders:
            return
        if new.memberships is old.memberships:
            for order in self._kept(new):
                order.replace(old, new)
        else:
            for order in self._kept(old):
                order.discard(old)
            self.add(new)

    def remove(self, contact: Contact) -> None:
        """Let a contact go for good."""
        for order in self._kept(contact):
            order.discard(contact)
        self._forms_of.pop(contact.uuid, None)

    def link(self, contact: Contact, form_uuid: str) -> None:
        """Note that a contact has a response to a survey."""
        forms = self._forms_of.get(contact.uuid, ())
        if form_uuid not in forms:
            self._forms_of[contact.uuid] = (*forms, form_uuid)
            for order in self._orders.get(form_uuid, {}).values():
                order.add(contact)

    def listing(
        self, window: Window, order_by: str, form_uuid: str | None, segment_uuid: str | None, search: str | None
    ) -> Slice[Contact]:
        """Return one part of the contacts that have a response to the survey, are in the segment and match the search.

        Raises:
            Invalid: when `order_by` is none of `ORDERS`, or the cursor belongs to another order.
        """
        if order_by not in ORDERS:
            raise Invalid(f"order_by must be one of {', '.join(ORDERS)}", "order_by")
        keys = _OLDEST_FIRST if self._ways.oldest_first else ORDERS
        if keys is not self._keys:  # the dialect has changed: every order is made anew when it is asked for
            self._keys = keys
            self._orders.clear()
        order = self._order(segment_uuid or form_uuid or _EVERYONE, order_by)
        if not search and not (form_uuid and segment_uuid):
            return order.slice(window)
        mentioned = finder(search or "")
        rows = (row for row in order if mentioned(row) and (not form_uuid or form_uuid in self._scopes(row)))
        return cut(rows, keys[order_by], window)

    def _order(self, scope: str, order_by: str) -> KeptOrder[Contact]:
        orders = self._orders.setdefault(scope, {})
        if order_by not in orders:
            rows: Iterable[Contact] = self._contacts.values()
            if scope != _EVERYONE:
                rows = (contact for contact in rows if scope in self._scopes(contact))
            orders[order_by] = KeptOrder(self._keys[order_by], rows)
        return orders[order_by]

    def _kept(self, contact: Contact) -> Iterator[KeptOrder[Contact]]:
        """Yield the kept orders that hold a contact."""
        for scope in self._scopes(contact) if self._orders else ():
            if scope in self._orders:
                yield from self._orders[scope].values()

    def _scopes(self, contact: Contact) -> tuple[str, ...]:
        segments = [membership.segment.uuid for membership in contact.memberships]
        return (_EVERYONE, *segments, *self._forms_of.get(contact.uuid, ()))


def finder(search: str) -> Callable[[Contact], bool]:
    """Return a test whether e-mail, user id or name contain a text, capitals aside (that a part is enough: assumed)."""
    wanted = search.casefold()

    def mentioned(contact: Contact) -> bool:
        fields = (contact.email, contact.remote_id, render_value(contact.traits.get("name")))
        return not wanted or any(wanted in field.casefold() for field in fields if field)

    return mentioned
