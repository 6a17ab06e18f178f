"""One run: workers that share what is to be done, and what is known of it so far."""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from mock_server.conformance.adapters.base import Adapter
from mock_server.conformance.client.jobs import Job
from mock_server.conformance.client.seeded import Seeded
from mock_server.conformance.plain import cut
from mock_server.conformance.report import Check
from mock_server.errors import CannotRun, ServerUnavailable
from mock_server.remote import Remote

__all__ = ["Run"]

_LATER = 5.0
"""Seconds after its end for what was begun before, and as many for the adapters to end."""
_NOT_MET = "None of the client's calls came across what this switch changes."
_NO_TIME = "There was no time left for it."
_MOST_FAILURES = 3
"""Times that an adapter may fail before nothing more is asked of it."""


class Run:
    """Does jobs and keeps what came of them."""

    def __init__(self, wanted: Mapping[str, Check], end: float, progress: Callable[[str], None] | None = None) -> None:
        self.called: Counter[str] = Counter()
        """How often the client called each operation."""
        self.wanted = wanted
        """What is to be done, by id."""
        self._end, self._progress = end, progress
        self._done: dict[str, Check] = {}
        self._lock = threading.Lock()
        self._open: dict[str, str] = {}
        """The checks of jobs that are not done, and what becomes of each if they never are."""
        self._closed = False
        self._failures = self._wrong = 0
        self._over: Check | None = None
        """What becomes of all that is not done, once nothing more is begun."""
        self._broken: CannotRun | None = None

    def do(self, jobs: Sequence[Job], adapter: Adapter, server: Remote, workers: int) -> None:
        """Do jobs in their order, as many at a time as there are workers. Ctrl-C ends it with what is known.

        Raises:
            CannotRun: when the adapter's command cannot be started any more.
        """
        left, seeded = deque(jobs), Seeded(server.url)
        self._open = {each.id: "not-judged" if job.essential else "skipped" for job in jobs for each in job.checks}
        adapters = [adapter, *(adapter.another() for _ in range(min(workers, len(jobs)) - 1))]
        try:
            _together([partial(self._work, left, each, seeded.another()) for each in adapters], self._end + _LATER)
        except KeyboardInterrupt:
            self._end_with("not-judged", "The run was interrupted.")
        finally:
            with self._lock:
                self._closed = True  # what somebody is still at will not be known any more
            left.clear()
            _together([each.close for each in adapters[1:]], self._end + 2 * _LATER)
            seeded.clear()
            seeded.close()
        if self._broken is not None:
            raise self._broken

    def leave_out(self, checks: Iterable[Check]) -> None:
        """Keep checks as they are, of which nothing need be done."""
        for check in checks:
            self.note(check)

    def instead(self, check: Check) -> None:
        """Keep one check in place of all that are wanted: it says why nothing was done."""
        self.wanted = {check.id: check}
        self.note(check)

    def note(self, check: Check, calls: Mapping[str, int] | None = None) -> None:
        """Keep what became of a check."""
        with self._lock:
            if self._closed:
                return
            self._done[check.id] = check
            self.called.update(calls or {})
            if check.outcome == "could-not-run":
                self._failures += 1
                if self._failures == _MOST_FAILURES:
                    self._end_with(
                        "skipped", f"The adapter failed {_MOST_FAILURES} times, the last time at {check.id}."
                    )
            self._wrong += check.outcome == "failed"
            if self._progress is not None:
                failed = f", {self._wrong} failed" if self._wrong else ""
                self._progress(f"{len(self._done)} of {len(self.wanted)} done{failed}, the last one {check.id}")

    def checks(self) -> Iterator[Check]:
        """Yield all checks that are wanted, those that were not done with the reason."""
        for id, check in self.wanted.items():
            done = self._done.get(id)
            if done is None and self._over is not None:
                done = replace(check, outcome=self._over.outcome, detail=self._over.detail)
            elif done is None and id in self._open:
                done = replace(check, outcome=self._open[id], detail=_NO_TIME)
            yield done or replace(check, outcome="skipped", detail=_NOT_MET)

    def _work(self, left: deque[Job], adapter: Adapter, server: Remote) -> None:
        try:
            while self._over is None and time.monotonic() < self._end:
                try:
                    job = left.popleft()
                except IndexError:
                    return
                self._one(job, adapter, server)
                with self._lock:
                    for check in job.checks if not self._closed else ():
                        del self._open[check.id]
        finally:
            server.close()

    def _one(self, job: Job, adapter: Adapter, server: Remote) -> None:
        try:
            for check, calls in job.do(adapter, server, self._end):
                self.note(check, calls)
        except CannotRun as reason:
            self._end_with("not-judged", str(reason), reason)
        except ServerUnavailable as reason:
            self._end_with("harness-error", f"The server is gone: {reason}")
        except Exception as error:  # noqa: BLE001 - a bug of ours spoils one check, not the run
            told = "".join(traceback.format_exception(error)[-4:])
            for check in job.checks:
                if check.id not in self._done:
                    self.note(replace(check, outcome="harness-error", detail=_ours(error, told)))

    def _end_with(self, outcome: str, detail: str, broken: CannotRun | None = None) -> None:
        if self._over is None and not self._closed:
            self._over = Check(id="over", title="", kind="case", outcome=outcome, detail=detail)
            self._broken = broken


def _ours(error: Exception, told: str) -> str:
    what = cut(f"{type(error).__name__}: {error}", 500)
    return f"refiner-mock itself failed, which says nothing about the client: {what}\n{cut(told, 1_500)}"


def _together(tasks: Sequence[Callable[[], None]], until: float) -> None:
    """Do tasks side by side, and wait for them until a time of the monotonic clock at most."""
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
