"""Every exchange is judged, and the judge gets in nobody's way: design 3.1 and 3.5, issue "Verdicts" 4 and 5."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from mock_server.api import judging, mirror
from mock_server.contract.exchange import Answer
from mock_server.contract.verdict import judge as judge_alone
from mock_server.resources import contract_path
from mock_server.settings import Settings
from tests.api.door import Client, Door

OURS = {"refiner-mock-request-id", "refiner-mock-violations"}


def violations(refiner: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = refiner.control("GET", "/violations").json["items"]
    return found


def verdict(refiner: Client) -> dict[str, Any]:
    counted: dict[str, Any] = refiner.control("GET", "/verdict").json
    return counted


def test_an_answer_tells_how_many_rules_its_request_broke(refiner: Client) -> None:
    """Design 3.1; nothing else of the answer is altered."""
    clean = refiner.get("/contacts")
    reply = refiner.get("/contacts", limit=5, sort="email")

    assert (clean.headers["refiner-mock-violations"], reply.headers["refiner-mock-violations"]) == ("0", "2")
    assert (reply.status, reply.body) == (clean.status, clean.body)
    found = violations(refiner)
    id = reply.headers["refiner-mock-request-id"]
    assert [(one["id"], one["request"]) for one in found] == [(f"{id}.1", id), (f"{id}.2", id)]
    assert {one["where"]["name"] for one in found} == {"limit", "sort"}
    assert {one["operation"] for one in found} == {"listContacts"}


def test_a_sequence_is_numbered_on_after_the_request_itself(refiner: Client) -> None:
    refiner.control("POST", "/faults", {"kind": "status", "status": 429, "retry_after": 60})
    refiner.port = 4711
    refiner.get("/contacts", limit=1)
    reply = refiner.get("/contacts", limit=1)

    assert reply.headers["refiner-mock-violations"] == "2"
    last = [one for one in violations(refiner) if one["request"] == reply.headers["refiner-mock-request-id"]]
    assert [(one["id"][-2:], one["where"]["in"]) for one in last] == [(".1", "query"), (".2", "sequence")]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/v1/contacts", {}, b"", 401),
        ("GET", "/v1/contacts", {"Authorization": "Bearer 3f0c9b52-6a1e-4d7b-8c2f-5e4d3c2b1a09"}, b"", 404),
        ("GET", "/v1/tags", None, b"", 404),
        ("GET", "/nowhere", None, b"", 404),
        ("GET", "/e/nobody/v1/contacts", None, b"", 404),
        ("PUT", "/v1/contact", None, b"", 405),
        ("POST", "/v1/identify-user", None, b"{", 400),
        ("POST", "/v1/identify-user", None, b"x" * 100_001, 413),
        ("HEAD", "/v1/contacts", None, b"", 200),
    ],
)
def test_every_answer_has_both_headers(
    refiner: Client, method: str, path: str, headers: dict[str, str] | None, body: bytes, status: int
) -> None:
    sent = {"Content-Type": "application/json", **(refiner.bearer if headers is None else headers)}
    reply = refiner.door.call(method, path, headers=sent, body=body)

    assert reply.status == status
    assert reply.headers.keys() >= OURS
    kept = refiner.door.call("GET", f"/_mock/api/requests/{reply.headers['refiner-mock-request-id']}").json
    assert len(kept["violations"]) == int(reply.headers["refiner-mock-violations"])


def test_a_body_over_the_bound_is_not_judged_by_what_it_lacks(refiner: Client) -> None:
    reply = refiner.send("POST", "/identify-user", "application/json", b"x" * 100_001)

    assert (reply.status, reply.headers["refiner-mock-violations"]) == (413, "1")
    assert verdict(refiner)["judged"] == 0


def test_what_a_fault_spoils_is_marked_and_counts_for_nothing(refiner: Client) -> None:
    """Design 3.5: injected traffic is marked and never counts as proof."""
    refiner.control("POST", "/faults", {"kind": "status", "status": 503})
    refiner.door.call("GET", "/v1/contacts", query="limit=5", headers=refiner.bearer)

    [violation] = violations(refiner)
    assert violation["injected"] is True
    counted = verdict(refiner)
    assert (counted["injected"], counted["judged"], counted["errors"]) == (1, 0, 0)


def test_a_world_that_begins_anew_is_watched_anew(refiner: Client) -> None:
    """What was seen of the one before says nothing about it."""
    for number in range(3):
        refiner.identify(f"u-{number}")
    snapshot = refiner.control("GET", "/snapshot").json

    for _ in range(3):
        refiner.get("/contacts", page_length=1)
        assert refiner.control("PUT", "/snapshot", snapshot).status == 200

    assert violations(refiner) == []


# our own faults


def test_a_call_on_which_we_fail_is_no_violation_of_the_clients(
    refiner: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(refiner.environment, "usage", broken)
    reply = refiner.door.call("GET", "/v1/account", headers=refiner.bearer)

    assert reply.status == 500
    assert reply.headers.keys() >= OURS
    assert refiner.control("GET", "/journal").json["items"][-1]["fault"] == "refiner-mock"
    assert violations(refiner) == []
    assert verdict(refiner)["failures"] == 1
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("place", ["begun", "note_of"])
def test_a_request_that_we_fail_to_read_is_answered_and_kept(
    refiner: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(mirror, place, broken)
    reply = refiner.door.call("GET", "/v1/account", headers=refiner.bearer)

    assert (reply.status, list(reply.json)) == (500, ["message"])
    assert reply.headers.keys() >= OURS
    [line] = refiner.door.call("GET", "/_mock/api/journal").json["items"]
    assert (line["fault"], line["path"], line["violations"]) == ("refiner-mock", "/v1/account", [])
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("place", ["is_clean", "_seen"])
def test_a_bug_of_the_judges_breaks_no_call(
    refiner: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(judging, place, broken)
    monkeypatch.setattr(judging, "RAISING", False)
    reply = refiner.get("/account")

    assert reply.status == 200
    assert refiner.control("GET", "/journal").json["items"][-1]["fault"] == "refiner-mock"
    assert "ZeroDivisionError" in caplog.text

    monkeypatch.setattr(judging, "RAISING", True)
    with pytest.raises(ZeroDivisionError):
        refiner.get("/account")


def test_a_bug_in_counting_breaks_no_call_of_nobody_either(
    refiner: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mock_server.api.tally.Tally.count", lambda *_: 1 / 0)
    monkeypatch.setattr(judging, "RAISING", False)

    assert refiner.door.call("GET", "/nowhere").status == 404
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("answer", [Answer(200, b'{"plan":7}'), Answer(299, b"{}")], ids=["shape", "status"])
def test_our_answers_can_be_judged_too(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    with closing(Door(Settings(check_answers=True))) as door:
        refiner = Client(door, door.rooms.environments.get("default"))
        for path in ("/account", "/contacts", "/segments", "/forms", "/responses"):
            refiner.get(path)
        assert (verdict(refiner)["failures"], caplog.text) == (0, "")

        monkeypatch.setattr(mirror.Mirror, "_answer", lambda *_: answer)
        door.call("GET", "/v1/account", headers=refiner.bearer)

        assert verdict(refiner)["failures"] == 1
        assert "in a way its contract does not know" in caplog.text
        assert violations(refiner) == []


def test_the_judge_is_told_all_that_it_asks_for(refiner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The world as it was before the call: who is known, by what, and what traits hold."""
    refiner.identify("u-1", email="mira@example.org", seats=14)
    seen: dict[str, Any] = {}

    def watching(contract: Any, called: Any, request: Any, coerced: Any, world: Any, now: int, **more: Any) -> Any:
        uuid = world.uuid_of(id="u-1")
        seen.update(
            uuid=uuid, by_email=world.uuid_of(email="MIRA@example.org"), nobody=world.uuid_of(id="u-2"),
            known=world.contact_uuid_exists(uuid), unknown=world.contact_uuid_exists("u-1"),
            email=world.email_of("u-1"), nobodys=world.email_of("u-2"), kinds=dict(world.trait_kinds),
            key=more["is_key"](refiner.environment.api_key.upper()), other=more["is_key"]("x"),
        )  # fmt: skip
        return judge_alone(contract, called, request, coerced, world, now, **more)

    monkeypatch.setattr(judging, "is_clean", lambda *_: False)  # the first look sees less of the world
    monkeypatch.setattr(judging, "judge", watching)
    uuid = refiner.identify("u-2")

    assert uuid != seen["uuid"] == seen["by_email"] != seen["nobody"] is None
    assert (seen["known"], seen["unknown"], seen["email"], seen["nobodys"]) == (True, False, "mira@example.org", None)
    assert seen["kinds"]["seats"] == "integer"
    assert (seen["key"], seen["other"]) == (True, False)


