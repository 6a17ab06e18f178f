"""Contacts as JSON, rendered once and kept for as long as they are true."""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import orjson

from mock_server.state.environment import Environment
from mock_server.state.objects import contact_object
from mock_server.state.records import Account, Contact
from mock_server.state.ways import Style

__all__ = ["Renderings"]


class _Kept(NamedTuple):
    contact: Contact
    account: Account
    traits_revision: int
    fragment: orjson.Fragment


class Renderings:
    """The JSON of contact objects, at most `most` of them over all environments.

    A rendering depends on four things: the contact's record, its account's record (a change makes a new record), the
    set of traits that the environment knows (`traits_revision`) and the style in which it writes (a change of dialect
    makes a new one). It is used while all four are the same.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._kept: WeakKeyDictionary[Environment, tuple[Style, dict[str, _Kept]]] = WeakKeyDictionary()

    def of(self, environment: Environment, contacts: tuple[Contact, ...]) -> list[object]:
        """Return the contact objects as ready JSON, in the order given."""
        style = environment.ways.style
        known = self._kept.get(environment)
        if known is None or known[0] is not style:
            known = self._kept[environment] = (style, {})
        kept = known[1]
        revision, account_of = environment.traits_revision, environment.account_of
        fragments: list[object] = []
        for contact in contacts:
            account = account_of(contact)
            found = kept.get(contact.uuid)
            if found is None:
                self._count += 1
            if (
                found is None
                or found.contact is not contact
                or found.account is not account
                or found.traits_revision != revision
            ):
                found = kept[contact.uuid] = _render(environment, contact, account, revision)
            fragments.append(found.fragment)
        if self._count > self._most:
            # Simpler than a queue of the least used, and no dearer: a page is rendered anew once in a while.
            self._kept.clear()
            self._count = 0
        return fragments


def _render(environment: Environment, contact: Contact, account: Account, revision: int) -> _Kept:
    value = contact_object(
        contact,
        account,
        environment.contact_attributes(contact),
        environment.account_attributes(account),
        style=environment.ways.style,
    )
    # A kept orjson result holds about 4 KiB whatever its length, hence the copy.
    return _Kept(contact, account, revision, orjson.Fragment(bytes(memoryview(orjson.dumps(value)))))
