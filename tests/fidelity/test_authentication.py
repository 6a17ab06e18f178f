"""How true the mock is: section (a) of what is known about Refiner, transport and authentication.

Each test is one fact with its section and its sources' tags; facts marked `client` or `guess` are not listed here.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from mock_server.settings import Settings
from tests.api.door import Client, Door, Reply, basic

OUT_OF_REACH = (
    ("(a) the base's host is api.refiner.io [W6W, API]", "the mock has its own host; the path /v1 is tested"),
    ("(a) no deprecation notices in the reference [W6W, API]", "about the vendor's pages, not about an answer"),
    ("(a) the key is found in the dashboard [W6W, API]", "there is no dashboard of Refiner's"),
    ("(a) Bearer is the recommended way [API]", "advice; all three ways are tested"),
    ("(a) cookie_uuid is made by the browser client and no RFC UUID [RUD-cap]", "no browser client: none is ever made"),
)
NO_KEY = (401, {"error": "No API key found in headers"})
MALFORMED = (401, {"error": "API key does not look valid"})
UNKNOWN = (404, {"message": "API key not valid or does not exist"})
NOBODYS = "6f1f6a2e-4c2b-4a3e-9a5f-0c1d2e3f4a5b"
FORM = "application/x-www-form-urlencoded"
PLAIN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        pytest.param({}, NO_KEY, id="no key"),
        pytest.param({"Authorization": "Bearer YOUR_API_KEY"}, NO_KEY, id="too short"),
        pytest.param({"Authorization": "Bearer not-a-uuid-but-quite-long-enough"}, MALFORMED, id="malformed"),
        pytest.param({"Authorization": f"Bearer {NOBODYS}"}, UNKNOWN, id="unknown UUID"),
    ],
)
def test_refusals(door: Door, headers: dict[str, str], answer: object) -> None:
    """(a) no or short key: 401 "No API key found in headers"; malformed: 401; unknown: 404 `message` [W6W-live]."""
    reply = door.call("GET", "/v1/account", headers=headers)
    assert (reply.status, reply.json) == answer


def test_a_valid_key_is_told_its_project(refiner: Client) -> None:
    """(a) valid key on GET /v1/: 200 {"project_uuid","project_name","message"} [W6W]."""
    reply = refiner.get("/")
    assert (reply.status, list(reply.json)) == (200, ["project_uuid", "project_name", "message"])


def test_post_to_the_root_is_like_get(door: Door, refiner: Client) -> None:
    """(a) `curl "…/v1/" -d api_key=…` sends POST /v1/: answered like GET [API]."""
    body = f"api_key={refiner.environment.api_key}".encode()
    reply = door.call("POST", "/v1/", headers={"Content-Type": FORM}, body=body)
    assert (reply.status, reply.json) == (200, refiner.get("/").json)


WAYS: dict[str, Callable[[Door, str], Reply]] = {
    "bearer": lambda door, key: door.call("GET", "/v1/account", headers={"Authorization": f"Bearer {key}"}),
    "api_key in the URL": lambda door, key: door.call("GET", "/v1/account", query=f"api_key={key}"),
    "api_key in the body": lambda door, key: door.call(
        "POST", "/v1/identify-user", headers={"Content-Type": FORM}, body=f"id=u-1&api_key={key}".encode()
    ),
    "api_key in a JSON body": lambda door, key: door.call(
        "POST",
        "/v1/identify-user",
        headers={"Content-Type": "application/json"},
        body=orjson.dumps({"id": "u-1", "api_key": key}),
    ),
    "basic": lambda door, key: door.call("GET", "/v1/account", headers=basic(key)),
}


@pytest.mark.parametrize("way", WAYS)
def test_three_ways_to_send_the_key(door: Door, refiner: Client, way: str) -> None:
    """(a) Bearer; parameter `api_key` in URL or body; Basic with the key as user and no password [API]."""
    assert WAYS[way](door, refiner.environment.api_key).status in (200, 202)


def test_basic_needs_its_colon(door: Door, refiner: Client) -> None:
    """(a) Basic: base64("<key>:"), the colon is required [API]."""
    text = b64encode(refiner.environment.api_key.encode()).decode()
    assert door.call("GET", "/v1/account", headers={"Authorization": f"Basic {text}"}).status == 401


def test_the_key_is_a_lower_case_uuid_of_one_environment(door: Door, refiner: Client) -> None:
    """(a) key = lowercase UUID [W6W-live]; one per environment ("project") [W6W, API]."""
    other = Client(door, door.rooms.environments.create("testing"))
    keys = [refiner.environment.api_key, other.environment.api_key]
    refiner.identify("u-1")

    assert [str(UUID(key)) for key in keys] == keys
    assert refiner.get("/").json["project_uuid"] != other.get("/").json["project_uuid"]
    assert other.get("/contact", id="u-1").status == 404


def test_v1_is_the_only_version(door: Door, refiner: Client) -> None:
    """(a) base …/v1; v1 is the only version [W6W, API]."""
    assert door.call("GET", "/v1/account", headers=refiner.bearer).status == 200
    assert door.call("GET", "/v2/account", headers=refiner.bearer).status == 404


def test_answers_are_json(door: Door, refiner: Client) -> None:
    """(a) answers are JSON, Content-Type: application/json [API]."""
    replies = [refiner.get("/account"), door.call("GET", "/v1/account"), refiner.get("/contact", id="nobody")]
    assert {reply.headers["content-type"] for reply in replies} == {"application/json"}


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(lambda refiner: refiner.send("POST", "/identify-user", query="id=u-1&plan=pro"), id="URL"),
        pytest.param(lambda refiner: refiner.post("/identify-user", {"id": "u-1", "plan": "pro"}), id="JSON body"),
        pytest.param(lambda refiner: refiner.form("/identify-user", "id=u-1&plan=pro"), id="curl -d key=value"),
    ],
)
def test_parameters_travel_in_url_or_body(refiner: Client, send: Callable[[Client], Reply]) -> None:
    """(a) parameters in the URL or the body; JSON object, or urlencoded as curl -d sends it [API]."""
    assert send(refiner).status == 202
    assert refiner.get("/contact", id="u-1").json["attributes"]["plan"] == "pro"


def test_brackets_make_arrays_and_objects(refiner: Client) -> None:
    """(a) arrays key[]=a&key[]=b; objects key[sub]=v (account[id], response_data[nps]) [W6W, RUD-dst, MIND]."""
    form, other = refiner.form_uuid(), refiner.form_uuid("Other")
    refiner.form("/identify-user", "id=u-1&country=France&account[id]=acme")
    refiner.post("/responses", {"form_uuid": form, "id": "u-1", "nps": "9"})
    filters = f"form_uuids[]={form}&form_uuids[]={other}&response_data[nps]=9&contact_data[country]=France"

    items = refiner.send("GET", "/responses", query=filters).json["items"]
    assert [item["contact"]["account"]["remote_id"] for item in items] == ["acme"]
    assert refiner.send("GET", "/responses", query=f"form_uuids[]={other}").json["items"] == []


@pytest.fixture
def limited() -> Iterator[Client]:
    door = Door(Settings(rate_limits=True))
    client = Client(door, door.rooms.environments.get("default"))
    client.freeze("2026-01-31T10:30:00Z")
    yield client
    door.close()


@pytest.mark.parametrize("who", [{"id": "u-1"}, {"email": "mira@example.org"}, {"uuid": NOBODYS}], ids=list)
def test_a_user_is_limited_to_100_calls_a_minute(limited: Client, who: dict[str, str]) -> None:
    """(a) 100 requests/minute per user id, calls carrying id, email or uuid; 429 with Retry-After [W6W]."""
    replies = [limited.get("/contact", **who) for _ in range(101)]
    assert [reply.status == 429 for reply in replies] == [False] * 100 + [True]
    assert int(replies[-1].headers["retry-after"]) >= 1
    assert limited.get("/contact", id="someone-else").status == 404


def test_a_key_is_limited_to_4000_calls_a_minute(limited: Client) -> None:
    """(a) 4,000 requests/minute per API key; 429 with Retry-After [W6W]."""
    door, bearer = limited.door, limited.bearer
    assert all(door.call("GET", "/v1/", headers=bearer).status == 200 for _ in range(4_000))
    assert door.call("GET", "/v1/", headers=bearer).status == 429
    limited.advance("1m")
    assert limited.get("/").status == 200


def test_no_header_counts_what_remains(refiner: Client) -> None:
    """(a) no remaining-count headers are exposed [W6W]."""
    assert [name for name in refiner.get("/account").headers if "limit" in name or "remaining" in name] == []


def strings(value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text in an answer with its key."""
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, dict | list):
            yield from strings(part)
        elif isinstance(part, str):
            yield str(key), part


