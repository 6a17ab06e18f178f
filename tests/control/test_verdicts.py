"""How clients were judged, shown: design 3.2 and 3.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.api.tally import MOST_KINDS
from mock_server.conformance.report import APART
from mock_server.contract.exchange import Answer, Request
from mock_server.contract.violation import Finding, record
from mock_server.journal import Exchange
from mock_server.settings import Settings
from tests.api.door import Client, Door
from tests.miniatures.running import Receiver

if TYPE_CHECKING:
    from tests.control.conftest import Control

GRAVE, MIDDLING, SLIGHT = "near-miss-name", "page-repeated", "rescan"
"""Rules whose violations are an error, a warning and a note."""


def happen(door: Door, rule: str, *, environment: str | None = "default", message: str = "It is wrong.") -> str:
    """Let an exchange have a violation and return its id."""
    found = None if environment is None else door.rooms.environments.get(environment)
    exchange = Exchange(door.rooms.journal.next_id(), "/v1/contacts", Request("GET", "/contacts", {}, {}, {}), found)
    exchange.operation = "listContacts"
    finding = Finding(
        rule, ("query", "limit"), message, None, message, evidence="documented" if rule == GRAVE else None
    )
    violation = record(finding, id=f"{exchange.id}.1", request=exchange.id, operation="listContacts", injected=False)
    exchange.violations = (violation,)
    door.rooms.journal.close(exchange, Answer(200, b"{}"))
    return exchange.id


def test_violations_come_worst_first_with_their_exchanges(control: Control) -> None:
    ids = [happen(control.door, rule) for rule in (SLIGHT, GRAVE, MIDDLING, GRAVE)]

    answer = control.get("/violations")

    assert [one["severity"] for one in answer["items"]] == ["error", "error", "warning", "note"]
    assert [one["request"] for one in answer["items"]] == [ids[1], ids[3], ids[2], ids[0]], "of equals the oldest first"
    lines = {line["id"]: line for line in control.get("/journal")["items"]}
    assert [one["entry"] for one in answer["items"]] == [lines[one["request"]] for one in answer["items"]]
    assert answer["dropped"] == 0


def test_a_violation_says_all_that_there_is_to_say(control: Control) -> None:
    id = happen(control.door, MIDDLING)

    [violation] = control.get("/violations")["items"]

    assert {key: value for key, value in violation.items() if key not in ("entry", "contract")} == {
        "id": f"{id}.1",
        "code": "paging",
        "severity": "warning",
        "evidence": "documented",
        "operation": "listContacts",
        "where": {"in": "query", "name": "limit"},
        "got": "It is wrong.",
        "expected": None,
        "message": "It is wrong.",
        "suggestion": None,
        "rule": "page-repeated",
        "request": id,
        "injected": False,
    }
    assert violation["contract"].startswith("contracts/refiner.yaml:")


def test_clean_traffic_has_no_violations(control: Control) -> None:
    control.refiner.identify("u-1")

    assert control.get("/violations") == {"items": [], "dropped": 0}
    assert control.get("/violations", closing=1) == {"items": [], "dropped": 0}


def test_violations_of_no_environment_are_among_those_of_all(control: Control) -> None:
    control.call("POST", "/environments", {"name": "shop"})
    for environment in ("default", "shop", None):
        happen(control.door, GRAVE, environment=environment)

    answer = control.call("GET", "/violations").json

    assert [one["entry"]["environment"] for one in answer["items"]] == ["default", "shop", None]
    assert [one["entry"]["environment"] for one in control.get("/violations")["items"]] == ["default"]


def unfinished(refiner: Client) -> str:
    """Read a list of four pages without the last, and return the id of the last call."""
    for number in range(4):
        refiner.identify(f"u-{number}")
    replies = [refiner.get("/contacts", page=page, page_length=1) for page in (1, 2, 3)]
    return replies[-1].headers["refiner-mock-request-id"]


def test_what_only_an_end_shows_is_shown_when_asked_for(control: Control) -> None:
    id = unfinished(control.refiner)

    assert control.get("/violations")["items"] == []
    [violation] = control.get("/violations", closing=1)["items"]
    assert (violation["rule"], violation["id"], violation["entry"]["id"]) == ("last-page-unread", f"{id}.end", id)
    assert control.call("GET", "/violations", closing="true").json["items"] == [violation]
    assert control.get("/verdict")["warnings"] == 0, "asking counts nothing"


def test_a_reset_is_an_end_too(control: Control) -> None:
    unfinished(control.refiner)
    control.post("/reset")

    assert control.get("/violations", closing=1)["items"] == []
    assert [one["rule"] for one in control.get("/verdict")["violations"]] == ["last-page-unread"]


def test_a_violation_outlives_its_exchange_at_most_by_its_end(control: Control) -> None:
    unfinished(control.refiner)
    control.call("DELETE", "/journal")

    assert [one["entry"] for one in control.get("/violations", closing=1)["items"]] == [None]


@pytest.mark.parametrize("path", ["/violations", "/verdict"])
def test_a_misspelt_parameter_is_refused(control: Control, path: str) -> None:
    assert control.refused("GET", path, ending=1)[0] == 400


def test_violations_that_fell_out_of_the_journal_are_counted() -> None:
    door = Door(Settings(journal_entries=2))
    for _ in range(5):
        happen(door, GRAVE)

    answer = door.call("GET", "/_mock/api/environments/default/violations").json

    assert (len(answer["items"]), answer["dropped"]) == (2, 3)
    assert door.call("GET", "/_mock/api/violations").json["dropped"] == 3
    door.close()


def test_no_violation_shows_a_key(control: Control) -> None:
    """Design 3.5: keys are shown as their first four characters and an ellipsis, everywhere."""
    key = control.refiner.environment.api_key
    id = happen(control.door, GRAVE, message=f"The name {key} is no parameter.")

    shown = [
        control.get("/violations")["items"][0],
        control.get("/journal")["items"][0]["violations"][0],
        control.call("GET", f"/requests/{id}").json["violations"][0],
    ]

    for violation in shown:
        assert violation["message"] == f"The name {key[:4]}… is no parameter."
        assert violation["got"] == violation["message"]


def verdict(**counts: Any) -> dict[str, Any]:
    """Return a verdict: what is given, and nothing else."""
    reasons = {*APART} - {"unproven"}  # which reports alone know of
    none = dict.fromkeys((*reasons, "requests", "judged", "failures", "errors", "warnings", "notes"), 0)
    empty: dict[str, Any] = {name: {} for name in ("operations", "refused", "webhooks", "left_out")}
    return {**none, **empty, "violations": [], "unfired": [], **counts}


def test_a_verdict_counts_what_was_judged_and_what_was_not(control: Control) -> None:
    assert control.get("/verdict") == verdict()
    refiner = control.refiner

    refiner.identify("u-1")
    refiner.identify("u-2")
    refiner.get("/contacts")
    refiner.get("/webhooks")
    refiner.control("POST", "/faults", {"kind": "status", "status": 503})
    refiner.door.call("GET", "/v1/segments", headers=refiner.bearer)
    refiner.door.call("GET", "/e/default/v1/segments")
    refiner.get("/nowhere")
    refiner.post("/track-event", {"id": "u-1"})

    counted = control.get("/verdict")
    assert (counted["operations"], counted["refused"]) == ({"identifyUser": 2, "listContacts": 1}, {"trackEvent": 1})
    apart = ("injected", "mock_only", "unknown_routes", "turned_away")
    assert [counted[name] for name in ("requests", "judged", *apart, "failures")] == [8, 4, 1, 1, 1, 1, 0]


def test_a_verdict_counts_violations_by_how_grave_they_are(control: Control) -> None:
    for number in range(3):
        control.refiner.identify(f"u-{number}")
    for _ in range(2):
        for page in (1, 2, 3, 4, 5, 6):
            control.refiner.get("/contacts", page=page, page_length=1)

    counted = control.get("/verdict")

    items = control.get("/violations")["items"]
    assert items
    for level in ("error", "warning", "note"):
        assert counted[f"{level}s"] == sum(one["severity"] == level for one in items)


def test_a_verdict_counts_webhooks_that_arrived(control: Control, receiver: Receiver) -> None:
    control.post("/forms", {"name": "NPS"})
    for url in (receiver.url, "http://127.0.0.1:9/"):
        control.post("/webhooks", {"url": url, "events": ["Saw Survey"]})
    control.post("/simulate", {"event": "Saw Survey", "contact": {"id": "u-1"}})
    control.post("/settle")

    assert control.get("/verdict")["webhooks"] == {"Saw Survey": 1}


def test_a_verdict_outlives_the_ring_and_an_emptied_journal() -> None:
    door = Door(Settings(journal_entries=2))
    refiner = Client(door, door.rooms.environments.get("default"))
    for _ in range(5):
        refiner.identify("u-1")
    refiner.control("DELETE", "/journal")

    assert refiner.control("GET", "/verdict").json["judged"] == 5
    door.close()


def test_a_verdict_outlives_reset_and_restore_and_ends_when_it_is_deleted(control: Control) -> None:
    """A test that resets before the next one must not hide what it broke."""
    control.refiner.identify("u-1")
    control.refiner.get("/contacts", per_page=5)
    control.put("/snapshot", control.get("/snapshot"))
    control.post("/reset")
    kept = control.get("/verdict")
    assert (kept["judged"], kept["errors"]) == (2, 1)
    assert [violation["suggestion"] for violation in kept["violations"]] == ["page_length"]

    assert control.refiner.control("DELETE", "/verdict").status == 204
    assert control.get("/verdict") == verdict()


def test_a_verdict_keeps_the_first_violation_of_each_kind_and_counts_the_others() -> None:
    door = Door(Settings(journal_entries=2))
    refiner = Client(door, door.rooms.environments.get("default"))
    for size in range(1, 5):
        refiner.get("/contacts", per_page=size)
    refiner.get("/contacts", survey_uuid="34de57da-fd12-11ef-83b6-81e7e8e25d94")

    told = refiner.control("GET", "/verdict").json
    counts = {violation["where"]["name"]: violation["count"] for violation in told["violations"]}
    assert counts == {"per_page": 4, "survey_uuid": 1}
    assert told["errors"] == 5
    assert refiner.control("GET", "/violations").json["dropped"] == 3
    door.close()


def test_more_kinds_than_are_kept_are_counted() -> None:
    door = Door(Settings())
    refiner = Client(door, door.rooms.environments.get("default"))
    for number in range(MOST_KINDS + 20):
        refiner.get("/contacts", **{f"zq{number}": "x"})

    told = refiner.control("GET", "/verdict").json
    assert len(told["violations"]) == MOST_KINDS
    assert told["errors"] == MOST_KINDS + 20
    assert told["left_out"] == {"error": 20}
    door.close()


def test_what_belongs_to_no_environment_has_a_verdict_of_its_own(control: Control) -> None:
    control.door.call("GET", "/v1/account", headers={"Authorization": "Bearer 0da50780-f886-41ef-94b9-279ef2a74de4"})
    told = control.door.call("GET", "/_mock/api/verdict").json
    assert (told["requests"], told["judged"]) == (1, 0)
    assert [violation["code"] for violation in told["violations"]] == ["bad-credentials"]
    assert control.get("/verdict")["requests"] == 0

    assert control.door.call("DELETE", "/_mock/api/verdict").status == 204
    assert control.door.call("GET", "/_mock/api/verdict").json["requests"] == 0


def test_a_call_that_was_refused_for_its_own_fault_has_exercised_nothing(control: Control) -> None:
    control.refiner.identify("u-1")
    control.refiner.get("/contact", id="nobody")
    control.refiner.get("/reporting", type="NPS")
    told = control.get("/verdict")
    assert told["judged"] == 3
    assert told["operations"] == {"identifyUser": 1, "getContact": 1}


def test_a_verdict_shows_what_only_the_end_of_a_run_shows_when_asked_for(control: Control) -> None:
    for number in range(5):
        control.refiner.identify(f"u-{number}")
    for size in (1, 2):
        for page in range(1, -(-5 // size)):
            control.refiner.get("/contacts", page=page, page_length=size)

    assert control.get("/verdict")["violations"] == []
    assert {one["code"] for one in control.get("/verdict", closing=1)["violations"]} == {"paging"}


def test_environments_are_judged_apart(control: Control) -> None:
    control.call("POST", "/environments", {"name": "shop"})
    Client(control.door, control.door.rooms.environments.get("shop")).identify("u-1")

    assert control.get("/verdict") == verdict()
    assert control.call("GET", "/environments/shop/verdict").json["judged"] == 1
