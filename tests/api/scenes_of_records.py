"""The dialects that decide how records are written and whom a call means: one scenario each, and what is seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.api.scene import Scene

__all__ = ["SEEN"]


def segment_key(scene: Scene) -> object:
    reply = scene.post("/sync-segment", {"id": "u-1", "segment_uuid": scene.segment_uuid()})
    return " ".join(name for name in reply.json if name.startswith("segment"))


def response_times(scene: Scene) -> object:
    scene.answered({"nps": 9})
    item = scene.response()
    times = {item[name] for name in item if name.endswith("_at") and item[name] is not None}
    return times.pop() if len(times) == 1 else times


def text_limit(scene: Scene) -> object:
    scene.identify("u-1", story="x" * 20_000)
    return len(scene.get("/contact", id="u-1").json["attributes"]["story"])


def show_counter(scene: Scene) -> object:
    scene.listen("Completed Survey")
    scene.answered({"nps": 9})
    assert scene.payload("Completed Survey")["response"]["show_counter"] is None, "observed (RUD-cap)"
    return scene.response()["show_counter"]


def segment_times(scene: Scene) -> object:
    scene.listen("Entered Segment")
    scene.post("/sync-segment", {"id": "u-1", "segment_uuid": scene.segment_uuid()})
    dated = ["uuid", "name", "created_at", "updated_at"]
    assert list(scene.payload("Entered Segment")["segments"][0]) == dated, "observed (RUD-cap)"
    return list(scene.get("/contact", id="u-1").json["segments"][0]) == dated


def display_name(scene: Scene) -> object:
    scene.listen("Completed Survey")
    scene.answered({"nps": 9})
    payload, contact, person = (
        scene.payload("Completed Survey"), scene.get("/contacts").json["items"][0], scene.response()["contact"],
    )  # fmt: skip
    (name,) = {each["display_name"] for one in (payload, contact, person) for each in (one, one["account"])}
    return name


def boolean_traits(scene: Scene) -> object:
    scene.listen("Completed Survey")
    scene.identify("u-1", beta=True, churned=False, account={"id": "acc-1", "paying": True})
    scene.answered({"nps": 9})
    shown = [
        scene.get("/contact", id="u-1").json,
        scene.get("/contacts").json["items"][0],
        scene.payload("Completed Survey"),
    ]
    values = {
        (one["attributes"].get("beta"), one["attributes"].get("churned"), one["account"]["attributes"].get("paying"))
        for one in shown
    }
    return values.pop() if len(values) == 1 else values


def response_tags(scene: Scene) -> object:
    scene.answered({"nps": 9})
    return "tags" in scene.response()


def segment_event_name(scene: Scene) -> object:
    return entry(scene)["triggered_event"]


def entered_segment(scene: Scene) -> object:
    payload = entry(scene)
    return payload.get("segment", {}).get("name")


def entry(scene: Scene) -> dict[str, Any]:
    scene.listen("Entered Segment")
    scene.post("/sync-segment", {"id": "u-1", "segment_uuid": scene.segment_uuid("Trial")})
    return scene.payload("Entered Segment")


def tag_event_name(scene: Scene) -> object:
    scene.listen("Tag Added")
    scene.answered({"nps": 9})
    scene.post("/responses/tags", {"uuid": scene.response()["uuid"], "tags": ["churn risk"]})
    return scene.payload("Tag Added")["triggered_event"]


def tag_shape(scene: Scene) -> object:
    scene.listen("Tag Added")
    scene.answered({"nps": 9})
    scene.post("/responses/tags", {"uuid": scene.response()["uuid"], "tags": ["churn risk"]})
    (tag,) = scene.payload("Tag Added")["response"]["tags"]
    return tag if isinstance(tag, str) else sorted(tag)


def answer_values(scene: Scene) -> object:
    scene.listen("Completed Survey")
    scene.answered({"nps": 9, "rating": 4.5, "zip": "01234", "why": "because"})
    payload = scene.payload("Completed Survey")
    assert payload["attributes"]["nps"] == "9", "observed (RUD-cap)"
    assert payload["response"]["data"] == scene.response()["data"]
    return list(payload["response"]["data"].values())


def multiple_choice(scene: Scene) -> object:
    scene.listen("Completed Survey")
    scene.answered({"uses": ["web", "app"]})
    payload = scene.payload("Completed Survey")
    found = [payload["response"]["data"], scene.response()["data"], payload["attributes"]]
    assert all(one["uses"] == found[0]["uses"] for one in found)
    return found[0]["uses"]


def empty_map(scene: Scene) -> object:
    scene.listen("Saw Survey")
    scene.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=scene.form_uuid())
    data = [
        scene.payload("Saw Survey")["response"]["data"],
        scene.response(include="all")["data"],
        scene.get("/reporting", type="distribution").json["data"],
    ]
    assert all(one == data[0] for one in data)
    return data[0]


def stored_response_shown(scene: Scene) -> object:
    scene.post("/responses", {"id": "u-1", "form_uuid": scene.form_uuid(), "nps": 9})
    item = scene.response(include="all")
    report = scene.get("/reporting", type="count").json
    assert report["responses"] == 1
    assert item["first_shown_at"] == item["last_shown_at"]
    return item["first_shown_at"], item["show_counter"], report["views"]


def is_manual(scene: Scene) -> object:
    scene.segment_uuid("B")
    return repr([one["is_manual"] for one in scene.get("/segments").json["items"]])


def identity_conflict(scene: Scene) -> object:
    scene.identify("u-1", email="mira@example.org")
    scene.identify("u-2", email="jon@example.org")
    assert scene.post("/identify-user", {"id": "u-1", "email": "MIRA@example.org"}).status == 202, "no conflict"
    reply = scene.post("/identify-user", {"id": "u-1", "email": "jon@example.org"})
    email = scene.get("/contact", id="u-1").json["email"]
    assert email == ("jon@example.org" if reply.status == 202 else "MIRA@example.org")
    return reply.status


def later_id(scene: Scene) -> object:
    first = scene.post("/identify-user", {"email": "mira@example.org"}).json["contact_uuid"]
    later = scene.post("/identify-user", {"id": "u-1", "email": "mira@example.org"}).json["contact_uuid"]
    assert scene.get("/contact", id="u-1").json["uuid"] == later
    return first == later


def rate_bucket(scene: Scene) -> object:
    scene.identify("u-1", email="mira@example.org")
    scene.control("PATCH", "/settings", {"rate_limits": True})
    for _ in range(60):
        assert scene.get("/contact", id="u-1").status == 200
    return [scene.get("/contact", email="mira@example.org").status for _ in range(60)][-1]


SEEN: Mapping[str, tuple[Callable[[Scene], object], Mapping[str, object]]] = {
    "identity-conflict": (identity_conflict, {"id-wins": 202, "refused": 400}),
    "later-id": (later_id, {"joins": True, "new": False}),
    "rate-bucket": (rate_bucket, {"as-sent": 200, "person": 429}),
    "segment-key": (
        segment_key,
        {"both": "segment_uuid segment_uid", "segment_uuid": "segment_uuid", "segment_uid": "segment_uid"},
    ),
    "response-times": (response_times, {"plain": "2026-01-31 10:00:00", "iso": "2026-01-31T10:00:00.000000Z"}),
    "text-limit": (text_limit, {"10000": 10_000, "255": 255}),
    "show-counter": (show_counter, {"number": 1, "null": None}),
    "segment-times": (segment_times, {"webhooks": False, "everywhere": True}),
    "display-name": (display_name, {"empty": "", "null": None}),
    "boolean-traits": (
        boolean_traits,
        {"one-zero": ("1", "0", "1"), "true-false": ("true", "false", "true"), "dropped": (None, None, None)},
    ),
    "response-tags": (response_tags, {"absent": False, "present": True}),
    "segment-event-name": (
        segment_event_name,
        {"Entered Segment": "Entered Segment", "User Entered Segment": "User Entered Segment"},
    ),
    "tag-event-name": (tag_event_name, {"Tag Added": "Tag Added", "Added Tag": "Added Tag"}),
    "entered-segment": (entered_segment, {"unnamed": None, "named": "Trial"}),
    "tag-shape": (tag_shape, {"object": ["name", "uuid"], "name": "churn risk"}),
    "answer-values": (
        answer_values,
        {"text": ["9", "4.5", "01234", "because"], "number": [9, 4.5, "01234", "because"]},
    ),
    "multiple-choice": (multiple_choice, {"list": ["web", "app"], "text": "web, app"}),
    "empty-map": (empty_map, {"object": {}, "array": []}),
    "stored-response-shown": (
        stored_response_shown,
        {"at-date": ("2026-01-31 10:00:00", 1, 1), "never": (None, 0, 0)},
    ),
    "is-manual": (is_manual, {"boolean": "[False, True]", "number": "[0, 1]"}),
}
"""Of each dialect what is done, and what is seen under each choice."""
