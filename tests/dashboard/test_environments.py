"""All environments on the page, and one more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract.dialects import dialects
from mock_server.dashboard.pages.environments import MOST_ROWS
from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import HOSTILE, assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages


def shown(pages: Pages, name: str) -> Any:
    return pages.door.call("GET", f"/_mock/api/environments/{name}").json


def create(pages: Pages, count: int) -> None:
    for rank in range(count):
        pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"e%03d"}' % rank)


def test_each_is_listed_with_its_key_and_how_it_differs(pages: Pages) -> None:
    body = (
        b'{"name":"shop","posture":"strict","dialect":{"page-length":"100"},"clock":{"freeze":true},"rendering":"odd"}'
    )
    pages.door.call("POST", "/_mock/api/environments", body=body)

    outline = pages.open("/environments")
    default, shop = outline.all("environment")

    assert default.startswith("default seed empty · lenient · real clock")
    assert "seed empty · strict · rendering odd · frozen clock · 1 dialect switch changed" in shop
    assert shown(pages, "shop")["api_key"] in shop
    assert "/_mock/environments/overview?env=shop" in outline.attributes("a", "href")
    assert_whole(outline)


def test_many_are_shown_in_parts_and_found_by_name(pages: Pages) -> None:
    create(pages, MOST_ROWS + 9)
    first, second = pages.open("/environments"), pages.open("/environments", page=2)
    assert (len(first.all("environment")), len(second.all("environment"))) == (MOST_ROWS, 10)
    assert "/_mock/environments?page=2" in first.attributes("a", "href")
    assert [row.split()[0] for row in pages.open("/environments", q="E007").all("environment")] == ["e007"]
    assert "None is called so" in pages.open("/environments", q="<b>").one("empty")
    assert "None is called so" in pages.open("/environments", page=99).one("empty")
    assert len(pages.open("/environments", page="x").all("environment")) == MOST_ROWS


def test_one_is_made_with_all_that_was_chosen_and_its_page_is_shown(pages: Pages) -> None:
    fields = {"name": "shop", "seed": "demo", "posture": "strict", "rendering": "lean"}
    clock = {"clock": "freeze", "at": "2026-01-31T10:00:00", "dialect[page-length]": "100"}

    outline = done(pages, "/environments/new", **fields, **clock)

    made = shown(pages, "shop")
    assert outline.one("notice") == "The environment is ready: point your client at it."
    assert f"REFINER_API_KEY={made['api_key']}" in outline.text
    assert "44 contacts" in outline.all("count")
    assert "2026-01-31 10:00:00" in outline.one("clock")
    assert (made["seed"], made["posture"], made["rendering"]) == ("demo", "strict", "lean")
    assert made["dialect"]["page-length"] == "100"
    assert pages.door.rooms.environments.get("shop").clock.mode == "frozen"


def test_left_as_it_comes_the_form_makes_one_of_the_next_name(pages: Pages) -> None:
    form = pages.open("/environments/new")
    selected = form.attributes("select", "name")
    assert {f"dialect[{id}]" for id in dialects()} <= set(selected)
    done(pages, "/environments/new", seed="empty", posture="lenient", rendering="plain", clock="real", name="", at="")
    assert shown(pages, "env-1")["posture"] == "lenient"
    assert pages.door.rooms.environments.get("env-1").clock.mode == "real"
    assert_whole(form)


def test_one_runs_on_from_another_time(pages: Pages) -> None:
    done(pages, "/environments/new", name="late", clock="set", at="2030-01-01T00:00")
    clock = pages.door.rooms.environments.get("late").clock
    assert (clock.mode, clock.now() >= 1_893_456_000_000_000) == ("offset", True)


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"name": "default"}, 409, "There is an environment 'default' already"),
        ({"name": "no blanks"}, 400, "no blanks"),
        ({"seed": "forest"}, 400, "choose from empty, demo, crowded"),
        ({"posture": "angry"}, 400, "posture"),
        ({"rendering": "angry"}, 400, "The field rendering must be one of"),
        ({"clock": "set", "at": ""}, 400, "The field set must be an ISO time"),
        ({"clock": "freeze", "at": "soon"}, 400, "The field freeze must be true or an ISO time"),
        ({"dialect[page-length]": "7"}, 400, "dialect page-length cannot be '7'"),
        ({"dialect[nonsense]": "7"}, 400, "there is no dialect 'nonsense'"),
    ],
)
def test_what_is_refused_is_said_beside_the_form_and_what_was_typed_stays(
    pages: Pages, fields: dict[str, str], status: int, told: str
) -> None:
    sent = {"name": "typed", "seed": "demo", "clock": "freeze", "at": "2026-01-31T10:00", **fields}
    outline = refused(pages, "/environments/new", status, **sent)
    assert told in outline.one("refusal")
    assert {sent["name"], sent["at"]} <= set(outline.attributes("input", "value"))
    assert len(pages.door.rooms.environments) == 1
    assert_whole(outline)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_refused_and_stays_text(pages: Pages, text: str) -> None:
    outline = refused(pages, "/environments/new", name=text)
    assert outline.all("refusal")
    assert [given for tag, given in outline.elements if tag == "script" and "src" not in given] == []
    assert not any(name.startswith("on") for _, given in outline.elements for name in given)


def test_with_a_thousand_environments_the_page_stays_small(pages: Pages) -> None:
    environments = pages.door.rooms.environments
    for rank in range(1_000):
        environments.create(f"e{rank}")
    body = pages.call("/environments").body
    assert len(body) < 100_000
    assert re.search(rb"1,001 environments", body)
