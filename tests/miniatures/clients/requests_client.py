"""A client in Python with `requests`, JSON all the way: what a small team would write.

Takes REFINER_BASE_URL, REFINER_API_KEY and SEGMENT_UUID; prints one JSON document with what it saw.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import requests

BASE = os.environ["REFINER_BASE_URL"]
SEGMENT = os.environ["SEGMENT_UUID"]

session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ['REFINER_API_KEY']}"


def call(method: str, path: str, **given: Any) -> Any:
    """Make one call and return the decoded answer."""
    answer = session.request(method, BASE + path, timeout=10, **given)
    answer.raise_for_status()
    return answer.json()


def identify_and_track() -> None:
    """Make five users; three of them did something."""
    for number in range(1, 6):
        account = {"id": "acc-1", "name": "Holt Ltd"}
        user = {"id": f"u-{number}", "email": f"u{number}@example.org", "seats": number, "account": account}
        call("POST", "/identify-user", json=user)
    for number in range(1, 4):
        call("POST", "/track-event", json={"id": f"u-{number}", "event": "Report: exported"})


def by_page() -> list[str]:
    """Return the user ids of all pages."""
    found, page, last = [], 1, 1
    while page <= last:
        answer = call("GET", "/contacts", params={"page": page, "page_length": 2})
        found += [contact["remote_id"] for contact in answer["items"]]
        page, last = page + 1, answer["pagination"]["last_page"]
    return found


def by_cursor() -> list[str]:
    """Return the user ids along the cursors."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        answer = call("GET", "/contacts", params={"page_length": 2, **({"page_cursor": cursor} if cursor else {})})
        found += [contact["remote_id"] for contact in answer["items"]]
        cursor = answer["pagination"]["next_page_cursor"]
        if cursor is None:
            return found


identify_and_track()
seen: dict[str, object] = {"by_page": by_page(), "by_cursor": by_cursor()}
call("POST", "/sync-segment", json={"id": "u-2", "segment_uuid": SEGMENT})
members = call("GET", "/contacts", params={"segment_uuid": SEGMENT})
seen["members"] = [contact["remote_id"] for contact in members["items"]]
call("DELETE", "/contact", params={"id": "u-5"})
seen["left"] = call("GET", "/contacts")["pagination"]["items_count"]
sys.stdout.write(json.dumps(seen))
