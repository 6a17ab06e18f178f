"""The world in which every fixture makes sense, and how fixtures are read and compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.api.door import Client, Door, Reply

__all__ = ["FIXTURES", "Scene", "named", "play_scene", "read", "shape"]

FIXTURES = Path(__file__).parents[1] / "fixtures"
KEY = "5b2f8a1c-3d4e-4f60-9a7b-1c2d3e4f5a6b"
"""What the request fixtures send."""


def read(name: str) -> Any:
    return orjson.loads((FIXTURES / name).read_bytes())


def named(folder: str) -> list[str]:
    return sorted(path.stem for path in (FIXTURES / folder).glob("*.json"))


@dataclass(frozen=True)
class Scene:
    """A world in which every fixture makes sense, and what its objects are called there."""

    refiner: Client
    form: str
    other_form: str
    segment: str
    contact: str
    response: str

    def play(self, entry: Mapping[str, Any]) -> Reply:
        """Send a request fixture, with the uuids of this world in place of its own."""
        text = orjson.dumps({part: entry[part] for part in ("path", "query", "body")}).decode()
        for ours, stands_for in (
            ("34de57da-fd12-11ef-83b6-81e7e8e25d94", self.form),
            ("71c40b6e-fd12-11ef-9d02-4f1a6b7c8d90", self.other_form),
            ("603947ee-fc29-11ef-8606-95315d9dc9f8", self.segment),
            ("87b1755e-00b5-11f0-9944-0d5ca6a3a450", self.contact),
            ("e942c400-00bd-11f0-8dbd-1700099950d8", self.response),
        ):
            text = text.replace(ours, stands_for)
        sent = orjson.loads(text)
        return self.refiner.door.call(
            entry["method"], sent["path"], query=sent["query"], headers=entry["headers"], body=sent["body"].encode()
        )


def set_scene(refiner: Client) -> Scene:
    """Let Mira Holt of Holt Ltd complete the survey Spring NPS; the times are those of the fixtures."""
    refiner.freeze("2025-03-14T09:20:11Z")
    segment, form = refiner.segment_uuid(), refiner.form_uuid(questions=QUESTIONS)
    other = refiner.form_uuid("Summer NPS", published=False)
    company = {"id": "acc-9", "name": "Holt Ltd", "size": 120}
    refiner.identify("u-204", email="mira@example.org", name="Mira Holt", seats=14, plan="pro", account=company)
    contact = refiner.identify("u-204", plan="")
    refiner.post("/sync-segment", {"id": "u-204", "segment_uuid": segment})
    refiner.simulate("Saw Survey", contact={"id": "u-204"}, form_uuid=form)
    answers = {"nps": 8, "why": "Fast support"}
    response = refiner.simulate("Completed Survey", contact={"id": "u-204"}, form_uuid=form, data=answers)
    return Scene(refiner, form, other, segment, contact, response["response_uuid"])


QUESTIONS = [
    {"identifier": "nps", "text": "How likely are you to recommend us?", "type": "nps"},
    {"identifier": "why", "text": "Why?", "type": "text"},
]


@contextmanager
def play_scene(door: Door) -> Iterator[Scene]:
    """Set the scene in an environment of its own, with the key that the request fixtures send."""
    environment = door.rooms.environments.create("fixtures", api_key=KEY)
    yield set_scene(Client(door, environment))
    door.rooms.engine.forget(environment)
    door.rooms.environments.delete("fixtures")


FORMS_OF_TEXT = (
    ("a uuid", re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")),
    ("a time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000Z")),
    ("a time without zone", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")),
    ("digits", re.compile(r"-?\d+")),
    ("nothing", re.compile(r"")),
)


def shape(value: object) -> object:
    """Return keys in order and kinds of values; of a list the different shapes in it."""
    if isinstance(value, dict):
        return [(key, shape(part)) for key, part in value.items()]
    if isinstance(value, list):
        kinds = [shape(part) for part in value]
        return {"a list of": [kind for rank, kind in enumerate(kinds) if kind not in kinds[:rank]]}
    if isinstance(value, str):
        return next((name for name, pattern in FORMS_OF_TEXT if pattern.fullmatch(value)), "text")
    return "a number" if isinstance(value, float) else type(value).__name__
