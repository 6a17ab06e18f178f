"""Shows how clients were judged: each violation with its exchange, and what it all came to."""

from __future__ import annotations

from typing import Any

from mock_server.contract.rules import LEVELS
from mock_server.control.call import ControlCall
from mock_server.control.observe import entry_line
from mock_server.state.environment import Environment

__all__ = ["all_violations", "verdict", "violations"]


def violations(call: ControlCall) -> dict[str, Any]:
    """Return the violations of one environment, worst first."""
    environment = call.environment
    return _violations(call, environment.name, [environment])


def all_violations(call: ControlCall) -> dict[str, Any]:
    """Return the violations of all environments, with those of requests that belong to none, worst first."""
    return _violations(call, None, list(call.desk.environments))


def verdict(call: ControlCall) -> dict[str, Any]:
    """Return what the traffic of one environment came to, in numbers that outlive the journal."""
    call.query.only()
    return call.desk.judge.verdict(call.environment)


def _violations(call: ControlCall, name: str | None, environments: list[Environment]) -> dict[str, Any]:
    """Return what was recorded, of equals the oldest first, and with `closing` what there is if nothing follows."""
    call.query.only("closing")
    desk = call.desk
    items: list[dict[str, Any]] = []
    for entry in desk.journal.entries(name):
        if entry.violations:
            line = entry_line(entry, desk.mask)
            items += [{**violation, "entry": line} for violation in line["violations"]]
    if call.query.flag("closing", False):
        for violation in (one for environment in environments for one in desk.judge.closing(environment)):
            last = desk.journal.get(violation["request"])
            items.append({**violation, "entry": None if last is None else entry_line(last, desk.mask)})
    items.sort(key=lambda violation: LEVELS.index(violation["severity"]))
    return {"items": items, "dropped": desk.journal.dropped_violations(name)}
