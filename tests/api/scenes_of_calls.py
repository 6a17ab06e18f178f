"""The dialects that decide what calls do and how they are answered: one scenario for each, and what is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.api.scene import NOBODY, Scene

__all__ = ["SEEN"]


RULE = {"trait": "plan", "operator": "equals", "value": "pro"}


def page_length(scene: Scene) -> object:
    return scene.get("/contacts").json["pagination"]["page_length"]


def unknown_key(scene: Scene) -> object:
    scene.bearer = {"Authorization": f"Bearer {NOBODY}"}
    reply = scene.get("/account")
    assert reply.json == {"message": "API key not valid or does not exist"}
    return reply.status


def identify_status(scene: Scene) -> object:
    return scene.post("/identify-user", {"id": "u-1"}).status


def track_status(scene: Scene) -> object:
    return scene.post("/track-event", {"id": "u-1", "event": "Exported"}).status


def track_alias(scene: Scene) -> object:
    return scene.post("/track", {"id": "u-1", "event": "Exported"}).status


def range_end(scene: Scene) -> object:
    scene.answered({"nps": 9})

    def count(end: str) -> int:
        number: int = scene.get("/responses", date_range_end=end).json["pagination"]["items_count"]
        report = scene.get("/reporting", type="count", date_range_start="2026-01-01", date_range_end=end).json
        assert report["responses"] == number
        return number

    return [count(end) for end in ("2026-01-31", "2026-01-31T10:00:00Z", "2026-02-01")]


def segments_cursor(scene: Scene) -> object:
    names = [scene.segment_uuid(name) and name for name in ("B", "C", "D")]
    if "next_page_cursor" not in scene.get("/segments").json["pagination"]:
        return False
    assert [one["name"] for one in scene.walk("/segments", page_length=1)] == ["All Users", *names]
    return True


def history_cursor(scene: Scene) -> object:
    uuid = scene.form_uuid()
    scene.post("/forms/publish", {"form_uuid": uuid, "published": 0})
    first = scene.get("/forms/history", form_uuid=uuid).json
    if "next_page_cursor" not in first["pagination"]:
        return False
    assert scene.walk("/forms/history", form_uuid=uuid, page_length=1) == first["items"]
    return True


def order_by(scene: Scene) -> object:
    return scene.get("/contacts", order_by="email").status


def delete_parameters(scene: Scene) -> object:
    scene.identify("u-1")
    scene.identify("u-2")
    by_query = scene.delete("/contact", id="u-1").status
    return by_query, scene.post("/contact", {"id": "u-2"}, method="DELETE").status


def bodies(scene: Scene) -> object:
    assert scene.post("/identify-user", {"id": "u-1"}).status == 202
    return scene.form("/identify-user", "id=u-2").status


def invalid_status(scene: Scene) -> object:
    missing = scene.post("/track-event", {"id": "u-1"}).status
    unusable = scene.get("/reporting", type="nonsense").status
    unreadable = scene.send("POST", "/identify-user", "application/json", b"{").status
    refused = scene.post("/sync-segment", {"id": "u", "segment_uuid": scene.segment_uuid(rule=RULE, is_manual=False)})
    (status,) = {missing, unusable, unreadable, refused.status}
    return status


def missing_object(scene: Scene) -> object:
    contact = scene.get("/contact", id="nobody").status
    form = scene.get("/forms/history", form_uuid=NOBODY).status
    assert contact == form
    return contact


def unknown_parameters(scene: Scene) -> object:
    assert scene.post("/identify-user", {"id": "u-1", "plan": "pro"}).status == 202, "traits are free names"
    assert scene.get("/segments", api_key=scene.environment.api_key).status == 200, "the key is no parameter"
    return scene.get("/segments", nonsense=1).status


def same_name(scene: Scene) -> object:
    scene.send("POST", "/identify-user", "application/json", b'{"id":"u-1","plan":"body"}', query="plan=query&seats=5")
    attributes = scene.get("/contact", id="u-1").json["attributes"]
    assert attributes["seats"] == "5", "what only one of them carries counts either way"
    return attributes["plan"]


def long_text(scene: Scene) -> object:
    assert scene.post("/identify-user", {"id": "u-1", "story": "x" * 10_000}).status == 202
    account = {"id": "acc-1", "story": {"part": "x" * 10_001}}
    bodies = [account | {"id": "u-2"}, {"id": "u-2", "account": account}]
    refused = {scene.post("/identify-user", body).status == 400 for body in bodies}
    assert refused == {scene.get("/contact", id="u-2").status == 404}, "nothing is half done"
    return refused.pop()


def error_key(scene: Scene) -> object:
    unknown = scene.door.call("GET", "/v1/nonsense", headers=scene.bearer)
    wrong = scene.send("PUT", "/contacts")
    assert (unknown.status, wrong.status) == (404, 405)
    answers = [scene.get("/reporting"), scene.get("/contact", id="nobody"), unknown, wrong]
    (keys,) = {tuple(reply.json) for reply in answers}
    return keys


def rate_limit_body(scene: Scene) -> object:
    return tuple(too_many(scene).json)


def retry_after(scene: Scene) -> object:
    return too_many(scene).headers["retry-after"]


def too_many(scene: Scene) -> Any:
    scene.control("PATCH", "/settings", {"rate_limits": True})
    for _ in range(100):
        assert scene.get("/contacts", page_length=1).status == 200
        scene.identify("u-1")
    reply = scene.post("/identify-user", {"id": "u-1"})
    assert reply.status == 429
    return reply


def webhook_retries(scene: Scene) -> object:
    assert scene.control("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Saw Survey"]}).status == 201
    scene.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=scene.form_uuid())
    scene.control("POST", "/settle", {})
    (delivery,) = scene.control("GET", "/deliveries").json["items"]
    return delivery["status"]


def date_order(scene: Scene) -> object:
    for id in ("u-1", "u-2", "u-3"):
        scene.identify(id)
        scene.advance("1h")
    scene.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=scene.form_uuid(), data={"nps": 9})
    orders = {
        name: [one["remote_id"] for one in scene.walk("/contacts", order_by=name, page_length=1)]
        for name in ("first_seen_at", "last_seen_at", "last_form_submission_at", "email")
    }
    assert orders["last_form_submission_at"][0] == "u-1", "who never submitted comes last, either way"
    assert orders["email"] == ["u-1", "u-2", "u-3"], "text is A to Z, either way"
    assert orders["first_seen_at"] == orders["last_seen_at"]
    return orders["first_seen_at"][0]


def page_and_cursor(scene: Scene) -> object:
    for id in ("u-1", "u-2"):
        scene.identify(id)
    cursor = scene.get("/contacts", page_length=1).json["pagination"]["next_page_cursor"]
    assert scene.get("/contacts", page_length=1, page_cursor=cursor).json["items"][0]["remote_id"] == "u-1"
    both = scene.get("/contacts", page_length=1, page=1, page_cursor=cursor)
    return both.json["items"][0]["remote_id"]


def cursor_text(scene: Scene) -> object:
    for id in ("u-1", "u-2"):
        scene.identify(id)
    assert len(scene.walk("/contacts", page_length=1)) == 2, "encoded, every cursor works"
    cursor = scene.get("/contacts", page_length=1).json["pagination"]["next_page_cursor"]
    return scene.send("GET", "/contacts", query=f"page_length=1&page_cursor={cursor}").status


def page_length_over(scene: Scene) -> object:
    return scene.get("/contacts", page_length=1001).status


def stored_response_fires(scene: Scene) -> object:
    scene.listen("Completed Survey")
    scene.post("/responses", {"id": "u-1", "form_uuid": scene.form_uuid(), "nps": 9})
    deliveries = scene.control("GET", "/deliveries").json["items"]
    return bool(deliveries) and scene.payload("Completed Survey")["response"]["data"] == {"nps": "9"}


def duplicate_response(scene: Scene) -> object:
    response = {"id": "u-1", "form_uuid": scene.form_uuid(), "nps": 9}
    first = scene.post("/responses", response)
    again = scene.post("/responses", {**response, "account": {"id": "acc-1"}})
    assert again.status != 200 or again.json == first.json
    if again.status != 200:
        assert scene.get("/contact", id="u-1").json["account"]["remote_id"] is None, "nothing is half done"
    assert scene.post("/responses", {**response, "prevent_duplicates": False}).json["uuid"] != first.json["uuid"]
    return again.status


def flags(scene: Scene) -> object:
    uuid = scene.form_uuid()
    for word in (1, 0):
        assert scene.get("/forms", include_info=word).status == 200
    assert scene.post("/responses", {"id": "u", "form_uuid": uuid, "prevent_duplicates": False}).status == 200
    replies = [
        scene.get("/forms", include_info="true"),
        scene.get("/responses", with_attributes="false"),
        scene.post("/forms/publish", {"form_uuid": uuid, "published": True}),
    ]
    (status,) = {reply.status for reply in replies}
    return status


def deleted_account(scene: Scene) -> object:
    def account(id: str) -> object:
        scene.identify(id, account={"id": "acc-1"})
        return scene.get("/contact", id=id).json["account"]["uuid"]

    shared = account("u-1")
    assert account("u-2") == shared
    scene.delete("/contact", id="u-1")
    assert account("u-2") == shared, "somebody is left"
    scene.delete("/contact", id="u-2")
    return account("u-3") == shared


def archived_form(scene: Scene) -> object:
    uuid = scene.form_uuid()
    scene.delete("/forms", form_uuid=uuid)
    stored = scene.post("/responses", {"id": "u-1", "form_uuid": uuid, "nps": 9}).status
    shown = scene.control("POST", "/simulate", {"event": "Saw Survey", "contact": {"id": "u-1"}, "form_uuid": uuid})
    assert shown.status == stored
    return stored


def key_precedence(scene: Scene) -> object:
    return scene.get("/account", api_key=NOBODY).status


SEEN: Mapping[str, tuple[Callable[[Scene], object], Mapping[str, object]]] = {
    "page-length": (page_length, {"50": 50, "100": 100}),
    "unknown-key": (unknown_key, {"404": 404, "400": 400}),
    "identify-status": (identify_status, {"202": 202, "201": 201, "200": 200}),
    "track-status": (track_status, {"202": 202, "200": 200}),
    "track-alias": (track_alias, {"served": 202, "gone": 404}),
    "range-end": (range_end, {"exclusive": [0, 0, 1], "inclusive": [1, 1, 1]}),
    "segments-cursor": (segments_cursor, {"absent": False, "present": True}),
    "order-by": (order_by, {"five": 200, "three": 400}),
    "delete-parameters": (
        delete_parameters,
        {"anywhere": (200, 200), "query-only": (200, 400), "body-only": (400, 200)},
    ),
    "bodies": (bodies, {"any": 202, "json": 400}),
    "invalid-status": (invalid_status, {"400": 400, "422": 422}),
    "missing-object": (missing_object, {"404": 404, "invalid": 400}),
    "unknown-parameters": (unknown_parameters, {"ignored": 200, "refused": 400}),
    "same-name": (same_name, {"body": "body", "query": "query"}),
    "long-text": (long_text, {"cut": False, "refused": True}),
    "error-key": (error_key, {"message": ("message",), "error": ("error",)}),
    "rate-limit-body": (rate_limit_body, {"error": ("error",), "message": ("message",)}),
    "retry-after": (retry_after, {"seconds": "60", "date": "Sat, 31 Jan 2026 10:01:00 GMT"}),
    "webhook-retries": (webhook_retries, {"ladder": "pending", "none": "failed"}),
    "date-order": (date_order, {"newest-first": "u-3", "oldest-first": "u-1"}),
    "page-and-cursor": (page_and_cursor, {"cursor": "u-1", "page": "u-2"}),
    "cursor-text": (cursor_text, {"url-safe": 200, "base64": 400}),
    "page-length-over": (page_length_over, {"clamp": 200, "refuse": 400}),
    "stored-response-fires": (stored_response_fires, {"no": False, "yes": True}),
    "duplicate-response": (duplicate_response, {"same": 200, "refused": 400}),
    "flags": (flags, {"words": 200, "numbers": 400}),
    "history-cursor": (history_cursor, {"absent": False, "present": True}),
    "deleted-account": (deleted_account, {"kept": True, "deleted": False}),
    "archived-form": (archived_form, {"refuses": 400, "accepts": 200}),
    "key-precedence": (key_precedence, {"header": 200, "parameter": 404}),
}
"""Of each dialect what is done, and what is seen under each choice."""
