"""Segments: `listSegments`, `addToSegment`, `removeFromSegment`."""

from __future__ import annotations

from typing import Any

from mock_server.api.call import Call
from mock_server.state.objects import segment_object
from mock_server.state.records import Contact

__all__ = ["add_to_segment", "list_segments", "remove_from_segment"]


def list_segments(call: Call) -> dict[str, Any]:
    """Return one page of the segments by name; that it has no cursor is documented, against one source (f9)."""
    window, style = call.window("name"), call.environment.ways.style
    found = call.environment.segments(window)
    cursor = "name" if call.manners.segment_cursor else None
    return call.page([segment_object(segment, style) for segment in found.items], found, window, cursor)


def add_to_segment(call: Call) -> dict[str, str]:
    """Put a user, made if unknown, into a manual segment; doing it again changes nothing (documented)."""
    contact = call.environment.add_to_segment(call.identity, call.values["segment_uuid"])
    return _synced(call, contact)


def remove_from_segment(call: Call) -> dict[str, str]:
    """Take a user out of a manual segment; doing it again changes nothing (documented)."""
    contact = call.environment.remove_from_segment(call.identity, call.values["segment_uuid"])
    return _synced(call, contact)


def _synced(call: Call, contact: Contact) -> dict[str, str]:
    # Two readers of the vendor's page saw two spellings of the last key (f5), so by default both are sent.
    named = dict.fromkeys(call.manners.segment_keys, call.values["segment_uuid"])
    return {"message": "ok", "contact_uuid": contact.uuid, **named}
