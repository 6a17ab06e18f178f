"""The documents that the verbs of an environment return, as types; contracts/control.yaml describes the same."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["Answered", "Attempt", "Delivery", "Document", "Exchange", "Happening", "Sent"]

Document = dict[str, Any]
"""A JSON object."""


class Sent(TypedDict):
    """What a client sent, keys and tokens shortened."""

    authorization: str | None
    media_type: str
    """Without its parameters; empty where none was sent."""
    parameters: Document
    """Query and body in one bag, as they came: of a form every value is text."""
    problem: str | None
    """Why the body could not be read."""
    body: str
    """As much of it as was kept (`journal_body`)."""
    body_size: int
    """Bytes of the whole body."""
    not_replayable: str | None


class Answered(TypedDict):
    """What it was answered."""

    body: Any
    """The JSON, or text where it was too long to be kept whole."""
    body_size: int
    """Bytes."""


class Exchange(TypedDict):
    """One request of a client with its answer."""

    seq: int
    """Rises over all requests of the server; `journal(since=seq)` has what came later."""
    id: str
    at: str
    """On the environment's clock."""
    environment: str | None
    method: str
    path: str
    query: str
    operation: str | None
    """The operationId, None for an unknown call."""
    status: int
    """Of the call's own answer, also where a fault spoilt it on the way; 0 where a fault reset the connection."""
    duration_us: int
    fault: str | None
    """The kind of the fault that struck it."""
    violations: list[Document]
    request: Sent
    answer: Answered


class Attempt(TypedDict):
    """One try of a delivery."""

    at: str
    status: int | None
    """None where the receiver gave no answer in time."""
    duration_ms: float
    error: str | None
    answer: str | None
    """The first bytes of it."""


class Delivery(TypedDict):
    """One triggered event on its way to one webhook."""

    id: str
    seq: int
    event: str
    event_id: str
    webhook_uuid: str
    url: str
    status: str
    """`pending`, `delivered`, `failed`, or `dropped` where the delivery policy lost it."""
    cause: str | None
    """The id of the request that triggered the event, or a name for the control call."""
    created_at: str
    next_attempt_at: str | None
    redelivery_of: str | None
    mutation: str | None
    attempts: list[Attempt]


class _Happened(TypedDict):
    event: str
    contact_uuid: str
    contact_created: bool
    """Nobody knew the contact before."""
    events: list[str]
    """The trigger events that came of it, itself among them; none where it was so already."""
    cause: str
    """`deliveries(cause=...)` has what was sent because of it."""
    deliveries: int
    since: int
    switched_off: list[str]
    """The uuids of webhooks that would have been told, but are not active."""


class Happening(_Happened, total=False):
    """What came of an event that was made to happen."""

    response_uuid: str
    """But for `Entered Segment`."""
    form_uuid: str
    segment_uuid: str
    """Of `Entered Segment` only."""
