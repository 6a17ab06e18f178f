"""Everyday calls: each operation is among them, and each is one that the protocol allows."""

from __future__ import annotations

from mock_server import MockServer
from mock_server.conformance.client.everyday import CROWD, crowded, everyday, populated
from mock_server.conformance.client.reference import Reference
from mock_server.conformance.protocol import misasked, operations


def test_every_operation_is_done_by_an_honest_client() -> None:
    done: dict[str, set[str]] = {}
    with MockServer() as server:
        environment = server.create_environment(seed=populated())
        honest = Reference(environment.base_url, environment.api_key)
        for operation, args in everyday(environment.snapshot()):
            request = {"v": 1, "case": "c", "operation": operation, "args": args}
            assert misasked({**request, "base_url": "http://127.0.0.1:9/v1", "api_key": "k", "deadline_ms": 1}) is None
            done.setdefault(operation, set()).add(honest.does(operation, args).outcome)
    assert done.keys() == {*operations()}
    assert all("ok" in outcomes for outcomes in done.values())
    assert done["getContact"] == {"ok", "error"}, "somebody does not exist"


def test_a_crowd_has_more_rows_than_any_page_has_by_itself() -> None:
    with MockServer() as server:
        there = server.create_environment(seed=crowded(CROWD)).snapshot()
    assert min(len(there[kind]) for kind in ("contacts", "responses")) > 100
    assert min(len(there[kind]) for kind in ("segments", "forms")) > 50
