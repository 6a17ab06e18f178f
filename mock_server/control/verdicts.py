"""Shows how clients were judged: each violation with its exchange, and what it all came to."""

from __future__ import annotations

from typing import Any

import orjson

from mock_server.contract.rules import LEVELS
from mock_server.control.call import ControlCall
from mock_server.control.observe import entry_line
from mock_server.state.environment import Environment
from mock_server.wire import credentials

__all__ = ["all_violations", "forget_strays", "forget_verdict", "stray_verdict", "verdict", "violations"]


def violations(call: ControlCall) -> dict[str, Any]:
    """Return the violations of one environment, worst first."""
    environment = call.environment
    return _violations(call, environment.name, [environment])


def all_violations(call: ControlCall) -> dict[str, Any]:
    """Return the violations of all environments, with those of requests that belong to none, worst first."""
    return _violations(call, None, list(call.desk.environments))


def verdict(call: ControlCall) -> dict[str, Any]:
    """Return what the traffic of one environment came to; that outlives the journal and a reset.

    With it go the faults that never struck: what they were armed for was not put to the test.
    """
    call.query.only("closing")
    told = call.desk.judge.verdict(call.environment)
    told["unfired"] = [armed.name for armed in call.desk.faults.unfired(call.environment)]
    if call.query.flag("closing", False):
        told["violations"] += [{**violation, "count": 1} for violation in call.desk.judge.closing(call.environment)]
    return _veiled(call, told)


def stray_verdict(call: ControlCall) -> dict[str, Any]:
    """Return what the requests came to that belong to no environment."""
    call.query.only()
    return _veiled(call, {**call.desk.judge.verdict(None), "unfired": []})


def forget_verdict(call: ControlCall) -> None:
    """Judge one environment anew, as if nothing had been called yet."""
    call.desk.judge.forget(call.environment)


def forget_strays(call: ControlCall) -> None:
    """Judge the requests that belong to no environment anew."""
    call.desk.judge.forget(None)


def _veiled(call: ControlCall, told: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict, worst violation first, that shows no key."""
    told["violations"].sort(key=lambda violation: LEVELS.index(violation["severity"]))
    veiled: dict[str, Any] = orjson.loads(credentials.masked_keys(orjson.dumps(told), call.desk.mask.is_key))
    return veiled


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
