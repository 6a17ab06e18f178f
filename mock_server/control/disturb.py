"""Moves time and webhooks by hand: the clock, settling, sending again."""

from __future__ import annotations

from typing import Any

from mock_server.control.call import ControlCall
from mock_server.control.times import clock_change, shown
from mock_server.errors import UsageError
from mock_server.state.clock import parse_duration
from mock_server.state.environment import Environment
from mock_server.state.records import Micros

__all__ = ["change_clock", "redeliver", "settle", "show_clock"]

LONGEST_SETTLE = 300.0


def show_clock(call: ControlCall) -> dict[str, str]:
    """Return the environment's time and how its clock runs."""
    clock = call.environment.clock
    return {"now": shown(clock.now()), "mode": clock.mode}


async def change_clock(call: ControlCall) -> dict[str, str]:
    """Advance, set, freeze or resume; on the way forward everything that falls due runs in order before the answer."""
    environment, body = call.environment, call.body
    if set(body) == {"advance"}:
        await call.desk.engine.advance(environment, _later(environment, body.needed("advance")))
    else:
        verb, at = clock_change(body)
        if at is not None and at > environment.clock.now():
            await call.desk.engine.advance(environment, at)
        if verb == "freeze":
            environment.clock.freeze(at)
        elif at is not None:
            environment.clock.set(at)
        else:
            environment.clock.resume()
        call.desk.engine.wake(environment)
    return show_clock(call)


async def settle(call: ControlCall) -> dict[str, Any]:
    """Wait until no delivery is due or in flight; return how many wait for later, and when the next one is due."""
    body = call.body
    body.only("timeout")
    environment, engine = call.environment, call.desk.engine
    pending = await engine.settle(environment, body.number("timeout", 10.0, LONGEST_SETTLE))
    answer: dict[str, Any] = {"pending": pending}
    waiting = [delivery.due for delivery in engine.log(environment).pending.values()]
    if waiting:
        answer["next_attempt_at"] = shown(min(waiting))
    return answer


def redeliver(call: ControlCall) -> dict[str, object]:
    """Send a delivery again, perhaps changed, and return the new delivery."""
    call.body.only("mutation")
    return call.desk.engine.redeliver(call.environment, call.path["id"], call.body.text("mutation"), "control")


def _later(environment: Environment, duration: str) -> Micros:
    at = environment.clock.now() + parse_duration(duration)
    if at >= 253_402_300_800_000_000:
        raise UsageError("The clock cannot be moved beyond the year 9999.")
    return at
