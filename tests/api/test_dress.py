"""Renderings: whatever the dress, an answer is valid under the dialect in force and tells what the plain one tells.

`Client.send` holds every answer to the contract.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.api.dress import EXTRA
from mock_server.contract.dialects import dialects
from mock_server.contract.document import load
from mock_server.settings import RENDERINGS, Settings
from tests.api.door import Door
from tests.api.telling import Telling

DRESSES = RENDERINGS[1:]
DIALECTS: Mapping[str, dict[str, str]] = {
    "usual": {},
    "first others": {
        id: next(name for name in each.choices if name != each.default) for id, each in dialects().items()
    },
    "last": {id: [*each.choices][-1] for id, each in dialects().items()},
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    made = Door(Settings())
    yield made
    made.close()


@pytest.fixture(scope="module", params=DIALECTS)
def scene(door: Door, request: pytest.FixtureRequest) -> Telling:
    return Telling(door, DIALECTS[request.param])


@pytest.fixture(scope="module")
def usual(door: Door) -> Telling:
    return Telling(door, {})


def marked(key: str) -> dict[str, Any]:
    """Return the names that carry a mark in the contract, with what it says."""
    found: dict[str, Any] = {}

    def look(node: Any) -> None:
        for name, each in node.items() if isinstance(node, dict) else ():
            if isinstance(each, dict) and key in each:
                found[name] = each[key]
            look(each)
        for each in node if isinstance(node, list) else ():
            look(each)

    look(load().document)
    return found


LEAN, ODD = marked("x-lean"), marked("x-odd")


def departures(plain: Any, other: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what the one tells and the other does not, by name: what it says instead, `...` for nothing."""
    if isinstance(plain, dict) and isinstance(other, dict):
        for key, value in plain.items():
            yield from departures(value, other[key], key) if key in other else [(key, ...)]
    elif isinstance(plain, list) and isinstance(other, list):
        assert len(plain) == len(other), name
        for one, another in zip(plain, other, strict=True):
            yield from departures(one, another, name)
    elif plain != other:
        yield name, other


def allowed(rendering: str, name: str, said: Any) -> bool:
    """Tell whether a rendering may say this under a name, or (`...`) nothing."""
    if rendering == "lean":
        return {"null": None, "absent": ...}.get(LEAN.get(name, "")) is said if name in LEAN else False
    return rendering == "odd" and said == ODD.get(name)


