"""The cases of `contracts/cases/client`, read: what a client is asked to do, and how the server behaves meanwhile.

The words are those of `contracts/case.schema.json`, which explains each; the files are checked against it in tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Any, Literal

from mock_server.conformance.cases import Heading, read_cases, written_out
from mock_server.conformance.client.expecting import Expected
from mock_server.conformance.client.world import Meanwhile
from mock_server.frozen import frozen

__all__ = ["Behaviour", "Case", "Done", "Step", "client_cases"]

Fault = Mapping[str, Any]


@frozen
class Behaviour:
    """How the server behaves."""

    dialect: Mapping[str, str] = field(default_factory=dict)
    rendering: str | None = None
    rate_limits: bool = False
    faults: tuple[Fault, ...] = ()


@frozen
class Done:
    """What somebody else does before."""

    call: str
    args: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1


@frozen
class Step:
    """One call of the client, and what it is held to."""

    call: str
    args: Mapping[str, Any] = field(default_factory=dict)
    key: str = "right"
    deadline_ms: int = 5_000
    times: int = 1
    meanwhile: Meanwhile | None = None
    expected: Expected = field(default_factory=Expected)


@frozen(kw_only=True)
class Case(Heading):
    """One scenario."""

    fact: str
    """Where in `contracts/refiner.yaml` what the client is held to stands."""
    fix: str
    """One line: how such a client is usually mended."""
    steps: tuple[Step, ...]
    seed: str | Mapping[str, Any] = "small"
    server: Behaviour = field(default_factory=Behaviour)
    before: tuple[Done, ...] = ()

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that the client must offer."""
        return tuple(dict.fromkeys(step.call for step in self.steps))

    @property
    def clock(self) -> Literal["frozen", "real"]:
        """How the clocks go: where it matters how fast the client comes again they run."""
        faults = self.server.faults or self.server.rate_limits
        return "real" if faults or any(step.meanwhile and step.meanwhile.faults for step in self.steps) else "frozen"


@cache
def client_cases() -> tuple[Case, ...]:
    """Return the cases for clients, in the order in which they are listed.

    Raises:
        ContractError: when a file is missing or broken.
    """
    return tuple(read_cases("client", _case))


def _case(described: Mapping[str, Any]) -> Case:
    given = dict(described)
    given["steps"] = tuple(map(_step, given["steps"]))
    given["before"] = tuple(Done(**written_out(done)) for done in given.get("before", ()))
    first = given["steps"][0].call
    server = given.get("server", {})
    given["server"] = Behaviour(**{**server, "faults": _faults(server.get("faults", ()), first)})
    return Case(**given)


def _step(described: Mapping[str, Any]) -> Step:
    given = written_out(described)
    requests = given.pop("requests", {})
    judged = {name: given.pop(name) for name in ("expect", "value", "state") if name in given}
    given["expected"] = Expected(kinds=tuple(given.pop("kinds", ())), **judged, **requests)
    if "meanwhile" in given:
        meanwhile = given["meanwhile"]
        given["meanwhile"] = Meanwhile(**{**meanwhile, "faults": _faults(meanwhile.get("faults", ()), given["call"])})
    return Step(**given)


def _faults(faults: Any, operation: str) -> tuple[Fault, ...]:
    """Return faults that each strike an operation, by default the one that is looked at."""
    return tuple({"operation": operation, **fault} for fault in faults)
