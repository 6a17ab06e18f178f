"""What all tests share: Hypothesis profiles (by HYPOTHESIS_PROFILE, else by CI), and a running server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

from mock_server.remote import Remote, RemoteEnvironment
from tests.miniatures.running import Served, serving

# Tests share two cores and a server: no deadline, or a slow moment counts as a bug.
settings.register_profile(
    "dev",
    max_examples=50,
    deadline=None,
    database=DirectoryBasedExampleDatabase(Path(__file__).parents[1] / ".hypothesis" / "examples"),
)
settings.register_profile(
    "ci", settings.get_profile("dev"), max_examples=100, database=None, derandomize=True, print_blob=True
)
settings.register_profile("nightly", settings.get_profile("dev"), max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real command, serving."""
    with serving(tmp_path_factory.mktemp("served"), "--quiet") as running:
        yield running


@pytest.fixture
def refiner(served: Served) -> Iterator[RemoteEnvironment]:
    """A fresh environment of that server."""
    remote = Remote(served.url)
    with remote.create_environment() as environment:
        yield environment
    remote.close()
