"""The world that all miniature clients meet: one is made for a run of tests, and each client gets a copy of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from mock_server.remote import Remote, RemoteEnvironment
from tests.miniatures.running import PATIENCE

__all__ = ["NOW", "Place", "crowd", "scene"]

NOW = "2026-03-14T09:20:00Z"
"""The clock stands still, so that today is always the same day."""

QUESTION = {"identifier": "nps", "text": "How likely?", "type": "nps"}
ANSWERED = {"survey": "NPS", "state": "completed", "at": "-2d", "answers": {"nps": "9"}, "tags": ["vip"]}
SEED = {
    "segments": [{"name": "Trial"}],
    "surveys": [
        {"name": "NPS", "questions": [QUESTION]},
        {"name": "CSAT"},
        {"name": "Old"},
        {"name": "Gone", "archived_at": "-1d"},
    ],
    "contacts": [
        {"id": "u-1", "email": "mira@example.org", "traits": {"seats": 14, "beta": True}, "responses": [ANSWERED]},
        {"id": "u-2", "email": "ole@example.org"},
        *({"id": f"p-{number}", "at": f"-{number}d", "responses": [ANSWERED]} for number in range(3, 8)),
    ],
}


@dataclass(frozen=True)
class Place:
    """A copy of the scene, for one client."""

    refiner: RemoteEnvironment
    names: Mapping[str, str]
    """What `$FORM` and the like stand for."""

    def filled(self, value: Any) -> Any:
        """Return a value with its `$NAMES` replaced, and `x*300` written out."""
        if isinstance(value, dict):
            return {self.filled(name): self.filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if not isinstance(value, str):
            return value
        if value[1:2] == "*" and value[2:].isdigit():
            return value[0] * int(value[2:])
        for name, meant in self.names.items():
            value = value.replace(name, meant)
        return value

    @contextmanager
    def copied(self, **dialect: str) -> Iterator[Place]:
        """Yield a copy for one client, with a key of its own."""
        with self.refiner.fork() as refiner:
            if dialect:
                refiner.configure(dialect=dialect)
            yield Place(refiner, {**self.names, "$KEY": refiner.api_key})


def scene(remote: Remote) -> Place:
    """Make the world that is copied."""
    refiner = remote.create_environment(seed=SEED, clock={"freeze": NOW})
    known = refiner.snapshot()
    forms = {form["name"]: form["uuid"] for form in known["forms"]}
    segments = {segment["name"]: segment["uuid"] for segment in known["segments"]}
    names = {
        "$THEIRS": refiner.api_key,
        "$FORM": forms["NPS"],
        "$OTHER": forms["CSAT"],
        "$OLD": forms["Old"],
        "$GONE": forms["Gone"],
        "$SEGMENT": segments["Trial"],
        "$ALL": segments["All Users"],
        "$CURSOR": _cursor(refiner),
        "$TAG": known["tags"][0]["uuid"],
        "$RESPONSE": known["responses"][0]["uuid"],
        "$MIRA": next(one["uuid"] for one in known["contacts"] if one["remote_id"] == "u-1"),
    }
    return Place(refiner, names)


def _cursor(refiner: RemoteEnvironment) -> str:
    """Return a cursor of listContacts."""
    asked = Request(
        f"{refiner.base_url}/contacts?page_length=2", headers={"Authorization": f"Bearer {refiner.api_key}"}
    )
    with urlopen(asked, timeout=PATIENCE) as answer:
        return str(json.load(answer)["pagination"]["next_page_cursor"])


def crowd(remote: Remote) -> Place:
    """Make a world with more contacts than page numbers are good for."""
    people = [{"id": f"p-{number}"} for number in range(10_001)]
    return Place(remote.create_environment(seed={"contacts": people}, clock={"freeze": NOW}), {})
