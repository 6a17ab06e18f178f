"""Making, showing and deleting environments: design 3.2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract.dialects import settled
from tests.api.door import Client

if TYPE_CHECKING:
    from tests.control.conftest import Control


def create(control: Control, value: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
    reply = control.call("POST", "/environments", value, headers=headers)
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.json
    return made


def test_what_is_handed_out_works(control: Control) -> None:
    made = create(control, {"name": "shop"})

    assert list(made) == ["name", "project_uuid", "api_key", "base_url"]
    assert made["base_url"] == "http://127.0.0.1:7334/e/shop/v1"
    headers = {"Authorization": f"Bearer {made['api_key']}"}
    answer = control.door.call("GET", "/e/shop/v1/", headers=headers).json
    assert answer["project_uuid"] == made["project_uuid"]


def test_the_base_url_has_the_host_that_the_caller_used(control: Control) -> None:
    assert create(control, host="localhost:9999")["base_url"].startswith("http://localhost:9999/e/")


def test_names_are_made_up_where_none_is_given(control: Control) -> None:
    assert [create(control)["name"], create(control, {})["name"]] == ["env-1", "env-2"]


def test_an_environment_is_listed_and_shown_with_what_it_was_made_of(control: Control) -> None:
    made = create(
        control, {"name": "shop", "seed": "demo", "posture": "strict", "dialect": {"webhook-retries": "none"}}
    )

    shown = control.call("GET", "/environments/shop").json
    told = {"seed": "demo", "posture": "strict", "dialect": settled({"webhook-retries": "none"}), "rendering": "plain"}
    assert shown == made | told
    listed = control.call("GET", "/environments").json["items"]
    assert [one["name"] for one in listed] == ["default", "shop"]
    assert listed[1] == shown


def test_a_seed_fills_it(control: Control) -> None:
    """Issue "Main job", 10: demo has at least 40 contacts."""
    create(control, {"name": "shop", "seed": "demo"})
    create(control, {"name": "own", "seed": {"contacts": [{"id": "u-1", "traits": {"plan": "pro"}}]}})

    def count(name: str) -> int:
        client = Client(control.door, control.door.rooms.environments.get(name))
        number: int = client.get("/contacts").json["pagination"]["items_count"]
        return number

    assert count("shop") >= 40
    assert count("own") == 1
    assert count("default") == 0
    assert control.call("GET", "/environments/own").json["seed"] == "document"


@pytest.mark.parametrize(
    ("clock", "mode", "now"),
    [
        ({"freeze": "2026-03-01T10:00:00Z"}, "frozen", "2026-03-01T10:00:00.000000Z"),
        ({"set": "2026-03-01T10:00:00Z"}, "offset", "2026-03-01T10:00:"),
        ({"freeze": True}, "frozen", ""),
        ({"resume": True}, "real", ""),
    ],
)
def test_its_clock_starts_as_wanted_and_seeds_follow_it(
    control: Control, clock: dict[str, Any], mode: str, now: str
) -> None:
    """Design rule 5: the times in `demo` are relative to the clock's now."""
    create(control, {"name": "shop", "seed": "demo", "clock": clock})

    shown = control.call("GET", "/environments/shop/clock").json
    assert shown["mode"] == mode
    assert shown["now"].startswith(now)
    client = Client(control.door, control.door.rooms.environments.get("shop"))
    newest = client.get("/contacts", order_by="last_seen_at").json["items"][0]["last_seen_at"]
    assert "" < newest <= shown["now"]


@pytest.mark.parametrize(
    "value",
    [
        {"name": "a b"},
        {"name": ""},
        {"name": "x" * 65},
        {"name": 7},
        {"seed": "nonsense"},
        {"seed": 7},
        {"seed": {"nonsense": []}},
        {"posture": "harsh"},
        {"clock": {"freeze": "yesterday"}},
        {"clock": {"freeze": False}},
        {"clock": {"advance": "6h"}},
        {"clock": {}},
        {"clock": "2026-03-01"},
        {"dialect": ["webhook-retries"]},
        {"dialect": {"nonsense": "none"}},
        {"dialect": {"webhook-retries": "nonsense"}},
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing_behind(control: Control, value: dict[str, Any]) -> None:
    assert control.call("POST", "/environments", value).status == 400
    assert len(control.door.rooms.environments) == 1


def test_a_taken_name_is_a_conflict(control: Control) -> None:
    create(control, {"name": "shop"})

    reply = control.call("POST", "/environments", {"name": "shop"})

    assert reply.status == 409
    assert "shop" in reply.json["error"]


def test_there_is_a_bound(control: Control) -> None:
    for _ in range(19):
        create(control)

    reply = control.call("POST", "/environments", {})

    assert reply.status == 409
    assert "max_environments" in reply.json["error"]


def test_a_deleted_environment_is_gone_with_everything_in_it(control: Control) -> None:
    made = create(control, {"name": "shop"})
    Client(control.door, control.door.rooms.environments.get("shop")).identify("u-1")

    assert control.call("DELETE", "/environments/shop").status == 204

    headers = {"Authorization": f"Bearer {made['api_key']}"}
    assert control.door.call("GET", "/v1/contacts", headers=headers).status == 404
    assert control.call("GET", "/environments/shop").status == 404
    again = create(control, {"name": "shop"})
    assert again["api_key"] != made["api_key"]
    assert control.call("GET", "/environments/shop/journal").json["items"] == []


def test_default_cannot_be_deleted(control: Control) -> None:
    assert control.refused("DELETE", "")[0] == 409
    assert control.get("")["name"] == "default"
