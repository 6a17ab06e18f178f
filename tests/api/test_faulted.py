"""What is answered in place of a call: Refiner's own words where they are known, its shape elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from mock_server.contract.document import Operation, load
from mock_server.journal.ring import OURS
from mock_server.settings import Settings
from tests.api.door import Client, Door, Reply

SOME = "34de57da-fd12-11ef-83b6-81e7e8e25d94"
"""The uuid of nothing."""


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    made = Door(Settings())
    yield made
    made.close()


@pytest.fixture
def client(door: Door) -> Iterator[Client]:
    environment = door.rooms.environments.create()
    yield Client(door, environment)
    door.rooms.environments.delete(environment.name)


def struck(client: Client, path: str = "/identify-user", method: str = "POST", **fault: Any) -> Reply:
    """Arm a fault and return the answer to a call; it may be one that the contract does not know."""
    assert client.control("POST", "/faults", {"kind": "status", **fault}).status == 201
    return client.door.call(method, f"/v1{path}", headers=client.bearer, body=b'{"id":"u-1"}')


@pytest.mark.parametrize("status", [400, 403, 405, 409, 413, 418, 422, 451, 500, 502, 503, 504, 599])
def test_any_error_has_refiners_shape(client: Client, status: int) -> None:
    reply = struck(client, status=status)

    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    assert (reply.status, reply.json) == (status, {"message": phrase})
    assert "retry-after" not in reply.headers


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, {"error": "No API key found in headers"}), (404, {"message": "API key not valid or does not exist"})],
)
def test_where_refiners_words_were_observed_they_are_said(client: Client, status: int, body: dict[str, str]) -> None:
    """refiner-api.md (a), W6W-live."""
    reply = struck(client, status=status)

    assert (reply.status, reply.json) == (status, body)


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/contact?id=u-1", "No contact has the id 'u-1'"),
        ("DELETE", "/contact?email=mira@example.org", "No contact has the email 'mira@example.org'"),
        ("GET", f"/contacts?segment_uuid={SOME}", f"No segment has the uuid '{SOME}'"),
        ("POST", f"/responses?form_uuid={SOME}&id=u-1&nps=9", f"No survey has the uuid '{SOME}'"),
        ("POST", f"/responses/tags?uuid={SOME}&tags[]=praise", f"No response has the uuid '{SOME}'"),
        ("POST", f"/webhooks/{SOME}/test", "No webhook of this environment has that uuid."),
    ],
)
def test_a_404_says_what_a_call_is_told_whose_object_does_not_exist(
    client: Client, method: str, path: str, words: str
) -> None:
    """Its words are those of the call itself; that there is the object makes no difference."""
    client.identify("u-1")
    before = client.environment.snapshot()
    path, _, query = path.partition("?")
    for kind in ("fault", "truth"):
        if kind == "fault":
            client.control("POST", "/faults", {"kind": "status", "status": 404})
        else:
            client.environment.reset()
        reply = client.door.call(method, f"/v1{path}", query=query, headers=client.bearer)
        assert (reply.status, reply.json) == (404, {"message": words}), kind
        if kind == "fault":
            assert client.environment.snapshot() == before


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/contacts"), ("POST", "/responses"), ("GET", "/account"), ("POST", "/nonsense")]
)
def test_a_404_of_a_call_that_names_no_object_is_of_the_key(client: Client, method: str, path: str) -> None:
    assert struck(client, path, method, status=404).json == {"message": "API key not valid or does not exist"}


@pytest.mark.parametrize(
    ("status", "given", "wait"), [(429, {}, "1"), (429, {"retry_after": 30}, "30"), (503, {"retry_after": 90}, "90")]
)
def test_it_asks_to_come_back_later(client: Client, status: int, given: dict[str, Any], wait: str) -> None:
    reply = struck(client, status=status, **given)

    assert (reply.status, reply.headers["retry-after"]) == (status, wait)


def test_it_follows_the_dialect(client: Client) -> None:
    client.freeze("2026-01-31T10:00:00Z")
    dialect = {"error-key": "error", "rate-limit-body": "message", "retry-after": "date", "unknown-key": "400"}
    client.control("PATCH", "/settings", {"dialect": dialect})

    assert struck(client, status=500).json == {"error": "Internal Server Error"}
    assert struck(client, status=404).status == 404
    assert struck(client, "/contact", "DELETE", status=404).json == {"error": "No contact has the id 'u-1'"}
    assert struck(client, status=429).json == {"message": "Too many requests"}
    assert struck(client, status=503, retry_after=60).headers["retry-after"] == "Sat, 31 Jan 2026 10:01:00 GMT"


def test_who_waits_until_the_date_of_retry_after_has_waited_long_enough(client: Client) -> None:
    client.freeze("2026-01-31T10:00:00.4Z")
    client.control("PATCH", "/settings", {"dialect": {"retry-after": "date"}})

    assert struck(client, status=429, retry_after=2).headers["retry-after"] == "Sat, 31 Jan 2026 10:00:03 GMT"
    client.identify("u-1")

    found = client.control("GET", "/violations").json["items"]
    assert [one["expected"] for one in found if one["code"] == "retry"] == ["to wait 2 s"]


@pytest.mark.parametrize("operation", load().operations.values(), ids=lambda operation: operation.id)
def test_every_operation_can_be_struck_and_its_call_is_not_done(client: Client, operation: Operation) -> None:
    path = re.sub(r"\{\w+\}", "c41a7e52-00c4-11f0-8f3b-0b6f9d2e7a11", operation.path)
    before = client.environment.snapshot()

    reply = struck(client, path, operation.method, status=500, operation=operation.id)

    assert reply.status == 500
    assert client.environment.snapshot() == before
    [fault] = client.control("GET", "/faults").json["items"]
    assert (fault["fired"], fault["left"]) == (1, 0)


def test_the_alias_is_struck_by_what_it_stands_for(client: Client) -> None:
    assert struck(client, "/track", status=500, operation="trackEvent").status == 500


def test_a_call_with_a_bad_key_is_struck_as_well(client: Client) -> None:
    """A gateway that is down asks nobody for a key."""
    client.bearer = {}
    client.control("POST", "/faults", {"kind": "status", "status": 502})
    path = f"/e/{client.environment.name}/v1/account"

    assert [client.door.call("GET", path).status for _ in range(2)] == [502, 401]


def test_a_rate_limit_asks_to_wait_for_the_end_of_its_window(client: Client) -> None:
    client.freeze("2026-01-31T10:00:00Z")
    client.control("POST", "/faults", {"kind": "rate_limit", "quota": 2, "seconds": 90})

    def calls(number: int) -> list[tuple[int, str | None]]:
        replies = [client.get("/") for _ in range(number)]
        return [(reply.status, reply.headers.get("retry-after")) for reply in replies]

    assert calls(3) == [(200, None), (200, None), (429, "90")]
    client.advance("89s")
    assert calls(1) == [(429, "1")]
    client.advance("1s")
    assert calls(1) == [(200, None)]


def test_what_a_fault_struck_is_marked_in_the_journal(client: Client) -> None:
    struck(client, status=500)
    client.get("/")

    faults = [entry["fault"] for entry in client.control("GET", "/journal").json["items"]]
    assert faults == ["status", None]


def test_faults_of_one_environment_are_not_those_of_another(door: Door, client: Client) -> None:
    other = Client(door, door.rooms.environments.create())
    client.control("POST", "/faults", {"kind": "status", "status": 500, "times": 9})

    assert other.get("/").status == 200


def test_a_bug_in_the_look_for_faults_spoils_no_call(
    door: Door, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(door.rooms.faults, "armed", True)
    monkeypatch.setattr(door.rooms.faults, "strike", broken)
    reply = client.post("/identify-user", {"id": "u-1"})
    assert reply.status == 202
    kept = door.rooms.journal.get(reply.headers["refiner-mock-request-id"])
    assert kept is not None
    assert kept.fault == OURS
