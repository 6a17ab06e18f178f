"""The honest adapters, in every language and attached in every way, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from mock_server.conformance.adapters.base import Adapter
from mock_server.conformance.protocol import misshapen, operations
from mock_server.remote import RemoteEnvironment
from tests.conformance.adapters.attaching import HONEST, asked, honest

UNKNOWN_KEY = "0f6d9f0a-0000-4000-8000-00000000c0de"
NOBODY = "00000000-0000-1000-8000-000000000000"


@pytest.fixture(scope="module", params=HONEST)
def way(request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """Each client attached in each way."""
    with closing(honest(request.param)) as adapter:
        yield adapter
        assert adapter.restarts == 0


@pytest.fixture(scope="module", params=["Python stream", "Node stream", "PHP stream"])
def adapter(request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """Each client once."""
    with closing(honest(request.param)) as adapter:
        yield adapter
        assert adapter.restarts == 0


def value(adapter: Adapter, refiner: RemoteEnvironment, operation: str, **args: object) -> object:
    outcome = asked(adapter, operation, args, of=refiner)
    assert (outcome.outcome, outcome.message) == ("ok", "")
    assert misshapen(operation, outcome.value) is None
    return outcome.value


def items(adapter: Adapter, refiner: RemoteEnvironment, operation: str, **args: object) -> list[dict[str, Any]]:
    told = value(adapter, refiner, operation, **args)
    assert isinstance(told, dict)
    return list(told["items"])


def test_every_way_to_attach_a_client_gives_the_same(way: Adapter, refiner: RemoteEnvironment) -> None:
    hello = way.hello()
    assert hello is None or hello.operations == operations()
    told = value(way, refiner, "identifyUser", email="ada@example.org")
    for number in range(51):
        refiner.identify(f"u{number}")
    assert asked(way, "createWebhook", of=refiner).outcome == "unsupported"
    missing = asked(way, "getContact", {"id": "nobody"}, of=refiner)
    assert (missing.outcome, missing.kind, missing.status) == ("error", "not-found", 404)
    listed = [each["uuid"] for each in items(way, refiner, "listContacts")]
    assert len(listed) == len(set(listed)) == 52
    assert isinstance(told, dict)
    assert told["contact_uuid"] in listed
    assert refiner.violations() == []


def test_it_identifies_with_traits_of_every_kind(adapter: Adapter, refiner: RemoteEnvironment) -> None:
    traits = {"name": "Ada & Søn + 5 %", "seats": 14, "vip": True, "id": "not this", "note": "🎈 \u2028 \"q\" 'a'"}
    account = {"id": "acc 1", "traits": {"name": "Größe", "id": "not this"}}
    told = value(adapter, refiner, "identifyUser", id="u+1", email="a+b@example.org", traits=traits, account=account)
    contact = value(adapter, refiner, "getContact", id="u+1")
    assert isinstance(contact, dict)
    assert told == {"contact_uuid": contact["uuid"]}
    assert (contact["remote_id"], contact["email"]) == ("u+1", "a+b@example.org")
    assert {name: contact["attributes"][name] for name in ("name", "seats", "note")} == {
        "name": traits["name"],
        "seats": "14",
        "note": traits["note"],
    }
    assert (contact["account"]["remote_id"], contact["account"]["display_name"]) == ("acc 1", "Größe")
    assert refiner.violations() == []


def test_it_reads_lists_to_their_end(adapter: Adapter, refiner: RemoteEnvironment) -> None:
    for number in range(101):
        refiner.create_segment(f"S{number}")
    segments = {each["uuid"] for each in items(adapter, refiner, "listSegments")}
    assert segments == {each["uuid"] for each in refiner.snapshot()["segments"]}
    for number in range(101):
        refiner.identify(f"u{number}")
    contacts = [each["remote_id"] for each in items(adapter, refiner, "listContacts", order_by="email", search="u")]
    assert sorted(contacts) == sorted(f"u{number}" for number in range(101))
    assert refiner.violations() == []


def test_it_does_everything_else(adapter: Adapter, refiner: RemoteEnvironment) -> None:
    refiner.identify("ada")
    form, segment = refiner.create_form("NPS")["uuid"], refiner.create_segment("Trial")["uuid"]
    value(adapter, refiner, "trackEvent", id="ada", event="größe 日本語 + & = %")
    value(adapter, refiner, "addToSegment", id="ada", segment_uuid=segment)
    assert len(items(adapter, refiner, "listContacts", segment_uuid=segment, order_by="email", search="ad")) == 1
    value(adapter, refiner, "removeFromSegment", id="ada", segment_uuid=segment)
    assert items(adapter, refiner, "listContacts", segment_uuid=segment) == []
    value(adapter, refiner, "publishForm", form_uuid=form, published=True)
    value(adapter, refiner, "publishForm", form_uuid=form, published=False)
    answers = {"nps": 9, "why": "a & b", "form_uuid": "not this"}
    stored = value(adapter, refiner, "storeResponse", id="ada", form_uuid=form, answers=answers, tags=["x", "y+z"])
    assert isinstance(stored, dict)
    value(adapter, refiner, "tagResponse", uuid=stored["uuid"], tags=["50 %"])
    [response] = items(adapter, refiner, "listResponses", form_uuid=form, include="all")
    assert response["data"] == {"nps": "9", "why": "a & b"}
    assert sorted(tag["name"] for tag in refiner.snapshot()["tags"]) == ["50 %", "x", "y+z"]
    report = value(adapter, refiner, "getReporting", type="count", form_uuids=[form], segment_uuids=[])
    assert isinstance(report, dict)
    assert report["responses"] == 1
    value(adapter, refiner, "duplicateForm", form_uuid=form, name="NPS 2")
    assert items(adapter, refiner, "listFormHistory", form_uuid=form)
    value(adapter, refiner, "archiveForm", form_uuid=form)
    assert [each["name"] for each in items(adapter, refiner, "listForms", list="drafts")] == ["NPS 2"]
    value(adapter, refiner, "deleteContact", id="ada")
    value(adapter, refiner, "getAccount")
    value(adapter, refiner, "verifyKey")
    assert refiner.violations() == []


@pytest.mark.parametrize("operation", ["getContact", "listContacts"])
def test_it_tells_an_unknown_key_from_a_missing_contact(
    adapter: Adapter, refiner: RemoteEnvironment, operation: str
) -> None:
    args = {"uuid": NOBODY} if operation == "getContact" else {"form_uuid": NOBODY}
    assert asked(adapter, operation, args, of=refiner).kind == "not-found"
    assert asked(adapter, operation, args, of=refiner, key=UNKNOWN_KEY).kind == "auth"
    assert asked(adapter, operation, args, of=refiner, key="x" * 30).kind == "auth"


def test_it_reads_once_more_what_broke_but_writes_nothing_twice(adapter: Adapter, refiner: RemoteEnvironment) -> None:
    refiner.identify("ada")
    for kind in ("drop", "truncate", "garble"):
        refiner.fault(kind)
        value(adapter, refiner, "getContact", id="ada")
    refiner.fault("status", status=503)
    outcome = asked(adapter, "trackEvent", {"id": "ada", "event": "x"}, of=refiner)
    assert (outcome.outcome, outcome.kind, outcome.status) == ("error", "server", 503)
    assert len(refiner.journal(operation="trackEvent")) == 1


def test_it_waits_as_long_as_it_is_asked_to_or_says_so(adapter: Adapter, refiner: RemoteEnvironment) -> None:
    refiner.fault("status", status=429, retry_after=1)
    value(adapter, refiner, "trackEvent", id="ada", event="x")
    refiner.fault("status", status=429, retry_after=60)
    assert asked(adapter, "verifyKey", of=refiner).kind == "rate-limited"
    assert [each for each in refiner.violations() if each["code"] == "retry"] == []


def test_it_gives_up_before_the_deadline(adapter: Adapter, refiner: RemoteEnvironment) -> None:
    refiner.fault("delay", seconds=1.2)
    outcome = asked(adapter, "trackEvent", {"id": "ada", "event": "x"}, of=refiner, deadline_ms=500)
    assert (outcome.outcome, outcome.kind) == ("error", "timeout")


def test_it_says_that_nobody_listens(adapter: Adapter) -> None:
    assert asked(adapter, "trackEvent", {"id": "ada", "event": "x"}).kind == "network"
