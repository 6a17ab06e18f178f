"""What a test delivery sends: what a webhook would have been told, as it last happened, and nothing made up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from mock_server.errors import Invalid
from mock_server.state.environment import Environment
from mock_server.state.records import Contact, Form, Identity, Membership, Response, Segment, TriggeredEvent, Window
from mock_server.state.responses import ResponseQuery
from mock_server.webhooks.subscriptions import Subscription

__all__ = ["last_event"]

_NEWEST = Window(page=1, length=1_000)
"""How far back it looks for something to send."""

_HAPPENED: Mapping[str, Callable[[Response], object]] = {
    "Completed Survey": lambda row: row.completed_at,
    "Saw Survey": lambda row: row.first_shown_at,
    "Dismissed Survey": lambda row: row.dismissed_at,
    "Tag Added": lambda row: row.tags,
}
"""Whether a response has been through an event."""


def last_event(environment: Environment, webhook: Subscription) -> TriggeredEvent:
    """Return the first event of a webhook as it last happened, with the contact as it is now.

    Raises:
        Invalid: when nothing of that kind has happened yet, so that there is nothing true to send.
    """
    kind = webhook.events[0]
    if kind == "Entered Segment":
        entries = list(_entries(environment, webhook.segment_uuids))
        if entries:
            place, contact = max(entries, key=lambda entry: entry[0].times(entry[1]))
            return _event(environment, kind, contact, segment=place.segment)
    else:
        query = ResponseQuery(webhook.form_uuids, webhook.segment_uuids, include="all")
        for row in environment.responses(query, _NEWEST).items:
            if _HAPPENED[kind](row):
                contact = environment.contact(Identity(uuid=row.contact_uuid))
                return _event(environment, kind, contact, form=environment.form(row.form_uuid), response=row)
    raise Invalid(f"There is nothing to send yet: no {kind!r} has happened in this environment; simulate one first.")


def _entries(environment: Environment, segment_uuids: Collection[str]) -> Iterator[tuple[Membership, Contact]]:
    """Yield the memberships whose beginning fired an event that a webhook for these segments (none: all) wants."""
    for uuid in segment_uuids or (None,):
        for contact in environment.contacts(_NEWEST, segment_uuid=uuid).items:
            for place in contact.memberships:
                if not place.segment.silent and (uuid is None or place.segment.uuid == uuid):
                    yield place, contact


def _event(
    environment: Environment,
    kind: str,
    contact: Contact,
    *,
    form: Form | None = None,
    response: Response | None = None,
    segment: Segment | None = None,
) -> TriggeredEvent:
    account = environment.account_of(contact)
    return TriggeredEvent(
        kind,
        environment.clock.now(),
        environment.project_uuid,
        contact,
        account,
        environment.contact_attributes(contact),
        environment.account_attributes(account),
        form,
        response,
        segment,
    )
