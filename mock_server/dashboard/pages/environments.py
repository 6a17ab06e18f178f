"""The environments of the server: all of them, and the form for one more."""

from __future__ import annotations

from typing import Any

from mock_server.contract.dialects import dialects
from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.settings import POSTURES, RENDERINGS
from mock_server.state.environment import Environment
from mock_server.state.seeds import SEEDS

__all__ = ["blank", "create", "environments"]

MOST_ROWS = 50
"""Environments of one page."""

_PLAIN = ("name", "seed", "posture", "rendering", "clock", "at")


async def environments(call: PageCall) -> Page:
    """Show the environments whose names hold what is looked for, oldest first."""
    wanted, every = call.query.get("q", "").strip().lower(), list(call.desk.environments)
    found = [one for one in every if wanted in one.name.lower()]
    given = call.query.get("page", "")
    page = max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1
    start = (page - 1) * MOST_ROWS
    return Page(
        "environments.html",
        {
            "rows": [_row(call, one) for one in found[start : start + MOST_ROWS]],
            "total": len(every),
            "found": len(found),
            "wanted": wanted,
            "searchable": len(every) > MOST_ROWS or bool(wanted),
            "earlier": call.url("/environments", q=wanted, page=page - 1) if page > 1 else None,
            "further": call.url("/environments", q=wanted, page=page + 1) if start + MOST_ROWS < len(found) else None,
            "most": call.desk.settings.max_environments,
        },
    )


async def blank(call: PageCall) -> Page:
    """Show the form for a new environment."""
    settings = call.desk.settings
    typed = {**dict.fromkeys(_PLAIN, ""), "seed": "demo", "posture": settings.posture, "rendering": "plain"}
    return _form(call, {**typed, "clock": "real", "dialect": settings.dialect})


async def create(call: PageCall) -> Page | Done:
    """Make an environment, and go on in it."""
    chosen = call.form.get("dialect")
    typed = {**{name: call.typed(name) for name in _PLAIN}, "dialect": chosen if isinstance(chosen, dict) else {}}
    told = {name: typed[name] for name in ("name", "seed", "posture", "rendering") if typed[name]}
    if typed["clock"] in ("freeze", "set"):
        told["clock"] = {typed["clock"]: typed["at"] or (True if typed["clock"] == "freeze" else "")}
    try:
        made = await call.control("POST", "/environments", {**told, "dialect": typed["dialect"]})
    except Refused as refusal:
        return _form(call, typed, refusal)
    return Done("/environments/overview", "environment-created", env=made["name"])


def _form(call: PageCall, typed: dict[str, Any], refusal: Refused | None = None) -> Page:
    values = {
        "typed": typed,
        "seeds": tuple(SEEDS),
        "postures": POSTURES,
        "renderings": RENDERINGS,
        "dialects": dialects().values(),
        "usual": call.desk.settings.dialect,
        "refusal": refusal,
    }
    return Page("environment_new.html", values, 200 if refusal is None else refusal.status)


def _row(call: PageCall, environment: Environment) -> dict[str, Any]:
    changed = sum(1 for one in dialects().values() if environment.dialect.get(one.id, one.default) != one.default)
    return {
        "name": environment.name,
        "api_key": environment.api_key,
        "seed": environment.seed if isinstance(environment.seed, str) else "a document",
        "posture": environment.posture,
        "rendering": environment.rendering,
        "clock": environment.clock.mode,
        "changed": changed,
        "webhooks": len(call.desk.engine.subscriptions(environment)),
    }
