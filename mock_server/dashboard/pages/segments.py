"""Segments: who is in them and by which rule, and a form to make one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.lists import part, window
from mock_server.dashboard.records import moment, rule_text
from mock_server.dashboard.tried import UNTRIED, Tried, act
from mock_server.state.environment import Environment
from mock_server.state.records import Segment, Window
from mock_server.state.segments import OPERATORS, SUBJECTS

__all__ = ["change_segments", "segments"]


async def segments(call: PageCall, tried: Tried = UNTRIED) -> Page:
    """Show one part of the segments, by name, each with the number of its members."""
    environment = call.environment
    members = _members(environment)

    def row(segment: Segment) -> dict[str, Any]:
        return {
            "uuid": segment.uuid,
            "name": segment.name,
            "kind": "everybody" if segment.silent else "manual" if segment.is_manual else "by rule",
            "rule": rule_text(segment),
            "members": members[segment.uuid],
            "created_at": moment(segment.created_at),
        }

    return Page(
        "segments.html",
        {
            "environment": environment,
            "part": part(call, environment.segments(window(call)), row, {}),
            "subjects": tuple(SUBJECTS),
            "operators": tuple(OPERATORS),
            "tried": tried,
        },
    )


async def change_segments(call: PageCall) -> Page | Done:
    """Make a segment."""
    return await act(call, {"create": _create}, segments)


def _members(environment: Environment) -> Counter[str]:
    """Count them all in one walk: a kept order for each segment would stay for good."""
    everybody = environment.contacts(Window(page=1, length=2**31)).items
    return Counter(place.segment.uuid for contact in everybody for place in contact.memberships)


async def _create(call: PageCall) -> Done:
    body: dict[str, Any] = {"name": call.typed("name") or None}
    if call.typed("kind") == "rule":
        body["rule"] = _condition(call)
    elif call.typed("kind") == "json":
        body["rule"] = _document(call.typed("rule"))
    await call.control("POST", f"{call.api}/segments", body)
    return Done("/segments", "segment-created")


def _condition(call: PageCall) -> dict[str, Any]:
    operator = call.typed("operator")
    rule = {call.typed("subject"): call.typed("about"), "operator": operator}
    return rule if operator in ("is_set", "is_not_set") else {**rule, "value": call.typed("value")}


def _document(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"The rule is no JSON: {error}.") from None
