"""One running `serve` for the verbs that speak to one, and a fresh environment of it per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.remote import Remote, RemoteEnvironment
from tests.miniatures.running import Receiver, Served, receiving, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), "--quiet") as running:
        yield running


@pytest.fixture
def refiner(served: Served) -> Iterator[RemoteEnvironment]:
    remote = Remote(served.url)
    with remote.create_environment() as environment:
        yield environment
    remote.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
