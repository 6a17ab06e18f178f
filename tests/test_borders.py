"""Every bound of the settings at its border: what just fits is done, one more is refused by name or ousts the oldest.

A bound that is added to Settings and not here is a failure (`test_no_bound_is_forgotten`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from mock_server.settings import Settings
from tests.api.door import Client, Door, Reply

JSON = "application/json"
ELSEWHERE = {
    "max_url": "server/test_bounded.py",
    "max_headers": "server/test_bounded.py",
    "max_header_bytes": "server/test_bounded.py",
    "max_connections": "server/test_bounded.py",
    "idle_timeout": "server/test_bounded.py",
    "delivery_timeout": "webhooks/test_sender.py",
    "delivery_concurrency": "webhooks/test_engine_promises.py",
    "delivery_concurrency_per_target": "webhooks/test_engine_promises.py",
}
"""Bounds that need sockets, or have no border but time: the file whose tests set them."""


class Border(NamedTuple):
    """A bound, and the call of a size, or of a number, that meets it."""

    setting: str
    most: int
    call: Callable[[Client, int], Reply]
    fits: int
    over: int
    first: int | None = None
    """The number of the first call, where it is their number that is bounded."""


def padded(value: object, size: int) -> bytes:
    """Return JSON of so many bytes."""
    return orjson.dumps(value).ljust(size)


def nested(depth: int) -> object:
    value: object = "x"
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def event(client: Client, **more: object) -> Reply:
    return client.post("/track-event", {"id": "u-1", "event": "Exported", **more})


def store(client: Client, **more: object) -> Reply:
    form = client.get("/forms").json["items"]
    uuid = form[0]["uuid"] if form else client.form_uuid()
    return client.post("/responses", {"id": "u-1", "form_uuid": uuid, "prevent_duplicates": False, **more})


def restored(client: Client, size: int) -> Reply:
    path = f"/_mock/api/environments/{client.environment.name}/snapshot"
    return client.door.call("PUT", path, body=padded(client.environment.snapshot(), size))


def uploaded(client: Client, size: int) -> Reply:
    path = f"/_mock/api/environments/{client.environment.name}/forms"
    return client.door.call("POST", path, body=padded({"name": f"Survey {size}"}, size))


def webhook(number: int) -> dict[str, object]:
    return {"name": f"W {number}", "url": f"http://127.0.0.1:9/{number}", "events": ["Completed Survey"]}


REFUSED = {
    "body": Border(
        "max_body", 900, lambda it, n: it.send("POST", "/track", JSON, padded({"id": "u", "event": "e"}, n)), 202, 413
    ),
    "body of a control call": Border("max_body", 900, uploaded, 201, 413),
    "snapshot": Border("max_snapshot", 9_000, restored, 200, 413),
    "JSON levels": Border("max_nesting", 7, lambda it, n: event(it, deep=nested(n)), 202, 400),
    "brackets": Border("max_nesting", 7, lambda it, n: it.send("GET", "/segments", query="a" + "[b]" * n), 200, 400),
    "bracketed form": Border(
        "max_nesting", 7, lambda it, n: it.form("/track", f"id=u&event=e&a{'[]' * n}=1"), 202, 400
    ),
    "levels of a control call": Border(
        "max_nesting",
        7,
        lambda it, n: it.control("POST", "/contacts", {"id": "u-1", "traits": {"x": nested(n - 1)}}),
        200,
        400,
    ),
    "JSON values": Border("max_parameters", 9, lambda it, n: event(it, many=list(range(n - 3))), 202, 400),
    "query": Border(
        "max_parameters", 9, lambda it, n: it.send("GET", "/segments", query="&".join(["a=1"] * n)), 200, 400
    ),
    "form": Border("max_parameters", 9, lambda it, n: it.form("/track", "id=u&event=e" + "&a[]=1" * (n - 2)), 202, 400),
    "environments": Border(
        "max_environments",
        3,
        lambda it, n: it.door.call("POST", "/_mock/api/environments", body=orjson.dumps({"name": f"e-{n}"})),
        201,
        409,
        first=2,
    ),
    "forks": Border(
        "max_environments", 3, lambda it, n: it.control("POST", "/fork", {"name": f"f-{n}"}), 201, 409, first=2
    ),
    "webhooks": Border("max_webhooks", 3, lambda it, n: it.post("/webhooks", webhook(n)), 201, 400, first=1),
    "webhooks by hand": Border(
        "max_webhooks", 3, lambda it, n: it.control("POST", "/webhooks", webhook(n)), 201, 409, first=1
    ),
    "contacts": Border("max_contacts", 3, lambda it, n: it.post("/identify-user", {"id": f"u-{n}"}), 202, 400, first=1),
    "contacts by events": Border(
        "max_contacts", 3, lambda it, n: it.post("/track", {"id": f"u-{n}", "event": "e"}), 202, 400, first=1
    ),
    "accounts": Border(
        "max_accounts",
        3,
        lambda it, n: it.post("/identify-user", {"id": "u-1", "account": {"id": f"a-{n}"}}),
        202,
        400,
        first=1,
    ),
    "responses": Border("max_responses", 3, lambda it, _: store(it), 200, 400, first=1),
    "surveys": Border(
        "max_definitions", 3, lambda it, n: it.control("POST", "/forms", {"name": f"S {n}"}), 201, 409, first=1
    ),
    "segments": Border(
        "max_definitions", 3, lambda it, n: it.control("POST", "/segments", {"name": f"S {n}"}), 201, 409, first=2
    ),
    "tags": Border("max_definitions", 3, lambda it, n: store(it, tags=[f"t-{n}"]), 200, 400, first=1),
    "faults": Border(
        "max_faults",
        3,
        lambda it, _: it.control("POST", "/faults", {"kind": "drop", "operation": "archiveForm"}),
        201,
        409,
        first=1,
    ),
}


@contextmanager
def bounded(setting: str, most: int) -> Iterator[Client]:
    """Serve one environment under one bound, on a clock that stands still, by whose policy no webhook is ever sent."""
    door = Door(Settings(**{setting: most}))  # type: ignore[arg-type]
    client = Client(door, door.rooms.environments.get("default"))
    client.freeze("2026-01-31T10:00:00Z")
    client.control("PATCH", "/settings", {"delivery": {"drop": 100}})
    yield client
    door.close()


@pytest.mark.parametrize("what", REFUSED)
def test_what_just_fits_is_done_and_one_more_is_refused_by_name(what: str) -> None:
    border = REFUSED[what]
    with bounded(border.setting, border.most) as client:
        for number in range(border.first or border.most, border.most + 1):
            reply = border.call(client, number)
            assert reply.status == border.fits, reply.body
        before = client.environment.snapshot()

        reply = border.call(client, border.most + 1)

        assert reply.status == border.over
        assert list(reply.json) in (["message"], ["error"])
        assert border.setting in str(reply.json)
        assert client.environment.snapshot() == before
        assert client.get("/account").status == 200


class Ring(NamedTuple):
    """A bound at which the oldest gives way: what adds one more, and what tells how many are kept."""

    setting: str
    add: Callable[[Client], object]
    kept: Callable[[Client], int]
    unit: Callable[[Client], int] = lambda _: 1
    """What one of them counts."""


def items(client: Client, path: str) -> list[Any]:
    found: list[Any] = client.control("GET", path).json["items"]
    return found


def completed(client: Client) -> None:
    form = items(client, "/forms")[0]["uuid"] if items(client, "/forms") else client.form_uuid()
    if not items(client, "/webhooks"):
        assert client.control("POST", "/webhooks", webhook(1)).status == 201
    client.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})


def delivery_size(client: Client) -> int:
    return next(iter(client.door.rooms.engine.log(client.environment))).size


def entry_size(client: Client) -> int:
    return next(client.door.rooms.journal.entries()).cost


RINGS = {
    "events": Ring("max_events", event, lambda it: len(items(it, "/events"))),
    "deliveries": Ring("max_deliveries", completed, lambda it: len(items(it, "/deliveries"))),
    "bytes of deliveries": Ring("delivery_bytes", completed, lambda it: len(items(it, "/deliveries")), delivery_size),
    "entries": Ring("journal_entries", event, lambda it: len(items(it, "/journal"))),
    "bytes of the journal": Ring(
        "journal_bytes", lambda it: it.get("/segments"), lambda it: len(items(it, "/journal")), entry_size
    ),
}


@pytest.mark.parametrize("what", RINGS)
def test_of_what_does_not_fit_the_oldest_gives_way(what: str) -> None:
    ring = RINGS[what]
    with bounded(ring.setting, 1_000_000) as plenty:
        ring.add(plenty)
        unit = ring.unit(plenty)

    for most, counts in ((3 * unit, [1, 2, 3, 3]), (3 * unit - 1, [1, 2, 2, 2])):
        with bounded(ring.setting, most) as client:
            for count in counts:
                ring.add(client)
                assert ring.kept(client) == count


def test_the_newest_exchange_is_kept_however_few_bytes_the_journal_may_hold() -> None:
    with bounded("journal_bytes", 1) as client:
        client.get("/segments")
        newest = client.get("/forms").headers["refiner-mock-request-id"]

        assert [entry["id"] for entry in items(client, "/journal")] == [newest]


@pytest.mark.parametrize("size", [400, 401])
def test_of_a_body_and_a_query_so_much_is_kept_and_their_sizes_are_told(size: int) -> None:
    with bounded("journal_body", 400) as client:
        assert client.send("POST", "/track", JSON, padded({"id": "u-1", "event": "e"}, size)).status == 202
        assert client.send("GET", "/segments", query="a=".ljust(size, "a")).status == 200
        posted, got = client.door.rooms.journal.entries()

    assert (len(posted.body), posted.body_size) == (400, size)
    assert len(got.query) == 400


def test_no_bound_is_forgotten() -> None:
    """A bound is a number but the port; who adds one adds its border."""
    folder = Path(__file__).parent
    for setting, file in ELSEWHERE.items():
        assert f"{setting}=" in (folder / file).read_text("utf-8")
    bounds = {knob.name for knob in fields(Settings) if str(knob.type) in ("int", "float")} - {"port"}
    here = {"journal_body", *(one.setting for one in REFUSED.values()), *(one.setting for one in RINGS.values())}
    assert here | ELSEWHERE.keys() == bounds
    assert not here & ELSEWHERE.keys()
