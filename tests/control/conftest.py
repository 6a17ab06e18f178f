"""The control API through its door; every answer is held to contracts/control.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from jsonschema_rs import ValidatorMap, validator_map_for

from mock_server.contract.prepared import read
from mock_server.resources import contract_path
from mock_server.settings import Settings
from tests.api.door import Client, Door, Reply
from tests.miniatures.running import Receiver, receiving

CONTROL = "/_mock/api"


@cache
def document() -> dict[str, Any]:
    return read(contract_path("control.yaml").read_text("utf-8"))


@cache
def validators() -> ValidatorMap:
    return validator_map_for(document(), validate_formats=True)


def check(method: str, path: str, reply: Reply) -> None:
    """Fail when the contract does not know this answer to this call."""
    known = [one for one in document()["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path)]
    if not known or method.lower() not in document()["paths"][known[0]]:
        assert reply.status in (403, 404, 405)
        assert list(reply.json) == ["error"]
        return
    answers = document()["paths"][known[0]][method.lower()]["responses"]
    assert str(reply.status) in answers, f"{method} {path} must not answer {reply.status}: {reply.body!r}"
    answer = answers[str(reply.status)]
    place = answer.get("$ref", f"#/paths/{_escaped(known[0])}/{method.lower()}/responses/{reply.status}")
    if "$ref" in answer:
        answer = document()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    if "content" not in answer:
        assert reply.body == b""
        return
    media_type = reply.headers["content-type"].partition(";")[0]
    assert media_type in answer["content"]
    if media_type == "application/json":
        schema = validators()[f"{place}/content/application~1json/schema"]
        faults = [f"{fault.instance_path}: {fault.message}" for fault in schema.iter_errors(reply.json)]
        assert faults == [], reply.body


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1")


class Control:
    """Calls the control API of an app; paths are relative to the environment `default` unless they name another."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.refiner = Client(door, door.rooms.environments.get("default"))

    def call(
        self, method: str, path: str, value: Any = None, /, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Reply:
        """Make one call of any path below /_mock/api."""
        body = value if isinstance(value, bytes) else b"" if value is None else orjson.dumps(value)
        reply = self.door.call(method, CONTROL + path, query=urlencode(query), headers=headers, body=body)
        check(method, path, reply)
        return reply

    def get(self, path: str, /, **query: Any) -> Any:
        """GET something of `default` and return its value."""
        return self._done(self.call("GET", f"/environments/default{path}", **query))

    def post(self, path: str, value: Any = None) -> Any:
        """POST something to `default` and return its value."""
        return self._done(self.call("POST", f"/environments/default{path}", value))

    def put(self, path: str, value: Any) -> Any:
        """PUT something to `default` and return its value."""
        return self._done(self.call("PUT", f"/environments/default{path}", value))

    def refused(self, method: str, path: str, value: Any = None, **query: Any) -> tuple[int, str]:
        """Return status and sentence of a refusal; the path is below `default`."""
        reply = self.call(method, f"/environments/default{path}", value, **query)
        assert list(reply.json) == ["error"], reply.body
        return reply.status, reply.json["error"]

    def _done(self, reply: Reply) -> Any:
        assert reply.status in (200, 201), reply.body
        return reply.json


@pytest.fixture
def control() -> Iterator[Control]:
    """The control API of a new app whose environment `default` stands on 2026-01-31 at ten."""
    door = Door(Settings(max_body=100_000, max_environments=20))
    made = Control(door)
    made.put("/clock", {"freeze": "2026-01-31T10:00:00Z"})
    yield made
    door.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
