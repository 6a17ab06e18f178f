"""Surveys: the lists of them, and a form to make one."""

from __future__ import annotations

from mock_server.dashboard.call import Done, Page, PageCall
from mock_server.dashboard.lists import part, window
from mock_server.dashboard.questions import TYPES
from mock_server.dashboard.records import form_row
from mock_server.dashboard.tried import Tried, act, said
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
_NOTHING_TRIED = Tried()


async def surveys(call: PageCall, tried: Tried = _NOTHING_TRIED) -> Page:
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
    done: Page | Done = await act(call, {"create": _create}, surveys)
    return done


async def _create(call: PageCall) -> Done:
    form = call.form
    questions = [
        {
            "text": text,
            "type": said(form, f"type{rank}") or "text",
            "identifier": said(form, f"identifier{rank}") or None,
        }
        for rank in range(MOST_QUESTIONS)
        if (text := said(form, f"text{rank}"))
    ]
    body = {"name": said(form, "name") or None, "questions": questions, "published": said(form, "published") == "yes"}
    made = await call.control("POST", f"/environments/{call.environment.name}/forms", body)
    return Done(f"/surveys/{made['uuid']}", "survey-created")
