"""Contacts: who is who, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Final

from mock_server.errors import Invalid, LimitReached, NotFound
from mock_server.settings import Settings
from mock_server.state.accounts import Accounts
from mock_server.state.clock import Clock
from mock_server.state.identities import Identities
from mock_server.state.ids import Ids
from mock_server.state.layers import parted
from mock_server.state.listings import Listings
from mock_server.state.records import (
    NO_TRACES,
    AccountInput,
    AnswerValue,
    Contact,
    EventTally,
    Identity,
    Membership,
    Micros,
    Segment,
    Traces,
    TraitValue,
)
from mock_server.state.traits import RESERVED, TraitRegistry, merged
from mock_server.state.usage import Usage
from mock_server.state.ways import Ways

__all__ = ["People"]

_MAX_EVENT_NAMES: Final = 1_000
"""Different events that are tallied for one contact; beyond them the one first sent is forgotten."""

# Shared by all who have nothing of the kind: what a record holds is never changed.
_NO_TRAITS: Final[Mapping[str, object]] = {}
_NO_VALUES: Final[Mapping[str, TraitValue | None]] = {}
_NOTHING_SET: Final[Mapping[str, TraitValue]] = {}


class People:
    """All contacts of one environment, with their accounts.

    Invariants: identities and listings know every contact as it is now; the account of every contact exists.
    """

    def __init__(
        self, clock: Clock, ids: Ids, all_users: Segment, usage: Usage, settings: Settings, ways: Ways
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._everyone = (Membership(all_users, None, None),)  # every new contact has the same
        self.usage = usage
        self._max_contacts = settings.max_contacts
        self._ways = ways
        self._serial = 0
        self.accounts = Accounts(ids, ways, settings.max_accounts)
        self.traits = TraitRegistry(ways=ways)
        self._contacts: MutableMapping[str, Contact] = {}
        self._identities = Identities(self._contacts, ways)
        self.find, self.by_id = self._identities.find, self._identities.by_id
        self.listings = Listings(self._contacts, ways)

    def __len__(self) -> int:
        return len(self._contacts)

    @property
    def by_uuid(self) -> Mapping[str, Contact]:
        """All contacts by their uuids, in the order of their making."""
        return self._contacts

    def __iter__(self) -> Iterator[Contact]:
        """Walk all contacts in the order of their making, as they are when the walk begins."""
        return iter(tuple(self._contacts.values()))

    def adopt(self, source: People) -> None:
        """Hold what another one holds; both go their own ways from here. O(what changed since its last fork)."""
        self._serial = source._serial
        source._contacts, self._contacts = parted(source._contacts)
        source._stand()
        self._stand()
        self._identities.adopt(source._identities)
        self.listings.adopt(source.listings)
        self.traits.load(source.traits.kinds)
        self.accounts.adopt(source.accounts)

    def _stand(self) -> None:
        self._identities.stand_on(self._contacts)
        self.listings.stand_on(self._contacts)

    def load(self, contacts: Iterable[Contact], traits: Mapping[str, str]) -> None:
        """Hold these contacts and know these traits."""
        self.traits.load(traits)
        for contact in contacts:
            self._serial = max(self._serial, contact.serial)
            self._contacts[contact.uuid] = contact
            self._identities.take(contact)

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

        `seen` tells whether `last_seen_at` moves. Beside a uuid, which says who is meant, id and e-mail change nothing
        (assumed).

        Raises:
            Invalid: when the identity is empty, or a clash that is refused (g10).
            NotFound: when a uuid means nobody.
            LimitReached: when the environment may hold no more contacts or accounts.
        """
        now = self._clock.now()
        if identity.uuid:
            identity = Identity(uuid=identity.uuid)
        old = self.find(identity)
        if old is None:
            return self._join(identity, traits, account, event, now)
        if self._ways.refuses_clashes and self._clash(old, identity):
            raise Invalid("The id and the email belong to two different contacts.", "email")
        account_uuid = self.accounts.regroup(old.account_uuid, account, now, seen=seen)
        if seen:
            self.usage.seen(old.last_seen_at, now)
        traces = old.traces if event is None else _tallied(old.traces, event, now)
        return self.put(self._changed(old, identity, traits, account_uuid, traces, now if seen else old.last_seen_at))

    def _changed(
        self,
        old: Contact,
        identity: Identity,
        traits: Mapping[str, object],
        account_uuid: str,
        traces: Traces,
        last_seen_at: Micros,
    ) -> Contact:
        values = self.traits.absorb(traits) if traits else _NO_VALUES
        if values and traces.answers:  # of a trait and an answer by one name the later is shown
            answers = {name: answer for name, answer in traces.answers.items() if name not in values}
            traces = replace(traces, answers=answers)
        if identity.cookie_uuid:
            traces = replace(traces, cookie_uuid=identity.cookie_uuid)
        return Contact(
            old.uuid,
            old.serial,
            old.remote_id or identity.id or None,
            identity.email or old.email,
            merged(old.traits, values),
            account_uuid,
            old.first_seen_at,
            last_seen_at,
            old.memberships,
            traces,
        )

    def put(self, new: Contact) -> Contact:
        """Keep a contact in the place of the one with its uuid, and return it."""
        old = self._contacts[new.uuid]
        self._contacts[new.uuid] = new
        unknown = new.traces is not old.traces and new.traces.cookie_uuid != old.traces.cookie_uuid
        if unknown or new.remote_id != old.remote_id or new.email != old.email:
            self._identities.drop(old)
            self._identities.take(new)
        self.listings.note(new)
        return new

    def delete(self, contact: Contact) -> None:
        """Drop a contact, and its account where that has no id, or nobody else and is not to be kept (g13)."""
        self.listings.remove(contact)
        self._identities.drop(contact)
        del self._contacts[contact.uuid]
        account = contact.account_uuid
        if self._ways.drops_accounts and not self.listings.in_accounts((account,)):
            self.accounts.drop(account)
        else:
            self.accounts.leave(account)

    def _clash(self, contact: Contact, identity: Identity) -> bool:
        """Tell whether an e-mail is given that others have and the contact of the given id has not."""
        email = identity.email
        if not (identity.id and email) or (contact.email or "").lower() == email.lower():
            return False
        return self.find(Identity(email=email)) is not None

    def answered(self, contact: Contact, data: Mapping[str, AnswerValue], at: Micros) -> Contact:
        """Return a contact, not yet kept, with the answers of `at`; their identifiers become traits (documented).

        What cannot become a trait is in the response only, and so is what was given before the answer that is known:
        a response may be stored long after its date.
        """
        traces = contact.traces
        known = traces.answered_at
        latest = {
            name: answer
            for name, answer in data.items()
            if at >= known.get(name, at) and name not in RESERVED and self.traits.admit(name, "string")
        }
        traces = replace(
            traces, answers={**traces.answers, **latest}, answered_at={**known, **dict.fromkeys(latest, at)}
        )
        return replace(contact, traces=traces)

    def _join(
        self,
        identity: Identity,
        traits: Mapping[str, object],
        account: AccountInput | None,
        event: str | None,
        now: Micros,
    ) -> Contact:
        """Return a new contact, in the segment that everyone enters."""
        if not (identity.id or identity.email or identity.cookie_uuid):
            raise _nobody(identity)
        if len(self._contacts) >= self._max_contacts:
            raise LimitReached(f"The environment holds {self._max_contacts} contacts; raise the setting max_contacts")
        uuid = self._ids.uuid()
        account_uuid = self.accounts.join(account, now)  # may be refused, and nothing has changed yet
        self.usage.seen(None, now)
        self._serial += 1
        traces = NO_TRACES if identity.cookie_uuid is None else Traces(cookie_uuid=identity.cookie_uuid)
        contact = Contact(
            uuid,
            self._serial,
            identity.id or None,
            identity.email or None,
            merged(_NOTHING_SET, self.traits.absorb(traits)),
            account_uuid,
            now,
            now,
            self._everyone,
            traces if event is None else _tallied(traces, event, now),
        )
        self._contacts[contact.uuid] = contact
        self._identities.take(contact)
        self.listings.note(contact)
        return contact


def _nobody(identity: Identity) -> Invalid | NotFound:
    for name in ("uuid", "id", "email", "cookie_uuid"):
        if value := getattr(identity, name):
            return NotFound(f"No contact has the {name} {value[:80]!r}")
    return Invalid("The contact is missing: give its id or email", "id")


def _tallied(traces: Traces, event: str, now: Micros) -> Traces:
    before = traces.events.get(event)
    tallied = {**traces.events, event: EventTally(before.count + 1 if before else 1, now)}
    if len(tallied) > _MAX_EVENT_NAMES:
        del tallied[next(iter(tallied))]
    return Traces(  # not `replace`, which takes longer than all the rest
        traces.answers,
        traces.answered_at,
        tallied,
        traces.form_views_count,
        traces.form_submissions_count,
        traces.last_form_view_at,
        traces.last_form_submission_at,
        traces.cookie_uuid,
    )
