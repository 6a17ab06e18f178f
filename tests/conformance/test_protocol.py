"""The protocol of adapters: that `contracts/adapter.schema.json` is in step with the contract, and how it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema_rs import meta

from mock_server.conformance.protocol import (
    Garbled,
    Hello,
    Outcome,
    Request,
    kinds,
    misasked,
    misshapen,
    operations,
    promised_key,
    read_hello,
    read_outcome,
)
from mock_server.contract.document import load
from mock_server.resources import contract_path

SCHEMA: dict[str, Any] = json.loads(contract_path("adapter.schema.json").read_bytes())
CONTRACT = load()
FREE = {"identifyUser": {"traits"}, "storeResponse": {"answers"}}
"""Args that become free names of the call."""
HELLO = {"hello": "refiner-adapter", "v": 1, "name": "x", "language": "Go", "operations": ["verifyKey"]}
RANGE = {"date_range_start": "2025-01-01", "date_range_end": "2025-01-02T10:00:00Z"}
UUID = "e942c400-00bd-11f0-8dbd-1700099950d8"
WHO = {"id": "u1"}
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "verifyKey": {},
    "getAccount": {},
    "identifyUser": {"id": "u1", "email": "a", "traits": {"a": 1}, "account": {"id": "acc", "traits": {"b": None}}},
    "trackEvent": {**WHO, "event": "x"},
    "listContacts": {"order_by": "email", "form_uuid": UUID, "segment_uuid": UUID, "search": "x"},
    "getContact": WHO,
    "deleteContact": WHO,
    "listSegments": {},
    "addToSegment": {**WHO, "segment_uuid": UUID},
    "removeFromSegment": {**WHO, "segment_uuid": UUID},
    "listForms": {"list": "all"},
    "publishForm": {"form_uuid": UUID, "published": True},
    "duplicateForm": {"form_uuid": UUID, "name": "x"},
    "archiveForm": {"form_uuid": UUID},
    "listFormHistory": {"form_uuid": UUID},
    "listResponses": {"form_uuid": UUID, "segment_uuid": UUID, "include": "all", "search": "x", **RANGE},
    "storeResponse": {**WHO, "form_uuid": UUID, "answers": {"a": ["b"]}, "date": "2025-01-01", "tags": ["x"]},
    "tagResponse": {"uuid": UUID, "tags": ["x"]},
    "getReporting": {
        "type": "nps",
        "form_uuids": [UUID],
        "segment_uuids": [UUID, UUID],
        "tag_uuids": [],
        "question_identifiers": ["nps"],
        **RANGE,
    },
}
"""For each operation as many args as go together."""


def args_of(operation: str) -> Mapping[str, Any]:
    args: Mapping[str, Any] = SCHEMA["$defs"][operation]["properties"]["args"]
    return SCHEMA["$defs"][args["$ref"].removeprefix("#/$defs/")] if "$ref" in args else args


def document(operation: str, args: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Request("c", operation, args, "http://127.0.0.1:1/v1", "key").line())
    return told


def test_the_schema_is_one() -> None:
    assert meta.is_valid(SCHEMA)


def test_adapters_are_asked_for_the_operations_of_the_contract() -> None:
    assert sorted(operations()) == sorted(each.id for each in CONTRACT.operations.values() if not each.mock_only)
    branches = SCHEMA["$defs"]["request"]["allOf"]
    named = [each["if"]["properties"]["operation"]["const"] for each in branches]
    assert named == list(operations())
    assert [each["then"]["$ref"] for each in branches] == [f"#/$defs/{name}" for name in named]


@pytest.mark.parametrize("operation", operations())
def test_args_are_parameters_of_the_contract(operation: str) -> None:
    args, known = args_of(operation), CONTRACT.operations[operation]
    assert set(args.get("properties", {})) - FREE.get(operation, set()) <= set(known.parameters)
    assert known.open == (operation in FREE)
    assert set(known.required) <= set(args.get("required", ()))
    either = [name for each in args.get("anyOf", args.get("oneOf", ())) for name in each["required"]]
    assert sorted(either) == sorted(known.one_of)


@pytest.mark.parametrize("operation", operations())
def test_every_request_fits_and_none_with_a_name_too_many(operation: str) -> None:
    args = EXAMPLES[operation]
    alternatives = {each["required"][0] for each in args_of(operation).get("oneOf", ())}
    assert set(args) | alternatives == set(args_of(operation).get("properties", ())) | (set(args) & alternatives)
    assert misasked(document(operation, args)) is None
    assert misasked(document(operation, {**args, "nonsense": 1})) is not None


@pytest.mark.parametrize("operation", operations())
def test_an_arg_that_must_be_given_is_missed(operation: str) -> None:
    for name in args_of(operation).get("required", ()):
        args = {key: value for key, value in EXAMPLES[operation].items() if key != name}
        assert f'"{name}" is a required property' in str(misasked(document(operation, args)))


@pytest.mark.parametrize("operation", ["trackEvent", "getContact", "addToSegment", "storeResponse"])
def test_a_contact_is_named_in_one_way(operation: str) -> None:
    assert misasked(document(operation, {**EXAMPLES[operation], "email": "a"})) is not None
    assert misasked(document(operation, {**EXAMPLES[operation], "id": 5})) is not None


def test_identify_takes_both_names_and_needs_one() -> None:
    assert misasked(document("identifyUser", {"id": "a", "email": "b"})) is None
    assert misasked(document("identifyUser", {"traits": {"a": 1}})) is not None
    assert misasked(document("identifyUser", {"id": "a", "account": {"traits": {}}})) is not None


def test_a_request_is_a_line_of_ascii() -> None:
    line = Request("c", "trackEvent", {"id": "ö\u2028🎈", "event": "\n"}, "http://127.0.0.1:1/v1", "key").line()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["args"] == {"id": "ö\u2028🎈", "event": "\n"}


def test_a_request_never_shows_its_key() -> None:
    assert "secret" not in repr(Request("c", "verifyKey", {}, "http://127.0.0.1:1/v1", "secret"))


def test_a_hello_is_read_and_may_say_more() -> None:
    assert read_hello(json.dumps({**HELLO, "more": 1})) == Hello("x", "Go", ("verifyKey",))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"v": 2}, "v: 1 was expected"),
        ({"operations": ["verify_key"]}, 'operations[0]: "verify_key" is not one of'),
        ({"operations": []}, "operations: [] has less than 1 item"),
        ({"name": None}, 'name: null is not of type "string"'),
        ({"hello": "world"}, "hello:"),
    ],
)
def test_a_hello_that_is_none_says_what_is_wrong(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Garbled) as raised:
        read_hello(json.dumps({**HELLO, **change}))
    assert said in str(raised.value)
    assert "is not a hello as contracts/adapter.schema.json wants it" in str(raised.value)


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_of_error_is_read(kind: str) -> None:
    line = json.dumps({"case": "c", "outcome": "error", "error": {"kind": kind, "status": None, "message": "no"}})
    assert read_outcome(line, "c") == Outcome("error", None, kind, None, "no")


def test_answers_are_read() -> None:
    assert read_outcome(b'{"case":"c","outcome":"ok","value":{"a":[1]}}', "c") == Outcome("ok", {"a": [1]})
    assert read_outcome('{"case":"c","outcome":"ok"}', "c") == Outcome("ok")
    error = '{"case":"c","outcome":"error","error":{"kind":"auth","status":401}}'
    assert read_outcome(error, "c") == Outcome("error", None, "auth", 401)
    told = read_outcome('{"case":"c","outcome":"unsupported","reason":"never"}', "c")
    assert told == Outcome("unsupported", message="never")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("debug: sent", "'debug: sent' is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[1]", 'is not of type "object"'),
        ('{"case":"c"}', '"outcome" is a required property'),
        ('{"case":"c","outcome":"fine"}', "outcome:"),
        ('{"case":"c","outcome":"error"}', '"error" is a required property'),
        ('{"case":"c","outcome":"error","error":{"kind":"404"}}', "error.kind:"),
        ('{"case":"d","outcome":"ok"}', "it answers the case 'd', but 'c' was asked"),
        ("x" * 1_000, "more characters"),
        ("\x1b[2J", r"\\x1b[2J"),
        (b"\xff\xfe\xfa", "is no JSON"),
    ],
)
def test_what_is_no_answer_is_shown_harmless_and_short(line: str | bytes, said: str) -> None:
    with pytest.raises(Garbled) as raised:
        read_outcome(line, "c")
    assert said in str(raised.value)
    assert len(str(raised.value)) < 500
    assert str(raised.value).isprintable()


def test_promised_values_are_told_from_others() -> None:
    lists = {each for each in operations() if promised_key(each) == "items"}
    assert lists == {each for each in operations() if each.startswith("list")}
    assert (promised_key("identifyUser"), promised_key("storeResponse")) == ("contact_uuid", "uuid")
    assert promised_key("getAccount") is promised_key("trackEvent") is None
    assert misshapen("listForms", {"items": []}) is misshapen("trackEvent", None) is misshapen("getAccount", {}) is None
    assert misshapen("listForms", []) == '[] is not of type "object"'
    assert misshapen("identifyUser", {"contact_uuid": None}) == 'contact_uuid: null is not of type "string"'
