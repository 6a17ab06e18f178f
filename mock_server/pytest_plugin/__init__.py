"""The pytest plugin: one fixture name in a test, and there is a fresh Refiner that judges what the test sends.

    run           the hooks of one pytest run; nothing of ours is imported before a fixture is used
    wishes        what marker, command line and ini file ask for
    watching      the server and the environments of one process, and the verdict on each test
    environment   an environment that is judged before it goes
    words         what a failing test, and the end of the run, say

PYTEST_DONT_REWRITE: there is no assert for pytest to explain, and every run would pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from mock_server.pytest_plugin.run import RUN, Run

if TYPE_CHECKING:
    from mock_server.pytest_plugin.watching import Factory
    from mock_server.remote import Remote, RemoteEnvironment

__all__ = ["refiner", "refiner_environ", "refiner_environment_factory", "refiner_server"]

_SETTINGS = {
    "url": ("URL", "use the server that runs there instead of one per process (default: $REFINER_MOCK_URL)"),
    "fail-on": ("SEVERITY", "least severity of a violation that fails its test: error (default), warning, note, never"),
    "seed": ("SEED", "what is in every environment: empty (default), demo, crowded or the path of a seed document"),
    "posture": ("NAME", "lenient (default): answer and judge; strict: refuse what breaks the contract"),
    "rendering": ("NAME", "dress of the answers: plain (default), lean, full or odd"),
}
_LISTS = {
    "dialect": ("KEY=VALUE", "settle a point on which the sources disagree; may be given several times"),
    "report": ("FMT[=PATH]", "write the verdict on the whole run: text, json, junit, markdown or github"),
}
_MARKER = (
    "refiner(seed=, posture=, dialect=, clock=, rendering=, fail_on=): how the Refiner of a test behaves, "
    "and the least severity of a violation that fails it"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each with a line for the ini file."""
    group = parser.getgroup("refiner-mock", "a stand-in for Refiner (refiner-mock)")
    for name, (metavar, text) in _SETTINGS.items():
        group.addoption(f"--refiner-{name}", metavar=metavar, help=text)
        parser.addini(f"refiner_{name.replace('-', '_')}", text)
    for name, (metavar, text) in _LISTS.items():
        group.addoption(f"--refiner-{name}", action="append", metavar=metavar, help=text)
        parser.addini(f"refiner_{name}", text, type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, and follow the run."""
    config.addinivalue_line("markers", _MARKER)
    # pytest rewrites all modules of a distribution that has a plugin. Where it may keep no byte code it would compile
    # 170 of ours in every run that uses a fixture, 0.7 s of CPU. The name is no promise, so it may be missing some day.
    getattr(config.pluginmanager.rewrite_hook, "_must_rewrite", set()).discard("mock_server")
    config.stash[RUN] = Run(config)
    config.pluginmanager.register(config.stash[RUN], "refiner-mock run")


@pytest.fixture(scope="session")
def refiner_server(pytestconfig: pytest.Config) -> Remote:
    """The refiner-mock server of this process, or the shared one of `--refiner-url`.

    What is done with it directly is not judged: ask `refiner_environment_factory` for environments.
    """
    return pytestconfig.stash[RUN].watch().remote


@pytest.fixture(scope="session")
def refiner_environment_factory(pytestconfig: pytest.Config) -> Factory:
    """Make environments as a test needs them: `refiner_environment_factory(seed="demo")`.

    One that is made in a test, or in a fixture of its own, is judged and deleted with that test; one of a fixture of a
    wider scope is judged with every test, and deleted with that fixture. As a context manager it is judged when it is
    left, which is what an example of Hypothesis needs.
    """
    return pytestconfig.stash[RUN].make


@pytest.fixture
def refiner(pytestconfig: pytest.Config) -> RemoteEnvironment:
    """A fresh Refiner for this test: hand `refiner.base_url` and `refiner.api_key` to the client under test."""
    return pytestconfig.stash[RUN].watch().fresh()


@pytest.fixture
def refiner_environ(refiner: RemoteEnvironment, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The variables that tell a client about `refiner`, set for this test and for the processes that it starts."""
    told = {
        "REFINER_BASE_URL": refiner.base_url,
        "REFINER_API_KEY": refiner.api_key,
        "REFINER_MOCK_URL": refiner.remote.url,
        "REFINER_MOCK_ENV": refiner.name,
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told
