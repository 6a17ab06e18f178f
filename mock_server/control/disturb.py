"""Moves time and webhooks by hand: the clock, settling, sending again."""

from __future__ import annotations

from typing import Any

from mock_server.control.call import Conflict, ControlCall
from mock_server.control.times import clock_change, shown
from mock_server.state.clock import bounded, parse_duration
from mock_server.webhooks.happened import last_event

__all__ = ["change_clock", "redeliver", "settle", "show_clock", "test_webhook"]

LONGEST_SETTLE = 300.0


def show_clock(call: ControlCall) -> dict[str, str]:
    """Return the environment's time and how its clock runs."""
    call.query.only()
    clock = call.environment.clock
    return {"now": shown(clock.now()), "mode": clock.mode}


async def change_clock(call: ControlCall) -> dict[str, str]:
    """Advance, set, freeze or resume; on the way forward everything that falls due runs in order before the answer."""
    environment, body, engine = call.environment, call.body, call.desk.engine
    clock = environment.clock
    if set(body) == {"advance"}:
        duration = parse_duration(body.needed("advance"))
        done = await engine.advance(environment, lambda: bounded(clock.now() + duration))
    else:
        verb, at = clock_change(body, "advance")
        goal = None if at is None else bounded(at)

        def change() -> None:
            if verb == "freeze":
                clock.freeze(at)
            elif at is not None:
                clock.set(at)
            else:
                clock.resume()

        done = await engine.advance(environment, lambda: clock.now() if goal is None else goal, change)
    if not done:
        raise Conflict("The environment ended or began anew meanwhile; its clock was left as it is.")
    return show_clock(call)


async def settle(call: ControlCall) -> dict[str, Any]:
    """Wait until no delivery is due or in flight; return how many are, wait for later, and when the next one is due."""
    body = call.body
    body.only("timeout")
    environment, engine = call.environment, call.desk.engine
    pending = await engine.settle(environment, body.number("timeout", 10.0, LONGEST_SETTLE))
    answer: dict[str, Any] = {"pending": pending, "busy": engine.busy(environment)}
    waiting = [delivery.due for delivery in engine.log(environment).pending.values()]
    if waiting:
        answer["next_attempt_at"] = shown(min(waiting))
    return answer


def redeliver(call: ControlCall) -> dict[str, object]:
    """Send a delivery again, perhaps changed, and return the new delivery."""
    call.body.only("mutation")
    mutation, cause = call.body.text("mutation"), call.desk.next_cause()
    return call.desk.engine.redeliver(call.environment, call.path["id"], mutation, cause)


def test_webhook(call: ControlCall) -> dict[str, object]:
    """Send a webhook its first event once more, as it last happened here, and return the delivery."""
    call.body.only()
    environment, engine = call.environment, call.desk.engine
    webhook = engine.subscriptions(environment).get(call.path["uuid"])
    event = last_event(environment, webhook)
    return engine.send(environment, webhook.uuid, event, call.desk.next_cause()).record()
