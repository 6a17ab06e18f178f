"""The row of the timeline that says what a call changed, and what it must not claim."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract.document import load
from mock_server.dashboard.changes import SAID, Happened
from mock_server.state.records import Identity

if TYPE_CHECKING:
    from mock_server.state.environment import Environment
    from tests.dashboard.conftest import Pages

TRIAL = {"trait": "plan", "operator": "equals", "value": "trial"}


@pytest.fixture
def environment(pages: Pages) -> Environment:
    pages.refiner.segment_uuid("Trial users", is_manual=False, rule=TRIAL)
    return pages.refiner.environment


def last(pages: Pages) -> list[str]:
    """Return what the newest row says was changed, nothing where it has no such line."""
    outline = pages.open("/")
    rows = outline.all("row")
    return [one.removeprefix("Changed: ") for one in outline.all("change") if one in rows[0]]


def test_identifying_tells_who_is_new_which_traits_came_and_which_segments_that_led_into_and_out_of(
    pages: Pages, environment: Environment
) -> None:
    pages.refiner.identify("u-1", plan="trial", seats=3)
    assert last(pages) == ["Contact made: plan, seats · entered segment “Trial users”"]

    pages.refiner.identify("u-1", plan="pro")
    assert last(pages) == ["Contact updated: plan · left segment “Trial users”"]

    pages.refiner.identify("u-1", **{f"trait {rank}": "x" for rank in range(9)})
    assert last(pages)[0].endswith("trait 5, and 3 more")


def test_a_process_kept_waiting_while_it_reads_the_time_still_knows_what_a_call_changed(
    pages: Pages, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.refiner.identify("u-1", plan="trial")
    now, waits = time.time_ns(), iter((1_000_000_000,))

    def reading() -> int:
        nonlocal now
        read, now = now, now + next(waits, 1_000)
        return read

    monkeypatch.setattr(time, "time_ns", reading)
    monkeypatch.setattr(time, "perf_counter_ns", reading)
    pages.refiner.identify("u-1", plan="pro")
    monkeypatch.undo()
    assert last(pages) == ["Contact updated: plan · left segment “Trial users”"]


def test_the_page_of_the_call_says_it_line_by_line(pages: Pages, environment: Environment) -> None:
    one = pages.send("POST", "/v1/identify-user", '{"id":"u-1","plan":"trial"}')
    assert pages.open(f"/requests/{one}").all("change") == [
        "Done: Create or update a contact and its traits",
        "Contact made: plan",
        "Entered segment “Trial users”",
    ]


def test_every_call_that_changes_something_has_words(pages: Pages) -> None:
    refiner, environment = pages.refiner, pages.refiner.environment
    form = environment.create_form("NPS").uuid
    beta = environment.create_segment("Beta").uuid
    who = "id=u-1"
    spoken = {
        f"POST /v1/track-event?{who}&event=Signed+up": "Contact made, event “Signed up” recorded",
        f"POST /v1/track-event?{who}&event=Left": "Event “Left” recorded",
        f"POST /v1/sync-segment?{who}&segment_uuid={beta}": "In segment “Beta” · entered segment “Beta”",
        f"DELETE /v1/sync-segment?{who}&segment_uuid={beta}": "Left segment “Beta”",
        f"DELETE /v1/sync-segment?{who}&segment_uuid={beta}&email=": "Not in segment “Beta”",
        f"POST /v1/forms/publish?form_uuid={form}&published=0": "Survey “NPS” is a draft again",
        f"POST /v1/forms/publish?form_uuid={form}&published=1": "Survey “NPS” published",
        f"POST /v1/forms/duplicate?form_uuid={form}&name=Copy": "Survey “NPS” copied as “Copy”",
        f"POST /v1/responses?{who}&form_uuid={form}&nps=9&prevent_duplicates=0": "Response to survey “NPS” stored",
        f"DELETE /v1/forms?form_uuid={form}": "Survey “NPS” archived",
        f"DELETE /v1/contact?{who}": "Contact deleted, with all its responses",
    }
    for call, words in spoken.items():
        pages.send(*call.split(" "))
        assert last(pages)[0].startswith(words), call
    refiner.identify("u-1")
    assert last(pages) == ["Contact made"]


def test_no_operation_that_changes_something_is_left_without_words() -> None:
    writing = {one.id for one in load().operations.values() if one.method != "GET" and not one.mock_only}
    assert set(SAID) == writing


@pytest.mark.parametrize(
    "call", ["GET /v1/contacts", "POST /v1/track-event?id=u-1", "POST /v1/nowhere", "POST /v1/identify-user"]
)
def test_what_was_read_or_refused_changed_nothing(pages: Pages, call: str) -> None:
    pages.send(*call.split(" "))
    assert last(pages) == []


@pytest.mark.parametrize(("fault", "words"), [("status", []), ("delay", ["Contact made: plan"])])
def test_a_fault_in_place_of_the_call_changed_nothing_and_one_of_its_answer_did(
    pages: Pages, fault: str, words: list[str]
) -> None:
    told: dict[str, Any] = {"kind": fault, "times": 1, **({"status": 503} if fault == "status" else {"seconds": 0.01})}
    assert pages.refiner.control("POST", "/faults", told).status == 201
    pages.send("POST", "/v1/identify-user?id=u-1&plan=pro")
    assert last(pages) == words


def test_on_a_frozen_clock_it_claims_no_more_than_it_can_know(pages: Pages, environment: Environment) -> None:
    environment.clock.freeze()
    pages.refiner.identify("u-1", plan="trial")
    assert last(pages) == ["Contact made or updated: plan · entered segment “Trial users”"]
    pages.refiner.identify("u-1", plan="pro")
    assert last(pages) == ["Contact made or updated: plan"]


def test_what_happened_by_hand_is_told_of_its_row_too(pages: Pages, environment: Environment) -> None:
    told = {"url": "http://127.0.0.1:9/hook", "events": ["Completed Survey"]}
    assert pages.refiner.control("POST", "/webhooks", told).status == 201
    pages.refiner.form_uuid("NPS", published=True)
    pages.refiner.identify("u-1")
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, data={"nps": 9})
    assert pages.refiner.control("POST", "/settle", {}).status == 200
    assert last(pages) == ["Completed survey “NPS”"]


def test_names_from_outside_stay_words_and_short(pages: Pages, environment: Environment) -> None:
    pages.send("POST", "/v1/track-event", '{"id":"u-1","event":"<script>' + "long" * 60 + '\\u202e"}')
    (said,) = last(pages)
    assert "“<script>long" in said
    assert len(said) < 120


def test_what_happened_is_kept_of_the_latest_causes_only(environment: Environment) -> None:
    environment.identify(Identity(id="u-1"), {"plan": "trial"})
    happened = Happened(2)
    for cause in ("req-1", "req-2", None, "req-3"):
        happened.note(environment, cause, environment.outbox)
    entered = ("entered segment “Trial users”",)
    assert [happened.by(f"req-{rank}") for rank in (1, 2, 3, 4)] == [(), entered, entered, ()]
