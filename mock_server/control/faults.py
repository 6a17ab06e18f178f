"""Faults of an environment: arm, list, remove."""

from __future__ import annotations

from typing import Any

from mock_server.control.call import Conflict, ControlCall, Fields
from mock_server.faults import Fault

__all__ = ["arm_fault", "list_faults", "remove_fault", "remove_faults"]


def list_faults(call: ControlCall) -> dict[str, Any]:
    """Return the faults, armed and spent, in the order of their arming; `fired` tells how often each has struck."""
    call.query.only()
    return {"items": [armed.record() for armed in call.desk.faults.of(call.environment)]}


def arm_fault(call: ControlCall) -> dict[str, Any]:
    """Arm a fault for the calls to come, and return it with its name."""
    environment, body, faults = call.environment, call.body, call.desk.faults
    body.only("kind", "name", "operation", "times", "status", "retry_after", "seconds", "quota", "body")
    fault = Fault(
        kind=body.needed("kind"),
        name=body.text("name"),
        operation=body.text("operation"),
        times=_count(body, "times"),
        status=_count(body, "status"),
        retry_after=_count(body, "retry_after"),
        seconds=body.number("seconds", 0.0, _ANY) if "seconds" in body else None,
        quota=_count(body, "quota"),
        body=body.text("body"),
    )
    if any(armed.name == fault.name for armed in faults.of(environment)):
        raise Conflict(f"There is a fault {fault.name!r} already; remove it or choose another name.")
    return faults.arm(environment, fault).record()


def remove_faults(call: ControlCall) -> None:
    """Disarm and forget all faults of the environment."""
    call.desk.faults.remove(call.environment)


def remove_fault(call: ControlCall) -> None:
    """Disarm and forget one fault."""
    call.desk.faults.remove(call.environment, call.path["name"])


_ANY = 1e9
"""Its kind says how large a number may be."""


def _count(body: Fields, name: str) -> int | None:
    return body.count(name, 0, int(_ANY)) if name in body else None
