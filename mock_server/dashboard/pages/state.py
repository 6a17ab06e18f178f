"""The whole state of an environment: out as a file and in again, copied, back to its seed, or gone."""

from __future__ import annotations

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.pages.environment import TABS

__all__ = ["ask_deletion", "ask_reset", "delete", "fork", "load", "reset", "state"]

STAYS = "default"
WHY = "clients that know nothing of environments end up in it"
"""Why that environment is never deleted."""


async def state(call: PageCall, refusals: dict[str, Refused] | None = None) -> Page:
    """Show what can be done with the state as a whole; what was refused is said beside its form."""
    refused = refusals or {}
    values = {
        "environment": call.environment,
        "tabs": TABS,
        "stays": WHY if call.environment.name == STAYS else "",
        "most": call.desk.settings.max_snapshot,
        "name": call.typed("name"),
        "refusals": refused,
        "picker": (call.url("/environments/state", env=None), {}),
    }
    return Page("environment_state.html", values, next((one.status for one in refused.values()), 200))


async def load(call: PageCall) -> Page | Done:
    """Replace the state by that of a snapshot; one that is refused changes nothing."""
    document = call.files.get("snapshot", b"")
    if not document.strip():
        return await state(call, {"load": Refused(400, "Choose the file of a snapshot first; nothing came.")})
    try:
        answer = await call.control("PUT", f"{call.api}/snapshot", document)
    except Refused as refusal:
        return await state(call, {"load": refusal})
    return Done(
        "/environments/state", "snapshot-loaded-without-tokens" if answer["tokens_missing"] else "snapshot-loaded"
    )


async def fork(call: PageCall) -> Page | Done:
    """Copy the environment, and go on in the copy."""
    try:
        made = await call.control("POST", f"{call.api}/fork", {"name": call.typed("name") or None})
    except Refused as refusal:
        return await state(call, {"fork": refusal})
    return Done("/environments/overview", "environment-forked", env=made["name"])


async def ask_reset(call: PageCall) -> Page:
    """Ask whether the environment is to go back to its seed."""
    return _question(call, "reset", f"Take {call.environment.name} back to its seed?", [
        "Contacts, surveys, responses, webhooks, deliveries, faults and the journal of this environment are lost.",
        "Name, key, settings and the verdict stay; the clock runs as it did at first.",
    ], "Reset the environment")  # fmt: skip


async def reset(call: PageCall) -> Done:
    """Take the environment back to its seed."""
    await call.control("POST", f"{call.api}/reset")
    return Done("/environments/overview", "environment-reset")


async def ask_deletion(call: PageCall) -> Page:
    """Ask whether the environment is to go; 409 for the one that stays."""
    if call.environment.name == STAYS:
        raise Refused(409, f"The environment {STAYS} cannot be deleted: {WHY}. It can be reset.")
    return _question(call, "delete", f"Delete the environment {call.environment.name}?", [
        "Everything in it is lost: data, webhooks, deliveries, journal and verdict.",
        "Its key is unknown from then on: a client that still uses it is refused.",
    ], "Delete the environment")  # fmt: skip


async def delete(call: PageCall) -> Done:
    """Delete the environment, and go on with those that are left."""
    await call.control("DELETE", call.api)
    return Done("/environments", "environment-deleted", env="")


def _question(call: PageCall, action: str, question: str, consequences: list[str], verb: str) -> Page:
    return Page("confirm.html", {
        "question": question,
        "consequences": consequences,
        "to": call.url(f"/environments/{action}", env=call.environment.name),
        "verb": verb,
        "back": call.url("/environments/state", env=call.environment.name),
    })  # fmt: skip
