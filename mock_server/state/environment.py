"""One environment: an isolated world of contacts, segments, surveys and responses, and the only door to it.

What webhooks may want to know is appended to `outbox`, with the records and attributes as they were at that moment.

Invariants:

- A contact is found by its uuid, its id and, unless another of that e-mail was made before, its e-mail.
- A contact is in "All Users", in the manual segments it was put into, and in the rule-driven ones whose rules held when
  its data last changed. Entering again after leaving begins a new membership.
- A contact's account exists. An account without an id belongs to one contact alone.
- Every list is in its order at all times, and a walk by cursor sees every lasting row whose place stays exactly once.
- A survey counts the views and responses of the contacts that there are: those of the rows in the list of responses.
- Every response belongs to a contact and a survey that exist; deleting a contact deletes its responses.
- `last_seen_at` moves when a contact is identified or tracked, never with a survey (observed, RUD-cap).
- The same name, seed, clock and calls give the same ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mock_server.state.records import (
    Account,
    AccountInput,
    Contact,
    Form,
    FormRevision,
    Identity,
    Micros,
    Question,
    Response,
    Rule,
    Segment,
    Slice,
    TrackedEvent,
    Window,
)
from mock_server.state.responses import ResponseQuery
from mock_server.state.whole import Whole

__all__ = ["Environment"]


class Environment(Whole):
    """One isolated world. Every public method is one thing that can happen to it or be asked of it."""

    # people

    def identify(
        self, identity: Identity, traits: Mapping[str, object], account: AccountInput | None = None
    ) -> Contact:
        """Return the contact with its new traits, made if it was unknown (documented).

        O(traits), however many contacts there are. Raises Invalid, NotFound and LimitReached, like every verb that
        makes unknown contacts.
        """
        return self._transitions.settle(self._people.upsert(identity, traits, account))

    def track(self, identity: Identity, event: str) -> Contact:
        """Return the contact after it sent an event, made if it was unknown (documented). O(1)."""
        event = event[:255]  # of a longer name this much is kept (assumed)
        contact = self._people.upsert(identity, event=event)
        self._world.usage.tracked(contact.last_seen_at)
        self._world.tracked.append(TrackedEvent(event, contact.uuid, contact.last_seen_at))
        return self._transitions.settle(contact)

    def contact(self, identity: Identity) -> Contact:
        """Return whom the identity means. O(1). Raises NotFound."""
        return self._people.get(identity)

    def find(self, identity: Identity) -> Contact | None:
        """Return whom the identity means, or None."""
        return self._people.find(identity)

    def contact_by_uuid(self, uuid: str) -> Contact:
        """Return the contact with this uuid. Raises NotFound."""
        return self._people.get(Identity(uuid=uuid))

    def delete_contact(self, identity: Identity) -> Contact:
        """Return a contact that is gone, as it was; its responses, O(those), go too (documented). Raises NotFound."""
        contact = self._people.get(identity)
        for response in self._responses.forget_contact(contact.uuid):
            self._surveys.forget(response)
        self._people.delete(contact)
        return contact

    def contacts(
        self,
        window: Window,
        order_by: str = "first_seen_at",
        *,
        form_uuid: str | None = None,
        segment_uuid: str | None = None,
        search: str | None = None,
    ) -> Slice[Contact]:
        """Return one part of the contacts: with a response to the survey, in the segment, matching the search.

        O(log n + page + what changed since it was asked for last), see `Listings.listing`. Raises Invalid for an
        unknown order and NotFound for an unknown survey or segment (assumed, g2).
        """
        if form_uuid is not None:
            self.form(form_uuid)
        if segment_uuid is not None:
            self.segment(segment_uuid)
        return self._people.listings.listing(window, order_by, form_uuid, segment_uuid, search)

    def accounts_of(self, contacts: Iterable[Contact]) -> list[Account]:
        """Return the accounts of these contacts as they are now, in their order."""
        return self._people.accounts.of(contacts)

    def account_of(self, contact: Contact) -> Account:
        """Return the account of a contact as it is now."""
        return self._people.accounts.get(contact.account_uuid)

    def contact_attributes(self, contact: Contact) -> dict[str, object]:
        """Return a contact's attributes as Refiner shows them (see `Attributes.of_contact`)."""
        return self._attributes.of_contact(contact)

    def account_attributes(self, account: Account) -> dict[str, object]:
        """Return an account's attributes as Refiner shows them (see `Attributes.of_account`)."""
        return self._attributes.of_account(account)

    def contact_uuid_exists(self, text: str) -> bool:
        """Tell whether a text is the uuid of a contact."""
        return self._people.find(Identity(uuid=text)) is not None

    def uuid_of(self, *, id: str | None = None, email: str | None = None) -> str | None:
        """Return the uuid of the contact that an id, or else an e-mail, means; None for nobody."""
        contact = self._people.by_id(id) if id else self._people.find(Identity(email=email))
        return None if contact is None else contact.uuid

    def email_of(self, id: str) -> str | None:
        """Return the e-mail of the contact that an id means; None for none, or for nobody."""
        contact = self._people.by_id(id)
        return None if contact is None else contact.email

    @property
    def trait_kinds(self) -> Mapping[str, str]:
        """What each known trait of a contact holds, by slug: `string`, `integer`, `date` or `boolean`."""
        return self._people.traits.kinds

    @property
    def traits_revision(self) -> int:
        """Rises when the attributes of all contacts or of all accounts gain a name."""
        return self._attributes.revision

    # segments

    def segments(self, window: Window) -> Slice[Segment]:
        """Return one part of the segments, ordered by name (documented). O(log n + page)."""
        return self._segments.listing(window)

    def segment(self, uuid: str) -> Segment:
        """Return a segment. Raises NotFound."""
        return self._segments.get(uuid)

    def create_segment(self, name: str, *, is_manual: bool = True, rule: Rule | None = None) -> Segment:
        """Return a new segment; who its rule fits enters it without any event (documented): O(contacts if it has one).

        Raises Invalid.
        """
        segment = self._segments.create(name, is_manual=is_manual, rule=rule)
        self._transitions.fill(segment)
        return segment

    def add_to_segment(self, identity: Identity, segment_uuid: str) -> Contact:
        """Return the contact as a member, as it is if it was one (documented). Raises NotFound and Invalid."""
        segment = self._segments.manual(segment_uuid)
        contact = self._transitions.settle(self._people.upsert(identity, seen=False))
        if any(place.segment.uuid == segment.uuid for place in contact.memberships):
            return contact
        return self._transitions.enter(contact, segment)

    def remove_from_segment(self, identity: Identity, segment_uuid: str) -> Contact:
        """Return the contact as no member. Raises NotFound, also for an unknown contact, and Invalid as for adding."""
        segment = self._segments.manual(segment_uuid)
        return self._transitions.leave(self._people.get(identity), segment)

    def enter_segment(self, identity: Identity, segment_uuid: str) -> Contact:
        """Return the contact after it entered any segment, a member anew; rules may end it soon. Raises NotFound."""
        segment = self._segments.get(segment_uuid)
        return self._transitions.enter(self._transitions.settle(self._people.upsert(identity, seen=False)), segment)

    # surveys

    def create_form(self, name: str, questions: Sequence[Question] = (), *, published: bool = True) -> Form:
        """Return a new survey."""
        return self._surveys.create(name, questions, published)

    def form(self, uuid: str) -> Form:
        """Return a survey, archived or not. Raises NotFound."""
        return self._surveys.get(uuid)

    def forms(self, window: Window, listing: str = "all") -> Slice[Form]:
        """Return one part of a list of surveys, by name (documented). O(log n + page). Raises Invalid."""
        return self._surveys.listing(listing, window)

    def all_forms(self) -> Sequence[Form]:
        """Return every survey, archived or not, in the order of their making."""
        return tuple(self._surveys)

    def publish_form(self, uuid: str, published: bool) -> Form:
        """Return the survey published, or taken back to a draft. Raises NotFound, and Invalid if it is archived."""
        return self._surveys.publish(uuid, published)

    def duplicate_form(self, uuid: str, name: str) -> Form:
        """Return a draft with the questions of another survey (documented). Raises NotFound."""
        return self._surveys.duplicate(uuid, name)

    def archive_form(self, uuid: str) -> Form:
        """Return the survey archived. Raises NotFound."""
        return self._surveys.archive(uuid)

    def form_history(self, uuid: str, window: Window) -> Slice[FormRevision]:
        """Return one part of what was done to a survey, newest first. Raises NotFound."""
        return self._surveys.history(uuid, window)

    def see_survey(self, identity: Identity, form_uuid: str | None = None) -> Response:
        """Return the response that a display of a survey begins, or the open one shown again.

        Without a uuid it is the published survey that comes first by name. Raises NotFound, and Invalid for an archived
        survey or where none is published.
        """
        return self._interactions.see(identity, form_uuid)

    def answer_survey(self, identity: Identity, form_uuid: str, data: Mapping[str, object]) -> Response:
        """Return the open response with more answers, still partial; the survey is shown first if need be."""
        return self._interactions.answer(identity, form_uuid, data, complete=False)

    def complete_survey(self, identity: Identity, form_uuid: str, data: Mapping[str, object]) -> Response:
        """Return the open response completed; the survey is shown first if need be, without an event of its own."""
        return self._interactions.answer(identity, form_uuid, data, complete=True)

    def dismiss_survey(self, identity: Identity, form_uuid: str) -> Response:
        """Return the open response dismissed; the survey is shown first if need be, without an event of its own."""
        return self._interactions.dismiss(identity, form_uuid)

    def store_response(
        self,
        identity: Identity,
        form_uuid: str,
        answers: Mapping[str, object],
        *,
        date: Micros | None = None,
        prevent_duplicates: bool = True,
        tags: Sequence[str] = (),
        account: AccountInput | None = None,
    ) -> Response:
        """Return a completed response, by default of now, or the identical one there is. Raises NotFound, Invalid.

        O(the contact's responses, among which an identical one is looked for).
        """
        return self._interactions.store(
            identity, form_uuid, answers, date, account, prevent_duplicates=prevent_duplicates, tags=tags
        )

    def tag_response(self, response_uuid: str, tags: Sequence[str]) -> Response:
        """Return the response with the tags; those it had already change nothing (documented). Raises NotFound."""
        return self._interactions.tag(response_uuid, tags)

    def response(self, uuid: str) -> Response:
        """Return a response. Raises NotFound."""
        return self._responses.get(uuid)

    def responses_of(self, contact_uuid: str) -> tuple[Response, ...]:
        """Return a contact's responses in the order of their making; none where there is no such contact."""
        return self._responses.of_contact(contact_uuid)

    def responses(self, query: ResponseQuery, window: Window) -> Slice[Response]:
        """Return one part of the responses that match, newest first (documented).

        O(log n + page + what changed since it was asked for last), see `Responses.search`. Raises Invalid.
        """
        return self._responses.search(query, window, self._world.persons)

    def matching(self, query: ResponseQuery) -> Iterator[Response]:
        """Walk all responses that match, in the order of `responses`: O(those). Raises Invalid."""
        return self._responses.matching(query, self._world.persons)

    def tracked_events(self) -> Sequence[TrackedEvent]:
        """Return the latest tracked events, oldest first."""
        return tuple(self._world.tracked)

    def usage(self) -> dict[str, int]:
        """Return `mtu`, `mte`, `mpv` and `msr` of the current month."""
        return self._world.usage.counts(self.clock.now())
