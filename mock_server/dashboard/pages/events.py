"""Tracked events, newest first, and a form to track one."""

from __future__ import annotations

from typing import Any

from mock_server.dashboard.call import Done, Page, PageCall
from mock_server.dashboard.lists import part_of
from mock_server.dashboard.records import moment, respondent
from mock_server.dashboard.tried import UNTRIED, Tried, act
from mock_server.state.records import TrackedEvent

__all__ = ["change_events", "events"]


async def events(call: PageCall, tried: Tried = UNTRIED) -> Page:
    """Show one part of the latest tracked events, or of those whose name has a text in it."""
    environment = call.environment
    text = call.query.get("q", "").strip()[:200]
    found = [one for one in reversed(environment.tracked_events()) if text.casefold() in one.event.casefold()]

    def row(one: TrackedEvent) -> dict[str, Any]:
        return {"event": one.event, "at": moment(one.at), "contact": respondent(environment, one.contact_uuid)}

    return Page(
        "events.html",
        {
            "environment": environment,
            "part": part_of(call, found, row, {"q": text}),
            "text": text,
            "most": call.desk.settings.max_events,
            "tried": tried,
        },
    )


async def change_events(call: PageCall) -> Page | Done:
    """Track an event, as trackEvent does."""
    return await act(call, {"track": _track}, events)


async def _track(call: PageCall) -> Done:
    sent = {name: text for name in ("id", "email", "event") if (text := call.typed(name))}
    done = await call.control("POST", f"{call.api}/operations/trackEvent", sent)
    return Done("/events", "event-tracked", {"cause": done["cause"]})
