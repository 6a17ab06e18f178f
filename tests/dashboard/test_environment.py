"""One environment at a glance: how to reach it, and its clock."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Outline, Pages
    from tests.miniatures.running import Receiver

PAGE = "/environments/overview"


@pytest.fixture
def frozen(pages: Pages) -> Pages:
    pages.refiner.freeze("2026-01-31T10:00:00Z")
    return pages


def clock(pages: Pages) -> Any:
    return pages.refiner.control("GET", "/clock").json


def test_key_and_base_url_are_there_to_be_copied(pages: Pages) -> None:
    outline = pages.open(PAGE)
    copied = {given["data-copy"] for tag, given in outline.elements if tag == "button" and "data-copy" in given}
    assert {"base-url", "api-key", "project-uuid", "variables", "first-call"} <= copied
    assert "http://127.0.0.1:7334/e/default/v1" in outline.text
    assert pages.refiner.environment.api_key in outline.text
    assert_whole(outline)


def test_the_first_call_works_as_it_stands(pages: Pages) -> None:
    html = pages.call(PAGE).body.decode()
    text = html.split('<pre id="first-call"')[1].split("<code>")[1].split("</code>")[0].replace("&#39;", "'")
    words = shlex.split(text.replace("\\\n", " "))
    header = words[words.index("-H") + 1].partition(": ")
    data = "&".join(words[rank + 1] for rank, word in enumerate(words) if word == "-d")
    path = words[1].removeprefix("http://127.0.0.1:7334")

    form = {header[0]: header[2], "content-type": "application/x-www-form-urlencoded"}
    reply = pages.door.call("POST", path, headers=form, body=data.encode())

    assert (reply.status, reply.headers["refiner-mock-violations"]) == (202, "0")


@pytest.mark.parametrize(
    ("fields", "now", "mode"),
    [
        ({"advance": "1h"}, "2026-01-31T11:00:00", "frozen"),
        ({"advance": "1d"}, "2026-02-01T10:00:00", "frozen"),
        ({"advance": " 1h30m "}, "2026-01-31T11:30:00", "frozen"),
        ({"verb": "set", "at": "2026-03-01T08:00:30"}, "2026-03-01T08:00:30", "frozen"),
        ({"verb": "freeze", "at": "2026-03-01T08:00"}, "2026-03-01T08:00:00", "frozen"),
        ({"resume": "now"}, "20", "real"),
    ],
)
def test_the_clock_is_moved(frozen: Pages, fields: dict[str, str], now: str, mode: str) -> None:
    outline = done(frozen, PAGE, **fields)
    assert outline.all("notice")
    assert clock(frozen)["now"].startswith(now)
    assert clock(frozen)["mode"] == mode
    assert outline.one("clock").startswith(now[:10])


def test_a_running_clock_is_frozen_where_it_is(pages: Pages) -> None:
    assert done(pages, PAGE, freeze="now").one("clock-mode") == "Frozen"
    assert clock(pages)["mode"] == "frozen"


def test_on_the_way_forward_what_falls_due_is_sent(frozen: Pages, receiver: Receiver) -> None:
    frozen.refiner.control("PATCH", "/settings", {"delivery": {"delay": 3600}})
    frozen.refiner.control("POST", "/webhooks", {"url": receiver.url, "events": ["Saw Survey"]})
    frozen.refiner.form_uuid("NPS")
    frozen.refiner.simulate("Saw Survey", contact={"id": "u-1"})
    assert receiver.idle
    done(frozen, PAGE, advance="1h")
    assert receiver.next().body["triggered_event"] == "Saw Survey"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"advance": "soon"}, "'soon' is no duration"),
        ({"advance": ""}, "The field advance must be text"),
        ({"verb": "set", "at": ""}, "The field set must be an ISO time"),
        ({"verb": "rewind", "at": "x"}, "There is no field 'rewind'"),
        ({"nonsense": "1"}, "There is no field 'nonsense'"),
        ({}, "exactly one of advance, freeze, set, resume"),
    ],
)
def test_what_is_refused_is_said_and_moves_nothing(frozen: Pages, fields: dict[str, str], told: str) -> None:
    outline = refused(frozen, PAGE, **fields)
    assert told in outline.one("refusal")
    assert clock(frozen)["now"] == "2026-01-31T10:00:00.000000Z"
    if "advance" in fields:
        assert fields["advance"] in outline.attributes("input", "value")
    assert_whole(outline)


def test_each_part_leads_to_the_others_of_the_same_environment(pages: Pages) -> None:
    pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}')
    parts = {f"/_mock/environments/{part}?env=shop" for part in ("overview", "settings", "dialect", "faults", "state")}
    for part in sorted(parts):
        outline = pages.open(part.removeprefix("/_mock").partition("?")[0], env="shop")
        assert parts <= set(outline.attributes("a", "href"))
        assert actions_of(outline) <= {"shop"}
        assert_whole(outline)


def actions_of(outline: Outline) -> set[str]:
    """Return the environments that the forms of a page change."""
    posts = [given["action"] for tag, given in outline.elements if tag == "form" and given.get("method") == "post"]
    return {action.partition("env=")[2] for action in posts}
