"""A running server for each module, a fresh environment for each test, and a client for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from mock_server.remote import RemoteEnvironment
from mock_server.server import MockServer

Call = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        yield running


@pytest.fixture
def refiner(server: MockServer) -> Iterator[RemoteEnvironment]:
    with server.create_environment() as fresh:
        yield fresh


@pytest.fixture
def call(refiner: RemoteEnvironment) -> Iterator[Call]:
    """Call the mirrored API: `call("POST", "/track-event", json={...})`."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {refiner.api_key}"

        def called(method: str, path: str, **how: Any) -> requests.Response:
            return session.request(method, f"{refiner.base_url}{path}", timeout=30, **how)

        yield called
