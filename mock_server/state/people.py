"""Contacts: who is who, what is known of each, and the orders in which they are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from mock_server.errors import Invalid, LimitReached, NotFound
from mock_server.state.accounts import Accounts
from mock_server.state.clock import Clock
from mock_server.state.identities import Identities
from mock_server.state.ids import Ids
from mock_server.state.orders import KeptOrder, alphabetical, cut, newest_first
from mock_server.state.records import (
    AccountInput,
    AnswerValue,
    Contact,
    EventTally,
    Identity,
    Membership,
    Micros,
    Segment,
    Slice,
    SortKey,
    TraitValue,
    Window,
)
from mock_server.state.traits import RESERVED, TraitRegistry, merged, render_value
from mock_server.state.usage import Usage

__all__ = ["ORDERS", "People"]

ORDERS: Final[Mapping[str, Callable[[Contact], SortKey]]] = {
    "first_seen_at": lambda contact: newest_first(contact.first_seen_at, contact.serial),
    "last_seen_at": lambda contact: newest_first(contact.last_seen_at, contact.serial),
    "last_form_submission_at": lambda contact: newest_first(contact.last_form_submission_at, contact.serial),
    "display_name": lambda contact: alphabetical(render_value(contact.traits.get("name")), contact.serial),
    "email": lambda contact: alphabetical(contact.email, contact.serial),
}
"""The values of `order_by` (documented) and what they order by (the directions are assumed, g8)."""

_EVERYONE: Final = ""
"""The scope of the orders that hold every contact; the others are those of one segment's or one survey's uuid."""
_MAX_EVENT_NAMES: Final = 1_000
"""Different events that are tallied for one contact; beyond them the one first sent is forgotten."""

# Shared by all who have nothing of the kind: what a record holds is never changed.
_NO_TRAITS: Final[Mapping[str, object]] = {}
_NO_VALUES: Final[Mapping[str, TraitValue | None]] = {}
_NOTHING_SET: Final[Mapping[str, TraitValue]] = {}
_NO_ANSWERS: Final[Mapping[str, AnswerValue]] = {}
_NO_EVENTS: Final[Mapping[str, EventTally]] = {}


class People:
    """All contacts of one environment, with their accounts.

    Invariants: every contact can be found by its uuid, its id and, unless another of that e-mail was made before, its
    e-mail; every kept order of a scope holds exactly the contacts of the scope, as they are now.
    """

    def __init__(self, clock: Clock, ids: Ids, all_users: Segment, usage: Usage, max_contacts: int) -> None:
        self._clock = clock
        self._ids = ids
        self._all_users = all_users
        self.usage = usage
        self._max_contacts = max_contacts
        self._serial = 0
        self.accounts = Accounts(ids)
        self.traits = TraitRegistry()
        self._contacts: dict[str, Contact] = {}
        self._identities = Identities(self._contacts)
        self.find = self._identities.find
        self._forms_of: dict[str, tuple[str, ...]] = {}
        self._orders: dict[str, dict[str, KeptOrder[Contact]]] = {}

    def __len__(self) -> int:
        return len(self._contacts)

    def __iter__(self) -> Iterator[Contact]:
        """Walk all contacts in the order of their making, as they are when the walk begins."""
        return iter(tuple(self._contacts.values()))

    def get(self, identity: Identity) -> Contact:
        """Return whom an identity means.

        Raises:
            Invalid: when the identity is empty.
            NotFound: when nobody is meant.
        """
        contact = self.find(identity)
        if contact is None:
            raise _nobody(identity)
        return contact

    def upsert(
        self,
        identity: Identity,
        traits: Mapping[str, object] = _NO_TRAITS,
        account: AccountInput | None = None,
        *,
        event: str | None = None,
        seen: bool = True,
    ) -> Contact:
        """Return the contact with what came in, made if it was unknown (documented).

        `seen` tells whether `last_seen_at` moves.

        Raises:
            Invalid: when the identity is empty.
            NotFound: when a uuid alone means nobody.
            LimitReached: when the environment may hold no more contacts.
        """
        now = self._clock.now()
        old = self.find(identity)
        if old is None:
            return self._join(identity, traits, account, event, now)
        if seen:
            self.usage.seen(old.last_seen_at, now)
        values = self.traits.absorb(traits) if traits else _NO_VALUES
        answers = old.answers
        if values and answers:  # of a trait and an answer by one name the later is shown
            answers = {name: answer for name, answer in answers.items() if name not in values}
        return self.put(
            Contact(
                old.uuid,
                old.serial,
                old.remote_id or identity.id or None,
                identity.email or old.email,
                merged(old.traits, values),
                self.accounts.regroup(old.account_uuid, account, now, seen=seen),
                old.first_seen_at,
                now if seen else old.last_seen_at,
                old.memberships,
                answers,
                old.events if event is None else _tallied(old.events, event, now),
                old.form_views_count,
                old.form_submissions_count,
                old.last_form_view_at,
                old.last_form_submission_at,
                old.cookie_uuid,
            )
        )

    def put(self, new: Contact) -> Contact:
        """Keep a contact in the place of the one with its uuid, and return it."""
        old = self._contacts[new.uuid]
        self._contacts[new.uuid] = new
        if new.remote_id != old.remote_id or new.email != old.email:
            self._identities.drop(old)
            self._identities.take(new)
        if self._orders:
            self._reorder(old, new)
        return new

    def delete(self, contact: Contact) -> None:
        """Drop a contact, and its account where that has no id."""
        self._reorder(contact, None)
        self._identities.drop(contact)
        self._forms_of.pop(contact.uuid, None)
        self.accounts.leave(contact.account_uuid)
        del self._contacts[contact.uuid]

    def latest_answers(
        self, contact: Contact, data: Mapping[str, AnswerValue], at: Micros
    ) -> Mapping[str, AnswerValue]:
        """Return a contact's latest answers after those of `at`; their identifiers become traits (documented)."""
        for name in data:
            if name not in RESERVED:
                self.traits.admit(name, "string")
        newest = contact.last_form_submission_at
        if newest is not None and at < newest:  # stored now, but given before the others
            return {**data, **contact.answers}
        return {**contact.answers, **data}

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
        order = self._order(segment_uuid or form_uuid or _EVERYONE, order_by)
        if not search and not (form_uuid and segment_uuid):
            return order.slice(window)
        text = (search or "").lower()
        rows = (row for row in order if _mentions(row, text) and (not form_uuid or form_uuid in self._scopes(row)))
        return cut(rows, ORDERS[order_by], window)

    def _join(
        self,
        identity: Identity,
        traits: Mapping[str, object],
        account: AccountInput | None,
        event: str | None,
        now: Micros,
    ) -> Contact:
        """Return a new contact, in the segment that everyone enters."""
        if not (identity.id or identity.email):
            raise _nobody(identity)
        if len(self._contacts) >= self._max_contacts:
            raise LimitReached(f"The environment holds {self._max_contacts} contacts; raise the setting max_contacts")
        self.usage.seen(None, now)
        self._serial += 1
        contact = Contact(
            self._ids.uuid(),
            self._serial,
            identity.id or None,
            identity.email or None,
            merged(_NOTHING_SET, self.traits.absorb(traits)),
            self.accounts.join(account, now),
            now,
            now,
            (Membership(self._all_users, now, now),),
            _NO_ANSWERS,
            _NO_EVENTS if event is None else _tallied(_NO_EVENTS, event, now),
        )
        self._contacts[contact.uuid] = contact
        self._identities.take(contact)
        if self._orders:
            self._reorder(None, contact)
        return contact

    def _order(self, scope: str, order_by: str) -> KeptOrder[Contact]:
        """Return a kept order, made when it is first asked for: who never lists pays for none."""
        orders = self._orders.setdefault(scope, {})
        if order_by not in orders:
            rows: Iterable[Contact] = self._contacts.values()
            if scope != _EVERYONE:
                rows = (contact for contact in rows if scope in self._scopes(contact))
            orders[order_by] = KeptOrder(ORDERS[order_by], rows)
        return orders[order_by]

    def _scopes(self, contact: Contact) -> set[str]:
        """Return the scopes that a contact is in."""
        segments = {membership.segment.uuid for membership in contact.memberships}
        return {_EVERYONE, *segments, *self._forms_of.get(contact.uuid, ())}

    def _reorder(self, old: Contact | None, new: Contact | None) -> None:
        """Let the kept orders follow a contact that came (no old one), changed or goes (no new one)."""
        before = set() if old is None else self._scopes(old)
        after = set() if new is None else self._scopes(new)
        for scope in (before | after) & self._orders.keys():
            for order in self._orders[scope].values():
                if old is not None and new is not None and scope in before & after:
                    order.replace(old, new)
                elif old is not None and scope in before:
                    order.discard(old)
                elif new is not None:
                    order.add(new)


def _nobody(identity: Identity) -> Invalid | NotFound:
    for name, value in (("id", identity.id), ("email", identity.email), ("uuid", identity.uuid)):
        if value:
            return NotFound(f"No contact has the {name} {value!r}")
    return Invalid("The contact is missing: give its id or email", "id")


def _mentions(contact: Contact, text: str) -> bool:
    """Tell whether e-mail, user id or name contain a lower-case text (that a part is enough: assumed)."""
    fields = (contact.email, contact.remote_id, render_value(contact.traits.get("name")))
    return any(text in field.lower() for field in fields if field) if text else True


def _tallied(events: Mapping[str, EventTally], event: str, now: Micros) -> Mapping[str, EventTally]:
    before = events.get(event)
    tallied = {**events, event: EventTally(before.count + 1 if before else 1, now)}
    if len(tallied) > _MAX_EVENT_NAMES:
        del tallied[next(iter(tallied))]
    return tallied
