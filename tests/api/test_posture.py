"""The posture `strict` refuses what breaks the contract, `lenient` does what Refiner would do (design 2)."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.state.records import Identity
from tests.api.door import Client, Reply


def violations(refiner: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = refiner.control("GET", "/violations").json["items"]
    return found


@pytest.fixture
def strict(refiner: Client) -> Client:
    assert refiner.control("PATCH", "/settings", {"posture": "strict"}).status == 200
    return refiner


def send(refiner: Client, method: str, path: str, value: Any) -> Reply:
    if method == "GET":
        return refiner.get(path, **value)
    return refiner.post(path, value, method)


REFUSED = [
    ("wrong-parameter", "GET", "/responses", {"survey_id": "34de57da-fd12-11ef-83b6-81e7e8e25d94"}, 400),
    ("unknown-parameter", "GET", "/account", {"verbose": 1}, 400),
    ("missing-parameter", "POST", "/track-event", {"id": "u-1"}, 400),
    ("bad-value", "GET", "/contacts", {"order_by": "age"}, 400),
    ("bad-encoding", "POST", "/responses", {"id": "u-1", "form_uuid": "", "tags[]": ["a"]}, 400),
    ("unknown-route", "POST", "/users", {"id": "u-1"}, 404),
    ("wrong-method", "POST", "/contacts", {"id": "u-1"}, 405),
]


@pytest.mark.parametrize(("code", "method", "path", "value", "status"), REFUSED, ids=[case[0] for case in REFUSED])
def test_strict_refuses_what_breaks_the_contract(
    strict: Client, code: str, method: str, path: str, value: dict[str, Any], status: int
) -> None:
    """What would be refused anyway is refused as always, all else with Refiner's 400 and the judge's sentence."""
    if "form_uuid" in value:
        value = {**value, "form_uuid": strict.form_uuid()}
    reply = send(strict, method, path, value)

    assert (reply.status, list(reply.json)) == (status, ["message"])
    [violation] = violations(strict)
    assert (violation["code"], violation["severity"]) == (code, "error")
    assert (strict.environment.find(Identity(id="u-1")), strict.environment.tracked_events()) == (None, ())


def test_strict_refuses_a_bad_key_as_always(strict: Client) -> None:
    """(a), live: 401 with `error`."""
    reply = strict.door.call("GET", "/e/default/v1/account")

    assert (reply.status, list(reply.json)) == (401, ["error"])
    assert [(one["code"], one["severity"]) for one in violations(strict)] == [("bad-credentials", "error")]


def test_strict_tells_what_is_wrong_and_does_nothing(strict: Client) -> None:
    reply = strict.post("/track-event", {"id": "u-1", "event": "Exported", "time": "2026-01-31"})

    assert reply.status == 400
    assert reply.json == {"message": violations(strict)[0]["message"]}
    assert "time" in reply.json["message"]
    assert strict.environment.find(Identity(id="u-1")) is None


def test_strict_speaks_the_dialect(strict: Client) -> None:
    strict.control("PATCH", "/settings", {"dialect": {"error-key": "error", "invalid-status": "422"}})

    reply = strict.get("/account", verbose=1)

    assert (reply.status, list(reply.json)) == (422, ["error"])


@pytest.mark.parametrize(
    ("code", "path", "value"),
    [
        ("legacy-route", "/track", {"id": "u-1", "event": "Exported"}),
        ("stray-trait", "/identify-user", {"id": "u-1", "segment_uuids": ["x"]}),
        ("mock-only", "/webhooks", {"name": "x", "url": "http://127.0.0.1:9/", "events": ["Saw Survey"]}),
    ],
)
def test_strict_lets_pass_what_is_less_than_an_error(strict: Client, code: str, path: str, value: Any) -> None:
    reply = strict.post(path, value)

    assert reply.status < 300
    assert [(one["code"], one["severity"]) for one in violations(strict)] == [(code, "warning")]


def test_lenient_does_what_refiner_would_do(refiner: Client) -> None:
    """Design rule 4.2: the vendor's answer is never altered to explain a violation."""
    reply = refiner.post("/track-event", {"id": "u-1", "event": "Exported", "time": "2026-01-31"})

    assert (reply.status, reply.json) == (202, {"message": "ok"})
    assert [one["severity"] for one in violations(refiner)] == ["error"]
