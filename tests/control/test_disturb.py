"""The clock, settling, sending again: design 3.2 and rules 5 and 6."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mock_server.api.unjudged import Unjudged
from mock_server.app import create_app
from mock_server.control import disturb, environments, prepare, simulate
from mock_server.control.call import Conflict, ControlCall, Desk, Fields
from mock_server.control.masking import Mask
from tests.miniatures.running import Receiver, receiving

if TYPE_CHECKING:
    from tests.control.conftest import Control

TEN = "2026-01-31T10:00:00.000000Z"
NOON = "2026-01-31T12:00:00.000000Z"
SEE = {"event": "Saw Survey", "contact": {"id": "u-1"}}


def subscribe(control: Control, url: str, **more: Any) -> None:
    control.post("/forms", {"name": "NPS"})
    control.post("/webhooks", {"url": url, "events": ["Saw Survey"], **more})


def test_the_clock_tells_its_time_and_how_it_runs(control: Control) -> None:
    assert control.get("/clock") == {"now": TEN, "mode": "frozen"}


@pytest.mark.parametrize(
    ("change", "mode", "now"),
    [
        ({"advance": "2h"}, "frozen", NOON),
        ({"advance": "1h59m60s"}, "frozen", NOON),
        ({"set": "2026-01-31 12:00"}, "frozen", NOON),
        ({"set": "2026-01-30T12:00:00.25Z"}, "frozen", "2026-01-30T12:00:00.250000Z"),
        ({"freeze": "2026-01-31T13:00:00+01:00"}, "frozen", NOON),
        ({"freeze": True}, "frozen", TEN),
        ({"resume": True}, "real", "20"),
    ],
)
def test_the_clock_is_changed_as_told(control: Control, change: dict[str, Any], mode: str, now: str) -> None:
    shown = control.put("/clock", change)

    assert shown["mode"] == mode
    assert shown["now"].startswith(now)


def test_a_running_clock_is_set_and_runs_on(control: Control) -> None:
    control.put("/clock", {"resume": True})

    shown = control.put("/clock", {"set": "2030-01-01T00:00:00Z"})

    assert shown["mode"] == "offset"
    assert shown["now"].startswith("2030-01-01T00:00:")
    assert control.put("/clock", {"freeze": True})["mode"] == "frozen"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"advance": "soon"},
        {"advance": 6},
        {"advance": "999999999999d"},
        {"freeze": False},
        {"freeze": "soon"},
        {"set": True},
        {"set": "2026-02-30"},
        {"resume": "2026-01-31"},
        {"freeze": True, "resume": True},
        {"advance": "6h", "freeze": True},
        {"rewind": "6h"},
    ],
)
def test_what_is_no_change_is_refused_and_changes_nothing(control: Control, change: dict[str, Any]) -> None:
    assert control.refused("PUT", "/clock", change)[0] == 400
    assert control.get("/clock") == {"now": TEN, "mode": "frozen"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"advance": "6h", "freeze": True}, "exactly one of advance, freeze, set, resume"),
        ({"resume": False}, "The field resume must be true."),
        ({"set": True}, "an ISO time, such as 2026-01-31T10:00:00Z"),
        ({"rewind": "6h"}, "choose from advance, freeze, set, resume"),
    ],
)
def test_what_would_do_is_said(control: Control, change: dict[str, Any], words: str) -> None:
    assert words in control.refused("PUT", "/clock", change)[1]


@pytest.mark.parametrize("change", [{"set": "2026-01-30"}, {"freeze": "2026-01-30"}])
def test_a_clock_that_is_set_back_leaves_what_waits_the_wait_it_had(control: Control, change: dict[str, Any]) -> None:
    with receiving(500) as receiver:
        subscribe(control, receiver.url)
        control.post("/simulate", SEE)
        control.post("/settle")
        control.put("/clock", {"advance": "2s"})

        control.put("/clock", change)

        assert control.post("/settle")["next_attempt_at"] == "2026-01-30T00:00:03.000000Z"
        control.put("/clock", {"advance": "3s"})
        assert control.get("/deliveries")["items"][0]["status"] == "delivered"


def test_a_clock_that_shows_real_time_again_leaves_what_waits_the_wait_it_had(control: Control) -> None:
    control.put("/clock", {"freeze": "2800-01-01"})
    with receiving(500, 500) as receiver:
        subscribe(control, receiver.url)
        control.post("/simulate", SEE)
        control.post("/settle")
        control.put("/clock", {"advance": "5s"})

        real = control.put("/clock", {"resume": True})["now"]

        assert real < control.post("/settle")["next_attempt_at"] < "2800"
        control.put("/clock", {"advance": "5m"})
        assert control.post("/settle")["pending"] == 0


@pytest.mark.parametrize(
    "change", [{"advance": "6h"}, {"set": "2026-01-31T16:00:00Z"}, {"freeze": "2026-01-31T16:00:00Z"}]
)
def test_what_falls_due_on_the_way_has_run_before_the_answer(control: Control, change: dict[str, Any]) -> None:
    """Design 3.2; issue "Main job", done when 2: delivered again after answering 500 twice."""
    with receiving(500, 500) as receiver:
        subscribe(control, receiver.url)
        control.post("/simulate", SEE)
        waiting = control.post("/settle")
        control.put("/clock", change)

        [delivery] = control.get("/deliveries")["items"]
        assert waiting["pending"] == 1
        assert TEN < waiting["next_attempt_at"] < NOON
        assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 500, 200]
        assert [attempt["at"] for attempt in delivery["attempts"]] == sorted(a["at"] for a in delivery["attempts"])
        assert (delivery["status"], control.post("/settle")) == ("delivered", {"pending": 0, "busy": 0})


def test_settling_waits_for_what_is_in_flight(control: Control, receiver: Receiver) -> None:
    subscribe(control, receiver.url)
    for number in range(20):
        control.post("/simulate", {**SEE, "contact": {"id": f"u-{number}"}})

    assert control.post("/settle") == {"pending": 0, "busy": 0}
    assert [delivery["status"] for delivery in control.get("/deliveries")["items"]] == ["delivered"] * 20


def test_settling_nothing_is_done_at_once(control: Control) -> None:
    assert control.post("/settle", {"timeout": 0}) == {"pending": 0, "busy": 0}
    for timeout in (-1, 301, "long", True):
        assert control.refused("POST", "/settle", {"timeout": timeout})[0] == 400


@pytest.mark.parametrize(
    ("mutation", "authorization"),
    [(None, "Bearer new"), ("duplicate", "Bearer new"), ("old_token", "Bearer old"), ("no_token", None)],
)
def test_a_delivery_is_sent_again(
    control: Control, receiver: Receiver, mutation: str | None, authorization: str | None
) -> None:
    subscribe(control, receiver.url, auth_token="old")
    uuid = control.get("/webhooks")["items"][0]["uuid"]
    control.call("PATCH", f"/environments/default/webhooks/{uuid}", {"auth_token": "new"})
    control.post("/simulate", SEE)
    control.post("/settle")
    [first] = control.get("/deliveries")["items"]

    again = control.post(f"/deliveries/{first['id']}/redeliver", {} if mutation is None else {"mutation": mutation})
    control.post("/settle")

    assert (again["redelivery_of"], again["mutation"], again["cause"]) == (first["id"], mutation, "control-2")
    sent, resent = receiver.next(), receiver.next()
    assert resent.body == sent.body
    assert resent.headers.get("Authorization") == authorization


def test_a_late_delivery_waits(control: Control, receiver: Receiver) -> None:
    subscribe(control, receiver.url)
    control.post("/simulate", SEE)
    control.post("/settle")

    control.post("/deliveries/d1/redeliver", {"mutation": "late"})

    assert control.post("/settle")["pending"] == 1
    control.put("/clock", {"advance": "7d"})
    assert control.post("/settle")["pending"] == 0


def test_what_cannot_be_sent_again_is_refused(control: Control) -> None:
    subscribe(control, "http://127.0.0.1:9/")
    control.post("/simulate", SEE)

    assert control.refused("POST", "/deliveries/d9/redeliver", {})[0] == 404
    assert control.refused("POST", "/deliveries/d1/redeliver", {"mutation": "garbled"})[0] == 400


def test_a_time_that_no_clock_shows_is_refused_before_anything_moves(control: Control) -> None:
    """Not even as far as what waits for its time on the way."""
    with receiving(500) as receiver:
        subscribe(control, receiver.url)
        control.post("/simulate", SEE)
        control.post("/settle")

        for change in ({"set": "9999-12-31"}, {"freeze": "9999-12-31T23:59:57Z"}, {"advance": "9999999d"}):
            assert control.refused("PUT", "/clock", change)[0] == 400
            assert control.get("/clock")["now"] == TEN


@pytest.mark.parametrize("change", [{"advance": "100h"}, {"freeze": "2899-02-28"}, {"set": "2899-02-28"}])
def test_a_change_of_the_clock_does_not_reach_a_world_that_was_reset_meanwhile(change: dict[str, Any]) -> None:
    async def scene() -> str:
        rooms, arrived = create_app().state.rooms, asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil()
            arrived.set()
            await reader.read()
            writer.close()

        def call(body: dict[str, Any]) -> ControlCall:
            mask, others = Mask(rooms.environments, rooms.settings), (rooms.faults, rooms.judge, Unjudged(rooms.engine))
            desk = Desk(rooms.environments, rooms.engine, rooms.journal, rooms.feed, rooms.settings, mask, *others)
            return ControlCall(desk, {"env": "default"}, Fields({}), Fields(body), "http://127.0.0.1")

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            place = "127.0.0.1:{1}".format(*server.sockets[0].getsockname())
            prepare.create_form(call({"name": "NPS"}))
            prepare.create_webhook(call({"url": f"http://{place}/", "events": ["Saw Survey"]}))
            simulate.simulate(call(SEE))
            moving = asyncio.create_task(disturb.change_clock(call(change)))
            await arrived.wait()
            assert environments.reset_environment(call({}))["deliveries_dropped"] == 1
            with pytest.raises(Conflict, match="began anew"):
                await moving
            await rooms.close()
        mode: str = disturb.show_clock(call({}))["mode"]
        return mode

    assert asyncio.run(scene()) == "real"


def test_a_webhook_is_tried_with_what_last_happened_and_nothing_is_judged(control: Control, receiver: Receiver) -> None:
    subscribe(control, receiver.url)
    (webhook,) = control.get("/webhooks")["items"]
    assert "no 'Saw Survey' has happened" in control.refused("POST", f"/webhooks/{webhook['uuid']}/test")[1]
    control.post("/simulate", SEE)
    control.post("/settle")
    receiver.next()

    sent = control.post(f"/webhooks/{webhook['uuid']}/test")
    control.post("/settle")

    assert (sent["event"], sent["webhook_uuid"], sent["cause"][:8]) == ("Saw Survey", webhook["uuid"], "control-")
    assert receiver.next().body["remote_id"] == "u-1"
    assert control.get("/deliveries")["items"][1]["status"] == "delivered"
    assert control.get("/verdict")["requests"] == 0
    assert control.refused("POST", "/webhooks/nothing/test")[0] == 404
    assert control.refused("POST", f"/webhooks/{webhook['uuid']}/test", {"to": "x"})[0] == 400
