"""Surveys: the lists of them, and a form to make one."""

from __future__ import annotations

from mock_server.dashboard.call import Done, Page, PageCall
from mock_server.dashboard.lists import part, window
from mock_server.dashboard.questions import TYPES
from mock_server.dashboard.records import form_row
from mock_server.dashboard.tried import UNTRIED, Tried, act
from mock_server.state.surveys import LISTINGS

__all__ = ["MOST_QUESTIONS", "change_surveys", "surveys"]

LIST_WORDS = {
    "all": "not archived",
    "published": "published",
    "drafts": "drafts",
    "archived": "archived",
    "all_with_archived": "all",
}
MOST_QUESTIONS = 5
"""That the form has room for; the control API takes any number."""


async def surveys(call: PageCall, tried: Tried = UNTRIED) -> Page:
    """Show one part of a list of surveys, by name."""
    environment = call.environment
    listing = call.query.get("list", "")
    listing = listing if listing in LISTINGS else "all"
    filters = {"list": "" if listing == "all" else listing}
    return Page(
        "surveys.html",
        {
            "environment": environment,
            "part": part(call, environment.forms(window(call), listing), form_row, filters),
            "listing": listing,
            "listings": LIST_WORDS,
            "types": TYPES,
            "ranks": range(MOST_QUESTIONS),
            "tried": tried,
        },
    )


async def change_surveys(call: PageCall) -> Page | Done:
    """Make a survey."""
    return await act(call, {"create": _create}, surveys)


async def _create(call: PageCall) -> Done:
    questions = [
        {
            "text": text,
            "type": call.typed(f"type{rank}") or "text",
            "identifier": call.typed(f"identifier{rank}") or None,
        }
        for rank in range(MOST_QUESTIONS)
        if (text := call.typed(f"text{rank}"))
    ]
    body = {"name": call.typed("name") or None, "questions": questions, "published": call.typed("published") == "yes"}
    made = await call.control("POST", f"{call.api}/forms", body)
    return Done(f"/surveys/{made['uuid']}", "survey-created")
