"""The key check and the account: `verifyKey`, `getAccount`."""

from __future__ import annotations

from typing import Any

from mock_server.api.call import Call
from mock_server.state.clock import iso

__all__ = ["get_account", "verify_key"]

PLAN = "Growth"
LIMITS = {"mtu": 10_000, "mpv": 1_000_000, "msr": 10_000}
"""Of the made-up plan; there is no `mte_limit` (documented). Nothing is refused beyond them."""


def verify_key(call: Call) -> dict[str, Any]:
    """Return whose key it is (shape documented, text inferred: W6W)."""
    environment = call.environment
    return {
        "project_uuid": environment.project_uuid,
        "project_name": environment.project_name,
        "message": "Authentication successful",
    }


def get_account(call: Call) -> dict[str, Any]:
    """Return this month's usage; the one environment of the answer is the caller's, so that tests stay apart."""
    environment = call.environment
    usage = environment.usage()
    counted_at = iso(environment.clock.now())
    subscription: dict[str, Any] = {"plan": PLAN}
    for measure in ("mtu", "mte", "mpv", "msr"):
        subscription[f"{measure}_count"] = usage[measure]
        if measure in LIMITS:
            subscription[f"{measure}_limit"] = LIMITS[measure]
        subscription[f"{measure}_count_updated_at"] = counted_at
    own = {"uuid": environment.project_uuid, "name": environment.project_name}
    return {"subscription": subscription, "environments": [{**own, **{name: usage[name] for name in usage}}]}
