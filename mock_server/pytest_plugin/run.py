"""The hooks of one pytest run: they pass the phases of each test on to the watch, once there is one.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_server.pytest_plugin.watching import Watch
    from mock_server.remote import RemoteEnvironment

__all__ = ["RUN", "Run"]

_CHECKED = ("refiner_dialect", "refiner_fail_on", "refiner_report", "refiner_seed")
"""Options that could turn out to be wrong only when much has run already."""
_VERDICT = "_refiner_mock_verdict"
"""The attribute of a test's report by which its verdict, as JSON, gets to the process that sums up."""


class Run:
    """What the plugin knows of one run: the moment, and the verdicts that came from wherever tests ran."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.item: pytest.Item | None = None
        self.fixtures: list[pytest.FixtureDef[Any]] = []
        self._watch: Watch | None = None
        self._verdicts: list[str] = []
        self._said: list[str] = []
        if any(config.getoption(name) or config.getini(name) for name in _CHECKED):
            from mock_server.pytest_plugin.wishes import checked

            checked(config)  # before anything runs

    def watch(self) -> Watch:
        """Return the watch of this process, its server running."""
        if self._watch is None or self._watch.pid != os.getpid():
            from mock_server.pytest_plugin.watching import opened

            self._watch = opened(self, self._watch)
        return self._watch

    def make(self, name: str | None = None, **given: Any) -> RemoteEnvironment:
        """Return a new environment (see `watching.Factory`), judged by the process that asks for it."""
        __tracebackhide__ = True
        return self.watch().make(name, **given)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember whose fixtures are set up from now on."""
        self.item = item
        if self._watch is not None:
            self.watch().begin()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Remember for how long an environment will be wanted that is made now."""
        self.fixtures.append(fixturedef)
        try:
            return (yield)
        finally:
            self.fixtures.pop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge what a test sent; its own failure, or skip, wins."""
        try:
            result = yield
        except (Exception, SystemExit, pytest.fail.Exception, pytest.skip.Exception) as error:
            if self._watch is not None:
                self._watch.judge(item, failed=True)
                if isinstance(error, pytest.fail.Exception) and not error.pytrace:
                    # What Hypothesis notes on a failure, the example, pytest shows only with a traceback.
                    error.msg = "\n\n".join([str(error.msg), *getattr(error, "__notes__", ())])
            raise
        if self._watch is not None and (broken := self._watch.judge(item, failed=False)):
            pytest.fail(broken, pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge what arrived after a test's body, and delete its environments."""
        try:
            result = yield
        except BaseException:
            if self._watch is not None:
                self._watch.end(item, failed=True)
            raise
        if self._watch is not None and (broken := self._watch.end(item, failed=False)):
            pytest.fail(broken, pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show what a failing test sent, and send its verdict along when all of it is over."""
        report = yield
        if self._watch is not None:
            if report.failed:
                report.sections += self._watch.sections()
            if call.when == "teardown" and (verdict := self._watch.verdict(item)):
                setattr(report, _VERDICT, verdict)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the verdicts of all tests, also of those that other processes ran."""
        if verdict := getattr(report, _VERDICT, None):
            self._verdicts.append(verdict)
            if self._watch is not None and (self.item is None or self.item.nodeid != report.nodeid):
                self._watch.overlook()  # a process forked from this one has judged it

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Gather what a process of pytest-xdist had left at its end, once: of an interrupted one we are told twice."""
        if verdict := getattr(node, "workeroutput", {}).pop(_VERDICT, ""):
            self._verdicts.append(verdict)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop the server and, where the run as a whole ends, sum up."""
        left = self._watch.close() if self._watch is not None else ""
        self._watch = None
        if hasattr(self.config, "workerinput"):
            vars(self.config)["workeroutput"][_VERDICT] = left
            return
        self._verdicts += [left] if left else []
        asked = self.config.getoption("refiner_report") or self.config.getini("refiner_report")
        if (self._verdicts or asked) and not self.config.option.collectonly:
            from mock_server.pytest_plugin.words import concluded

            self._said, written = concluded(self._verdicts, self.config)
            if not written and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.USAGE_ERROR  # whoever waits for the file must hear of it

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what it all came to."""
        for line in self._said:
            terminalreporter.write_line(line)


RUN = pytest.StashKey[Run]()
"""Where the run of a configuration is found."""
