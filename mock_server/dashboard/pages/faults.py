"""Faults: what is told to go wrong, how often it did, and arming one more."""

from __future__ import annotations

from typing import Any

from mock_server.contract.document import load
from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.pages.environment import TABS
from mock_server.faults.kinds import KINDS

__all__ = ["arm", "faults", "remove"]

ABOUT = {
    "status": "The call is not done, and answered with an error in Refiner's shape.",
    "delay": "The call is done, its answer comes late.",
    "drop": "The call is done, then the connection is closed without an answer.",
    "reset": "The call is not done, the connection is reset.",
    "truncate": "The call is done, its answer is cut off in the middle of the body.",
    "garble": "The call is done, its answer is a page of HTML instead of JSON.",
    "slow_body": "The call is done, its answer comes in small pieces.",
    "rate_limit": "So many calls pass in each window of the environment's clock, the others are answered 429.",
}
LABELS = {
    "status": "Status",
    "retry_after": "Retry-After, seconds",
    "seconds": "Seconds",
    "quota": "Calls that pass",
}


async def faults(call: PageCall, refusal: Refused | None = None) -> Page:
    """Show the faults, armed and spent, and the form for another."""
    kind = call.typed("kind")
    values = {
        "environment": call.environment,
        "tabs": TABS,
        "faults": (await call.control("GET", f"{call.api}/faults"))["items"],
        "kinds": KINDS,
        "about": ABOUT,
        "labels": LABELS,
        "operations": tuple(load().operations),
        "kind": kind if kind in KINDS else "status",
        "typed": {name: call.typed(name) for name in ("name", "operation", "times")},
        "numbers": {name: _numbers(call, name) for name in KINDS},
        "refusal": refusal,
    }
    return Page("environment_faults.html", values, 200 if refusal is None else refusal.status)


async def arm(call: PageCall) -> Page | Done:
    """Arm a fault; of the numbers only those of its kind are read."""
    told: dict[str, Any] = {name: call.typed(name) or None for name in ("kind", "name", "operation", "times")}
    told |= {name: value or None for name, value in _numbers(call, call.typed("kind")).items()}
    try:
        await call.control("POST", f"{call.api}/faults", told)
    except Refused as refusal:
        return await faults(call, refusal)
    return Done("/environments/faults", "fault-armed")


async def remove(call: PageCall) -> Done:
    """Disarm and forget the fault that the form names, or where it names none all of them."""
    name = call.typed("name")
    await call.control("DELETE", f"{call.api}/faults/{name}" if name else f"{call.api}/faults")
    return Done("/environments/faults", "faults-removed")


def _numbers(call: PageCall, kind: str) -> dict[str, str]:
    """Return what was typed into the fields of a kind: each kind has fields of its own, so that none is in the way."""
    given = call.form.get(kind)
    typed = given if isinstance(given, dict) else {}
    return {name: str(typed.get(name, "")).strip() for name in KINDS.get(kind, ())}
