"""Registration of webhooks, which Refiner has in its dashboard only: six operations that are ours (assumed)."""

from __future__ import annotations

from typing import Any

from mock_server.api.call import Call
from mock_server.webhooks.happened import last_event
from mock_server.webhooks.subscriptions import Subscriptions

__all__ = ["create_webhook", "delete_webhook", "get_webhook", "list_webhooks", "test_webhook", "update_webhook"]


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
    event = last_event(call.environment, webhook)
    call.engine.send(call.environment, webhook.uuid, event, None)
    return {"message": "ok"}


def _webhooks(call: Call) -> Subscriptions:
    return call.engine.subscriptions(call.environment)
