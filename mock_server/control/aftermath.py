"""What came of something that was done here: the events that happened, and who is told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mock_server.control.call import ControlCall

__all__ = ["aftermath"]


def aftermath(call: ControlCall) -> dict[str, Any]:
    """Send the webhooks of what just happened, and return what happened and whom the engine tells."""
    environment, engine = call.environment, call.desk.engine
    events, cause = environment.outbox[:], call.desk.next_cause()
    asleep = [replace(webhook, active=True) for webhook in engine.subscriptions(environment) if not webhook.active]
    since = engine.log(environment).seq
    made = engine.take(environment, cause)
    return {
        "events": [one.kind for one in events],
        "cause": cause,
        "deliveries": made,
        "since": since,
        "switched_off": [webhook.uuid for webhook in asleep if any(webhook.wants(one) for one in events)],
    }
