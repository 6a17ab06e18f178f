"""No key is shown whole, wherever it stands: design 3.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import pytest

from mock_server.control.masking import Mask
from mock_server.settings import Settings
from tests.api.door import Client, Door

if TYPE_CHECKING:
    from tests.control.conftest import Control

STRANGER = "9d0c3f8a-4b1e-4f57-9c55-0a9f3c1d2e4b"


def shown(control: Control) -> list[dict[str, Any]]:
    """Return the latest exchange as a line of the journal and whole."""
    line = control.call("GET", "/journal").json["items"][-1]
    return [line, control.call("GET", f"/requests/{line['id']}").json]


def escaped(key: str) -> str:
    return "".join(f"%{ord(letter):02X}" for letter in key)


@pytest.mark.parametrize("whose", ["own", "another environment's"])
@pytest.mark.parametrize("spelling", [str, str.upper, quote, escaped])
def test_the_key_of_an_environment_is_shortened_wherever_it_stands(control: Control, whose: str, spelling: Any) -> None:
    key = control.refiner.environment.api_key
    if whose != "own":
        key = control.call("POST", "/environments", {"name": "shop"}).json["api_key"]
    spelt = spelling(key)

    control.refiner.send(
        "POST",
        f"/{key}",
        "application/x-www-form-urlencoded",
        f"{spelt}=1&note=a {spelt}".encode(),
        query=f"key={spelt}",
    )

    for view in shown(control):
        assert key[4:] not in orjson.dumps(view).decode().lower()
        assert view["path"] == f"/v1/{key[:4]}…"
        assert view["query"].lower() == f"key={key[:4]}…"
    assert [name.lower() for name in view["request"]["parameters"]] == ["key", f"{key[:4]}…", "note"]
    assert f"{key[:4]}… could not be found" in view["answer"]["body"]["message"]


def test_a_key_in_a_json_body_is_shortened_under_any_name_and_the_rest_left(control: Control) -> None:
    key, project = control.refiner.environment.api_key, control.refiner.environment.project_uuid
    control.refiner.post("/identify-user", {"id": "u-1", "token": key, "project": project, "deep": {"a": [key]}})

    whole = shown(control)[1]

    short = f"{key[:4]}…"
    assert whole["request"]["parameters"] == {"id": "u-1", "token": short, "project": project, "deep": {"a": [short]}}
    assert key not in orjson.dumps(whole).decode()


@pytest.mark.parametrize("way", ["header", "query", "body"])
def test_the_key_of_an_exchange_is_shortened_though_nobody_knows_it(control: Control, way: str) -> None:
    headers, query, body = {}, f"token={STRANGER}", b""
    if way == "header":
        headers["Authorization"] = f"Bearer {STRANGER}"
    elif way == "query":
        query += f"&api_key={STRANGER}"
    else:
        headers["Content-Type"], body = "application/json", orjson.dumps({"api_key": STRANGER})

    control.door.call("POST", f"/v1/{STRANGER}", query=query, headers=headers, body=body)

    for view in shown(control):
        assert STRANGER not in orjson.dumps(view).decode()


@pytest.mark.parametrize("call", [f"/v1/{STRANGER}/forms", f"/v1/account?token={STRANGER}", f"/v1/?bearer={STRANGER}"])
def test_of_a_call_without_a_key_nothing_is_shown_that_may_be_one(control: Control, call: str) -> None:
    path, _, query = call.partition("?")
    control.door.call("GET", path, query=query)

    for view in shown(control):
        assert STRANGER not in orjson.dumps(view).decode()


def test_a_uuid_in_the_path_of_a_call_with_a_key_is_shown(control: Control) -> None:
    control.refiner.send("GET", f"/contact/{STRANGER}", "", b"")
    assert shown(control)[0]["path"] == f"/v1/contact/{STRANGER}"


def test_a_mask_says_of_whom_a_call_speaks(control: Control) -> None:
    rooms = control.door.rooms
    mask, key = Mask(rooms.environments, rooms.settings), control.refiner.environment.api_key
    spoken = []
    for value in ({"email": "mira@example.org"}, {"id": key}, {"id": {"a": 1}}):
        id = control.refiner.post("/track-event", {**value, "event": "e"}).headers["refiner-mock-request-id"]
        entry = rooms.journal.get(id)
        assert entry is not None
        spoken.append(mask.over(entry).contact())
    assert spoken == ["mira@example.org", f"{key[:4]}…", None]


@pytest.mark.parametrize("reach", [5, 8, 9, 20, 35])
@pytest.mark.parametrize("spelling", [str, str.upper, escaped])
def test_a_key_that_was_cut_off_with_its_body_is_shortened_too(reach: int, spelling: Any) -> None:
    door = Door(Settings(journal_body=300))
    client = Client(door, door.rooms.environments.get("default"))
    spelt = spelling(client.environment.api_key)
    reach *= len(spelt) // 36
    body = b"note=".ljust(300 - reach, b"~") + spelt.encode()

    client.send("POST", "/track-event", "application/x-www-form-urlencoded", body, query=body.decode())

    entry = next(door.rooms.journal.entries())
    shown = Mask(door.rooms.environments, door.rooms.settings).over(entry)
    for text in (shown.body().decode(), shown.query()):
        assert text == "note=".ljust(300 - reach, "~") + spelt[: 4 * len(spelt) // 36] + "…"
    door.close()
