"""Clients that have read the contract, through the door: nothing that they send is held against them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.document import Operation
from mock_server.contract.prepared import stored
from mock_server.settings import Settings
from tests.api.door import Client, Door
from tests.contract.verdict.drawing import CALLS, honest, multipart
from tests.contract.verdict.judged import FORM, JSON, brackets

ALONE = {rule["id"] for rule in stored("rules.yaml")["exchange"]}
"""The rules over one request by itself. Requests at random make no sensible sequence, so the others are left aside."""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    door = Door(Settings(seed="demo"))
    environment = door.rooms.environments.get("default")
    environment.clock.freeze(1_742_040_000_000_000)  # before all that is drawn
    yield Client(door, environment)
    door.close()


@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.id)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_is_held_against_an_honest_client(client: Client, called: Operation, data: st.DataObject) -> None:
    values = data.draw(honest(called))
    text = brackets(values)

    for media_type, body, query in (
        (JSON, json.dumps(values).encode(), ""),
        (FORM, text.encode(), ""),
        ("multipart/form-data; boundary=b", multipart(values), ""),
        ("", b"", text),
    ):
        reply = client.send(called.method, called.path, media_type, body, query=query)
        request = client.door.call("GET", f"/_mock/api/requests/{reply.headers['refiner-mock-request-id']}").json
        assert [each for each in request["violations"] if each["rule"] in ALONE] == []
