"""The verdict on one request: every rule with requests that break it, and with right ones that look alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.contract.document import Operation, load
from mock_server.contract.lines import line_of
from mock_server.contract.prepared import stored
from mock_server.contract.rules import rules, severity
from mock_server.contract.verdict.rulings import MOST
from mock_server.resources import fixture_path
from tests.contract.verdict.drawing import ANYTHING, CALLS, NAMES, honest, multipart
from tests.contract.verdict.judged import FORM, JSON, KEY, NOWHERE, brackets, form, judged, one
from tests.contract.verdict.written import RIGHT, WRONG, found_in


def named(part: object) -> str:
    return part if isinstance(part, str) else str(part["call"]) if isinstance(part, dict) else ""


def test_every_rule_over_one_exchange_has_a_request_that_breaks_it_and_one_that_looks_alike() -> None:
    ids = {entry["id"] for entry in stored("rules.yaml")["exchange"]}

    assert {rule for rule, _ in WRONG} == ids
    assert {rule for rule, _ in RIGHT} == ids


@pytest.mark.parametrize(("rule", "wrong"), WRONG, ids=named)
def test_a_wrong_request_gives_the_one_finding_that_explains_it(rule: str, wrong: dict[str, Any]) -> None:
    found = found_in(wrong)
    if rule != "legacy-route":
        found = tuple(each for each in found if each.rule != "legacy-route")

    assert one(found) == {
        "rule": rule,
        "where": tuple(wrong["at"]),
        "got": wrong.get("got"),
        "suggestion": wrong.get("suggestion"),
        "severity": wrong.get("severity", "error"),
        "evidence": wrong.get("evidence", "documented"),
    }
    assert wrong.get("says", "") in found[0].message
    assert KEY not in repr(found)


@pytest.mark.parametrize(("rule", "right"), RIGHT, ids=named)
def test_a_right_request_that_looks_like_a_wrong_one_is_silent(rule: str, right: dict[str, Any]) -> None:
    found = found_in(right)

    expected = set(right.get("only", ()))
    assert {each.rule for each in found} == expected, [each.message for each in found]


@pytest.mark.parametrize("file", sorted(path.name for path in fixture_path("requests").glob("*.json")))
def test_every_way_to_write_a_documented_request_is_silent(file: str) -> None:
    for sent in json.loads(fixture_path(f"requests/{file}").read_text("utf-8")):
        headers = {"authorization": "", **{name.lower(): text for name, text in sent["headers"].items()}}
        media_type = headers.pop("content-type", None)
        call = f"{sent['method']} {sent['path'].removeprefix('/v1')}"

        found = judged(call, query=sent["query"], body=sent["body"].encode(), media_type=media_type, headers=headers)

        told = {"key-in-url"} if "api_key" in sent["query"] else set()
        told |= {"legacy-route"} if sent["path"] == "/v1/track" else set()
        assert {each.rule for each in found} == told, (sent["name"], [each.message for each in found])


def test_every_example_of_the_contract_is_silent() -> None:
    document = load().document
    for name, body in document["components"]["requestBodies"].items():
        called = next(each for each in load().operations.values() if each.id.lower() == name.lower())
        for media_type, content in body["content"].items():
            if "example" in content and not called.mock_only:
                assert judged(f"{called.method} {called.path}", content["example"], media_type=media_type) == (), name
    for called in load().operations.values():
        values = {name: facts["example"] for name, facts in _query_parameters(called) if "example" in facts}
        if values and not called.mock_only:
            assert judged(f"{called.method} {called.path}", query=brackets(values), now="2025-04-01T00:00:00Z") == (), (
                called.id
            )


def _query_parameters(called: Operation) -> list[tuple[str, Mapping[str, Any]]]:
    document = load().document
    item = document["paths"][called.path]
    listed = [*item.get("parameters", ()), *item[called.method.lower()].get("parameters", ())]
    facts = [load().resolve(each) for each in listed]
    return [(each["name"].removesuffix("[]"), each) for each in facts if each["in"] == "query"]


@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.id)
@settings(max_examples=20)
@given(data=st.data())
def test_an_honest_client_is_silent_in_every_encoding(called: Operation, data: st.DataObject) -> None:
    values = data.draw(honest(called))
    call = f"{called.method} {called.path}"

    assert judged(call, values) == ()
    assert judged(call, query=brackets(values)) == ()
    assert form(call, brackets(values)) == ()
    assert judged(call, body=multipart(values), media_type="multipart/form-data; boundary=b") == ()


@pytest.mark.parametrize("in_json", [True, False])
@given(
    call=st.sampled_from(
        [*(f"{each.method} {each.path}" for each in CALLS), "POST /track", "PUT /users/1", "POST /webhooks"]
    ),
    values=st.dictionaries(NAMES, ANYTHING, max_size=5),
    query=st.text() | st.dictionaries(NAMES, st.text(), max_size=3).map(brackets),
    media_type=st.sampled_from([JSON, FORM, "text/plain", ""]),
    authorization=st.sampled_from([f"Bearer {KEY}", KEY, "Basic Og==", "Basic x", "", "Token y"]),
    refused=st.booleans(),
)
def test_no_request_breaks_the_judge_nor_gets_a_key_out_of_it(
    in_json: bool, call: str, values: Any, query: str, media_type: str, authorization: str, refused: bool
) -> None:
    body = json.dumps(values).encode() if in_json else brackets(values).encode("utf-8", "replace")
    found = judged(
        call, query=query, body=body, media_type=media_type, headers={"authorization": authorization}, refused=refused
    )

    assert len(found) <= MOST
    for each in found:
        assert severity(each.rule, each.evidence) in ("error", "warning", "note")
        assert len(each.got or "") <= 80
        assert f"Bearer {KEY}" not in repr(each)
        line_of(each.pointer or rules()[each.rule].fact)


def test_unknown_names_without_end_are_told_up_to_a_bound() -> None:
    assert len(judged("POST /track-event", {"id": "u", "event": "e", **{f"zz{n}": n for n in range(900)}})) == MOST


def test_one_mistake_gives_one_message() -> None:
    slip = judged("POST /responses", {"form_id": "x", "userId": "u"})
    spoilt = judged("POST /track-event", {"id": "u"}, media_type="text/plain")

    assert [(each.rule, each.suggestion) for each in slip] == [
        ("near-miss-name", "form_uuid"),
        ("near-miss-name", "id"),
    ]
    assert [each.rule for each in spoilt] == ["unread-media-type"]


def test_two_mistakes_give_two_messages() -> None:
    found = judged("GET /forms?list=draft&includeInfo=1&page=0", refused=True)

    assert [each.rule for each in found] == ["unknown-key", "near-miss-name", "value-choice", "value-range"]


def test_keys_are_shortened_and_tokens_hidden_wherever_they_stand() -> None:
    other = "6c3f9b2d-4e5f-4a71-8b8c-2d3e4f5a6b7c"
    found = judged(
        f"GET /contacts?token={KEY}&auth_token=hush-hush&color=red-{other}",
        refused=True,
        is_key=lambda uuid: uuid == other,
    )

    assert {each.where[1]: each.got for each in found} == {
        "Authorization": "Bearer 5b2f…",
        "token": "5b2f…",
        "auth_token": "hush…",
        "color": "red-6c3f…",
    }
    inside = judged("POST /track-event", {"id": "u", "event": "e", "wrap": {"auth_token": "hush", "apiKey": KEY}})
    assert one(inside)["got"] == '{"auth_token":"…","apiKey":"5b2f…"}'


def test_under_a_dialect_the_contract_of_that_dialect_counts() -> None:
    call = "POST /track"
    value = {"id": "u", "event": "e"}

    assert [each.rule for each in judged(call, value)] == ["legacy-route"]
    assert [each.rule for each in judged(call, value, dialect={"track-alias": "gone"})] == ["unknown-route"]


def test_where_only_json_is_read_a_form_is_a_body_of_another_media_type() -> None:
    found = form("POST /identify-user?id=u", "plan=pro", dialect={"bodies": "json"})

    assert [(each.rule, each.suggestion) for each in found] == [("unread-media-type", JSON)]


def test_a_body_too_deep_for_python_breaks_nothing() -> None:
    deep = b'{"id": "u", "id": "v", "event": "e", "n": ' + b'{"a":' * 1_000 + b"1" + b"}" * 1_000 + b"}"

    assert [each.rule for each in judged("POST /track-event", body=deep, media_type=JSON, max_nesting=2_000)] == [
        "unlisted-name"
    ]


def test_where_no_environment_is_known_the_contract_still_is() -> None:
    found = judged("POST /identify-user", {"id": 5, "uuid": "x"}, world=NOWHERE)

    assert [each.rule for each in found] == ["reserved-trait", "number-as-text"]
