"""Contacts as JSON, rendered once and kept for as long as they are true."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
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


class _Page(NamedTuple):
    """A page of contacts as it was written last."""

    contacts: tuple[Contact, ...]
    accounts: list[Account]
    fragment: orjson.Fragment
    size: int


class _Kept(NamedTuple):
    """What is kept of one environment, as long as it writes and knows the same."""

    style: Style
    traits_revision: int
    rendered: dict[str, _Rendered]
    pages: dict[str, _Page]
    """By the uuid of the first contact on it."""


class Renderings:
    """The JSON of contact objects, about `most` bytes of it over all environments.

    A rendering depends on four things: the contact's record, its account's record (a change makes a new record), the
    set of traits that the environment knows (`traits_revision`) and the style in which it writes (a change of dialect
    makes a new one). It is used while all four are the same; so is a page of them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._kept: WeakKeyDictionary[Environment, _Kept] = WeakKeyDictionary()

    def page(self, environment: Environment, contacts: tuple[Contact, ...]) -> object:
        """Return a list of contact objects as ready JSON, in the order given.

        Most who read a page read it again before anybody on it has changed: to compare the records, which are the very
        same then, takes a twentieth of the time that it takes to put the page together.
        """
        if not contacts:
            return []
        pages, accounts = self._current(environment).pages, environment.accounts_of(contacts)
        place = contacts[0].uuid
        page = pages.get(place)
        if page is None or not (_same(page.contacts, contacts) and _same(page.accounts, accounts)):
            text = bytes(memoryview(orjson.dumps(self._fragments(environment, contacts, accounts))))
            self._size += len(text) - (0 if page is None else page.size)
            page = pages[place] = _Page(contacts, accounts, orjson.Fragment(text), len(text))
            self._bound()
        return page.fragment

    def one(self, environment: Environment, contact: Contact) -> object:
        """Return one contact object as ready JSON."""
        fragment = self._fragments(environment, (contact,), [environment.account_of(contact)])[0]
        self._bound()
        return fragment

    def _fragments(
        self, environment: Environment, contacts: tuple[Contact, ...], accounts: list[Account]
    ) -> list[object]:
        rendered = self._current(environment).rendered
        fragments: list[object] = []
        for contact, account in zip(contacts, accounts, strict=True):
            found = rendered.get(contact.uuid)
            if found is None or found.contact is not contact or found.account is not account:
                self._size -= 0 if found is None else found.size
                found = rendered[contact.uuid] = _render(environment, contact, account)
                self._size += found.size
            fragments.append(found.fragment)
        return fragments

    def _bound(self) -> None:
        if self._size > self._most:
            # Simpler than a queue of the least used, and no dearer: a page is rendered anew once in a while.
            self._kept.clear()
            self._size = 0

    def _current(self, environment: Environment) -> _Kept:
        """Return what is kept of an environment, after forgetting what it would now render otherwise."""
        style, revision = environment.ways.style, environment.traits_revision
        kept = self._kept.get(environment)
        if kept is None or kept.style is not style or kept.traits_revision != revision:
            if kept is not None:
                self._size -= sum(found.size for found in kept.rendered.values())
                self._size -= sum(page.size for page in kept.pages.values())
            kept = self._kept[environment] = _Kept(style, revision, {}, {})
        return kept


def _same(one: Sequence[object], other: Sequence[object]) -> bool:
    """Tell whether the very same records come in the same order: equal ones may differ, as 1 and True do."""
    return one is other or (len(one) == len(other) and all(map(is_, one, other)))


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