def turned(value: Any) -> Any:
    """Return an odd answer with those lists turned back whose order nobody knows."""
    if isinstance(value, dict):
        return {
            name: turned(each[::-1] if isinstance(each, list) and ODD.get(name) == "reversed" else each)
            for name, each in value.items()
        }
    return [turned(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("rendering", DRESSES)
def test_every_operation_is_answered_legally_and_truly_in_every_dress(scene: Telling, rendering: str) -> None:
    """Issue 5.4: same truth, other legal dress."""
    scene.wear("plain")
    plain = scene.tell()
    scene.wear(rendering)
    dressed = scene.tell()

    assert {operation for operation, reply in plain if reply.status < 300} == set(load().operations)
    for (operation, one), (_, other) in zip(plain, dressed, strict=True):
        assert one.status == other.status, operation
        assert one.headers.keys() == other.headers.keys()
        told = turned(other.json) if rendering == "odd" else other.json
        lost = [each for each in departures(one.json, told) if not allowed(rendering, *each)]
        assert lost == [], operation


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_the_same_call_has_the_same_answer_to_the_byte(usual: Telling, rendering: str) -> None:
    usual.wear(rendering)
    first = [reply.body for _, reply in usual.tell()]
    usual.wear(rendering)

    assert [reply.body for _, reply in usual.tell()] == first


def answers(scene: Telling, rendering: str) -> dict[str, Any]:
    """Return the last answer of each operation."""
    scene.wear(rendering)
    return {operation: reply.json for operation, reply in scene.tell()}


def test_lean_answers_do_without_everything_that_they_can(usual: Telling) -> None:
    said = answers(usual, "lean")
    usual.wear("lean")
    info = usual.client.get("/forms", include_info=1).json["items"][0]

    contact = said["listContacts"]["items"][0]
    assert {name for name in LEAN if contact["attributes"].get(name, ...) is None} == {
        "form_submissions_count",
        "form_views_count",
        "last_form_submission_at",
        "last_form_view_at",
    }
    assert [name for name, value in info.items() if value is None and name in LEAN] == [
        "created_at",
        "updated_at",
        "first_form_view_at",
        "last_form_view_at",
        "folder",
        "page_url",
    ]
    assert [one["show_counter"] for one in said["listResponses"]["items"]] == [None] * 9
    assert [name for name in said["getAccount"]["subscription"] if name.endswith("_at")] == []
    assert "segment_uid" not in said["addToSegment"]


def test_what_a_dialect_requires_is_there_in_lean_answers_too(door: Door) -> None:
    scene = Telling(door, {"response-tags": "present", "segment-key": "segment_uid"})
    said = answers(scene, "lean")

    assert all("tags" in one for one in said["listResponses"]["items"])
    assert said["addToSegment"]["segment_uid"] == scene.segment.uuid


def test_full_answers_have_everything_that_could_be_asked_for(usual: Telling) -> None:
    said = answers(usual, "full")

    assert all({"channels", "views_count", "config"} <= form.keys() for form in said["listForms"]["items"])
    responses = said["listResponses"]["items"]
    assert all("attributes" in one["contact"] for one in responses)
    usual.wear("full")
    tagged = usual.client.get("/responses", include="all", page_length=1_000).json["items"]
    [tags] = [one["tags"] for one in tagged if one["uuid"] == usual.response.uuid]
    assert [tag["name"] for tag in tags] == [tag.name for tag in usual.response.tags]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a value."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(each)


def test_odd_answers_have_an_unknown_key_in_every_object_but_in_none_that_is_a_map(usual: Telling) -> None:
    plain, odd = answers(usual, "plain"), answers(usual, "odd")

    maps = [odd["getContact"]["attributes"], odd["getContact"]["account"]["attributes"]]
    maps += [one["data"] for one in odd["listResponses"]["items"]]
    usual.wear("odd")
    maps.append(usual.client.get("/reporting", type="ratings", date_range_start="2020-01-01").json["data"])
    assert all(EXTRA.keys().isdisjoint(one) for one in maps)
    assert all(next(iter(one)) == "added_later" for one in odd.values()), "first of all"
    contact = odd["getContact"]
    named = [contact, contact["account"], *contact["segments"], odd["listContacts"]["pagination"]]
    assert all(one["added_later"] == EXTRA["added_later"] for one in named)
    assert [*contact][:0:-1] == [*plain["getContact"]], "in the opposite order"


def test_odd_answers_are_written_as_php_would(usual: Telling) -> None:
    usual.wear("odd")
    reply = usual.client.get("/contact", id=usual.person.remote_id)

    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.body.isascii()
    assert b'"Zo\\u00eb\\/1"' in reply.body
    assert reply.json["attributes"]["motto"] == "Zoë/1"
    report = usual.client.get("/reporting", type="ratings", date_range_start="2020-01-01")
    assert re.search(rb'"sum": \d+\.0,', report.body)
    assert re.search(rb'"count": \d+,', report.body)
    assert usual.client.get("/").json["message"] == "Welcome"


def test_lists_whose_order_nobody_knows_are_turned_round(usual: Telling) -> None:
    plain, odd = answers(usual, "plain"), answers(usual, "odd")
    segments = [[one["uuid"] for one in said["getContact"]["segments"]] for said in (plain, odd)]

    assert len(segments[0]) > 1
    assert segments[1] == segments[0][::-1]


@pytest.mark.parametrize("rendering", DRESSES)
def test_refusals_stay_as_they_are(usual: Telling, rendering: str) -> None:
    refused = []
    for each in ("plain", rendering):
        usual.wear(each)
        replies = [usual.client.get("/contact", id="nobody"), usual.client.get("/reporting"), usual.client.get("/x")]
        refused.append([(reply.status, reply.headers["content-type"], reply.body) for reply in replies])

    assert refused[0] == refused[1]


@settings(max_examples=max(1, settings().max_examples // 2))
@given(
    rendering=st.sampled_from(DRESSES),
    path=st.sampled_from(["/contacts", "/responses"]),
    length=st.integers(3, 60),
    order_by=st.sampled_from(["first_seen_at", "last_seen_at", "last_form_submission_at"]),
    include=st.sampled_from(["completed", "partials", "all"]),
)
def test_a_walk_sees_the_same_in_the_same_order(
    usual: Telling, rendering: str, path: str, length: int, order_by: str, include: str
) -> None:
    query = {"order_by": order_by} if path == "/contacts" else {"include": include}
    environment = usual.client.environment
    environment.rendering = "plain"
    plain = usual.client.walk(path, page_length=length, **query)
    environment.rendering = rendering
    dressed = usual.client.walk(path, page_length=length, **query)

    assert [one["uuid"] for one in dressed] == [one["uuid"] for one in plain]
    assert usual.client.get(path, **query).json["pagination"]["items_count"] == len(plain)


def test_every_mark_is_legal() -> None:
    contract = load()
    for name, schema in contract.document["components"]["schemas"].items():
        for key, entry in schema.get("properties", {}).items():
            if entry.get("x-lean") == "absent":
                assert key not in schema.get("required", ()), (name, key)
            if entry.get("x-lean") == "null" and len(entry) > 1:
                assert contract.validator(f"#/components/schemas/{name}/properties/{key}").is_valid(None), (name, key)
    assert set(LEAN.values()) == {"null", "absent"}
    assert set(marked("x-full").values()) == {1}
