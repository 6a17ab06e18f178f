"""A triggered event as the JSON that Refiner posts: the contact at the top level, the event beside it.

Key order, nulls, counts as text, times of membership in `segments` and `""` for an unknown display name are observed
(RUD-cap, two captured bodies); that `form` and `response` come with survey events only is documented (KB-wh).
"""

from __future__ import annotations

import json

import orjson

from mock_server.state.objects import contact_object, webhook_response_object
from mock_server.state.records import TriggeredEvent
from mock_server.state.ways import USUAL, Style

__all__ = ["encoded", "payload"]


def payload(event: TriggeredEvent, style: Style = USUAL) -> dict[str, object]:
    """Return the body of a webhook, made from the snapshot that `event` took when it happened."""
    contact = contact_object(
        event.contact,
        event.account,
        event.contact_attributes,
        event.account_attributes,
        webhook=True,
        style=style,
    )
    body: dict[str, object] = {"uuid": event.contact.uuid}
    if event.contact.traces.cookie_uuid is not None:  # only when a browser client was involved (observed, RUD-cap)
        body["cookie_uuid"] = event.contact.traces.cookie_uuid
    body["project_uuid"] = event.project_uuid
    body.update((key, value) for key, value in contact.items() if key not in body)
    names = {"Entered Segment": style.segment_entry, "Tag Added": style.tag_added}
    body["triggered_event"] = names.get(event.kind, event.kind)
    # Which segment was entered is told by no known key (assumed, g5); a tag event looks like a survey event (assumed).
    if event.segment is not None and style.names_segment:
        body["segment"] = {"uuid": event.segment.uuid, "name": event.segment.name}
    if event.form is not None and event.response is not None:
        body["form"] = {"uuid": event.form.uuid, "name": event.form.name}
        body["response"] = webhook_response_object(event.response, style)
    return body


def encoded(event: TriggeredEvent, style: Style = USUAL) -> bytes:
    """Return the payload of `event` as JSON."""
    body = payload(event, style)
    try:
        return bytes(memoryview(orjson.dumps(body)))  # a copy: what orjson returns holds on to 4 KiB
    except TypeError:  # half a surrogate pair, which JSON can only say by an escape
        return json.dumps(body, separators=(",", ":")).encode()
