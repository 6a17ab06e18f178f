"""Deliveries: what was sent to webhooks, every attempt of it, what waits for its time, and sending it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.pages.webhooks import attempted
from mock_server.dashboard.showing import span
from mock_server.state.clock import exact
from mock_server.webhooks.fields import EVENTS
from mock_server.webhooks.log import Delivery
from mock_server.webhooks.schedule import LATE

__all__ = ["advance", "deliveries", "delivery", "resend", "settle"]

MOST_ROWS = 50
"""Deliveries of one page."""

STATUSES = ("pending", "delivered", "failed", "dropped")

RESENDS: Mapping[str, tuple[str, str]] = {
    "": ("Send again", "as it was sent"),
    "duplicate": ("As a duplicate", "the same, and marked as one"),
    "old_token": ("With the old token", "the one before the last change, or one that never was"),
    "no_token": ("Without a token", "no Authorization header at all"),
    "late": ("Late", f"held back for {span(LATE)} on the environment's clock"),
}
"""How a delivery may be sent again, by the `mutation` of the control API."""

SETTLING = 5.0
"""Seconds that a reader waits at most for what is due."""


async def deliveries(call: PageCall) -> Page:
    """Show the deliveries that are wanted, newest first, and what waits for its time."""
    log = call.desk.engine.log(call.environment)
    hooks = (await call.control("GET", f"{call.api}/webhooks"))["items"]
    wanted = {name: call.query.get(name, "") for name in ("event", "status", "webhook")}
    before = call.query.get("before", "")
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    found = [one for one in log if _is_wanted(one, wanted) and (below is None or one.number < below)]
    shown = found[: -MOST_ROWS - 1 : -1]
    return Page(
        "deliveries.html",
        {
            "environment": call.environment,
            "deliveries": [one.record() for one in shown],
            "names": {one["uuid"]: one["name"] for one in hooks},
            "wanted": wanted,
            "events": EVENTS,
            "statuses": STATUSES,
            "older": call.url("/webhooks/deliveries", **wanted, before=shown[-1].number)
            if len(found) > MOST_ROWS
            else None,
            "newest": None if below is None else call.url("/webhooks/deliveries", **wanted),
            "dropped": log.dropped,
            "waiting": _waiting(call, log.pending.values()),
        },
    )


async def delivery(call: PageCall, refusal: Refused | None = None) -> Page:
    """Show one delivery whole: its attempts, its payload, and the ways to send it again."""
    found = call.desk.engine.log(call.environment).find(call.path["id"])
    if found is None:
        raise Refused(404, "No delivery in this environment's log has that id; old ones fall out (max_deliveries).")
    hooks = (await call.control("GET", f"{call.api}/webhooks"))["items"]
    values = {
        "environment": call.environment,
        "delivery": found.record(),
        "webhook": next((one for one in hooks if one["uuid"] == found.webhook_uuid), None),
        "payload": orjson.loads(found.body),
        "resends": RESENDS,
        "waiting": _waiting(call, [found] if found.status == "pending" else []),
        "refusal": refusal,
        "picker": (call.url("/webhooks/deliveries", env=None), {}),
    }
    return Page("delivery.html", values, 200 if refusal is None else refusal.status)


async def resend(call: PageCall) -> Page | Done:
    """Send a delivery again, perhaps changed, and show the new one."""
    told = {"mutation": call.form["mutation"]} if call.form.get("mutation") else {}
    try:
        sent = await call.control("POST", f"{call.api}/deliveries/{call.path['id']}/redeliver", told)
    except Refused as refusal:
        return await delivery(call, refusal)
    if told.get("mutation") != "late":
        await attempted(call, sent)
    return Done(f"/webhooks/deliveries/{sent['id']}", "delivery-resent")


async def settle(call: PageCall) -> Done:
    """Wait until nothing is due or in flight."""
    await call.control("POST", f"{call.api}/settle", {"timeout": SETTLING})
    return Done(_back(call), "deliveries-settled")


async def advance(call: PageCall) -> Done:
    """Move the clock on to where the next delivery is due, or the one that the form names."""
    pending = call.desk.engine.log(call.environment).pending
    named = call.typed("delivery")
    waiting = _waiting(call, [one for one in pending.values() if named in ("", one.id)])
    if waiting is not None:
        # To the next whole millisecond, in which the control API counts.
        await call.control("PUT", f"{call.api}/clock", {"advance": f"{-(-waiting['wait'] // 1000)}ms"})
    return Done(_back(call), "clock-advanced")


def _back(call: PageCall) -> str:
    """Return where the form stood: by one delivery, or by all of them."""
    found = call.desk.engine.log(call.environment).find(call.typed("delivery"))
    return "/webhooks/deliveries" if found is None else f"/webhooks/deliveries/{found.id}"


def _is_wanted(one: Delivery, wanted: Mapping[str, str]) -> bool:
    found = {"event": one.event, "status": one.status, "webhook": one.webhook_uuid}
    return all(value in ("", found[name]) for name, value in wanted.items())


def _waiting(call: PageCall, pending: Collection[Delivery]) -> dict[str, Any] | None:
    """Return how many deliveries wait for their time and when the next one is due, None where none waits."""
    due = min((one.due for one in pending), default=None)
    if due is None:
        return None
    clock = call.environment.clock
    busy, wait = call.desk.engine.busy(call.environment), max(0, due - clock.now())
    return {"count": len(pending), "busy": busy, "at": exact(due), "wait": wait, "frozen": clock.mode == "frozen"}
