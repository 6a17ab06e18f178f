"""Properties: an operation with any args, drawn by Hypothesis, each example in a fresh world.

The truth is what arrived and what is there afterwards. Of what breaks a client the smallest call is told, as the line
that the adapter got and the curl that its client effectively sent.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.client.everyday import crowded, populated
from mock_server.conformance.client.observing import Observation
from mock_server.conformance.client.reference import lists
from mock_server.conformance.client.truth import Wrong, amiss
from mock_server.conformance.client.world import World
from mock_server.conformance.curl import curl_of_exchange
from mock_server.conformance.protocol import Request, args_of, operations
from mock_server.conformance.report import Check
from mock_server.conformance.smallest import Cut, NoStrategies, smallest, strategies
from mock_server.contract.document import load
from mock_server.frozen import frozen
from mock_server.remote import Remote

__all__ = ["check", "listed", "seed_of"]

_EACH, _MOST = 10, 40
"""Calls that are drawn of an operation for each of its args, and at most."""
_SHRINKING = 5.0
"""Seconds for the search for a smaller call."""
_CROWD = {"contacts": 55, "responses": 55, "segments": 51, "forms": 51}
"""What makes every list one of several pages."""
_ALIKE = 2
"""Failures that did not come again after which they are no accident."""


def listed() -> list[Check]:
    """Return a check for each operation that nothing is known of yet."""
    return [_unknown(operation) for operation in operations()]


def check(
    adapter: Adapter,
    server: Remote,
    operation: str,
    *,
    seed_number: int = 0,
    until: float,
    examples: int | None = None,
) -> Check:
    """Return what became of an operation with any args.

    Args:
        adapter: the client; nobody else uses it meanwhile.
        server: where the worlds are made.
        operation: an operationId that the adapter offers.
        seed_number: the same number draws the same args, as far as time allows.
        until: when to stop drawing, on the monotonic clock.
        examples: how many calls to draw before anything is found; by default the more the more args there are.
    """
    began = time.monotonic()
    try:
        strategies()
    except NoStrategies as reason:
        return replace(_unknown(operation), outcome="skipped", detail=f"{reason}.")
    from mock_server.conformance.client.arguments import Known, arguments

    with World(server, seed_of(operation)) as world:
        trial = _Trial(adapter, world, operation)
        known = Known.of(world.known())
        examples = examples or min(_MOST, _EACH * max(1, len(args_of(operation).get("properties", ()))))
        found = smallest(
            [arguments(operation, known)], examples, seed_number, until, trial.breaks, shrinking=_SHRINKING
        )
    return replace(_told(trial, found, seed_number), seconds=time.monotonic() - began)


def seed_of(operation: str) -> Mapping[str, Any]:
    """Return the world that an operation is done in; there is more than one page of everything that is listed."""
    return crowded(_CROWD) if lists(operation) and not load().operations[operation].required else populated()


def _unknown(operation: str) -> Check:
    called = load().operations[operation]
    return Check(
        id=f"property-{operation}",
        title=f"{called.summary}: with any arguments as Refiner wants it, exactly once and undistorted",
        kind="case",
        outcome="skipped",
        level="MUST",
        evidence=called.evidence,
    )


@frozen
class _Finding:
    args: Mapping[str, Any]
    observation: Observation
    wrongs: Sequence[Wrong]

    @property
    def size(self) -> int:
        return len(json.dumps(self.args))

    @property
    def breaks(self) -> bool:
        return any(wrong.level == "MUST" for wrong in self.wrongs)


@dataclass(slots=True)
class _Trial:
    """The tries of one operation, and what they have shown."""

    adapter: Adapter
    world: World
    operation: str
    tried: int = 0
    unsupported: str | None = None
    """Why the adapter cannot do some of it."""
    failed: tuple[Mapping[str, Any], AdapterFailed] | None = None
    lesser: _Finding | None = None
    """The smallest of those that are no more than unwise."""
    once: list[_Finding] = field(default_factory=list)
    """Failures that did not come again with the same args."""

    def breaks(self, args: Mapping[str, Any]) -> _Finding | None:
        """Return what is wrong with a call, twice; raise Cut when the adapter gives no answer."""
        self.tried += 1
        finding = self._call(args)
        if finding is None:
            return None
        if self._call(args) is None:
            self.once.append(finding)
            return None
        if finding.breaks:
            return finding
        self.lesser = min(self.lesser or finding, finding, key=lambda found: found.size)
        return None

    def _call(self, args: Mapping[str, Any]) -> _Finding | None:
        try:
            self.world.renew()
            observation = self.world.call(self.adapter, self.operation, args, case=f"property-{self.operation}")
        except AdapterFailed as failure:
            self.failed = args, failure
            raise Cut from failure
        if observation.outcome.outcome == "unsupported":
            self.unsupported = observation.outcome.message or "It does not say why."
            return None
        wrongs = amiss(observation)
        return _Finding(args, observation, wrongs) if wrongs else None


def _told(trial: _Trial, found: _Finding | None, seed_number: int) -> Check:
    """Return the check of an operation that was tried."""
    check = replace(_unknown(trial.operation), outcome="passed", count=trial.tried)
    again = f"Replay: --seed-number {seed_number} --case property-{trial.operation}"
    found = found or trial.lesser
    if found is None and len(trial.once) >= _ALIKE:
        found = min(trial.once, key=lambda one: one.size)
        again = f"{len(trial.once)} of {trial.tried} calls failed, but not when they were made again.\n{again}"
    if found is not None:
        return replace(check, outcome="failed", **_shown(trial.operation, found, again))
    if trial.failed is not None:
        args, failure = trial.failed
        line = _line(trial.operation, args)
        return replace(check, outcome="could-not-run", detail=f"{failure.detail}\nIt was asked: {line}\n{again}")
    if not trial.tried:
        return replace(check, outcome="skipped", detail="There was no time left for it.")
    if trial.unsupported is not None:
        return replace(check, outcome="skipped", detail=f"The adapter cannot do (all of) it: {trial.unsupported}")
    if trial.once:
        line = _line(trial.operation, trial.once[0].args)
        return replace(check, detail=f"One of {trial.tried} calls failed, but not when it was made again: {line}")
    return check


def _shown(operation: str, found: _Finding, again: str) -> dict[str, Any]:
    """Return what a check says of a finding."""
    level = "MUST" if found.breaks or not found.wrongs else "SHOULD"
    wrongs = [wrong for wrong in found.wrongs if wrong.level == level]
    told = "\n".join(f"{wrong.what}\n{wrong.detail}".rstrip() for wrong in wrongs)
    sent = [wrong.sent for wrong in wrongs if wrong.sent is not None] or found.observation.sent[-1:]
    return {
        "level": level,
        "detail": f"{told}\nSmallest call: {_line(operation, found.args)}\n{again}",
        "curl": curl_of_exchange(sent[0].entry) if sent else None,
        "violations": tuple(
            {**violation, "entry": wrong.sent.entry} if wrong.sent is not None else violation
            for wrong in wrongs
            for violation in wrong.violations
        ),
    }


def _line(operation: str, args: Mapping[str, Any]) -> str:
    """Return the line that an adapter gets."""
    return Request(f"property-{operation}", operation, args, "$REFINER_BASE_URL", "$REFINER_API_KEY").line()
