"""What all tests share: Hypothesis profiles (by HYPOTHESIS_PROFILE, else by CI), a server, the miniatures' rates."""

from __future__ import annotations

import os
from collections import Counter
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


def pytest_xdist_auto_num_workers() -> int:
    """Return one more worker than there are cores: many tests wait for a process or a socket."""
    return (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    told = "miniature(outcome, of='miniatures'): counts at the end of the run, as OF: 84 of 84 OUTCOME"
    config.addinivalue_line("markers", told)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write on each miniature what it counts as, since a report knows no markers."""
    for item in items:
        for mark in item.iter_markers("miniature"):
            outcome, of = (*mark.args, "miniatures")[:2]
            item.user_properties.append(("miniature", f"{of}: {outcome}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of the miniatures did what they are for."""
    failures = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
    kinds = {
        report.nodeid: str(value)
        for report in [*terminalreporter.getreports("passed"), *failures]
        for name, value in getattr(report, "user_properties", ())  # a file that cannot be collected has none
        if name == "miniature"
    }
    failed = {report.nodeid for report in failures}
    all_of, good = Counter(kinds.values()), Counter(kind for test, kind in kinds.items() if test not in failed)
    for of in sorted({kind.partition(": ")[0] for kind in all_of}, reverse=True):
        counted = [kind for kind in sorted(all_of, reverse=True) if kind.startswith(f"{of}: ")]
        told = ", ".join(f"{good[kind]} of {all_of[kind]} {kind.removeprefix(f'{of}: ')}" for kind in counted)
        terminalreporter.write_line(f"{of}: {told}")


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
