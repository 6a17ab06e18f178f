"""Registration of webhooks, which Refiner has in its dashboard only: six operations that are ours (assumed)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from mock_server.api.call import Call
from mock_server.errors import Invalid
from mock_server.state.environment import Environment
from mock_server.state.records import Contact, Form, Identity, Membership, Response, Segment, TriggeredEvent, Window
from mock_server.state.responses import ResponseQuery
from mock_server.webhooks.subscriptions import Subscription, Subscriptions

__all__ = ["create_webhook", "delete_webhook", "get_webhook", "list_webhooks", "test_webhook", "update_webhook"]

_NEWEST = Window(page=1, length=1_000)
"""How far back a test delivery looks for something to send."""


def list_webhooks(call: Call) -> dict[str, Any]:
    """Return one page of the webhooks, oldest first."""
    window = call.window("created_at")
    found = _webhooks(call).list(window)
    return call.page([Subscriptions.public(webhook) for webhook in found.items], found, window)


def create_webhook(call: Call) -> dict[str, object]:
    """Register a webhook; its token is never returned."""
    return Subscriptions.public(_webhooks(call).create(call.values))


def get_webhook(call: Call) -> dict[str, object]:
    """Return one webhook."""
    return Subscriptions.public(_webhooks(call).get(call.path["uuid"]))


def update_webhook(call: Call) -> dict[str, object]:
    """Change the given fields of a webhook."""
    return Subscriptions.public(_webhooks(call).update(call.path["uuid"], call.values))


def delete_webhook(call: Call) -> dict[str, str]:
    """Remove a webhook."""
    _webhooks(call).delete(call.path["uuid"])
    return {"message": "ok"}


def test_webhook(call: Call) -> dict[str, str]:
    """Deliver the webhook's first event once more, as it last happened here; see its answer among the deliveries.

    Raises:
        Invalid: when nothing of that kind has happened yet, so that there is nothing true to send.
    """
    webhook = _webhooks(call).get(call.path["uuid"])
    event = _last(call.environment, webhook)
    call.engine.send(call.environment, webhook.uuid, event, None)
    return {"message": "ok"}


def _webhooks(call: Call) -> Subscriptions:
    return call.engine.subscriptions(call.environment)


_HAPPENED: Mapping[str, Callable[[Response], object]] = {
    "Completed Survey": lambda row: row.completed_at,
    "Saw Survey": lambda row: row.first_shown_at,
    "Dismissed Survey": lambda row: row.dismissed_at,
    "Tag Added": lambda row: row.tags,
}
"""Whether a response has been through an event."""


def _last(environment: Environment, webhook: Subscription) -> TriggeredEvent:
    kind = webhook.events[0]
    if kind == "Entered Segment":
        entries = list(_entries(environment, webhook.segment_uuids))
        if entries:
            place, contact = max(entries, key=lambda entry: entry[0].created_at)
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
