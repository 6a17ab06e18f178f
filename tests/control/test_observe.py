"""What happened, shown: design 3.2."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from starlette.datastructures import URL

from mock_server import __version__
from mock_server.app import Rooms, create_app
from mock_server.contract.exchange import Answer, Request
from mock_server.contract.prepared import read
from mock_server.journal import Exchange
from mock_server.settings import Settings
from mock_server.state.records import Identity
from tests.api.door import Client

if TYPE_CHECKING:
    from tests.control.conftest import Control


def test_health(control: Control) -> None:
    assert control.call("GET", "/health").json == {"status": "ok", "version": __version__, "environments": 1}


def test_the_contract_comes_as_json_or_as_the_file(control: Control) -> None:
    as_json = control.call("GET", "/contract")
    as_yaml = control.call("GET", "/contract", format="yaml")

    assert as_json.json == read(as_yaml.body.decode())
    assert as_yaml.body.startswith(b"#"), "the very file, comments included"
    assert control.call("GET", "/contract", format="toml").status == 400


def test_an_exchange_is_listed_with_what_it_was(control: Control) -> None:
    reply = control.refiner.get("/contacts", page=1)

    assert control.get("/journal")["items"] == [
        {
            "seq": 1,
            "id": reply.headers["refiner-mock-request-id"],
            "at": "2026-01-31T10:00:00.000000Z",
            "environment": "default",
            "method": "GET",
            "path": "/v1/contacts",
            "query": "page=1",
            "operation": "listContacts",
            "status": 200,
            "duration_us": 0,
            "fault": None,
            "violations": [],
        }
    ]


def test_the_journal_is_listed_whole_where_that_is_asked_for(control: Control) -> None:
    control.refiner.post("/track-event", {"id": "u-1", "event": "Exported"})

    (whole,) = control.get("/journal", whole=1)["items"]

    assert whole["request"]["parameters"] == {"id": "u-1", "event": "Exported"}
    assert {**whole, "triggered": []} == control.call("GET", f"/requests/{whole['id']}").json
    assert control.call("GET", "/journal", whole=1).json["items"] == [whole]


def test_the_journal_is_read_on_from_a_seq(control: Control) -> None:
    """`since` is exclusive; `next_since` is the last seq shown, or what was given."""
    for id in ("u-1", "u-2", "u-3"):
        control.refiner.identify(id)

    first = control.get("/journal", limit=2)
    rest = control.get("/journal", since=first["next_since"])
    none = control.get("/journal", since=rest["next_since"])

    assert [len(page["items"]) for page in (first, rest, none)] == [2, 1, 0]
    assert [page["next_since"] for page in (first, rest, none)] == [2, 3, 3]
    assert control.get("/journal", since=99)["next_since"] == 99


@pytest.mark.parametrize(
    "query",
    [
        {"since": "x"},
        {"since": -1},
        {"since": 1.5},
        {"limit": 1001},
        {"wait": 61},
        {"violations_only": "maybe"},
        {"whole": "maybe"},
        {"code": "wrong"},
        {"severity": "bad"},
        {"status": "x"},
    ],
)
def test_what_is_no_filter_is_refused(control: Control, query: dict[str, Any]) -> None:
    assert control.refused("GET", "/journal", **query)[0] == 400


def test_each_environment_has_its_own_view_and_all_is_everything(control: Control) -> None:
    control.call("POST", "/environments", {"name": "shop"})
    Client(control.door, control.door.rooms.environments.get("shop")).identify("u-1")
    control.refiner.identify("u-2")
    control.door.call("GET", "/v1/contacts")

    assert [line["environment"] for line in control.call("GET", "/journal").json["items"]] == ["shop", "default", None]
    assert [line["environment"] for line in control.get("/journal")["items"]] == ["default"]


def test_emptying_a_journal_leaves_the_others(control: Control) -> None:
    control.call("POST", "/environments", {"name": "shop"})
    Client(control.door, control.door.rooms.environments.get("shop")).identify("u-1")
    control.refiner.identify("u-2")

    assert control.call("DELETE", "/environments/default/journal").status == 204
    assert [line["environment"] for line in control.call("GET", "/journal").json["items"]] == ["shop"]
    assert control.call("DELETE", "/journal").status == 204
    assert control.call("GET", "/journal").json["items"] == []


def test_an_exchange_is_shown_whole(control: Control) -> None:
    reply = control.refiner.post("/identify-user", {"id": "u-1", "plan": "pro"})
    id = reply.headers["refiner-mock-request-id"]

    shown = control.call("GET", f"/requests/{id}").json

    [line] = control.get("/journal")["items"]
    assert {name: shown[name] for name in line} == line
    assert shown["request"] == {
        "authorization": f"Bearer {control.refiner.environment.api_key[:4]}…",
        "media_type": "application/json",
        "parameters": {"id": "u-1", "plan": "pro"},
        "problem": None,
        "body": '{"id":"u-1","plan":"pro"}',
        "body_size": 25,
        "not_replayable": None,
    }
    assert shown["answer"] == {"body": reply.json, "body_size": len(reply.body)}
    assert control.call("GET", "/requests/req-999999").status == 404


def test_a_broken_request_is_shown_with_its_problem(control: Control) -> None:
    reply = control.refiner.send("POST", "/identify-user", "application/json", b"{")

    shown = control.call("GET", f"/requests/{reply.headers['refiner-mock-request-id']}").json

    assert (shown["request"]["body"], shown["request"]["parameters"]) == ("{", {})
    assert "JSON" in shown["request"]["problem"]


def test_what_was_too_long_to_be_kept_is_shown_cut(control: Control) -> None:
    long = "x" * 20_000
    stored = control.refiner.post("/identify-user", {"id": "u-1", "a": long[:9_000], "b": long[:9_000]})
    listed = control.refiner.get("/contacts")

    sent, read = (
        control.call("GET", f"/requests/{reply.headers['refiner-mock-request-id']}").json for reply in (stored, listed)
    )
    most = control.door.rooms.settings.journal_body
    assert (len(sent["request"]["body"]), sent["request"]["body_size"] > most) == (most, True)
    assert (len(read["answer"]["body"]), read["answer"]["body_size"]) == (most, len(listed.body))


def test_tracked_events_are_listed_oldest_first_and_outlive_their_contact(control: Control) -> None:
    for name in ("Exported", "Invited"):
        control.refiner.post("/track-event", {"id": "u-1", "email": "mira@example.org", "event": name})
    uuid = control.refiner.get("/contact", id="u-1").json["uuid"]

    assert control.get("/events")["items"] == [
        {
            "event": name,
            "at": "2026-01-31T10:00:00.000000Z",
            "contact": {"id": "u-1", "email": "mira@example.org", "uuid": uuid},
        }
        for name in ("Exported", "Invited")
    ]
    assert [event["event"] for event in control.get("/events", limit=1)["items"]] == ["Invited"]

    control.refiner.delete("/contact", id="u-1")
    assert control.get("/events")["items"][0]["contact"] == {"id": None, "email": None, "uuid": uuid}


def test_deliveries_are_read_on_from_a_seq(control: Control) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Saw Survey"]})
    control.post("/simulate", {"event": "Saw Survey", "contact": {"id": "u-1"}})
    control.post("/settle")

    first = control.get("/deliveries")
    assert [delivery["status"] for delivery in first["items"]] == ["pending"]
    assert control.get("/deliveries", since=first["next_since"])["items"] == []

    control.put("/clock", {"advance": "7d"})
    assert [one["status"] for one in control.get("/deliveries", since=first["next_since"])["items"]] == ["failed"]


Get = Callable[[str], Awaitable[Any]]


def play(scene: Callable[[Rooms, Get], Awaitable[None]]) -> None:
    """Run a scene in which several calls are under way at once."""
    app = create_app(Settings())
    rooms: Rooms = app.state.rooms

    async def get(address: str) -> Any:
        url = URL(address)
        sent: list[Any] = []
        scope = {
            "type": "http", "method": "GET", "path": f"/_mock/api{url.path}", "query_string": url.query.encode(),
            "headers": [(b"host", b"localhost")], "scheme": "http", "root_path": "", "server": ("127.0.0.1", 1),
        }  # fmt: skip

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await app(scope, receive, send)
        return orjson.loads(sent[1]["body"])

    async def all_of_it() -> None:
        try:
            await scene(rooms, get)
        finally:
            await rooms.close()

    asyncio.run(all_of_it())


async def started(get: Get, address: str) -> asyncio.Task[Any]:
    """Return a call that has come as far as it can."""
    call = asyncio.ensure_future(get(address))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not call.done()
    return call


def exchange_happens(rooms: Rooms) -> None:
    request = Request("GET", "/contacts", {}, {}, {})
    exchange = Exchange(rooms.journal.next_id(), "/v1/contacts", request, rooms.environments.get("default"))
    exchange.operation = "listContacts"
    rooms.journal.close(exchange, Answer(200, b"{}"))


def test_a_long_poll_of_the_journal_ends_with_the_next_exchange() -> None:
    async def scene(rooms: Rooms, get: Get) -> None:
        polls = [await started(get, f"/environments/default/journal?wait={wait}") for wait in (5, 6)]
        exchange_happens(rooms)
        for poll in polls:
            assert len((await poll)["items"]) == 1

    play(scene)


def test_a_long_poll_waits_for_what_it_asked_for() -> None:
    async def scene(rooms: Rooms, get: Get) -> None:
        poll = await started(get, "/environments/default/journal?wait=5&operation=identifyUser")
        exchange_happens(rooms)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not poll.done()
        rooms.journal.stop_waiting()
        assert (await poll)["items"] == []

    play(scene)


def test_a_long_poll_ends_with_its_time() -> None:
    async def scene(_rooms: Rooms, get: Get) -> None:
        assert (await get("/environments/default/journal?wait=0.01"))["items"] == []
        assert (await get("/environments/default/deliveries?wait=0.01"))["items"] == []

    play(scene)


def test_a_long_poll_of_deliveries_ends_with_the_next_one() -> None:
    async def scene(rooms: Rooms, get: Get) -> None:
        environment = rooms.environments.get("default")
        environment.clock.freeze()
        rooms.engine.subscriptions(environment).create({"url": "http://127.0.0.1:9/", "events": ["Saw Survey"]})
        poll = await started(get, "/environments/default/deliveries?wait=5")
        environment.see_survey(Identity(id="u-1"), environment.create_form("NPS").uuid)
        rooms.engine.take(environment, None)
        assert len((await poll)["items"]) == 1

    play(scene)