def test_contact_and_account_times(refiner: Client) -> None:
    """(a) YYYY-MM-DDTHH:MM:SS.000000Z in contact and account objects [PIPE, ERD; RUD-cap in webhooks]."""
    refiner.freeze("2026-01-31T10:30:00.567Z")
    refiner.identify("u-1")
    times = [text for key, text in strings(refiner.get("/contact", id="u-1").json) if key.endswith("_at")]

    assert len(times) >= 4
    assert set(times) == {"2026-01-31T10:30:00.000000Z"}


def test_response_times_have_no_zone(refiner: Client) -> None:
    """(a) GET /responses: `YYYY-MM-DD HH:MM:SS` without zone for all seven time fields [PIPE, ERD]."""
    form = refiner.form_uuid()
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})
    refiner.simulate("Dismissed Survey", contact={"id": "u-1"}, form_uuid=form)
    items = refiner.get("/responses", include="all").json["items"]
    times = {key: text for item in items for key, text in item.items() if key.endswith("_at") and text}

    assert len(times) == 7
    assert all(PLAIN.fullmatch(text) for text in times.values())


def made(refiner: Client) -> dict[str, str]:
    """Let one object of each kind be made, half a second after a whole one, and return their uuids."""
    refiner.freeze("2026-01-31T10:30:00.567Z")
    form, segment = refiner.form_uuid(), refiner.segment_uuid()
    refiner.identify("u-1")
    refiner.advance("1h")
    happened = refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form)
    contact = refiner.get("/contact", id="u-1").json
    uuids = {"form": form, "segment": segment, "contact": contact["uuid"], "account": contact["account"]["uuid"]}
    return {**uuids, "response": happened["response_uuid"], "project": refiner.get("/").json["project_uuid"]}


