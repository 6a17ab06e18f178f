"""How true the mock is: section (b) 1 to 10: lists, account, contacts, segments.

Each test is one fact with its section and its sources' tags; facts marked `client` or `guess` are not listed here.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.door import Client
from tests.miniatures.running import Receiver

OUT_OF_REACH = (
    ("(b) the vendor advises cursors beyond about 10,000 rows [W6W]", "advice; pages answer right at any depth"),
    ("(b) 4. events are missing in the cheapest plan [SLATES-spec]", "older pages only; the mock has one plan"),
)
OPERATIONS = """GET / · GET /account · POST /identify-user · POST /track-event · GET /contacts · GET /contact ·
DELETE /contact · GET /segments · POST /sync-segment · DELETE /sync-segment · GET /forms · POST /forms/publish ·
POST /forms/duplicate · DELETE /forms · GET /forms/history · GET /responses · POST /responses · POST /responses/tags ·
GET /reporting"""


@pytest.mark.parametrize("call", OPERATIONS.replace("\n", " ").split(" · "))
def test_19_operations(refiner: Client, call: str) -> None:
    """(b) 19 operations are documented [W6W]: each is there (missing parameters aside)."""
    method, path = call.split()
    assert refiner.post(path, {}, method=method).status in (200, 400)


@pytest.mark.parametrize("call", ["POST /forms", "PATCH /forms", "POST /segments", "GET /tags", "POST /tags"])
def test_nothing_else_is_made_by_api(refiner: Client, call: str) -> None:
    """(b) no REST endpoint creates or edits surveys, segments, tags [W6W] (webhooks: ours only, x-mock-only)."""
    method, path = call.split()
    assert refiner.post(path, {}, method=method).status in (404, 405)


@pytest.mark.parametrize(
    ("path", "cursor"),
    [("/contacts", True), ("/responses", True), ("/segments", False), ("/forms", False), ("/forms/history", False)],
)
def test_lists_have_one_envelope(refiner: Client, path: str, cursor: bool) -> None:
    """(b) {"items":[…],"pagination":{…}} with its keys [W6W, COMP, FSPY, AIRB, PIPE]; cursor on two [W6W]."""
    page = refiner.get(path, form_uuid=refiner.form_uuid()).json
    keys = ["items_count", "current_page", "last_page", "page_length", *(["next_page_cursor"] if cursor else [])]

    assert (list(page), list(page["pagination"])) == (["items", "pagination"], keys)
    assert {type(value) for key, value in page["pagination"].items() if key != "next_page_cursor"} == {int}


def test_pages_and_cursors(refiner: Client) -> None:
    """(b) `page` ≥1, `page_length` 1..1000, `page_cursor`; items_count of all pages [COMP]; cursor null at the end."""
    for rank in range(3):
        refiner.identify(f"u-{rank}")
    first = refiner.get("/contacts", page_length=2).json
    second = refiner.get("/contacts", page_length=2, page=2).json
    followed = refiner.get("/contacts", page_length=2, page_cursor=first["pagination"]["next_page_cursor"]).json

    assert first["pagination"]["items_count"] == 3
    assert (first["pagination"]["last_page"], second["pagination"]["current_page"]) == (2, 2)
    assert followed["items"] == second["items"] == [refiner.get("/contact", id="u-0").json]
    assert followed["pagination"]["next_page_cursor"] is None
    assert refiner.get("/contacts", page_length=1_000).status == 200
    assert [refiner.get("/contacts", page=0).status, refiner.get("/contacts", page_length=0).status] == [400, 400]


def test_account(refiner: Client) -> None:
    """(b) 2. subscription and environments with their keys; no `mte_limit` [W6W, COMP, SLATES, MIND]."""
    usage = refiner.get("/account").json
    counts = {f"{name}_{part}" for name in ("mtu", "mte", "mpv", "msr") for part in ("count", "count_updated_at")}

    assert list(usage) == ["subscription", "environments"]
    assert set(usage["subscription"]) == {"plan", *counts, "mtu_limit", "mpv_limit", "msr_limit"}
    assert list(usage["environments"][0]) == ["uuid", "name", "mtu", "mte", "mpv", "msr"]


def test_account_counts_the_month(refiner: Client) -> None:
    """(b) 2. tracked users, tracked events, page views, responses, monthly [W6W]; 4. each event counts to `mte`."""
    refiner.post("/track-event", {"id": "u-1", "event": "Export"})
    refiner.post("/responses", {"id": "u-1", "form_uuid": refiner.form_uuid(), "nps": 9})
    counted = refiner.get("/account").json["environments"][0]
    refiner.advance("1d")

    assert (counted["mtu"], counted["mte"], counted["msr"]) == (1, 1, 1)
    assert refiner.get("/account").json["environments"][0]["mte"] == 0


def test_identify_stores_id_and_email(refiner: Client) -> None:
    """(b) 3. `id` → remote_id [API, W6W, COMP]; `email` → email; one of them is required."""
    refiner.post("/identify-user", {"id": "u-1", "email": "mira@example.org"})
    contact = refiner.get("/contact", id="u-1").json

    assert (contact["remote_id"], contact["email"]) == ("u-1", "mira@example.org")
    assert refiner.post("/identify-user", {"plan": "pro"}).status == 400


def test_identify_answers_ok_and_the_uuid(refiner: Client) -> None:
    """(b) 3. {"message":"ok","contact_uuid":"<uuid>"} [W6W, COMP, SLATES, PIPE, MIND]."""
    reply = refiner.post("/identify-user", {"id": "u-1"}).json
    assert list(reply.items()) == [("message", "ok"), ("contact_uuid", refiner.get("/contact", id="u-1").json["uuid"])]


def test_identify_updates_by_id_else_by_email(refiner: Client) -> None:
    """(b) 3. upsert by id (else email); e-mail is not unique across contacts [API, KB-tr, KB-dm, W6W]."""
    first = refiner.identify("u-1", email="shared@example.org")

    assert refiner.identify("u-1", plan="pro") == first
    assert refiner.post("/identify-user", {"email": "shared@example.org"}).json["contact_uuid"] == first
    assert refiner.identify("u-2", email="other@example.org") != first
    assert refiner.identify("u-2", email="shared@example.org") != first


def test_identify_takes_flat_traits_and_a_nested_account(refiner: Client) -> None:
    """(b) 3. other keys are flat traits; `account` is nested, its `id` required, the rest its traits [W6W, COMP]."""
    refiner.identify("u-1", plan="pro", account={"id": "acc-9", "name": "Holt Ltd", "tier": "gold"})
    contact = refiner.get("/contact", id="u-1").json

    assert contact["attributes"]["plan"] == "pro"
    assert contact["account"]["remote_id"] == "acc-9"
    assert contact["account"]["attributes"] == {"name": "Holt Ltd", "tier": "gold"}
    assert refiner.post("/identify-user", {"id": "u-1", "account": {"name": "Holt Ltd"}}).status == 400


def test_identify_form_writes_account_in_brackets(refiner: Client) -> None:
    """(b) 3. form: account[id], account[name] [RUD-dst]."""
    refiner.form("/identify-user", "id=u-1&account[id]=acc-9&account[name]=Holt+Ltd")
    assert refiner.get("/contact", id="u-1").json["account"]["display_name"] == "Holt Ltd"


def test_identify_always_makes_an_account(refiner: Client) -> None:
    """(b) 3. always an account object, `remote_id` null for an ungrouped user [RUD-cap]."""
    refiner.identify("u-1")
    assert refiner.get("/contact", id="u-1").json["account"]["remote_id"] is None


def test_identify_moves_last_seen_at_alone(refiner: Client) -> None:
    """(b) 3. updates `last_seen_at` [API, KB-tr, KB-dm, W6W]."""
    refiner.identify("u-1")
    refiner.advance("1h")
    refiner.identify("u-1")
    contact = refiner.get("/contact", id="u-1").json

    assert (contact["first_seen_at"][11:16], contact["last_seen_at"][11:16]) == ("10:30", "11:30")


def test_identify_makes_traits_and_an_empty_value_erases(refiner: Client) -> None:
    """(b) 3. creates missing traits [API, KB-tr]; setting a trait to an empty value erases it [W6W, SLATES-spec]."""
    refiner.identify("u-1", plan="pro")
    refiner.identify("u-1", plan="")
    assert refiner.get("/contact", id="u-1").json["attributes"]["plan"] is None


def test_identify_evaluates_segments_and_entry_fires(refiner: Client, receiver: Receiver) -> None:
    """(b) 3. re-evaluates dynamic segments; entering one triggers segment webhooks [API, KB-tr, KB-dm, W6W]."""
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    segment = refiner.segment_uuid("Payers", is_manual=False, rule=rule)
    refiner.control("POST", "/webhooks", {"name": "CRM", "url": receiver.url, "events": ["Entered Segment"]})
    refiner.identify("u-1", plan="pro")
    refiner.control("POST", "/settle")

    assert refiner.get("/contacts", segment_uuid=segment).json["pagination"]["items_count"] == 1
    assert "Payers" in [each["name"] for each in receiver.next().body["segments"]]


@pytest.mark.parametrize("who", [{"id": "u-1"}, {"email": "mira@example.org"}])
def test_track_event(refiner: Client, who: dict[str, str]) -> None:
    """(b) 4. `id` or `email`, `event` required; unknown user is created; answers ok [W6W, RUD-docs, COMP, MIND]."""
    assert refiner.post("/track-event", {**who, "event": "Report: exported"}).json == {"message": "ok"}
    assert refiner.get("/contact", **who).status == 200
    assert refiner.post("/track-event", who).status == 400
    assert refiner.post("/track-event", {"event": "Report: exported"}).status == 400


def test_track_event_stores_nothing_but_the_name(refiner: Client) -> None:
    """(b) 4. nothing else is stored [W6W, RUD-docs, COMP, MIND]; (c) Events: name only, per user; no properties."""
    refiner.post("/track-event", {"id": "u-1", "event": "Export", "plan": "pro", "properties": {"rows": 5}})
    [event] = refiner.control("GET", "/events").json["items"]

    assert "plan" not in refiner.get("/contact", id="u-1").json["attributes"]
    assert "rows" not in str(event)


@pytest.mark.parametrize("order", ["first_seen_at", "last_seen_at", "last_form_submission_at", "display_name", "email"])
def test_contacts_order(refiner: Client, order: str) -> None:
    """(b) 5. `order_by`: three values [W6W, COMP, MIND], two more in W6W; default first_seen_at."""
    refiner.identify("u-1")
    assert refiner.get("/contacts", order_by=order).json["items"] == refiner.get("/contacts").json["items"]
    assert refiner.get("/contacts", order_by="plan").status == 400


def test_contacts_filters(refiner: Client) -> None:
    """(b) 5. `form_uuid`, `segment_uuid`, `search` by e-mail, user id or name [W6W, COMP, MIND]."""
    refiner.identify("u-1", email="mira@example.org", name="Mira Holt")
    refiner.identify("v-2")
    form, segment = refiner.form_uuid(), refiner.segment_uuid()
    refiner.post("/responses", {"id": "u-1", "form_uuid": form, "nps": 9})
    refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment})
    searches = ("u-1", "mira@example.org", "Mira Holt")
    asked: list[dict[str, Any]] = [{"search": text} for text in searches]

    for query in [*asked, {"form_uuid": form}, {"segment_uuid": segment}]:
        assert [item["remote_id"] for item in refiner.get("/contacts", **query).json["items"]] == ["u-1"]


def test_contact_shows_one(refiner: Client) -> None:
    """(b) 6. `id` | `email` | `uuid`, one needed; the contact object; segments with uuid and name only [PIPE, COMP]."""
    uuid = refiner.identify("u-1", email="mira@example.org")
    contact = refiner.get("/contact", id="u-1").json

    assert refiner.get("/contact", email="mira@example.org").json == refiner.get("/contact", uuid=uuid).json == contact
    assert list(contact["segments"][0]) == ["uuid", "name"]
    assert contact == refiner.get("/contacts").json["items"][0]
    assert refiner.get("/contact").status == 400


def test_deleting_a_contact_deletes_its_responses(refiner: Client) -> None:
    """(b) 7. {"message":"ok"}; removes the contact and all its responses [W6W, SLATES-spec]."""
    refiner.post("/responses", {"id": "u-1", "form_uuid": refiner.form_uuid(), "nps": 9})

    assert refiner.delete("/contact", id="u-1").json == {"message": "ok"}
    assert refiner.get("/contact", id="u-1").status == 404
    assert refiner.get("/responses", include="all").json["items"] == []


def test_segments(refiner: Client) -> None:
    """(b) 8. ordered by name [W6W]; uuid, name, is_manual [W6W, COMP, SLATES, MIND]; `page`, `page_length`."""
    for name in ("Trial", "Beta"):
        refiner.segment_uuid(name)
    items = refiner.get("/segments").json["items"]

    assert [item["name"] for item in items] == ["All Users", "Beta", "Trial"]
    assert list(items[1]) == ["uuid", "name", "is_manual"]
    assert refiner.get("/segments", page=2, page_length=1).json["items"] == items[1:2]


@pytest.mark.parametrize("who", [{"id": "u-1"}, {"email": "mira@example.org"}])
def test_sync_segment(refiner: Client, who: dict[str, str]) -> None:
    """(b) 9./10. manual segment; unknown user created; message, contact_uuid, segment_uuid; idempotent [W6W]."""
    segment = refiner.segment_uuid()
    added = [refiner.post("/sync-segment", {**who, "segment_uuid": segment}) for _ in range(2)]
    members = refiner.get("/contacts", segment_uuid=segment).json["items"]
    removed = [refiner.delete("/sync-segment", **who, segment_uuid=segment) for _ in range(2)]

    assert added[0].json == added[1].json == removed[0].json == removed[1].json
    assert list(added[0].json)[:3] == ["message", "contact_uuid", "segment_uuid"]
    assert [member["uuid"] for member in members] == [added[0].json["contact_uuid"]]
    assert refiner.get("/contacts", segment_uuid=segment).json["items"] == []


def test_sync_segment_needs_a_manual_segment(refiner: Client) -> None:
    """(b) 9. `segment_uuid` required, must be a manual segment [W6W, SLATES, MIND]."""
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    segment = refiner.segment_uuid("Payers", is_manual=False, rule=rule)

    assert refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment}).status in (400, 404)
    assert refiner.post("/sync-segment", {"id": "u-1"}).status == 400
