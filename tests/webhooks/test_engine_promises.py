"""What the engine promises as a whole: bounds, order, nothing lost, a quick end, worlds that do not meet."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state.environment import Environment
from mock_server.state.records import Identity, Question, TriggeredEvent
from mock_server.webhooks.subscriptions import EVENTS

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage


def by_many(event: TriggeredEvent, count: int) -> list[TriggeredEvent]:
    """Return the event as it happens to so many contacts."""
    people = (replace(event.contact, uuid=f"{number:08x}-00b5-11f0-9944-0d5ca6a3a450") for number in range(count))
    return [replace(event, contact=contact) for contact in people]


def test_a_life_of_a_survey_arrives_in_its_order_with_what_was_then(play: Play) -> None:
    """(d) Trigger kinds, from the real transitions of a real environment."""

    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver, auth_token="s3cret")
        environment, person = stage.environment, Identity(id="u-204")
        form = environment.create_form("Spring NPS", [Question("nps", "How likely?", "nps")])
        segment = environment.create_segment("Trial")
        environment.see_survey(person, form.uuid)
        response = environment.complete_survey(person, form.uuid, {"nps": "9"})
        environment.tag_response(response.uuid, ["praise"])
        environment.add_to_segment(person, segment.uuid)
        environment.see_survey(person, form.uuid)
        environment.dismiss_survey(person, form.uuid)
        stage.engine.take(environment, "request-1")
        await stage.settle()
        assert receiver.events == [
            "Saw Survey",
            "Completed Survey",
            "Tag Added",
            "Entered Segment",
            "Saw Survey",
            "Dismissed Survey",
        ]
        saw, completed, tagged, entered, *_ = [post.body for post in receiver.posts]
        assert (saw["response"]["completed_at"], saw["attributes"].get("nps")) == (None, None)
        assert (completed["response"]["data"], completed["attributes"]["nps"]) == ({"nps": "9"}, "9")
        assert completed["response"]["tags"] == []
        assert [tag["name"] for tag in tagged["response"]["tags"]] == ["praise"]
        assert "Trial" in [place["name"] for place in entered["segments"]]
        assert "Trial" not in [place["name"] for place in completed["segments"]]

    play(scene)


@pytest.mark.parametrize(("total", "per_target", "at_once"), [(32, 3, 3), (2, 8, 2)])
def test_no_more_than_the_bounds_are_in_flight(
    play: Play, make_event: MakeEvent, held: Any, total: int, per_target: int, at_once: int
) -> None:
    async def scene(stage: Stage) -> None:
        first = held()
        receiver = await stage.receiver(*([first] * at_once), 200)
        stage.subscribe(receiver)
        stage.happen(*by_many(make_event(), 20))
        while len(receiver.posts) < at_once:
            receiver.arrived.clear()
            await receiver.arrived.wait()
        assert stage.engine.busy(stage.environment) == 20
        first.hold.set()
        assert await stage.settle() == 0
        assert receiver.most_at_once == at_once
        assert len(receiver.posts) == 20

    play(scene, delivery_concurrency=total, delivery_concurrency_per_target=per_target)


def test_one_at_a_time_is_the_order_of_events(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        events = by_many(make_event(), 30)
        stage.happen(*events)
        await stage.settle()
        assert [post.body["uuid"] for post in receiver.posts] == [event.contact.uuid for event in events]

    play(scene, delivery_concurrency_per_target=1)


def test_a_hanging_target_does_not_hold_up_another(play: Play, make_event: MakeEvent, held: Any) -> None:
    async def scene(stage: Stage) -> None:
        hanging, quick = await stage.receiver(held()), await stage.receiver()
        stage.subscribe(hanging)
        stage.subscribe(quick)
        stage.happen(*by_many(make_event(), 10))
        while len(quick.posts) < 10:
            quick.arrived.clear()
            await quick.arrived.wait()
        assert len(hanging.posts) <= 2

    play(scene, delivery_concurrency=4, delivery_concurrency_per_target=2)


@given(
    script=st.lists(st.sampled_from([200, 204, 302, 404, 429, 500, 503, "silent", "slow"]), min_size=1, max_size=12),
    kinds=st.lists(st.sampled_from(EVENTS[:3]), min_size=1, max_size=3),
    ladder=st.sampled_from(["ladder", "none"]),
    hours=st.sampled_from([0, 0.1, 3, 20]),
)
@settings(max_examples=20)
def test_nothing_is_lost_whatever_the_receiver_does(
    play: Play,
    make_event: MakeEvent,
    reply: Any,
    held: Any,
    script: list[Any],
    kinds: list[str],
    ladder: str,
    hours: float,
) -> None:
    """Every event is delivered, or failed after the attempts it was owed, or still waiting: the log says which."""
    lines = {"silent": lambda: reply(silent=True), "slow": held}

    async def scene(stage: Stage) -> None:
        stage.environment.dialect["webhook-retries"] = ladder
        receiver = await stage.receiver(*(lines[line]() if line in lines else reply(line) for line in script), 200)
        stage.subscribe(receiver)
        stage.happen(*(event for kind in kinds for event in by_many(make_event(kind), 2)))
        waiting = await stage.settle()
        if hours:
            await stage.advance(hours * 3600)
            waiting = await stage.settle()
        log = stage.deliveries
        assert len(log) == 2 * len(kinds)
        assert waiting == sum(one["status"] == "pending" for one in log)
        for one in log:
            successes = [attempt["status"] in (200, 204) for attempt in one["attempts"]]
            assert successes == sorted(successes)
            assert one["attempts"]
            assert (one["status"] == "delivered") == successes[-1]
            if one["status"] == "failed":
                assert len(one["attempts"]) == (7 if ladder == "ladder" else 1)
        assert Counter(one["event"] for one in log) == Counter(2 * kinds)
        arrived = Counter(receiver.events)
        assert arrived.total() <= sum(len(one["attempts"]) for one in log)
        delivered = Counter(one["event"] for one in log if one["status"] == "delivered")
        assert delivered <= arrived

    play(scene, delivery_timeout=0.03)


def test_closing_with_deliveries_in_flight_is_quick_and_says_what_is_left(
    play: Play, make_event: MakeEvent, held: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(held())
        stage.subscribe(receiver)
        stage.happen(*by_many(make_event(), 12))
        await receiver.arrived.wait()
        poll = asyncio.create_task(stage.engine.wait(stage.environment, 99, 60))
        settling = asyncio.create_task(stage.engine.settle(stage.environment, 60))
        await asyncio.sleep(0)
        began = time.perf_counter()
        await stage.engine.close()
        assert time.perf_counter() - began < 2  # a tenth of that on a quiet machine; the time-out is 15 s
        assert stage.engine.undelivered == 12
        assert await poll == []
        assert await settling == 12
        [cut] = stage.deliveries[0]["attempts"]
        assert (cut["status"], cut["error"]) == (None, "cut off as the server stopped; it may have arrived")
        assert cut["duration_ms"] > 0
        stage.happen(make_event())  # too late, but kept in the log
        assert stage.engine.undelivered == 13

    play(scene)
    assert "stopped with 12 webhook deliveries not delivered" in caplog.text
    assert "stage d1 Completed Survey, cut off in attempt 1; it may have arrived" in caplog.text
    assert "stage d9 Completed Survey, 0 tried" in caplog.text
    assert "and 2 more" in caplog.text


def test_what_is_in_flight_when_it_closes_gets_a_moment_to_end(
    play: Play, make_event: MakeEvent, held: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(stage: Stage) -> None:
        slow = held()
        receiver, heard = await stage.receiver(slow), list[str]()
        stage.subscribe(receiver)
        stage.engine.listeners.append(lambda _environment, delivery, _attempt: heard.append(delivery.status))
        stage.happen(*by_many(make_event(), 2))
        await receiver.arrived.wait()
        closing = asyncio.create_task(stage.engine.close())
        await asyncio.sleep(0)
        slow.hold.set()
        await closing
        assert [one["status"] for one in stage.deliveries] == ["delivered", "pending"]
        assert heard == ["delivered"]
        assert len(receiver.posts) == 1

    play(scene, delivery_concurrency=1)
    assert "stopped with 1 webhook delivery not delivered:\n  stage d2 Completed Survey, 0 tried" in caplog.text


def test_settle_gives_up_after_its_time(play: Play, make_event: MakeEvent, held: Any) -> None:
    async def scene(stage: Stage) -> None:
        stage.subscribe(await stage.receiver(held()))
        stage.happen(make_event())
        assert await stage.engine.settle(stage.environment, 0.02) == 1
        assert stage.engine.busy(stage.environment) == 1

    play(scene)


def test_settle_takes_what_is_still_in_the_outbox(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(receiver)
        stage.environment.outbox.append(make_event())
        assert await stage.settle() == 0
        assert len(receiver.posts) == 1

    play(scene)


def test_a_long_poll_ends_with_the_next_change(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        engine, environment = stage.engine, stage.environment
        assert await engine.wait(environment, 0, 0) == []
        stage.subscribe(await stage.receiver())
        poll = asyncio.create_task(engine.wait(environment, 0, 20))
        await asyncio.sleep(0)
        stage.happen(make_event())
        [begun] = await poll
        [ended] = await engine.wait(environment, engine.log(environment).seq, 20)
        assert (begun["status"], ended["status"], ended["id"]) == ("pending", "delivered", begun["id"])
        assert engine.deliveries(environment, engine.log(environment).seq) == []

    play(scene)


def test_environments_do_not_meet(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver, other = await stage.receiver(), Environment("other")
        stage.subscribe(receiver)
        other.outbox.append(make_event())
        stage.engine.take(other, None)
        await stage.engine.settle(other, 5)
        assert other.outbox == []
        assert receiver.posts == []
        assert stage.engine.deliveries(other) == []

    play(scene)


def test_what_belongs_to_a_deleted_environment_is_forgotten(play: Play, make_event: MakeEvent, held: Any) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(held(), 200)
        stage.subscribe(receiver)
        stage.happen(*by_many(make_event(), 5))
        await receiver.arrived.wait()
        settling = asyncio.create_task(stage.settle())
        await asyncio.sleep(0)
        stage.engine.forget(stage.environment)
        await settling
        assert stage.engine.undelivered == 0
        # The same name and clock make the same project_uuid; nothing of the old world may turn up in the new one.
        again = Environment("stage", now=stage.environment.clock.now())
        assert again.project_uuid == stage.environment.project_uuid
        stage.environment = again
        stage.subscribe(receiver)
        stage.happen(make_event("Saw Survey"))
        assert await stage.settle() == 0
        assert receiver.events[1:] == ["Saw Survey"]

    play(scene, delivery_concurrency=1)


def test_the_http_client_is_loaded_with_the_first_webhook() -> None:
    probe = """
import sys
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.webhooks.delivery import DeliveryEngine
webhooks = DeliveryEngine(Settings()).subscriptions(Environment("probe"))
print("aiohttp" in sys.modules)
webhooks.create({"url": "http://127.0.0.1:1/", "events": ["Saw Survey"]})
print("aiohttp" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