def seconds(uuid: str) -> float:
    """Return the Unix time in a UUID v1."""
    return (UUID(uuid).time - 0x01B21DD213814000) / 1e7


@pytest.mark.parametrize("kind", ["contact", "account", "project", "segment", "form", "response"])
def test_object_ids(refiner: Client, kind: str) -> None:
    """(a) every Refiner-made id is a UUID version 1, lower case [RUD-cap, PIPE, FSPY]."""
    uuid = made(refiner)[kind]
    assert (UUID(uuid).version, uuid) == (1, uuid.lower())


@pytest.mark.parametrize(("kind", "late"), [("contact", 0), ("account", 0), ("response", 3_600)])
def test_an_id_is_as_old_as_its_object(refiner: Client, kind: str, late: int) -> None:
    """(a) uuid time: contact ≈ first_seen_at, account just after, response ≈ first_shown_at [RUD-cap]."""
    began = datetime(2026, 1, 31, 10, 30, tzinfo=UTC).timestamp() + 0.567
    assert seconds(made(refiner)[kind]) - began == pytest.approx(late, abs=0.02)


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026-01-31 10:00:00", "2026-01-31T10:00:00", "2026-01-31T11:00:00+01:00"]
)
def test_inputs_are_iso_times(refiner: Client, text: str) -> None:
    """(a) inputs: ISO 8601 date or date-time, with space, T or offset [W6W, KB-js, KB-tr]."""
    form = refiner.form_uuid()
    stored = refiner.post("/responses", {"form_uuid": form, "id": "u-1", "date": text, "nps": 9})
    shown = "2026-01-31 00:00:00" if len(text) == 10 else "2026-01-31 10:00:00"

    assert (stored.status, refiner.get("/responses").json["items"][0]["completed_at"]) == (200, shown)


@pytest.mark.parametrize("value", ["2026-01-31 10:00", 1_769_853_600, "1769853600"])
def test_traits_take_minutes_and_unix_seconds(refiner: Client, value: object) -> None:
    """(a) for traits also `YYYY-MM-DD HH:MM` and Unix seconds [W6W, KB-js, KB-tr]."""
    refiner.identify("u-1", renewed_at=value)
    assert refiner.get("/contact", id="u-1").json["attributes"]["renewed_at"] == "2026-01-31T10:00:00.000000Z"
