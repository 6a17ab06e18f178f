"""Everyday calls: what any user of a client does with it, in a world where each doubt about Refiner would show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.conformance.client.observing import Snapshot
from mock_server.conformance.client.seeds import seed_document

__all__ = ["CROWD", "Call", "crowded", "everyday", "populated"]

Call = tuple[str, Mapping[str, Any]]
"""An operationId and the args of an adapter."""

CROWD = {"contacts": 105, "responses": 105, "segments": 51, "forms": 51}
"""More rows than any page has by itself, of contacts and responses under each dialect."""
_MORE: Mapping[str, Any] = {
    "contacts": [
        {
            "email": "unnamed@example.org",
            "at": "2024-12-12",
            "traits": {"plan": "free", "beta": True},
            "responses": [{"survey": "NPS", "at": "2025-02-16", "state": "completed", "answers": {"nps": 8}}],
        }
    ]
}
"""Somebody without a name and without an id."""


def populated() -> Mapping[str, Any]:
    """Return a seed document with a few people who have traps in their names, surveys and responses."""
    return _together(_document("small"), _MORE)


def crowded(numbers: Mapping[str, int]) -> Mapping[str, Any]:
    """Return the same with so many more of each kind (see `seeds.seed_document`)."""
    return _together(populated(), _document(numbers))


def everyday(there: Snapshot) -> tuple[Call, ...]:
    """Return calls in a world that was `populated` or `crowded`: those that read come first.

    Each that writes is about somebody or something else, so that they can be made one after the other.
    """
    return (*_reads(there), *_writes(there))


def _reads(there: Snapshot) -> tuple[Call, ...]:
    forms, segments = _named(there, "forms"), _named(there, "segments")
    february = {"date_range_start": "2025-02-01", "date_range_end": "2025-02-20"}
    return (
        ("verifyKey", {}),
        ("getAccount", {}),
        ("listContacts", {}),
        ("listContacts", {"order_by": "last_seen_at"}),
        ("listContacts", {"order_by": "email", "segment_uuid": segments["Trial"]}),
        ("getContact", {"id": "ada"}),
        ("getContact", {"email": "unnamed@example.org"}),
        ("getContact", {"id": "nobody-here"}),
        ("listSegments", {}),
        ("listForms", {}),
        ("listFormHistory", {"form_uuid": forms["NPS"]}),
        ("listResponses", {"include": "all"}),
        ("listResponses", february),
        ("getReporting", {"type": "nps", **february}),
        ("getReporting", {"type": "distribution", "form_uuids": [forms["Draft & notes"]]}),
    )


def _writes(there: Snapshot) -> tuple[Call, ...]:
    forms, segments = _named(there, "forms"), _named(there, "segments")
    people = {row["uuid"]: row["remote_id"] for row in there["contacts"]}
    [tagged, *_] = (row["uuid"] for row in there["responses"] if people[row["contact_uuid"]] == "eve")
    again = {"date": "2025-02-16", "answers": {"nps": 8}}
    return (
        (
            "identifyUser",
            {"id": "ada", "traits": {"plan": "team", "seats": 15, "beta": True}, "account": {"id": "acme"}},
        ),
        ("identifyUser", {"id": "new-one", "email": "new-one@example.org"}),
        ("trackEvent", {"id": "ada", "event": "Created project"}),
        ("addToSegment", {"id": "ada", "segment_uuid": segments["Nobody yet"]}),
        ("removeFromSegment", {"id": "bob", "segment_uuid": segments["Trial"]}),
        (
            "storeResponse",
            {"id": "ada", "form_uuid": forms["Features"], "answers": {"ease": 4, "uses": ["Web", "App"]}},
        ),
        ("storeResponse", {"email": "unnamed@example.org", "form_uuid": forms["NPS"], **again}),
        ("storeResponse", {"id": "ada", "form_uuid": forms["Old NPS"], "answers": {"nps": 1}}),
        ("tagResponse", {"uuid": tagged, "tags": ["called", "new tag"]}),
        ("publishForm", {"form_uuid": forms["Draft & notes"], "published": True}),
        ("duplicateForm", {"form_uuid": forms["CSAT"], "name": "CSAT, again"}),
        ("archiveForm", {"form_uuid": forms["CSAT"]}),
        ("deleteContact", {"id": "7"}),
        ("deleteContact", {"id": "nobody-here"}),
    )


def _named(there: Snapshot, kind: str) -> dict[str, str]:
    return {row["name"]: row["uuid"] for row in there[kind]}


def _document(seed: str | Mapping[str, Any]) -> Mapping[str, Any]:
    document = seed_document(seed)
    assert isinstance(document, Mapping), "only the server's own have no document here"
    return document


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**one, **{kind: [*one.get(kind, ()), *rows] for kind, rows in other.items()}}
