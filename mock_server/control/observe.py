"""Shows what happened: exchanges, violations, tracked events, deliveries; and the contract they are held to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import orjson
from starlette.responses import Response

from mock_server import __version__
from mock_server.contract.document import load
from mock_server.contract.rules import CODES, LEVELS
from mock_server.control.call import ControlCall, Fields
from mock_server.control.masking import Mask
from mock_server.control.times import shown
from mock_server.errors import NotFound, UnknownEnvironment, UsageError
from mock_server.journal import Entry
from mock_server.resources import contract_path
from mock_server.state.environment import Environment
from mock_server.state.records import Identity, TrackedEvent
from mock_server.webhooks.log import tree

__all__ = [
    "contract",
    "deliveries",
    "empty_journal",
    "empty_whole_journal",
    "entry_line",
    "events",
    "exchange",
    "health",
    "journal",
    "whole_journal",
]

LONGEST_WAIT = 60.0
"""Seconds one long-poll may wait."""
MOST_ITEMS = 1_000
"""Items of one answer; `since` goes on from there."""

_FILTERS = ("operation", "method", "status", "code", "severity")

_TOKEN = re.compile(rb"auth[\s._-]?token", re.IGNORECASE)


def health(call: ControlCall) -> dict[str, Any]:
    """Return that the server is up, which version it is, and how many environments it has."""
    call.query.only()
    return {"status": "ok", "version": __version__, "environments": len(call.desk.environments)}


def contract(call: ControlCall) -> Any:
    """Return the OpenAPI document, or with `format=yaml` the very file."""
    call.query.only("format")
    wanted = call.query.text("format", "json")
    if wanted == "json":
        return load().document
    if wanted != "yaml":
        raise UsageError("The field format must be json or yaml.")
    return Response(contract_path("refiner.yaml").read_bytes(), media_type="application/yaml")


async def journal(call: ControlCall) -> dict[str, Any]:
    """Return the entries of one environment after `since`, oldest first; with `whole` like `exchange`."""
    return await _entries(call, call.environment.name)


async def whole_journal(call: ControlCall) -> dict[str, Any]:
    """Return the entries of all environments after `since`, with those that belong to none."""
    return await _entries(call, None)


def empty_journal(call: ControlCall) -> None:
    """Forget the entries of one environment."""
    call.desk.journal.empty(call.environment.name)


def empty_whole_journal(call: ControlCall) -> None:
    """Forget every entry."""
    call.desk.journal.empty()


def exchange(call: ControlCall) -> dict[str, Any]:
    """Return one exchange whole, keys shortened: what was sent, as it was read, the answer, and what it triggered."""
    call.query.only()
    entry = call.desk.journal.get(call.path["id"])
    if entry is None:
        raise NotFound("No exchange has that id; old ones fall out of the journal (journal_entries, journal_bytes).")
    return {**_whole(call, entry), "triggered": _triggered(call, entry)}


def events(call: ControlCall) -> dict[str, Any]:
    """Return the latest tracked events, oldest first."""
    call.query.only("limit")
    environment, limit = call.environment, call.query.count("limit", MOST_ITEMS, MOST_ITEMS)
    tracked = environment.tracked_events()
    latest = islice(tracked, max(0, len(tracked) - limit), None)
    return {"items": [_event(environment, event) for event in latest]}


async def deliveries(call: ControlCall) -> dict[str, Any]:
    """Return the deliveries that were made or changed after `since`, with all their attempts, oldest first.

    With `cause` only those that a request caused, or a call of this API; of more than `limit` those that changed first.
    """
    query = call.query
    query.only("since", "limit", "wait", "cause")
    since, limit = query.count("since", 0), query.count("limit", MOST_ITEMS, MOST_ITEMS)
    seconds = query.number("wait", 0, LONGEST_WAIT) if limit else 0.0
    items: list[Any] = await call.desk.engine.wait(call.environment, since, seconds, query.text("cause"), limit)
    log = call.desk.engine.log(call.environment)
    seen = log.seq if len(items) < limit else max((item["seq"] for item in items), default=since)
    return {"items": items, "next_since": max(since, seen), "dropped": log.dropped}


async def _entries(call: ControlCall, environment: str | None) -> dict[str, Any]:
    query, book = call.query, call.desk.journal
    query.only("since", "limit", "wait", "violations_only", "whole", *_FILTERS)
    since, limit = query.count("since", 0), query.count("limit", MOST_ITEMS, MOST_ITEMS)
    wanted, whole = _filter(query), query.flag("whole", False)
    loop = asyncio.get_running_loop()
    end = loop.time() + query.number("wait", 0, LONGEST_WAIT)
    found: list[Entry] = []
    while limit:
        for entry in book.entries(environment, since=since):
            since = entry.seq  # what was looked at once is not looked at again
            if wanted(entry):
                found.append(entry)
                if len(found) == limit:
                    break
        left = end - loop.time()
        if found or left <= 0 or not await book.arrival(left):
            break
    return {
        "items": [_whole(call, entry) if whole else entry_line(entry, call.desk.mask) for entry in found],
        "next_since": since,
        "dropped": book.dropped(environment),
    }


def _filter(query: Fields) -> Callable[[Entry], bool]:
    """Return what tells whether an entry is wanted: by all filters that were given, two of a violation by one of it."""
    operation, method = query.text("operation"), (query.text("method") or "").upper()
    status = query.count("status", 0, 599) if "status" in query else None
    code = query.one_of("code", sorted(CODES), "") if "code" in query else None
    grave = LEVELS[: LEVELS.index(query.one_of("severity", LEVELS, LEVELS[-1])) + 1]
    judged = query.flag("violations_only", False) or "code" in query or "severity" in query

    def wanted(entry: Entry) -> bool:
        if operation not in (None, entry.operation) or method not in ("", entry.method):
            return False
        if status not in (None, entry.status):
            return False
        return not judged or any(one["severity"] in grave and code in (None, one["code"]) for one in entry.violations)

    return wanted


def entry_line(entry: Entry, mask: Mask) -> dict[str, Any]:
    """Return one exchange in short, keys and tokens shortened."""
    masked = mask.over(entry)
    return {
        "seq": entry.seq,
        "id": entry.id,
        "at": shown(entry.at),
        "environment": entry.environment,
        "method": entry.method,
        "path": masked.path(),
        "query": masked.query(),
        "operation": entry.operation,
        "status": entry.status,
        "duration_us": entry.duration_us,
        "fault": entry.fault,
        "violations": masked.violations(),
    }


def _whole(call: ControlCall, entry: Entry) -> dict[str, Any]:
    """Return one exchange with what was sent, as it was read, and the answer, keys and tokens shortened."""
    masked = call.desk.mask.over(entry)
    request = masked.request()
    return {
        **entry_line(entry, call.desk.mask),
        "request": {
            "authorization": masked.authorization(),
            "media_type": entry.media_type,
            "parameters": request.parameters,
            "problem": request.problem,
            "body": request.raw_body.decode("utf-8", "replace"),
            "body_size": entry.body_size,
            "not_replayable": _obstacle(entry, call.desk.settings.journal_body),
        },
        "answer": {"body": _value(masked.answer()), "body_size": entry.answer_size},
    }


def _obstacle(entry: Entry, most: int) -> str | None:
    """Say why a request cannot be sent again from what is shown of it, None where it can (with the right key)."""
    if len(entry.body) < entry.body_size:
        return f"only the first {len(entry.body)} of its {entry.body_size} body bytes were kept (journal_body)"
    if len(entry.query) >= most:
        return f"only the first {most} bytes of its query were kept (journal_body)"
    if entry.status == 413 and not entry.body:
        return "its body was too large to be read (max_body)"
    if _TOKEN.search(entry.query) or _TOKEN.search(entry.body):
        return "it carries a webhook's token, which is never shown"
    try:
        entry.body.decode("utf-8")
    except UnicodeDecodeError:
        return "its body is not UTF-8 text"
    return None


def _value(answer: bytes) -> Any:
    try:
        return orjson.loads(answer)
    except orjson.JSONDecodeError:  # cut off, as it was longer than journal_body
        return answer.decode("utf-8", "replace")


def _triggered(call: ControlCall, entry: Entry) -> list[dict[str, Any]]:
    """What followed from an exchange: the events that it triggered, below each its deliveries with their attempts."""
    try:
        environment = call.desk.environments.get(entry.environment or "")
    except UnknownEnvironment:  # it belonged to none, or that one is no more
        return []
    return tree(call.desk.engine.log(environment).since(0, entry.id))


def _event(environment: Environment, event: TrackedEvent) -> dict[str, Any]:
    try:
        contact = environment.contact(Identity(uuid=event.contact_uuid))
        who = {"id": contact.remote_id, "email": contact.email, "uuid": contact.uuid}
    except NotFound:
        who = {"id": None, "email": None, "uuid": event.contact_uuid}
    return {"event": event.event, "at": shown(event.at), "contact": who}
