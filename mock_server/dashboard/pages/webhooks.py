"""Integrations > Webhooks, as in Refiner's dashboard: who is told, of what, with which token, and whether it is on.

A token is typed and never shown again, not even to whoever mistyped another field beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.showing import brief
from mock_server.errors import NotFound
from mock_server.state.records import Form, Segment, Window
from mock_server.webhooks.fields import EVENTS
from mock_server.webhooks.targets import shown

__all__ = ["ask_deletion", "blank", "change", "create", "delete", "send_test", "switch", "webhook", "webhooks"]

MOST_CHOICES = 200
"""Surveys, and segments, that a form offers; chosen ones are among them always."""

SWITCHED = {
    "webhook-paused": "{} is paused: it is told of nothing until you resume it.",
    "webhook-resumed": "{} is told of its events again.",
}
"""What the list says after a webhook, by its name, was switched."""

PATIENCE = 2.0
"""Seconds that a page waits for the receiver before it shows a delivery."""


async def webhooks(call: PageCall, refusal: Refused | None = None) -> Page:
    """Show the webhooks of the environment, each with what became of its deliveries."""
    found = (await call.control("GET", f"{call.api}/webhooks"))["items"]
    counts: dict[str, dict[str, int]] = {}
    last: dict[str, Any] = {}
    for delivery in call.desk.engine.log(call.environment):
        of = counts.setdefault(delivery.webhook_uuid, {})
        of[delivery.status] = of.get(delivery.status, 0) + 1
        last[delivery.webhook_uuid] = delivery
    rows = [
        {
            **one,
            "to": shown(one["url"]),
            "counts": counts.get(one["uuid"], {}),
            "last": last[one["uuid"]].record() if one["uuid"] in last else None,
        }
        for one in found
    ]
    values = {"environment": call.environment, "webhooks": rows, "refusal": refusal, "picker": _picker(call)}
    said, switched = SWITCHED.get(call.query.get("notice", "")), call.query.get("webhook")
    if said is not None:
        values["notice"] = next((said.format(brief(one["name"])) for one in found if one["uuid"] == switched), None)
    return Page("webhooks.html", values, 200 if refusal is None else refusal.status)


async def blank(call: PageCall) -> Page:
    """Show the form for a new webhook."""
    nothing: dict[str, Any] = {"events": [], "form_uuids": [], "segment_uuids": []}
    return _form(call, None, {"name": "", "url": "", "active": True, **nothing})


async def create(call: PageCall) -> Page | Done:
    """Register a webhook."""
    told = _told(call)
    try:
        await call.control("POST", f"{call.api}/webhooks", told)
    except Refused as refusal:
        return _form(call, None, told, refusal)
    return Done("/webhooks", "webhook-created")


async def webhook(call: PageCall) -> Page:
    """Show the form of one webhook."""
    found = await _found(call)
    return _form(call, found, found)


async def change(call: PageCall) -> Page | Done:
    """Save what was changed of a webhook; its token stays where no other was typed."""
    found, told = await _found(call), _told(call)
    if call.typed("forget_token"):
        told["auth_token"] = None
    try:
        await call.control("PATCH", f"{call.api}/webhooks/{found['uuid']}", told)
    except Refused as refusal:
        return _form(call, found, {**found, **told}, refusal)
    return Done("/webhooks", "webhook-saved")


async def switch(call: PageCall) -> Done:
    """Pause a webhook, or let it go on."""
    active = call.typed("active") == "true"
    await call.control("PATCH", f"{call.api}/webhooks/{call.path['uuid']}", {"active": active})
    notice = "webhook-resumed" if active else "webhook-paused"
    return Done("/webhooks", notice, {"webhook": call.path["uuid"]})


async def send_test(call: PageCall) -> Page | Done:
    """Send the webhook what last happened, and show what the receiver said."""
    found = await _found(call)
    try:
        sent = await call.control("POST", f"{call.api}/webhooks/{found['uuid']}/test")
    except Refused as refusal:
        return await webhooks(call, refusal)
    await attempted(call, sent)
    return Done(f"/webhooks/deliveries/{sent['id']}", "test-sent")


async def attempted(call: PageCall, sent: Mapping[str, Any]) -> None:
    """Wait a moment for the first attempt of a delivery; without scripts nobody would see it."""
    await call.control("GET", f"{call.api}/deliveries", since=sent["seq"], wait=PATIENCE, cause=sent["cause"], limit=1)


async def ask_deletion(call: PageCall) -> Page:
    """Ask whether the webhook is to go."""
    found = await _found(call)
    return Page("confirm.html", {
        "question": f"Delete the webhook {found['name']}?",
        "consequences": ["What still waits for it fails when its time comes.", "Its deliveries stay in the log."],
        "to": call.url(f"/webhooks/{found['uuid']}/delete"),
        "verb": "Delete the webhook",
        "back": call.url("/webhooks"),
        "picker": _picker(call),
    })  # fmt: skip


async def delete(call: PageCall) -> Done:
    """Remove a webhook."""
    await call.control("DELETE", f"{call.api}/webhooks/{call.path['uuid']}")
    return Done("/webhooks", "webhook-deleted")


async def _found(call: PageCall) -> dict[str, Any]:
    items: list[dict[str, Any]] = (await call.control("GET", f"{call.api}/webhooks"))["items"]
    found = next((one for one in items if one["uuid"] == call.path["uuid"]), None)
    if found is None:
        raise Refused(404, "No webhook of this environment has that uuid.")
    return found


def _told(call: PageCall) -> dict[str, Any]:
    """Return the webhook that a form tells of, as the control API takes it."""
    told: dict[str, Any] = {name: call.form.get(name, []) for name in ("events", "form_uuids", "segment_uuids")}
    told |= {"name": call.typed("name") or None, "url": call.typed("url"), "active": bool(call.typed("active"))}
    return {**told, "auth_token": call.form["auth_token"]} if call.form.get("auth_token") else told


def _form(
    call: PageCall, found: Mapping[str, Any] | None, typed: Mapping[str, Any], refusal: Refused | None = None
) -> Page:
    environment, window = call.environment, Window(page=1, length=MOST_CHOICES)
    surveys, segments = environment.forms(window), environment.segments(window)
    values = {
        "environment": environment,
        "webhook": found,
        "typed": {**typed, "auth_token": ""},
        "events": EVENTS,
        "surveys": _choices(surveys.items, typed["form_uuids"], environment.form),
        "segments": _choices(segments.items, typed["segment_uuids"], environment.segment),
        "left_out": max(0, surveys.total - MOST_CHOICES) + max(0, segments.total - MOST_CHOICES),
        "refusal": refusal,
        "picker": _picker(call),
    }
    return Page("webhook.html", values, 200 if refusal is None else refusal.status)


def _choices(
    offered: Sequence[Form | Segment], chosen: Any, find: Callable[[str], Form | Segment]
) -> list[dict[str, Any]]:
    """Return what a filter may be set to: what is offered, and before it what is chosen and not among that."""
    wanted = [one for one in chosen if isinstance(one, str)] if isinstance(chosen, list) else []
    names = {one.uuid: one.name for one in offered}
    strays = [uuid for uuid in wanted if uuid not in names][:MOST_CHOICES]
    rows = [{"uuid": uuid, "name": _name(uuid, find), "chosen": True} for uuid in strays]
    return rows + [{"uuid": uuid, "name": name, "chosen": uuid in wanted} for uuid, name in names.items()]


def _name(uuid: str, find: Callable[[str], Form | Segment]) -> str:
    try:
        return find(uuid).name
    except NotFound:
        return f"{uuid}, which is not there"


def _picker(call: PageCall) -> tuple[str, dict[str, str]]:
    """Another environment has other webhooks: the picker leads to their list."""
    return call.url("/webhooks", env=None), {}
