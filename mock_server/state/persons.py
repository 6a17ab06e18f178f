"""Persons: whom responses belong to, as the filters over responses ask for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import TypeVar

from mock_server.state.attributes import Attributes
from mock_server.state.people import People
from mock_server.state.queries import Position, ResponseQuery, value_groups, wanted_groups
from mock_server.state.records import Account, Contact
from mock_server.state.ways import Ways

__all__ = ["Persons"]

R = TypeVar("R")


class Persons:
    """The contacts of one environment with their accounts and attributes: the `Directory` of its responses."""

    __slots__ = ("_attributes", "_people", "_ways")

    def __init__(self, people: People, attributes: Attributes, ways: Ways) -> None:
        self._people = people
        self._attributes = attributes
        self._ways = ways

    def contact_by_uuid(self, uuid: str) -> Contact:
        """Return the contact with this uuid, which exists. O(1)."""
        return self._people.by_uuid[uuid]

    def account_of(self, contact: Contact) -> Account:
        """Return a contact's account. O(1)."""
        return self._people.accounts.get(contact.account_uuid)

    def contact_value(self, contact: Contact, name: str) -> object:
        """Return one attribute of a contact as it is rendered. O(1)."""
        return self._attributes.contact_value(contact, name)

    def account_value(self, account: Account, name: str) -> object:
        """Return one attribute of an account as it is rendered. O(1)."""
        return self._attributes.account_value(account, name)

    def position(self) -> Position:
        """Return where the changes of contacts and accounts are now, and how attributes are rendered."""
        return self._people.listings.changes.position(), self._people.accounts.kept.changes.position(), self._manner()

    def changed(self, since: Position) -> Collection[str] | None:
        """Return the uuids of the contacts that changed, or whose account did; None when that is too long ago.

        O(those contacts).
        """
        contacts = self._people.listings.changes.since(since[0])
        accounts = self._people.accounts.kept.changes.since(since[1])
        if contacts is None or accounts is None or since[2] != self._manner():
            return None
        changed = dict.fromkeys(contact.uuid for contact in contacts)
        if accounts:
            changed |= dict.fromkeys(self._people.listings.in_accounts([account.uuid for account in accounts]))
        return changed

    def candidates(self, query: ResponseQuery) -> Collection[str] | None:
        """Return the uuids of contacts among which are all that a query means; None is everyone.

        O(those contacts), but that a search reads one text of every contact.
        """
        listings, manner = self._people.listings, self._manner()
        found: list[Collection[str]] = []
        if query.segment_uuids:
            found.append(listings.members(query.segment_uuids))
        for name, groups in wanted_groups(query.contact_data):
            of = _valued(self._attributes.contact_value, name)
            found.append(listings.kept.groups(("attribute", name, manner), of).members(groups))
        for name, groups in wanted_groups(query.account_data):
            accounts = self._people.accounts.kept.groups(
                ("attribute", name, manner), _valued(self._attributes.account_value, name)
            )
            found.append(listings.in_accounts(accounts.members(groups)))
        if query.search and not found:
            uuid = query.search.lower()
            known = (uuid,) if uuid in self._people.by_uuid else ()
            found.append(dict.fromkeys([*known, *listings.mentioning(query.search)]))
        return min(found, key=len) if found else None

    def _manner(self) -> Hashable:
        """Return what, beside a record, decides how an attribute of it is rendered."""
        style = self._ways.style
        return style.flags, style.joins_choices, self._attributes.revision


def _valued(value: Callable[[R, str], object], name: str) -> Callable[[R], Collection[Hashable]]:
    return lambda row: value_groups(value(row, name))
