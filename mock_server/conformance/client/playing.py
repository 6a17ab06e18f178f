"""Plays a case: asks a client for what the case says, step by step, until one is not as it should be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from mock_server.conformance.adapters.base import Adapter
from mock_server.conformance.client.cases import Case, Step
from mock_server.conformance.client.failing import Failure, failure
from mock_server.conformance.client.observing import Observation
from mock_server.conformance.client.refs import resolved
from mock_server.conformance.client.truth import amiss
from mock_server.conformance.client.world import World
from mock_server.remote import Remote

__all__ = ["Played", "play"]


@dataclass(slots=True)
class Played:
    """What became of a case; filled while it is played, so that it says something when that ends early."""

    failure: Failure | None = None
    unsupported: str | None = None
    """Why the adapter cannot do it."""
    asked: int = 0
    """How often the client was asked for something and said how that went."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often the client called each operation."""


def play(case: Case, adapter: Adapter, server: Remote, played: Played) -> None:
    """Play a case to a client in a world of its own, and note in `played` what became of it.

    Raises:
        AdapterFailed: when the adapter crashed, hung or talked nonsense.
        RefinerMockError: when the case cannot be set up; that is no fault of the client's.
    """
    behaviour = case.server
    with World(
        server,
        case.seed,
        dialect=behaviour.dialect,
        rendering=behaviour.rendering,
        rate_limits=behaviour.rate_limits,
        clock=case.clock,
    ) as world:
        for done in case.before:
            world.does(done.call, resolved(done.args, world.known()), times=done.times)
        for fault in behaviour.faults:
            world.refiner.fault(**fault)
        for rank, step in enumerate(case.steps, 1):
            for _ in range(step.times):
                seen = _done(case, step, world, adapter)
                played.calls.update(one.operation for one in seen.sent if one.operation is not None)
                played.asked += seen.outcome.outcome != "unsupported"
                if seen.outcome.outcome == "unsupported":
                    played.unsupported = seen.outcome.message or "It does not say why."
                    return
                wrongs = amiss(seen, step.expected)
                if wrongs:
                    told = failure(case, rank, seen, wrongs)
                    played.failure = played.failure or told
                    if told.level == case.level:
                        played.failure = told
                        return


def _done(case: Case, step: Step, world: World, adapter: Adapter) -> Observation:
    known = world.known()
    meanwhile = step.meanwhile and replace(step.meanwhile, args=resolved(step.meanwhile.args, known))
    return world.call(
        adapter,
        step.call,
        resolved(step.args, known),
        case=case.id,
        key=step.key,
        deadline_ms=step.deadline_ms,
        meanwhile=meanwhile,
    )
