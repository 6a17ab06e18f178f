"""Snapshots: the whole state of an environment as one JSON document, out and in.

Their shape is `contracts/snapshot.schema.json`. Times are microseconds since the epoch; where a record holds another
(a membership its segment, a response its tags) the document names it. What was read is checked as a whole before
anything is done with it: shape, then that everything named is there and nothing is there twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from mock_server.errors import UsageError
from mock_server.frozen import frozen
from mock_server.resources import contract_path
from mock_server.state.clock import Clock
from mock_server.state.records import (
    Contact,
    DeliveryPolicy,
    Form,
    Micros,
    Response,
    Segment,
    Traces,
)
from mock_server.state.segments import rule_document
from mock_server.state.snapshot_documents import Reading
from mock_server.state.world import Content

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["FORMAT", "Saved", "read", "written"]

Node = Mapping[str, Any]

FORMAT: Final = 1
"""The version of the document's shape; it rises when older documents could not be read any more."""
_NAMES: Final = {kind: [part.name for part in fields(kind)] for kind in (Contact, Form, Response, Segment, Traces)}


def written(
    facts: Mapping[str, object], switches: Mapping[str, object], clock: Clock, content: Content
) -> dict[str, object]:
    """Return the document.

    `facts` say where it was taken: they are for whoever reads it and never restored. `switches` are `posture`,
    `rate_limits`, `rendering`, `delivery` and `dialect`.
    """
    month, users, events, responses = content.usage
    document = {
        "format": FORMAT,
        "environment": facts,
        **switches,
        "clock": _clock_document(clock),
        "usage": {"month": month, "mtu": users, "mte": events, "msr": responses},
        "traits": {"contact": content.contact_traits, "account": content.account_traits},
        "accounts": content.accounts,
        "segments": [{**_named(segment), "rule": _rule_document(segment)} for segment in content.segments],
        "contacts": [_contact_document(contact) for contact in content.contacts],
        "forms": [{**_named(form), "history": content.history[form.uuid]} for form in content.forms],
        "tags": content.tags,
        "responses": [{**_named(row), "tags": [tag.name for tag in row.tags]} for row in content.responses],
        "events": content.events,
    }
    # The way through JSON makes plain values of the records, at the speed of C.
    return cast("dict[str, object]", orjson.loads(orjson.dumps(document, default=dict)))


@frozen
class Saved:
    """A snapshot that was read and is sound."""

    posture: str
    rate_limits: bool
    rendering: str
    delivery: DeliveryPolicy
    dialect: Mapping[str, str]
    content: Content
    digest: str
    """Tells apart documents that differ in anything."""
    mode: str
    at: Micros
    """Where a frozen clock stands, or how far another one is ahead of real time."""

    def start(self, clock: Clock) -> None:
        """Let a clock run as the snapshot's did. Raises UsageError where the shifted time is none."""
        if self.mode == "frozen":
            clock.freeze(self.at)
        else:
            clock.resume(self.at)


def read(document: object) -> Saved:
    """Return what a document says.

    Raises:
        UsageError: when it is no snapshot, or one that does not hold together; the message names the place.
    """
    try:
        problem = next(iter(_shape().iter_errors(document)), None)
        digest = hashlib.blake2b(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
    except (ValueError, TypeError) as error:  # a key that is no text, a value that JSON has not
        raise UsageError(f"the snapshot is no JSON document: {error}") from None
    if problem is not None:
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.instance_path)
        raise UsageError(f"{path.lstrip('.') or 'the snapshot'}: {problem.message}")
    node = cast("Node", document)
    clock = node["clock"]
    content = Reading(node).content()
    shown = clock.get("at", clock.get("shift", 0))
    switches = node["posture"], node["rate_limits"], node["rendering"], DeliveryPolicy(**node["delivery"])
    return Saved(*switches, node["dialect"], content, digest, clock["mode"], shown)


@cache
def _shape() -> Validator:
    from jsonschema_rs import validator_for  # only for those who bring a document

    schema = orjson.loads(contract_path("snapshot.schema.json").read_bytes())
    return validator_for(schema, mask="what stands there")


def _contact_document(contact: Contact) -> dict[str, object]:
    document = {**_named(contact), **_named(contact.traces), "memberships": _places(contact)}
    del document["traces"]
    return document


def _named(record: Contact | Form | Response | Segment | Traces) -> dict[str, object]:
    return {name: getattr(record, name) for name in _NAMES[type(record)]}


def _rule_document(segment: Segment) -> dict[str, object] | None:
    return None if segment.rule is None else rule_document(segment.rule)


def _places(contact: Contact) -> list[dict[str, object]]:
    names = ("segment_uuid", "created_at", "updated_at")
    return [dict(zip(names, (place.segment.uuid, *place.times(contact)), strict=True)) for place in contact.memberships]


def _clock_document(clock: Clock) -> dict[str, object]:
    if clock.mode == "frozen":
        return {"mode": "frozen", "at": clock.now()}
    return {"mode": "offset", "shift": clock.shift} if clock.shift else {"mode": "real"}
