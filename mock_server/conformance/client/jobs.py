"""What a worker does at a time: a case, the property of an operation, all bets."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.cases import check_of
from mock_server.conformance.client import bets, properties
from mock_server.conformance.client.cases import Case
from mock_server.conformance.client.playing import Played, play
from mock_server.conformance.report import Check
from mock_server.frozen import frozen
from mock_server.remote import Remote

__all__ = ["Done", "Job", "bet", "playing", "prove"]

Done = tuple[Check, Mapping[str, int]]
"""A check with its outcome, and how often the client called each operation for it."""
_SHARE = 4.0
"""Seconds that the property of one operation may take."""


@frozen
class Job:
    """One thing for one worker."""

    checks: Sequence[Check]
    """Those that it makes, of which nothing is known yet."""
    do: Callable[[Adapter, Remote, float], Iterator[Done]]
    """Yields them, done with an adapter on a server before a time of the monotonic clock."""
    essential: bool = False
    """Without it a run has not judged the client; what else there was no time for is only said."""


def playing(case: Case) -> Job:
    """Return the job of playing a case."""
    known = check_of(case)

    def do(adapter: Adapter, server: Remote, _: float) -> Iterator[Done]:
        played, began = Played(), time.monotonic()
        check = known
        try:
            play(case, adapter, server, played)
        except AdapterFailed as failure:
            asked = ", ".join(case.operations)
            check = replace(check, outcome="could-not-run", detail=f"{failure.detail}\nIt was asked for {asked}.")
        if (failed := played.failure) is not None:
            check = replace(
                check,
                outcome="failed",
                level=failed.level,
                detail=failed.detail,
                curl=failed.curl,
                violations=failed.violations,
            )
        elif played.unsupported is not None:
            check = replace(check, outcome="skipped", detail=f"The adapter cannot do it: {played.unsupported}")
        count = max(played.asked, played.calls.total())
        yield replace(check, seconds=time.monotonic() - began, count=count), played.calls

    return Job((known,), do, essential=case.level == "MUST")


def prove(operation: str, check: Check, seed_number: int, examples: int | None) -> Job:
    """Return the job of trying an operation with any args."""

    def do(adapter: Adapter, server: Remote, until: float) -> Iterator[Done]:
        until = min(until, time.monotonic() + _SHARE)
        found = properties.check(adapter, server, operation, seed_number=seed_number, until=until, examples=examples)
        yield found, Counter({operation: found.count})

    return Job((check,), do)


def bet(checks: Sequence[Check], offered: Collection[str]) -> Job:
    """Return the job of looking for what a client takes for granted."""
    switches = [check.id.partition("-")[2] for check in checks]

    def do(adapter: Adapter, server: Remote, until: float) -> Iterator[Done]:
        for check in bets.checks(adapter, server, offered, until=until, switches=switches):
            yield check, {}

    return Job(checks, do)
