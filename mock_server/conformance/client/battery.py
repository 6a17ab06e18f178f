"""`check client`: cases, properties and bets, done by several workers at once, each with an adapter of its own.

An adapter that crashes, hangs or talks nonsense spoils the check that it was at, and is started anew; the third time
the run ends with what is known.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mock_server.conformance import baseline
from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.adapters.callable import CallableAdapter
from mock_server.conformance.cases import check_of, once, selected, skipped
from mock_server.conformance.client import bets, properties
from mock_server.conformance.client.cases import client_cases
from mock_server.conformance.client.jobs import Job, bet, playing, prove
from mock_server.conformance.client.running import Run
from mock_server.conformance.client.serving import served
from mock_server.conformance.protocol import operations
from mock_server.conformance.report import Check, Covered, Report
from mock_server.remote import Remote

__all__ = ["check_client", "client_checks"]

LONGEST = 120.0
"""Seconds within which a run is over, whatever the client does."""
_LEAVING = 18.0
"""Seconds before that from which on nothing new is begun."""
_WORKERS = 4


def check_client(
    adapter: Adapter,
    *,
    server: Remote | str | None = None,
    cases: Sequence[str] = (),
    examples: int | None = None,
    seed_number: int = 0,
    known_failing: str | os.PathLike[str] | None = None,
    update_baseline: bool = False,
    fail_on: str = "error",
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
    longest: float = LONGEST,
) -> Report:
    """Judge the client behind an adapter, and return the report; its `exit_code` says it in a number.

    Args:
        adapter: the client; it is closed when the run is over.
        server: a running refiner-mock or its URL; by default a child process of its own, which ends with the run.
        cases: patterns of ids (`paging-*`, `property-*`, `dialect-*`); none for all.
        examples: how many calls of each operation a property draws.
        seed_number: the same number draws the same calls.
        known_failing: a file with ids or patterns of what is known to fail; one that passes fails the run.
        update_baseline: write that file anew as it would be right now.
        fail_on: what breaks the run: error (MUST), warning (SHOULD too), note (MAY too) or never.
        workers: how many checks at a time, each with an adapter of its own; by default 4, of a `CallableAdapter` 1.
        progress: told after each check how far it is, in a few words.
        longest: seconds after which the run ends with what is known.

    Raises UsageError when one of these is impossible, CannotRun and ServerUnavailable where one of them is not there.
    """
    report = Report(tool="check client", subject=adapter.subject, checks=(), judged=0, fail_on=fail_on)
    wanted = {check.id: check for check in selected(client_checks(), cases)}
    listed = baseline.wanted(known_failing, [check.id for check in client_checks()], update=update_baseline)
    run = Run(wanted, time.monotonic() + longest - min(_LEAVING, longest / 4), progress)
    _do(run, adapter, server, workers, partial(_jobs, wanted, examples=examples, seed_number=seed_number))
    checks = listed.settle(once(run.checks()), known_failing if update_baseline else None)
    return replace(report, checks=checks, **_found(run, checks))


def client_checks() -> tuple[Check, ...]:
    """Return a check for all that a client may be held to, of which nothing is known yet: for lists and patterns."""
    cases = (check_of(case, "skipped") for case in client_cases())
    return (*cases, *properties.listed(), *bets.listed())


def _do(
    run: Run,
    adapter: Adapter,
    server: Remote | str | None,
    workers: int | None,
    jobs: Callable[[frozenset[str]], Iterator[Job]],
) -> None:
    """Do all that the adapter offers, and close it."""
    try:
        hello = adapter.hello()
        offered = frozenset(operations() if hello is None else hello.operations)
        run.leave_out(_unoffered(run.wanted, offered))
        with served(server) as remote:
            run.do([*jobs(offered)], adapter, remote, workers or _workers(adapter))
    except AdapterFailed as failure:
        run.instead(_unready(failure))
    finally:
        adapter.close()


def _found(run: Run, checks: tuple[Check, ...]) -> dict[str, Any]:
    """Return what a report says of a run besides its checks."""
    return {
        "judged": sum(check.count for check in checks),
        "coverage": tuple(Covered(id=id, kind="operation", count=run.called[id]) for id in operations()),
        "notes": tuple(skipped(checks)),
    }


def _jobs(
    wanted: Mapping[str, Check], offered: frozenset[str], examples: int | None, seed_number: int
) -> Iterator[Job]:
    """Yield what is to be done of what is wanted, what matters most first: cases, then bets and properties.

    Of the cases those come first that a client must pass, and of these those that wait.
    """
    cases = [case for case in client_cases() if case.id in wanted and offered.issuperset(case.operations)]
    for case in sorted(cases, key=lambda case: (case.level != "MUST", case.clock == "frozen")):
        yield playing(case)
    # All bets are one job, so the others must not be waiting for it when all else is done.
    if switches := [check for check in bets.listed() if check.id in wanted]:
        yield bet(switches, offered)
    for check in properties.listed():
        operation = check.id.partition("-")[2]
        if check.id in wanted and operation in offered:
            yield prove(operation, check, seed_number, examples)


def _unoffered(wanted: Mapping[str, Check], offered: frozenset[str]) -> Iterator[Check]:
    """Yield as skipped what concerns operations that the adapter does not offer."""
    needed = {case.id: case.operations for case in client_cases()}
    needed |= {check.id: (check.id.partition("-")[2],) for check in properties.listed()}
    for id, check in wanted.items():
        if missing := [operation for operation in needed.get(id, ()) if operation not in offered]:
            why = f"The adapter does not offer what it takes: {', '.join(missing)}."
            yield replace(check, outcome="skipped", detail=why)


def _unready(failure: AdapterFailed) -> Check:
    title = "The adapter starts and says what it can do"
    return Check(id="hello", title=title, kind="case", outcome="could-not-run", detail=failure.detail)


def _workers(adapter: Adapter) -> int:
    return 1 if isinstance(adapter, CallableAdapter) else _WORKERS
