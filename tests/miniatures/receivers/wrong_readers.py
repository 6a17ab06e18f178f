"""Receivers that are wrong about what a payload may hold: each stumbles over one thing in it.

A stumble is what the code of such a receiver does with every payload; where that raises, the receiver answers 500.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from tests.miniatures.receivers.honest import Honest

__all__ = ["READERS"]

Payload = Mapping[str, Any]

FIELDS = {
    *("uuid", "cookie_uuid", "project_uuid", "remote_id", "email", "display_name", "first_seen_at", "last_seen_at"),
    *("attributes", "segments", "account", "triggered_event", "form", "response"),
}
HANDLERS = ("Completed Survey", "Saw Survey", "Dismissed Survey", "Entered Segment", "Tag Added")


def reader(does: Callable[[Payload], object], *of: str) -> type[Honest]:
    """Return a receiver that does something with every payload of these events (of none given: all) and keeps it."""

    def take_in(self: Honest, payload: Payload) -> None:
        if not of or payload["triggered_event"] in of:
            does(payload)
        Honest.take_in(self, payload)

    return type("Reader", (Honest,), {"take_in": take_in})


def answers(payload: Payload) -> Payload:
    data: Payload = payload.get("response", {}).get("data", {})
    return data


def text(payload: Payload) -> str:
    """Return everything that a person has typed."""
    return " ".join(map(str, [*payload["attributes"].values(), *answers(payload).values()]))


def time_of(name: str) -> Callable[[Payload], object]:
    return lambda payload: datetime.fromisoformat(payload["response"][name])


def knows_its_fields(payload: Payload) -> None:
    assert payload.keys() <= FIELDS, "__init__() got an unexpected keyword argument"


def fills_a_narrow_column(payload: Payload) -> None:
    assert all(len(each) < 256 for each in answers(payload).values()), "value too long for character varying(255)"


def stores_three_bytes(payload: Payload) -> None:
    assert all(ord(each) < 0x1_0000 for each in text(payload)), "Incorrect string value for a column in utf8mb3"


def writes_sql(payload: Payload) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(f"SELECT '{text(payload)}'")


def trusts_the_cookie(payload: Payload) -> None:
    assert uuid.UUID(payload.get("cookie_uuid", str(uuid.NAMESPACE_URL))).variant == uuid.RFC_4122, "no valid UUID"


READERS: Mapping[str, tuple[type[Honest], str]] = {
    "needs an e-mail": (reader(lambda payload: payload["email"].lower()), "anonymous-contact"),
    "needs a user id": (reader(lambda payload: payload["remote_id"].strip()), "anonymous-contact"),
    "needs every trait": (reader(lambda payload: payload["attributes"]["plan"].title()), "nulls"),
    "needs a company": (reader(lambda payload: payload["account"]["remote_id"].lower()), "ungrouped-account"),
    "needs a segment": (reader(lambda payload: payload["segments"][0]["name"]), "no-segments"),
    "needs a survey": (reader(lambda payload: payload["form"]["name"]), "entered-segment"),
    "needs a response": (reader(lambda payload: payload["response"]["uuid"]), "entered-segment"),
    "needs an answer": (
        reader(lambda payload: payload["response"]["data"]["nps"], "Completed Survey"),
        "empty-answers",
    ),
    "needs one choice": (reader(lambda payload: [each.strip() for each in answers(payload).values()]), "list-answer"),
    "needs an end of every response": (reader(time_of("completed_at"), "Saw Survey"), "saw-survey"),
    "needs a completion to be dismissed": (reader(time_of("completed_at"), "Dismissed Survey"), "dismissed-survey"),
    "needs a dismissal to be completed": (reader(time_of("dismissed_at"), "Completed Survey"), "completed-survey"),
    "takes tags for texts": (reader(lambda payload: ", ".join(payload["response"]["tags"]), "Tag Added"), "tag-added"),
    "takes a counter for a text": (
        reader(lambda payload: "shown " + (payload.get("response", {}).get("show_counter") or "once")),
        "any-valid-payload",
    ),
    "knows its events": (reader(lambda payload: HANDLERS.index(payload["triggered_event"])), "unknown-event"),
    "knows its fields": (reader(knows_its_fields), "unknown-fields"),
    "validates the cookie": (reader(trusts_the_cookie), "browser-contact"),
    "has narrow columns": (reader(fills_a_narrow_column), "long-text"),
    "has columns of three bytes": (reader(stores_three_bytes), "emoji"),
    "speaks ASCII only": (reader(lambda payload: text(payload).encode("ascii")), "emoji"),
    "speaks western only": (reader(lambda payload: text(payload).encode("cp1252")), "right-to-left-text"),
    "writes SQL by hand": (reader(writes_sql), "quotes-and-markup"),
}
