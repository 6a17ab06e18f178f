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


class _Rendered(NamedTuple):
    contact: Contact
    account: Account
    fragment: orjson.Fragment
    size: int


class _Kept(NamedTuple):
    """What is kept of one environment, as long as it writes and knows the same."""

    style: Style
    traits_revision: int
    rendered: dict[str, _Rendered]


class Renderings:
    """The JSON of contact objects, about `most` bytes of it over all environments.

    A rendering depends on four things: the contact's record, its account's record (a change makes a new record), the
    set of traits that the environment knows (`traits_revision`) and the style in which it writes (a change of dialect
    makes a new one). It is used while all four are the same.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._kept: WeakKeyDictionary[Environment, _Kept] = WeakKeyDictionary()

    def of(self, environment: Environment, contacts: tuple[Contact, ...]) -> list[object]:
        """Return the contact objects as ready JSON, in the order given."""
        rendered = self._current(environment)
        fragments: list[object] = []
        for contact, account in zip(contacts, environment.accounts_of(contacts), strict=True):
            found = rendered.get(contact.uuid)
            if found is None or found.contact is not contact or found.account is not account:
                self._size -= 0 if found is None else found.size
                found = rendered[contact.uuid] = _render(environment, contact, account)
                self._size += found.size
            fragments.append(found.fragment)
        if self._size > self._most:
            # Simpler than a queue of the least used, and no dearer: a page is rendered anew once in a while.
            self._kept.clear()
            self._size = 0
        return fragments

    def _current(self, environment: Environment) -> dict[str, _Rendered]:
        """Return what is kept of an environment, after forgetting what it would now render otherwise."""
        style, revision = environment.ways.style, environment.traits_revision
        kept = self._kept.get(environment)
        if kept is None or kept.style is not style or kept.traits_revision != revision:
            self._size -= 0 if kept is None else sum(found.size for found in kept.rendered.values())
            kept = self._kept[environment] = _Kept(style, revision, {})
        return kept.rendered


def _render(environment: Environment, contact: Contact, account: Account) -> _Rendered:
    value = contact_object(
        contact,
        account,
        environment.contact_attributes(contact),
        environment.account_attributes(account),
        style=environment.ways.style,
    )
    # A kept orjson result holds about 4 KiB whatever its length, hence the copy.
    text = bytes(memoryview(orjson.dumps(value)))
    return _Rendered(contact, account, orjson.Fragment(text), len(text))
