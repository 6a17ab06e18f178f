"""The server and the environments of one process, and the verdict on each test.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import orjson
import pytest

from mock_server.conformance.merging import Verdict, merged, traced
from mock_server.errors import RefinerMockError, ServerUnavailable, UsageError
from mock_server.journal import Entry
from mock_server.pytest_plugin import wishes
from mock_server.pytest_plugin.environment import Judged, Strays
from mock_server.pytest_plugin.words import broken, forgiven
from mock_server.remote import Remote, RemoteEnvironment

if TYPE_CHECKING:
    from mock_server.server import MockServer

__all__ = ["Factory", "Moment", "Watch", "opened"]

_MOST_JOURNALS = 3
"""Environments of one test whose requests it shows when it fails, the latest."""


class Moment(Protocol):
    """Where in a run we are; the hooks keep it up to date."""

    config: pytest.Config
    item: pytest.Item | None
    """The test whose turn it is, or was last."""
    fixtures: list[pytest.FixtureDef[Any]]
    """Those that are being set up, the outermost first."""


class Factory(Protocol):
    """Makes environments: what `refiner_environment_factory` is."""

    def __call__(
        self,
        name: str | None = None,
        *,
        seed: str | Mapping[str, Any] | None = None,
        posture: str | None = None,
        dialect: Mapping[str, str] | None = None,
        clock: Mapping[str, Any] | None = None,
        rendering: str | None = None,
    ) -> RemoteEnvironment:
        """Return a new environment; what is not given is as marker, options and ini file say.

        Raises:
            UsageError: when there can be no such environment.
        """


def opened(moment: Moment, before: Watch | None) -> Watch:
    """Return the watch of this process: over a server of its own, a shared one, or after a fork that of the parent."""
    if before is not None:
        return before.forked()
    try:
        url = wishes.url(moment.config)
        if url is not None:
            remote = Remote(url)
            remote.health()
            return Watch(moment, remote)
        from mock_server.server import MockServer
        from mock_server.settings import Settings

        # A free port whatever the variables say: several may run side by side.
        server = MockServer(Settings.from_environment(host="127.0.0.1", port=0)).start()
        return Watch(moment, server.remote, server)
    except RefinerMockError as error:
        raise pytest.fail.Exception(f"refiner-mock: {error}", pytrace=False) from None


class Watch:
    """Judges each test by what its environments saw. It lives in the thread of the tests."""

    def __init__(self, moment: Moment, remote: Remote, server: MockServer | None = None) -> None:
        self.pid = os.getpid()
        self.remote = remote
        self._moment = moment
        self._server = server
        self._open: list[Judged] = []
        # Of a shared server nobody can tell whose they are.
        self._strays = None if server is None else Strays(remote)
        # Each worker of pytest-xdist has a server that counts from 1.
        self._worker = os.environ.get("PYTEST_XDIST_WORKER") if server is not None else None
        self._arrived = self._astray = self._looked = 0
        if server is not None:
            server.rooms.journal.listeners.append(self._note)
        self._left: list[Verdict] = []
        """Of environments that have gone since the last judgement."""
        self._verdicts: list[Verdict] = []
        """Of the test so far."""
        self._journals: list[tuple[str, Sequence[str]]] = []
        self._unsaid = ""
        self._ran = False

    def forked(self) -> Watch:
        """Return the watch of a forked process.

        It has no thread of its parent's, but the parent is there and serves; only the connection must be another one.
        """
        child = Watch(self._moment, Remote(self.remote.url))
        child._worker = self._worker
        child._open = [one for one in self._open if one.lasting]
        for environment in child._open:
            environment.lend(child.remote, child)
        if self._strays is not None:
            child._strays = self._strays.lent(child.remote)
        return child

    def make(self, name: str | None = None, **given: Any) -> RemoteEnvironment:
        """Return a new environment (see `Factory`)."""
        __tracebackhide__ = True
        item, config = self._moment.item, self._moment.config
        wishes.fail_on_of(item, config)  # as wrong a marker as any
        wanted = {**wishes.environment_of(item, config), **given}
        return self.adopt(self.remote.create_environment(name, **wanted))

    def fresh(self) -> RemoteEnvironment:
        """Return the environment of a test, or fail it in our own words."""
        try:
            return self.make()
        except RefinerMockError as error:
            raise pytest.fail.Exception(f"refiner-mock: {error}", pytrace=False) from None

    def adopt(self, made: RemoteEnvironment) -> Judged:
        """Return an environment as one that is judged here, and deleted with the test or fixture that it is made in."""
        fixture = self._moment.fixtures[-1] if self._moment.fixtures else None
        lasting = fixture is not None and fixture.scope != "function"
        judged = Judged(made, self, lasting=lasting)
        self._open.append(judged)
        if self._strays is not None:
            self._strays.names.add(judged.name)
        if fixture is not None and lasting:
            fixture.addfinalizer(judged.close)
        return judged

    def leave(self, environment: Judged, *, say: bool) -> str:
        """Judge an environment for the last time; with `say` return what it broke instead of blaming its test."""
        if environment not in self._open:
            return ""
        self._open.remove(environment)
        try:
            fresh = environment.look()
            self._journals = [*self._journals, (environment.name, environment.lines())][-_MOST_JOURNALS:]
        except RefinerMockError:  # it has gone without us
            return ""
        (self._verdicts if say else self._left).append(fresh)
        return broken(fresh, self._fail_on(self._moment.item)) if say else ""

    def begin(self) -> None:
        """Begin with a test."""
        self._journals, self._unsaid, self._ran = [], "", False

    def judge(self, item: pytest.Item, *, failed: bool) -> str:
        """Judge what came before and during a test's body and return what it broke, in words; nothing if nothing.

        Of a test that has failed by itself it is kept for the `sections`.
        """
        self._ran = True
        found = self._found(item)
        self._unsaid = found if failed else ""
        return "" if failed else found

    def end(self, item: pytest.Item, *, failed: bool) -> str:
        """Judge what came after a test's body, and delete its environments.

        What a test sent whose body never ran counts, but is not held against it: it has its failure.
        """
        found = self._found(item, late=True) if self._ran else self._found(item) and ""
        if found or failed:
            self._journals += [(one.name, lines) for one in self._open if (lines := _lines(one))]
        for environment in [*self._open]:
            if environment.lasting:
                with contextlib.suppress(RefinerMockError):
                    environment.forget()
            else:
                self._open.remove(environment)
                environment.drop()
        return "" if failed else found

    def sections(self) -> list[tuple[str, str]]:
        """Return what the report of a failing test shows besides; once."""
        journals = [*self._journals, *((one.name, lines) for one in self._open if (lines := _lines(one)))]
        shown = [
            ("refiner journal" + (f" of {name}" if len(journals) > 1 else ""), "\n".join(lines))
            for name, lines in journals[-_MOST_JOURNALS:]
        ]
        unsaid = [("refiner-mock", self._unsaid)] if self._unsaid else []
        self._journals, self._unsaid = [], ""
        return [*unsaid, *shown]

    def overlook(self) -> None:
        """Take for judged what has come so far."""
        for environment in self._open:
            with contextlib.suppress(RefinerMockError):
                environment.look()
                environment.forget()
        if self._strays is not None:
            with contextlib.suppress(ServerUnavailable):
                self._strays.look()
        self._looked, self._astray = self._arrived, 0

    def verdict(self, item: pytest.Item | None = None) -> str:
        """Return as JSON what a test came to, and begin anew; nothing if it had nothing to do with us."""
        if not self._verdicts:
            return ""
        verdict = forgiven(merged(self._verdicts), self._fail_on(item), self._fail_on(None))
        self._verdicts = []
        where = "" if item is None else f" in {item.nodeid}"
        unfired = [f"{fault}{where}" for fault in verdict["unfired"]]
        violations = [traced(one, None if item is None else item.nodeid, self._worker) for one in verdict["violations"]]
        return orjson.dumps({**verdict, "unfired": unfired, "violations": violations}).decode()

    def close(self) -> str:
        """Stop the server and return what came to nobody's verdict, as JSON."""
        for environment in [*self._open]:
            self.leave(environment, say=False)
            environment.drop()
        self._verdicts += self._left
        left = self.verdict()
        if self._server is not None:
            self._server.stop()
        else:
            self.remote.close()
        return left

    def _found(self, item: pytest.Item, *, late: bool = False) -> str:
        """Take in what has come since the last time and return what it broke."""
        if not (self._open or self._left) or (late and self._is_quiet()):
            return ""
        self._looked = self._arrived
        fresh, self._left = self._left, []
        lost = ""
        for environment in [*self._open]:
            try:
                fresh.append(environment.look())
            except RefinerMockError as error:
                self._open.remove(environment)
                environment.drop()  # it may have an inbox
                lost = f"refiner-mock: this test cannot be judged: {error}"
        # In a forked process nobody counts those that go astray.
        if self._strays is not None and (self._astray or self._server is None):
            self._astray = 0
            with contextlib.suppress(ServerUnavailable):
                fresh.append(self._strays.look())
        self._verdicts += fresh
        return lost or broken(merged(fresh), self._fail_on(item), late=late)

    def _note(self, entry: Entry) -> None:
        """Count a request, in the thread of the server: it saves most tests half of what we would have to ask."""
        self._arrived += 1
        self._astray += entry.environment is None

    def _is_quiet(self) -> bool:
        """Tell whether nothing has come since the last look, as far as that can be told."""
        return self._server is not None and self._looked == self._arrived and not self._left

    def _fail_on(self, item: pytest.Item | None) -> str:
        try:
            return wishes.fail_on_of(item, self._moment.config)
        except UsageError:  # told where the test's environment was to be made
            return wishes.fail_on(self._moment.config)


def _lines(environment: Judged) -> list[str]:
    try:
        return environment.lines()
    except RefinerMockError as error:
        return [str(error)]
