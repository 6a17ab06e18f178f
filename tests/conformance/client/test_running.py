"""One run: what is done in time, what is not, and that it ends whatever its workers are at."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mock_server.conformance.adapters.base import Adapter
from mock_server.conformance.client.jobs import Done, Job
from mock_server.conformance.client.running import Run
from mock_server.conformance.report import Check
from mock_server.errors import CannotRun, ServerUnavailable
from mock_server.remote import Remote
from tests.conformance.client.clients import Honest

NOWHERE = Remote("http://127.0.0.1:1")
"""None of these jobs speaks with a server."""


def named(id: str) -> Check:
    return Check(id=id, title=id, kind="case", outcome="skipped")


def job(id: str, meanwhile: Callable[[float], None] = lambda _: None, *, essential: bool = False) -> Job:
    def do(adapter: Adapter, server: Remote, until: float) -> Iterator[Done]:
        meanwhile(until)
        yield Check(id=id, title=id, kind="case", outcome="passed"), {"getAccount": 1}

    return Job((named(id),), do, essential)


def lasts(until: float) -> None:
    while time.monotonic() <= until:
        threading.Event().wait(0.01)


def ran(*jobs: Job, seconds: float = 5.0, workers: int = 1) -> Run:
    run = Run({check.id: check for each in jobs for check in each.checks}, time.monotonic() + seconds)
    run.do(jobs, Honest(), NOWHERE, workers)
    return run


def told(run: Run) -> dict[str, tuple[str, str]]:
    return {check.id: (check.outcome, check.detail) for check in run.checks()}


def test_what_is_essential_and_was_not_reached_is_not_judged_and_the_rest_is_only_said() -> None:
    late = "There was no time left for it."
    run = ran(job("a", lasts, essential=True), job("b", essential=True), job("c"), seconds=0.05)
    assert told(run) == {"a": ("passed", ""), "b": ("not-judged", late), "c": ("skipped", late)}
    run = ran(job("a", lasts, essential=True), job("c"), seconds=0.05)
    assert told(run) == {"a": ("passed", ""), "c": ("skipped", late)}


def test_a_run_ends_whatever_a_worker_is_at_and_hears_no_more_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.conformance.client.running._LATER", 0.1)
    go_on, gone_on = threading.Event(), threading.Event()

    def stuck(until: float) -> None:
        go_on.wait(20)
        gone_on.set()

    run = ran(job("a"), job("b", stuck, essential=True), seconds=0.1)
    before = told(run)
    assert before["a"][0] == "passed"
    assert before["b"] == ("not-judged", "There was no time left for it.")
    go_on.set()
    assert gone_on.wait(20)
    assert told(run) == before


def test_the_first_thing_that_ends_a_run_is_what_is_told() -> None:
    def gone(until: float) -> None:
        raise ServerUnavailable("nothing answers")

    run = ran(job("a", gone), job("b", essential=True))
    assert told(run) == dict.fromkeys("ab", ("harness-error", "The server is gone: nothing answers"))

    def lost(until: float) -> None:
        raise CannotRun("node cannot be started: No such file or directory")

    with pytest.raises(CannotRun, match="node cannot be started"):
        ran(job("a", lost), job("b"))


def test_ctrl_c_ends_a_run_with_what_is_known() -> None:
    main = threading.main_thread().ident
    assert main is not None

    def interrupted(_: float) -> None:
        signal.pthread_kill(main, signal.SIGINT)

    run = ran(job("a"), job("b", interrupted), *(job(f"c{number}", lasts) for number in range(3)), seconds=2.0)

    said = told(run)
    assert said["a"] == ("passed", "")
    assert said["c2"] == ("not-judged", "The run was interrupted.")


def test_progress_says_how_many_failed() -> None:
    said: list[str] = []
    run = Run({"a": named("a"), "b": named("b")}, time.monotonic() + 5, said.append)

    run.note(Check(id="a", title="a", kind="case", outcome="failed"))
    run.note(Check(id="b", title="b", kind="case", outcome="passed"))

    assert said == ["1 of 2 done, 1 failed, the last one a", "2 of 2 done, 1 failed, the last one b"]
