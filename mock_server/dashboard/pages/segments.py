"""Segments: who is in them and by which rule, and a form to make one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from mock_server.dashboard.call import Done, Page, PageCall, Refused
from mock_server.dashboard.lists import part, window
from mock_server.dashboard.records import moment, rule_text
from mock_server.dashboard.tried import Tried, act, said
from mock_server.state.environment import Environment
from mock_server.state.records import Segment, Window
from mock_server.state.segments import OPERATORS, SUBJECTS

__all__ = ["change_segments", "segments"]

_NOTHING_TRIED = Tried()


async def segments(call: PageCall, tried: Tried = _NOTHING_TRIED) -> Page:
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
    done: Page | Done = await act(call, {"create": _create}, segments)
    return done


def _members(environment: Environment) -> Counter[str]:
    """Count them all in one walk: a kept order for each segment would stay for good."""
    everybody = environment.contacts(Window(page=1, length=2**31)).items
    return Counter(place.segment.uuid for contact in everybody for place in contact.memberships)


async def _create(call: PageCall) -> Done:
    form = call.form
    body: dict[str, Any] = {"name": said(form, "name") or None}
    if said(form, "kind") == "rule":
        body["rule"] = _condition(call)
    elif said(form, "kind") == "json":
        body["rule"] = _document(said(form, "rule"))
    await call.control("POST", f"/environments/{call.environment.name}/segments", body)
    return Done("/segments", "segment-created")


def _condition(call: PageCall) -> dict[str, Any]:
    form, operator = call.form, said(call.form, "operator")
    rule = {said(form, "subject"): said(form, "about"), "operator": operator}
    return rule if operator in ("is_set", "is_not_set") else {**rule, "value": said(form, "value")}


def _document(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"The rule is no JSON: {error}.") from None
