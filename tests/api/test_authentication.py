"""The key: three ways to send it, four refusals, one environment each. Facts of refiner-api.md (a)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import orjson
import pytest

from mock_server.settings import Settings
from tests.api.door import Client, Door, Reply, basic

NOBODYS = "6f1f6a2e-4c2b-4a3e-9a5f-0c1d2e3f4a5b"
NO_KEY = (401, {"error": "No API key found in headers"})
MALFORMED = (401, {"error": "API key does not look valid"})
UNKNOWN = (404, {"message": "API key not valid or does not exist"})


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def said(reply: Reply) -> tuple[int, object]:
    return reply.status, reply.json


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, NO_KEY),
        (bearer("YOUR_API_KEY"), NO_KEY),
        (bearer("this-is-long-enough-but-no-uuid-at-all"), MALFORMED),
        (bearer(NOBODYS), UNKNOWN),
        (basic(NOBODYS), UNKNOWN),
        (basic("short"), NO_KEY),
    ],
    ids=["none", "too short", "malformed", "unknown", "unknown by Basic", "too short by Basic"],
)
def test_a_bad_key_is_refused_as_observed(door: Door, headers: Mapping[str, str], answer: object) -> None:
    """(a) Auth answers, live: 401 with `error`, 404 with `message` (W6W-live, on GET /v1/account)."""
    assert said(door.call("GET", "/v1/account", headers=headers)) == answer


def test_a_good_key_opens_by_bearer_basic_or_parameter(door: Door, refiner: Client) -> None:
    """(a) Three ways to send it, docs: Bearer, `api_key` in URL or body, Basic with an empty password."""
    key = refiner.environment.api_key
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    json = {"Content-Type": "application/json"}
    replies = [
        door.call("GET", "/v1/", headers=bearer(key)),
        door.call("GET", "/v1/", headers=basic(key)),
        door.call("GET", "/v1/", query=f"api_key={key}"),
        door.call("POST", "/v1/", headers=form, body=f"api_key={key}".encode()),
        door.call("POST", "/v1/", headers=json, body=orjson.dumps({"api_key": key})),
    ]

    assert [reply.status for reply in replies] == [200] * 5
    assert [reply.json for reply in replies] == [
        {
            "project_uuid": refiner.environment.project_uuid,
            "project_name": "default",
            "message": "Authentication successful",
        }
    ] * 5


def test_get_and_post_check_the_key_with_and_without_the_last_slash(refiner: Client) -> None:
    """(a) The samples' `curl "…/v1/" -d api_key=…` sends POST, docs by consequence."""
    assert [refiner.get("/").status, refiner.post("/").status, refiner.get("").status] == [200] * 3


def test_a_key_as_parameter_is_no_trait_and_no_answer(door: Door, refiner: Client) -> None:
    key, form = refiner.environment.api_key, refiner.form_uuid()
    uuid = door.call("POST", "/v1/identify-user", query=f"api_key={key}&id=u-1&plan=pro").json["contact_uuid"]
    door.call("POST", "/v1/responses", query=f"api_key={key}&id=u-1&form_uuid={form}&nps=9")

    attributes = refiner.get("/contact", uuid=uuid).json["attributes"]
    assert (attributes["plan"], attributes["nps"]) == ("pro", "9")
    assert key not in orjson.dumps(attributes).decode()
    assert "api_key" not in attributes


def test_an_answer_to_a_bad_key_changes_nothing(door: Door, refiner: Client) -> None:
    body = orjson.dumps({"id": "u-1"})
    door.call("POST", "/v1/identify-user", headers={"Content-Type": "application/json"}, body=body)

    assert refiner.get("/contacts").json["pagination"]["items_count"] == 0


def test_the_environment_can_be_named_in_the_path(door: Door) -> None:
    """Design 3.1: `/e/<environment>/v1/...` is the same API."""
    shop = door.rooms.environments.create("shop")
    client = Client(door, shop, prefix="/e/shop/v1")

    uuid = client.identify("u-1")

    assert client.get("/contact", id="u-1").json["uuid"] == uuid
    assert Client(door, shop).get("/contact", id="u-1").json["uuid"] == uuid
    assert door.call("GET", "/e/nobody/v1/contacts", headers=client.bearer).status == 404


def test_a_key_of_another_environment_is_unknown(door: Door, refiner: Client) -> None:
    """Design 3.1: keys are checked under `/e/<environment>` exactly as elsewhere."""
    door.rooms.environments.create("shop")

    assert said(door.call("GET", "/e/shop/v1/contacts", headers=refiner.bearer)) == UNKNOWN
    assert said(door.call("GET", "/e/shop/v1/contacts")) == NO_KEY


def test_environments_know_nothing_of_each_other(door: Door, refiner: Client) -> None:
    """(a) One key per environment, docs."""
    other = Client(door, door.rooms.environments.create("shop"))
    refiner.identify("u-1", plan="pro")

    assert other.get("/contact", id="u-1").status == 404
    assert other.get("/contacts").json["items"] == []


def test_any_well_formed_key_means_default_when_told_so() -> None:
    door = Door(Settings(any_key=True))

    assert door.call("GET", "/v1/", headers=bearer(NOBODYS)).json["project_name"] == "default"
    assert said(door.call("GET", "/v1/", headers=bearer("short"))) == NO_KEY

    door.close()


@pytest.mark.parametrize("way", ["bearer", "basic", "query", "json", "form"])
def test_no_key_is_ever_shown_in_the_journal(door: Door, refiner: Client, way: str) -> None:
    """Design 3.5: keys are shown as their first four characters and an ellipsis, everywhere."""
    key = refiner.environment.api_key
    escaped = quote(key).replace("-", "%2D")
    sent: dict[str, dict[str, object]] = {
        "bearer": {"headers": bearer(key)},
        "basic": {"headers": basic(key)},
        "query": {"query": f"%61pi_key={escaped}"},
        "json": {"headers": {"Content-Type": "application/json"}, "body": orjson.dumps({"api_key": key})},
        "form": {
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "body": f"id=u-1&api_key={escaped}".encode(),
        },
    }
    reply = door.call("POST", "/v1/identify-user", **sent[way])  # type: ignore[arg-type]

    id = reply.headers["refiner-mock-request-id"]
    shown = door.call("GET", f"/_mock/api/requests/{id}").body + door.call("GET", "/_mock/api/journal").body
    assert key not in shown.decode()
    assert escaped not in shown.decode()
    assert f"{key[:4]}…" in shown.decode()
