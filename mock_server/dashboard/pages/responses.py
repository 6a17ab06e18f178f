"""Responses: the list of them by survey, segment, state, day and person, and tags to put on them."""

from __future__ import annotations

import re

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.figures import DAY
from mock_server.dashboard.lists import part, window
from mock_server.dashboard.records import named, response_row
from mock_server.dashboard.tried import UNTRIED, Tried, act
from mock_server.state.clock import parse_time
from mock_server.state.queries import INCLUDES, ResponseQuery
from mock_server.state.records import Micros

__all__ = ["change_responses", "responses", "tag"]

INCLUDE_WORDS = {"all": "everything", "partials": "with answers", "completed": "completed"}
_FILTERS = ("include", "form_uuid", "segment_uuid", "since", "until", "q")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def responses(call: PageCall, tried: Tried = UNTRIED) -> Page:
    """Show one part of the responses that meet the filters, newest first; a day that is none is said beside it."""
    environment = call.environment
    filters = {name: call.query.get(name, "").strip()[:200] for name in _FILTERS}
    if filters["include"] not in INCLUDES or filters["include"] == "all":
        filters["include"] = ""
    problem = ""
    try:
        query = _query(filters)
    except Refused as refused:
        problem, query = str(refused), ResponseQuery(include="all")
    for uuid in query.form_uuids:
        environment.form(uuid)
    for uuid in query.segment_uuids:
        environment.segment(uuid)
    found = environment.responses(query, window(call))
    return Page(
        "responses.html",
        {
            "environment": environment,
            "part": part(call, found, lambda response: response_row(environment, response), filters),
            "filters": filters,
            "action": call.url("/responses", **filters, page=call.query.get("page")),
            "filtered": any(filters.values()),
            "problem": problem,
            "includes": INCLUDE_WORDS,
            "known": named(environment),
            "tried": tried,
        },
        400 if problem else 200,
    )


async def change_responses(call: PageCall) -> Page | Done:
    """Tag a response."""
    return await act(call, {"tag": _tag}, responses)


def _query(filters: dict[str, str]) -> ResponseQuery:
    until = _day(filters["until"], "To")
    return ResponseQuery(
        form_uuids=(filters["form_uuid"],) if filters["form_uuid"] else (),
        segment_uuids=(filters["segment_uuid"],) if filters["segment_uuid"] else (),
        date_range_start=_day(filters["since"], "From"),
        # To a reader the last day is part of the range.
        date_range_end=None if until is None else until + DAY,
        include=filters["include"] or "all",
        search=filters["q"] or None,
    )


def _day(text: str, name: str) -> Micros | None:
    if not text:
        return None
    at = parse_time(text) if _DAY.fullmatch(text) else None
    if at is None:
        raise Refused(400, f"The field {name} must be a day, such as 2026-01-31.")
    return at


async def tag(call: PageCall) -> str:
    """Put the tags of a form on the response that it names, and return the cause of what follows."""
    tags = [one.strip() for one in call.typed("tags").split(",") if one.strip()]
    body = {"event": "Tag Added", "response_uuid": call.typed("response_uuid"), "tags": tags}
    cause: str = (await call.control("POST", f"{call.api}/simulate", body))["cause"]
    return cause


async def _tag(call: PageCall) -> Done:
    kept = {name: call.query.get(name) for name in (*_FILTERS, "page")}
    return Done("/responses", "response-tagged", {**kept, "cause": await tag(call)})
