"""The rows of the timeline: each cause with what followed from it, newest first.

A cause is an exchange with the mirrored API, or what somebody did by the control API or this page and only its webhooks
tell of. Exchanges are kept in order; the others stand where the exchanges were when their first attempt was made.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import Any

from mock_server.contract.document import load
from mock_server.dashboard.changes import changes
from mock_server.dashboard.desk import Desk
from mock_server.dashboard.finding import Wanted, delivery_holds
from mock_server.dashboard.showing import brief
from mock_server.errors import UnknownEnvironment
from mock_server.frozen import frozen
from mock_server.journal import Entry
from mock_server.state.clock import exact
from mock_server.webhooks.log import Delivery, tree

__all__ = ["Place", "changed", "rows"]

Place = tuple[int, int]
"""Where a row stands: `seq` of an exchange and 0, or of the one before and the number of an attempt."""

AT_A_TIME = 200
"""Causes that are looked at in one go: a search through a full journal must not hold up the API."""

MOST_DIGEST = 140
"""Characters of the parameters that a row shows."""

_PERSON = ("id", "email", "uuid")


@frozen
class _Cause:
    place: Place
    environment: str | None
    name: str
    """The id of a request, of a control call, or of an event that has no cause."""
    entry: Entry | None


async def rows(
    desk: Desk, environment: str | None, wanted: Wanted, before: Place | None, most: int
) -> list[dict[str, Any]]:
    """Return the newest rows that are wanted, `most` at most, as the templates show them.

    Args:
        desk: whose journal and deliveries these are.
        environment: name of the only one that counts, None for all.
        wanted: the filters.
        before: only rows that stand below this place.
        most: how many.
    """
    needles = wanted.needles()
    others: Iterable[_Cause] = () if wanted.calls_only else _others(desk, environment, needles)
    every = merge(_exchanges(desk, environment), others, key=lambda cause: cause.place, reverse=True)
    causes: list[_Cause] = []
    for rank, cause in enumerate(every, 1):
        if (before is None or cause.place < before) and (cause.entry is None or wanted.entry(cause.entry, needles)):
            causes.append(cause)
        if len(causes) == most:
            break
        if rank % AT_A_TIME == 0:
            await asyncio.sleep(0)
    followed = _followed(desk, causes)
    return [_row(desk, cause, followed[cause.environment, cause.name]) for cause in causes]


def _exchanges(desk: Desk, environment: str | None) -> Iterator[_Cause]:
    for entry in reversed(list(desk.journal.entries(environment))):
        yield _Cause((entry.seq, 0), entry.environment, entry.id, entry)


def _others(desk: Desk, environment: str | None, needles: tuple[bytes, ...]) -> list[_Cause]:
    """Return the causes of webhooks that are no exchange of the journal, newest first."""
    places: dict[tuple[str | None, str], Place] = {}
    held = set()
    for seq, number, name, told in desk.attempts():
        cause = told["cause"] or told["event_id"]
        if environment in (None, name) and desk.journal.get(cause) is None:
            places[name, cause] = (seq, number)
            if delivery_holds(told, needles):
                held.add((name, cause))
    found = [_Cause(place, *key, None) for key, place in places.items() if not needles or key in held]
    return sorted(found, key=lambda cause: cause.place, reverse=True)


def _followed(desk: Desk, causes: list[_Cause]) -> dict[tuple[str | None, str], list[Delivery]]:
    """Return the deliveries of each cause; one walk through the log of each environment."""
    found: dict[tuple[str | None, str], list[Delivery]] = defaultdict(list)
    asked = {(cause.environment, cause.name) for cause in causes}
    for name in {cause.environment for cause in causes if cause.environment is not None}:
        try:
            log = desk.engine.log(desk.environments.get(name))
        except UnknownEnvironment:  # deleted meanwhile
            continue
        for delivery in log:
            key = name, delivery.cause or delivery.event_id
            if key in asked:
                found[key].append(delivery)
    return found


def _row(desk: Desk, cause: _Cause, deliveries: list[Delivery]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": cause.name,
        "place": f"{cause.place[0]}-{cause.place[1]}",
        "environment": cause.environment,
        "events": tree(deliveries),
        "entry": None,
        "violations": [],
        "changes": desk.happened(cause.name),
    }
    entry = cause.entry
    if entry is None:
        at = exact(deliveries[0].created_at) if deliveries else ""
        return {**row, "at": at, "person": "", "digest": "", "title": _title(cause.name, deliveries)}
    veiled = desk.veil(entry)
    parameters = veiled.request().parameters
    person = next((str(parameters[name]) for name in _PERSON if parameters.get(name)), "")
    rest = (f"{name}: {brief(value)}" for name, value in islice(parameters.items(), 12) if name not in _PERSON)
    return {
        **row,
        "at": exact(entry.at),
        "entry": entry,
        "path": veiled.path(),
        "person": person,
        "digest": brief(", ".join(rest), MOST_DIGEST),
        "violations": veiled.violations(),
        "changes": changed(desk, entry, parameters),
    }


def changed(desk: Desk, entry: Entry, parameters: Mapping[str, Any]) -> list[str]:
    """Return what an exchange changed, its parameters given behind the mask (see `changes`)."""
    try:
        environment = desk.environments.get(entry.environment or "")
    except UnknownEnvironment:  # it belonged to none, or that one is no more
        return []
    operation = load().operations.get(entry.operation or "")
    return changes(entry, operation, parameters, environment, desk.happened(entry.id))


def _title(name: str, deliveries: list[Delivery]) -> str:
    """Return what somebody did that is no exchange of the journal."""
    if name.startswith("req-"):
        return f"{name}, no longer in the journal"
    if any(delivery.redelivery_of and delivery.mutation != "duplicate" for delivery in deliveries):
        return "Sent again by hand"
    return "By page or control API" if name.startswith("control-") else "Happened by itself"
