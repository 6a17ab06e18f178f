"""The timeline: what was called, how it was judged, which webhooks went out and what the receiver said."""

from __future__ import annotations

import re
from typing import Any

from mock_server.contract.document import load
from mock_server.dashboard.call import Page, PageCall
from mock_server.dashboard.finding import NO_OPERATION, VERDICTS, Wanted
from mock_server.dashboard.threads import Place, rows

__all__ = ["MOST_ROWS", "timeline"]

MOST_ROWS = 50
"""Rows of one page."""

_PLACE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


async def timeline(call: PageCall) -> Page:
    """Show the newest rows of all environments or of the chosen one, or those before a place."""
    chosen, wanted = call.chosen, Wanted.of(call.query)
    name = None if chosen is None else chosen.name
    before = _place(call.query.get("before", ""))
    found = await rows(call.desk, name, wanted, before, MOST_ROWS + 1)
    shown = found[:MOST_ROWS]
    filters = {"operation": wanted.operation, "verdict": wanted.verdict, "q": wanted.text}
    older = call.url("/", **filters, before=shown[-1]["place"]) if len(found) > MOST_ROWS else None
    return Page(
        "timeline.html",
        {
            "rows": shown,
            "wanted": wanted,
            "operations": [*load().operations, NO_OPERATION],
            "verdicts": VERDICTS,
            "older": older,
            "newest": call.url("/", **filters) if before is not None else None,
            "dropped": call.desk.journal.dropped(name),
            "first": _first_call(call),
        },
    )


def _first_call(call: PageCall) -> dict[str, Any] | None:
    """Return what somebody needs to make a first call, None where no environment is left."""
    environment = call.chosen or next(iter(call.desk.environments), None)
    if environment is None:
        return None
    return {"name": environment.name, "base_url": call.base_url(environment), "api_key": environment.api_key}


def _place(text: str) -> Place | None:
    match = _PLACE.fullmatch(text)
    return None if match is None else (int(match[1]), int(match[2]))
