"""The fixtures: each is listed with its source and fits the contract, and the server reads and grants the requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mock_server.contract.coercion import coerce
from mock_server.contract.document import load
from mock_server.contract.exchange import Request
from mock_server.settings import Settings
from mock_server.wire.decoding import decode
from tests.api.door import Door
from tests.fixture_scene import FIXTURES, Scene, named, play_scene, read


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    made = Door(Settings())
    yield made
    made.close()


@pytest.fixture
def scene(door: Door) -> Iterator[Scene]:
    with play_scene(door) as played:
        yield played


ROW = re.compile(r"^\| `([\w./-]+)` \| [^|]+ \| [^|]+ \| \d{4}-\d\d \| [^|]*\w[^|]* \|$", re.MULTILINE)
REQUESTS = [(operation, entry) for operation in named("requests") for entry in read(f"requests/{operation}.json")]
each_request = pytest.mark.parametrize(
    ("operation", "entry"), REQUESTS, ids=[f"{operation}: {entry['name']}" for operation, entry in REQUESTS]
)


def test_every_file_is_listed_with_its_source_its_date_and_its_evidence() -> None:
    there = {path.relative_to(FIXTURES).as_posix() for path in FIXTURES.rglob("*.json")}
    listed = ROW.findall((FIXTURES / "README.md").read_text("utf-8"))

    assert sorted(listed) == sorted(there)


def test_every_operation_with_parameters_has_requests_and_every_operation_an_answer() -> None:
    refiners = [operation for operation in load().operations.values() if not operation.mock_only]

    assert named("requests") == sorted(operation.id for operation in refiners if operation.parameters)
    assert {name.partition(".")[0] for name in named("responses")} - {"401", "404"} == {each.id for each in refiners}
    assert {read(f"webhooks/{name}.json")["triggered_event"] for name in named("webhooks")} == set(
        load().document["webhooks"]
    )


def decoded(entry: Mapping[str, Any]) -> Request:
    headers = [(name.lower().encode(), value.encode()) for name, value in entry["headers"].items()]
    path = entry["path"].removeprefix("/v1")
    query, body = entry["query"].encode(), entry["body"].encode()
    return decode(entry["method"], path, query, headers, body, max_nesting=32, max_parameters=1_000)


def as_text(value: object) -> object:
    """Return a bag as a form would carry it."""
    if isinstance(value, dict):
        return {name: as_text(part) for name, part in value.items() if name != "api_key"}
    if isinstance(value, list):
        return [as_text(part) for part in value]
    return str(int(value)) if isinstance(value, bool) else str(value)


@each_request
def test_a_request_is_read_as_its_fixture_says(operation: str, entry: dict[str, Any]) -> None:
    """(a) Base, media types, encodings."""
    request = decoded(entry)
    routed = load().route(request.method, request.path)

    assert request.problem is None
    assert request.parameters == entry["parameters"]
    assert routed is not None
    assert routed.id == operation
    coerced = coerce(load(), routed, request)
    assert coerced.problems == ()
    assert routed.open or coerced.extra == {}


@pytest.mark.parametrize("operation", named("requests"))
def test_one_call_means_the_same_in_every_encoding(operation: str) -> None:
    """(a) Base, media types, encodings."""
    entries = [entry for entry in read(f"requests/{operation}.json") if ", by " not in entry["name"]]

    assert all(as_text(entry["parameters"]) == as_text(entries[0]["parameters"]) for entry in entries)
    assert {"json", "form", "form, percent-encoded", "query", "query, percent-encoded", "multipart"} <= {
        entry["name"] for entry in entries
    }
    assert {entry["headers"].get("Authorization", "parameter")[:5] for entry in entries} == {"Beare", "Basic", "param"}
    assert {entry["evidence"] for entry in entries} <= {"documented", "inferred", "assumed"}


@each_request
def test_the_server_grants_the_request(scene: Scene, operation: str, entry: dict[str, Any]) -> None:
    reply = scene.play(entry)

    assert reply.status == load().operations[operation].success, reply.body
    fixtures = [read(f"responses/{name}.json") for name in named("responses") if name.split(".")[0] == operation]
    assert list(reply.json) in [list(fixture) for fixture in fixtures]


@pytest.mark.parametrize("name", named("responses"))
def test_an_answer_fits_the_contract(name: str) -> None:
    contract = load()
    what = name.partition(".")[0]
    operation = contract.operations["getAccount" if what.isdigit() else what]
    pointer = contract.answer_pointer(operation, int(what) if what.isdigit() else operation.success)

    assert pointer is not None
    contract.validator(pointer).validate(read(f"responses/{name}.json"))


@pytest.mark.parametrize("name", named("webhooks"))
def test_a_webhook_fits_the_contract(name: str) -> None:
    body = read(f"webhooks/{name}.json")
    pointer = load().payload_pointer(body["triggered_event"])

    assert pointer is not None
    load().validator(pointer).validate(body)
