"""Isolated worlds: list, make, show, copy, reset and delete environments."""

from __future__ import annotations

from typing import Any

from mock_server.contract.dialects import settled
from mock_server.control.call import Conflict, ControlCall, Fields
from mock_server.control.times import ClockChange, clock_change
from mock_server.errors import UnknownEnvironment, UsageError
from mock_server.settings import RENDERINGS
from mock_server.state.clock import Clock
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments, marked

__all__ = [
    "create_environment",
    "delete_environment",
    "fork_environment",
    "list_environments",
    "reset_environment",
    "show_environment",
]

DEFAULT = "default"
"""The environment that is always there: clients that know nothing of us end up in it."""


def list_environments(call: ControlCall) -> dict[str, Any]:
    """Return every environment in the order of creation."""
    call.query.only()
    return {"items": [_shown(call, environment) for environment in call.desk.environments]}


def show_environment(call: ControlCall) -> dict[str, Any]:
    """Return one environment with its key: this API is for those who run the server."""
    call.query.only()
    return _shown(call, call.environment)


def create_environment(call: ControlCall) -> dict[str, Any]:
    """Make an environment with a key of its own and return what a client under test is to be given."""
    body, environments = call.body, call.desk.environments
    body.only("name", "seed", "posture", "dialect", "clock", "rendering")
    name, rendering = body.text("name"), body.one_of("rendering", RENDERINGS, "plain")
    if name is not None and _is_taken(environments, marked(name, call.shard)):
        raise Conflict(f"There is an environment {name!r} already; choose another name or delete it first.")
    change = clock_change(Fields(body.mapping("clock"))) if "clock" in body else None
    seed = body.get("seed")
    if not isinstance(seed, (str, dict, type(None))):
        raise UsageError("The field seed must be the name of a seed or a seed document.")
    environment = environments.create(
        name,
        seed=seed,
        posture=body.text("posture"),
        dialect=settled({**call.desk.settings.dialect, **body.mapping("dialect")}),
        # Seeds date what they make from the clock, so it has to stand right before.
        now=None if change is None else change[1],
        shard=call.shard,
    )
    environment.rendering = rendering
    if change is not None:
        _set_clock(environment.clock, change)
    return _handed_out(call, environment)


def fork_environment(call: ControlCall) -> dict[str, Any]:
    """Copy an environment with data, clock, settings and webhooks, tokens included, and return it like a new one.

    Its journal and its deliveries begin empty.
    """
    body, environments, engine = call.body, call.desk.environments, call.desk.engine
    body.only("name")
    name, source = body.text("name"), call.environment
    if name is not None and _is_taken(environments, marked(name, call.shard)):
        raise Conflict(f"There is an environment {name!r} already; choose another name or delete it first.")
    fork = environments.fork(source.name, name, call.shard)
    engine.subscriptions(fork).load(engine.subscriptions(source))
    return _handed_out(call, fork)


def reset_environment(call: ControlCall) -> dict[str, Any]:
    """Take an environment back to its seed, clock included, and return it, with how many deliveries that ended.

    What was chosen stays: name, key, seed, settings. What happened is undone: data, webhooks, deliveries, journal. The
    verdict stays, too: a test that resets before the next one must not hide what it broke.
    """
    call.body.only()
    environment = call.desk.environments.reset(call.environment.name)
    dropped = call.desk.engine.forget(environment)
    call.desk.journal.forget(environment.name)
    call.desk.feed.forget(environment.name)
    call.desk.faults.forget(environment)
    return {**_shown(call, environment), "deliveries_dropped": dropped}


def delete_environment(call: ControlCall) -> None:
    """Delete an environment with all its data, webhooks, deliveries and journal."""
    environment = call.environment
    if environment.name == DEFAULT:
        raise Conflict("The environment 'default' cannot be deleted; the server needs it for /v1.")
    call.desk.environments.delete(environment.name)
    call.desk.engine.forget(environment)
    call.desk.journal.forget(environment.name)
    call.desk.judge.forget(environment)
    call.desk.feed.forget(environment.name)
    call.desk.faults.forget(environment)


def _is_taken(environments: Environments, name: str) -> bool:
    try:
        environments.get(name)
    except UnknownEnvironment:
        return False
    return True


def _set_clock(clock: Clock, change: ClockChange) -> None:
    """Let a clock run as wanted; to be born at a time, the environment's was stopped."""
    verb, at = change
    if verb == "freeze":
        clock.freeze(at)
    else:
        clock.resume()
        if at is not None:
            clock.set(at)
    clock.mark()


def _handed_out(call: ControlCall, environment: Environment) -> dict[str, Any]:
    return {
        "name": environment.name,
        "project_uuid": environment.project_uuid,
        "api_key": environment.api_key,
        "base_url": f"{call.origin}/e/{environment.name}/v1",
    }


def _shown(call: ControlCall, environment: Environment) -> dict[str, Any]:
    return {
        **_handed_out(call, environment),
        "seed": environment.seed if isinstance(environment.seed, str) else "document",
        "posture": environment.posture,
        "dialect": dict(environment.dialect),
        "rendering": environment.rendering,
    }
