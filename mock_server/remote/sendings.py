"""What a failed wait says of webhooks: the latest deliveries with their attempts, and why nothing else came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mock_server.remote.shapes import Attempt, Delivery
from mock_server.remote.telling import brief

__all__ = ["told"]

_LISTED = 5
"""Deliveries, and webhooks, that a message lists."""
_ATTEMPTS = 3
"""The latest ones of a delivery."""


def told(
    deliveries: Sequence[Delivery],
    webhooks: Sequence[Mapping[str, Any]],
    clock: Mapping[str, str],
    policy: Mapping[str, Any],
    event: str | None = None,
) -> list[str]:
    """Return the lines; `event` is the one that was waited for."""
    lines = []
    if deliveries:
        lines.append("the deliveries of the environment, latest first:")
        lines += (f"  {_line(one)}" for one in deliveries[: -_LISTED - 1 : -1])
        lines += [f"  and {len(deliveries) - _LISTED} more"] if len(deliveries) > _LISTED else []
    lines += _unwanted(webhooks, event)
    if not any(event in (None, one["event"]) for one in deliveries) and not lines:
        lines.append(f"no {event or 'event'} has happened that a webhook wants (one may want certain forms only)")
    waiting = [one["next_attempt_at"] for one in deliveries if one["next_attempt_at"] is not None]
    return lines + (_due(min(waiting), clock) if waiting else []) + _policy(policy)


def _line(delivery: Delivery) -> str:
    attempts = [_outcome(attempt) for attempt in delivery["attempts"][-_ATTEMPTS:]]
    left = len(delivery["attempts"]) - len(attempts)
    tried = (f"{left} attempts, then " if left else "") + ", then ".join(attempts) if attempts else "no attempt yet"
    line = f"{delivery['id']} {delivery['event']} {brief(delivery['url'])} {delivery['status']}: {tried}"
    if delivery["mutation"]:
        line += f", sent again as {delivery['mutation']}"
    return line if delivery["next_attempt_at"] is None else f"{line}, next at {delivery['next_attempt_at']}"


def _outcome(attempt: Attempt) -> str:
    said = attempt["error"] or attempt["answer"]
    status = "no answer" if attempt["status"] is None else str(attempt["status"])
    failed = attempt["status"] is None or attempt["status"] >= 300
    return f"{status} ({brief(said)})" if failed and said else status


def _unwanted(webhooks: Sequence[Mapping[str, Any]], event: str | None) -> list[str]:
    """Return why no webhook is told of the event, if so."""
    if not webhooks:
        return ["no webhook is registered here (reset() takes them away); subscribe() or inbox() registers one"]
    wanting = [one for one in webhooks if event is None or event in one["events"]]
    shown = [f"  {brief(one['url'])} wants {', '.join(one['events'])}" for one in webhooks[:_LISTED]]
    if not wanting:
        return [f"no webhook wants {event}; registered are:", *shown]
    if not any(one["active"] for one in wanting):
        gone = brief(wanting[0]["url"])
        return [f"the webhook {gone} is switched off (active: false); a receiver that answers 410 does that, too"]
    return []


def _due(soonest: str, clock: Mapping[str, str]) -> list[str]:
    """Return what lets a delivery be sent that waits for its time."""
    seconds = (datetime.fromisoformat(soonest) - datetime.fromisoformat(clock["now"])).total_seconds()
    if seconds <= 0:
        return []
    if clock["mode"] == "frozen":
        stands = f"the clock is frozen at {clock['now']}"
    else:
        stands = "the environment's clock goes on by itself"
    return [
        f'the next attempt is due in {math.ceil(seconds)} s, and {stands}: advance("{math.ceil(seconds)}s") sends it'
    ]


def _policy(policy: Mapping[str, Any]) -> list[str]:
    """Return what of the delivery policy keeps a delivery back."""
    if policy["drop"]:
        return [f"by the delivery policy the next {policy['drop']} deliveries are lost (drop)"]
    if policy["order"] != "in-order":
        return [f"the delivery policy gathers deliveries that are {policy['order']}: settle() sends them at once"]
    return []
