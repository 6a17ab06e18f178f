"""The requests of wrong.yaml and right.yaml, ready to be judged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mock_server.contract.prepared import read
from mock_server.contract.violation import Finding
from tests.contract.verdict.judged import KEY, Known, form, judged

__all__ = ["RIGHT", "WRONG", "Scene", "found_in"]

IDS = {
    "$BASIC": "NWIyZjhhMWMtM2Q0ZS00ZjYwLTlhN2ItMWMyZDNlNGY1YTZi",  # the key without a colon after it
    "$KEY": KEY,
    "$SURVEY": "34de57da-fd12-11ef-83b6-81e7e8e25d94",
    "$OTHER": "5f0cbe02-00c1-11f0-9c1d-3b1f6a7d2e90",
    "$MIRA": "87b1755e-00b5-11f0-9944-0d5ca6a3a450",
}
PEOPLE = {IDS["$MIRA"]: ("u-1", "mira@example.org"), IDS["$OTHER"]: ("u-2", "ole@example.org")}

Scene = tuple[str, dict[str, Any]]
"""The rule that it is about, and the request."""


def found_in(request: dict[str, Any]) -> tuple[Finding, ...]:
    """Judge one of these requests."""
    facts = {name: request[name] for name in request.keys() & {"media_type", "refused", "mirrored", "whole_last_day"}}
    facts["headers"] = request.get("headers")
    world = request.get("world", {})
    facts["world"] = Known(PEOPLE) if world == "people" else Known(world.get("contacts", {}), world.get("kinds", {}))
    if "form" in request:
        return form(request["call"], request["form"], **facts)
    body = request.get("body", "").encode()
    return judged(request["call"], request.get("json"), body=body, query=request.get("query", ""), **facts)


def _scenes(name: str) -> list[Scene]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    for short, id in IDS.items():
        text = text.replace(short, id)
    return [(rule, _long(request)) for rule, requests in read(text).items() for request in requests]


def _long(value: Any) -> Any:
    """Write `x*300` out."""
    if isinstance(value, dict):
        return {name: _long(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_long(each) for each in value]
    match = re.fullmatch(r"(\w)\*(\d+)", value) if isinstance(value, str) else None
    return match[1] * int(match[2]) if match else value


WRONG, RIGHT = _scenes("wrong.yaml"), _scenes("right.yaml")