@pytest.mark.parametrize(
    ("call", "values", "rule", "severity"),
    [
        ("GET /contacts", {"page_cursor": "12345"}, "foreign-cursor", "error"),
        ("GET /contacts", {"page_cursor": "%ff"}, None, None),
        ("GET /contact", {"id": "nobody"}, None, None),
        ("DELETE /contact", {"id": "nobody"}, None, None),
    ],
)
def test_who_is_refused_is_told_why_but_not_for_asking_for_what_is_not_there(
    refiner: Client, call: str, values: dict[str, Any], rule: str | None, severity: str | None
) -> None:
    """A verdict that nothing was found means nothing if the call was refused."""
    method, path = call.split()
    query = "&".join(f"{name}={value}" for name, value in values.items())
    reply = refiner.door.call(method, f"/v1{path}", query=query, headers=refiner.bearer)

    assert reply.status >= 400
    found = [(one["rule"], one["severity"]) for one in violations(refiner)]
    if rule is not None:
        assert found == [(rule, severity)]
    else:
        assert bool(found) == (reply.status == 400)


def test_a_request_to_an_unknown_environment_is_told_so_and_not_blamed_for_its_key(refiner: Client) -> None:
    refiner.door.call("GET", "/e/nosuch/v1/contacts", headers=refiner.bearer)

    [entry] = [one for one in refiner.door.call("GET", "/_mock/api/journal").json["items"] if "nosuch" in one["path"]]
    [violation] = entry["violations"]
    assert (violation["rule"], violation["where"]) == ("unknown-route", {"in": "path", "name": "/e/nosuch"})
    assert violation["message"].startswith("No environment is called nosuch")


def test_a_parameters_line_is_the_one_that_names_it(refiner: Client) -> None:
    refiner.get("/contacts", form_uuid="7")

    path, _, line = violations(refiner)[0]["contract"].partition(":")
    assert (
        "name: form_uuid"
        in contract_path(path.removeprefix("contracts/")).read_text("utf-8").splitlines()[int(line) - 1]
    )
