"""Transitions: contacts enter and leave segments, and what happened becomes an event that fires webhooks."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple

from mock_server.state.attributes import Attributes
from mock_server.state.clock import Clock
from mock_server.state.people import People
from mock_server.state.records import Contact, Form, Membership, Micros, Response, Segment, TriggeredEvent
from mock_server.state.segments import Segments

__all__ = ["Departure", "Transitions"]

_MOST_DEPARTURES = 1_000


class Departure(NamedTuple):
    """That a contact left a segment, which fires nothing."""

    contact_uuid: str
    segment: Segment
    at: Micros


class Transitions:
    """Moves the contacts of one environment and appends to `outbox` what webhooks may want to know.

    An event carries the records and attributes as they are when it happens. Where nothing happens none is made.
    """

    def __init__(
        self, project_uuid: str, clock: Clock, people: People, segments: Segments, attributes: Attributes
    ) -> None:
        self.outbox: list[TriggeredEvent] = []
        self.departures: deque[Departure] = deque(maxlen=_MOST_DEPARTURES)
        """The latest ones, for whoever shows what a call did."""
        self._project_uuid = project_uuid
        self._clock = clock
        self._people = people
        self._segments = segments
        self._attributes = attributes

    def settle(
        self, contact: Contact, kind: str | None = None, form: Form | None = None, response: Response | None = None
    ) -> Contact:
        """Return a contact whose data changed as the rules now place it (documented: whenever data arrives).

        `kind` is the event that the change itself is; it comes before those of the segments that it led into.
        """
        entered: tuple[Segment, ...] = ()
        if self._segments.ruled:
            memberships, entered = self._segments.evaluate(contact, self._clock.now())
            if memberships is not contact.memberships:
                self._note(contact, memberships)
                contact = self._people.put(replace(contact, memberships=memberships))
        if kind is not None:
            self.fire(kind, contact, form, response)
        for segment in entered:
            self.fire("Entered Segment", contact, segment=segment)
        return contact

    def fill(self, segment: Segment) -> None:
        """Let everyone enter whom a new segment's rule fits; such bulk evaluation fires nothing (documented)."""
        for contact in self._people:
            if self._segments.fits(contact, segment):
                self._place(contact, segment)

    def enter(self, contact: Contact, segment: Segment) -> Contact:
        """Return the contact as a member from now on, with the event for it; a member already enters anew."""
        contact = self._place(self.leave(contact, segment), segment)
        self.fire("Entered Segment", contact, segment=segment)
        return contact

    def leave(self, contact: Contact, segment: Segment) -> Contact:
        """Return the contact as no member of the segment; if it was none, it is the very same."""
        stayed = tuple(place for place in contact.memberships if place.segment.uuid != segment.uuid)
        if len(stayed) == len(contact.memberships):
            return contact
        self._note(contact, stayed)
        return self._people.put(replace(contact, memberships=stayed))

    def fire(
        self,
        kind: str,
        contact: Contact,
        form: Form | None = None,
        response: Response | None = None,
        segment: Segment | None = None,
    ) -> None:
        """Append a triggered event."""
        account = self._people.accounts.get(contact.account_uuid)
        self.outbox.append(
            TriggeredEvent(
                kind,
                self._clock.now(),
                self._project_uuid,
                contact,
                account,
                self._attributes.of_contact(contact),
                self._attributes.of_account(account),
                form,
                response,
                segment,
            )
        )

    def _note(self, contact: Contact, stayed: tuple[Membership, ...]) -> None:
        kept = {place.segment.uuid for place in stayed}
        left = (place.segment for place in contact.memberships if place.segment.uuid not in kept)
        self.departures.extend(Departure(contact.uuid, segment, self._clock.now()) for segment in left)

    def _place(self, contact: Contact, segment: Segment) -> Contact:
        now = self._clock.now()
        place = Membership.begun(segment, now, now, contact.first_seen_at)
        return self._people.put(replace(contact, memberships=(*contact.memberships, place)))
