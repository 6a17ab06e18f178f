"""One environment at a glance: its key, how to reach it, and its clock."""

from __future__ import annotations

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.state.environment import Environment
from mock_server.state.records import Window

__all__ = ["TABS", "change_clock", "overview"]

TABS = {
    "/environments/overview": "Overview",
    "/environments/settings": "Settings",
    "/environments/dialect": "Dialect",
    "/environments/faults": "Faults",
    "/environments/state": "Snapshot and reset",
}
"""The parts of what there is to see of one environment."""


async def overview(call: PageCall, refusal: Refused | None = None) -> Page:
    """Show key, address, first calls and clock."""
    environment = call.environment
    values = {
        "environment": environment,
        "tabs": TABS,
        "clock": await call.control("GET", f"{call.api}/clock"),
        "base_url": call.base_url(environment),
        "seed": environment.seed if isinstance(environment.seed, str) else "a document",
        "typed": call.form,
        "refusal": refusal,
        "contents": _contents(call, environment),
    }
    return Page("environment.html", values, 200 if refusal is None else refusal.status)


async def change_clock(call: PageCall) -> Page | Done:
    """Advance, set, freeze or resume the clock: one field of the form says which, and to where."""
    verb, at = call.typed("verb"), call.typed("at")
    change = {verb: at} if verb else {name: True if value == "now" else value for name, value in call.form.items()}
    try:
        await call.control("PUT", f"{call.api}/clock", change)
    except Refused as refusal:
        return await overview(call, refusal)
    return Done("/environments/overview", "clock-advanced" if "advance" in change else "clock-changed")


def _contents(call: PageCall, environment: Environment) -> dict[str, int]:
    one = Window(page=1, length=1)
    return {
        "contact": environment.contacts(one).total,
        "segment": environment.segments(one).total,
        "survey": environment.forms(one).total,
        "webhook": len(call.desk.engine.subscriptions(environment)),
    }
