"""What an environment goes by: posture, rendering, rate limits, delivery policy, and the switches of the dialect."""

from __future__ import annotations

from typing import Any

from mock_server.contract.dialects import dialects
from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.pages.environment import TABS
from mock_server.webhooks.policy import ORDERS

__all__ = ["change_dialect", "change_settings", "dialect", "settings"]

POSTURES = {
    "lenient": "Answers as Refiner would, and judges beside it.",
    "strict": "Refuses what breaks the contract with a 4xx in Refiner's own shape, so that it cannot be overlooked.",
}
RENDERINGS = {
    "plain": "As Refiner answers.",
    "lean": "Without what the contract lets be absent or null.",
    "full": "With every part that could be asked for.",
    "odd": "Keys in another order, unknown keys, other spellings: a tolerant client does not notice.",
}
DELIVERY = {
    "duplicate": ("Copies", "How many follow each delivery.", 100, 1),
    "drop": ("Lost", "How many of the next deliveries never arrive; counted down.", 1_000_000, 1),
    "delay": ("Delay in seconds", "Before each first attempt, on the environment's clock.", 86_400, "any"),
    "jitter": ("Jitter", "From 0 to 1: by which part a wait for another attempt may grow.", 1, "any"),
}
"""The numbers of the delivery policy: name, meaning, the most, the step."""


async def settings(call: PageCall, typed: dict[str, Any] | None = None, refusal: Refused | None = None) -> Page:
    """Show the settings with what each choice means."""
    values = {
        "environment": call.environment,
        "tabs": TABS,
        "typed": typed or await call.control("GET", f"{call.api}/settings"),
        "postures": POSTURES,
        "renderings": RENDERINGS,
        "orders": ORDERS,
        "delivery": DELIVERY,
        "refusal": refusal,
    }
    return Page("environment_settings.html", values, 200 if refusal is None else refusal.status)


async def change_settings(call: PageCall) -> Page | Done:
    """Save the settings, all of them or none."""
    given = call.form.get("delivery")
    told = {
        **{name: call.typed(name) for name in ("posture", "rendering")},
        "rate_limits": bool(call.typed("rate_limits")),
        "delivery": given if isinstance(given, dict) else {},
    }
    try:
        await call.control("PATCH", f"{call.api}/settings", told)
    except Refused as refusal:
        return await settings(call, told, refusal)
    return Done("/environments/settings", "settings-saved")


async def dialect(call: PageCall, refusal: Refused | None = None) -> Page:
    """Show every point of doubt with its choices and how sure each of them is, or only those that were changed."""
    doubts = (await call.control("GET", f"{call.api}/settings"))["dialect"]
    changed = [id for id, doubt in doubts.items() if doubt["choice"] != doubt["default"]]
    only = bool(call.query.get("changed"))
    values = {
        "environment": call.environment,
        "tabs": TABS,
        "doubts": {
            id: {**doubt, "safe": dialects()[id].safe} for id, doubt in doubts.items() if not only or id in changed
        },
        "total": len(doubts),
        "changed": changed,
        "only": only,
        "refusal": refusal,
    }
    return Page("environment_dialect.html", values, 200 if refusal is None else refusal.status)


async def change_dialect(call: PageCall) -> Page | Done:
    """Choose otherwise at one point, or go back to the defaults at that point or (`reset=all`) at all of them."""
    reset = call.typed("reset")
    defaults = {id: one.default for id, one in dialects().items()}
    choices: Any = {reset: defaults.get(reset, "")} if reset else call.form.get("dialect", {})
    if reset == "all":
        choices = defaults
    try:
        await call.control("PATCH", f"{call.api}/settings", {"dialect": choices})
    except Refused as refusal:
        return await dialect(call, refusal)
    place = f"#dialect-{next(iter(choices))}" if len(choices) == 1 else ""
    return Done(f"/environments/dialect{place}", "dialect-saved")
