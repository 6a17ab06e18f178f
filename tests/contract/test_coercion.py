"""Whole requests: form and JSON clients come out alike, nothing raises, every problem is one clear sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract import coercion
from mock_server.contract.coercion import Coerced, coerce
from mock_server.contract.document import Operation, load
from mock_server.contract.exchange import Request

CONTRACT = load()
OPERATIONS = list(CONTRACT.operations.values())
UUID = "34de57da-fd12-11ef-83b6-81e7e8e25d94"

texts = st.text(min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
json = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def ask(operation_id: str, /, **given_: object) -> Coerced:
    operation = CONTRACT.operations[operation_id]
    return coerce(CONTRACT, operation, Request(operation.method, operation.path, given_, {}, given_))


def typed(schema: Any) -> st.SearchStrategy[Any]:
    """Draw values that fit a parameter's schema, as an honest JSON client would send them."""
    schema = CONTRACT.resolve(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "array":
        items = st.lists(typed(schema["items"]), min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 3))
        return items.filter(bool)  # a form cannot write an empty list
    if schema["type"] == "object":
        names = st.text(st.characters(codec="utf-8", exclude_characters="[]"), min_size=1).filter(
            lambda name: name != "id"
        )
        free = st.dictionaries(names, texts, min_size=1, max_size=3)
        return st.tuples(free, texts).map(lambda pair: {**pair[0], "id": pair[1]}) if "properties" in schema else free
    if schema["type"] == "integer":
        return st.integers(schema["minimum"], schema.get("maximum", 10_000))
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("x-time"):
        return st.datetimes().map(str) | st.dates().map(str)
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    return texts


def as_form(value: Any) -> Any:
    """Write a value as it arrives from a form: text all the way down."""
    if isinstance(value, dict):
        return {name: as_form(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_form(each) for each in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


@st.composite
def honest_calls(draw: st.DrawFn) -> tuple[Operation, dict[str, Any]]:
    """Draw an operation with values for some of its parameters, all that it requires among them."""
    operation = draw(st.sampled_from(OPERATIONS))
    needed = {*operation.required, *operation.one_of[:1]}
    optional = [name for name in operation.parameters if name not in needed]
    names = needed | set(draw(st.lists(st.sampled_from(optional), unique=True))) if optional else needed
    return operation, {name: draw(typed(operation.parameters[name].schema)) for name in sorted(names)}


def sent(operation: Operation, parameters: dict[str, Any]) -> Coerced:
    return coerce(CONTRACT, operation, Request(operation.method, operation.path, parameters, {}, parameters))


@given(honest_calls())
def test_an_honest_form_client_and_an_honest_json_client_say_the_same(call: tuple[Operation, dict[str, Any]]) -> None:
    operation, parameters = call
    json_client, form_client = sent(operation, parameters), sent(operation, as_form(parameters))
    assert json_client == form_client
    assert (json_client.problems, json_client.extra) == ((), {})


@given(honest_calls())
def test_what_comes_out_fits_the_contract(call: tuple[Operation, dict[str, Any]]) -> None:
    operation, parameters = call
    for name, value in sent(operation, as_form(parameters)).values.items():
        assert CONTRACT.validator(operation.parameters[name].pointer).is_valid(value), (name, value)


@given(st.sampled_from(OPERATIONS), st.data())
def test_nothing_that_json_can_say_raises(operation: Operation, data: st.DataObject) -> None:
    names = st.sampled_from([*operation.parameters, "api_key", "other"])
    parameters = data.draw(st.dictionaries(names, json, max_size=5))
    coerced = sent(operation, parameters)
    assert coerced.values.keys() <= operation.parameters.keys()
    assert coerced.extra == {name: value for name, value in parameters.items() if name == "other"}
    refused = {problem.name.partition(".")[0] for problem in coerced.problems}
    assert not (parameters.keys() & refused & coerced.values.keys()) - {
        name for name in coerced.values if operation.parameters[name].default is not None
    }
    for problem in coerced.problems:
        assert problem.kind in ("missing", "bad")
        assert problem.message.startswith("The ")
        assert problem.name.partition(".")[0] in operation.parameters
        assert problem.message.endswith(".")


@given(st.sampled_from(OPERATIONS), st.data())
def test_what_is_accepted_fits_the_contract_whatever_came(operation: Operation, data: st.DataObject) -> None:
    names = st.sampled_from([*operation.parameters, "other"])
    parameters = data.draw(st.dictionaries(names, json, max_size=5))
    for name, value in sent(operation, parameters).values.items():
        kinds_of_trait = name == "account"  # free traits stay as they came; the judge looks at them
        assert kinds_of_trait or CONTRACT.validator(operation.parameters[name].pointer).is_valid(value), (name, value)


def test_the_clean_identify_call_keeps_traits_apart_and_untouched() -> None:
    traits = {"name": "Mira", "seats": 14, "beta": True, "score": "5", "nothing": None}
    account = {"id": "acc-9", "name": "Holt Ltd"}
    coerced = ask("identifyUser", id="u-1", email="mira@example.org", account=account, **traits)
    assert coerced.values == {"id": "u-1", "email": "mira@example.org", "account": account}
    assert coerced.extra == traits
    assert coerced.problems == ()


def test_defaults_are_filled_in_typed() -> None:
    assert ask("listForms").values == {
        "list": "all", "include_info": False, "include_config": False, "page": 1, "page_length": 50,
    }  # fmt: skip
    assert ask("listForms", page="3", include_info="1", list="").values == {
        "list": "all", "include_info": True, "include_config": False, "page": 3, "page_length": 50,
    }  # fmt: skip


def test_a_patch_gets_no_defaults_so_that_what_is_absent_stays() -> None:
    assert ask("updateWebhook", name="CRM").values == {"name": "CRM"}
    assert ask("createWebhook", name="CRM", url="http://127.0.0.1:1/", events=["Saw Survey"]).values == {
        "name": "CRM", "url": "http://127.0.0.1:1/", "events": ["Saw Survey"], "form_uuids": [], "segment_uuids": [],
        "active": True,
    }  # fmt: skip


@pytest.mark.parametrize("empty", [None, ""])
def test_empty_is_not_given_unless_the_schema_allows_null(empty: object) -> None:
    assert ask("getContact", id="u-1", email=empty, uuid=empty).values == {"id": "u-1"}
    assert ask("identifyUser", id="u-1", account=empty or {}).values == {"id": "u-1"}
    assert ask("updateWebhook", auth_token=empty, name=empty).values == {"auth_token": None}


def test_a_page_length_above_the_limit_is_clamped() -> None:
    """(b) Pagination: page_length 1..1000; above: clamp (assumed)."""
    coerced = ask("listContacts", page_length="5000")
    assert (coerced.values["page_length"], coerced.problems) == (1000, ())


def test_the_key_is_neither_a_parameter_nor_a_trait() -> None:
    """(a) 2: the key may travel as the parameter `api_key`, in the URL or in the body [API]."""
    assert ask("identifyUser", id="u-1", api_key="k", plan="pro").extra == {"plan": "pro"}
    assert ask("listSegments", api_key="k").extra == {}


@pytest.mark.parametrize(
    ("id", "given_", "kind", "name", "message"),
    [
        ("publishForm", {}, "missing", "form_uuid", "The form_uuid field is required."),
        ("publishForm", {"form_uuid": ""}, "missing", "form_uuid", "The form_uuid field is required."),
        ("publishForm", {"form_uuid": "x"}, "bad", "form_uuid", "The form_uuid field must be a UUID."),
        ("identifyUser", {"plan": "pro"}, "missing", "id", "The id or email field is required."),
        ("getContact", {}, "missing", "id", "The id, email or uuid field is required."),
        ("identifyUser", {"id": "u", "account": {"name": "Holt"}}, "missing", "account.id",
         "The account.id field is required."),
        ("identifyUser", {"id": {"a": 1}}, "bad", "id", "The id field must be text of at most 255 characters."),
        ("listContacts", {"page": "two"}, "bad", "page", "The page field must be a whole number from 1 on."),
        ("getReporting", {"type": "NPS"}, "bad", "type",
         "The type field must be one of nps, csat, ratings, distribution, count."),
        ("tagResponse", {"uuid": UUID, "tags": "a,b"}, "bad", "tags",
         "The tags field must be a list of 1 to 20 items, each text of at most 255 characters."),
        ("tagResponse", {"uuid": UUID, "tags": list("abcdefghijklmnopqrstu")}, "bad", "tags",
         "The tags field must be a list of 1 to 20 items, each text of at most 255 characters."),
        ("listResponses", {"response_data": "nps"}, "bad", "response_data",
         "The response_data field must be a map of names to values."),
        ("listResponses", {"date_range_start": "today"}, "bad", "date_range_start",
         "The date_range_start field must be an ISO 8601 date or time, such as 2026-01-31 or 2026-01-31T10:00:00Z."),
        ("createWebhook", {"name": "a", "url": "http://h", "events": ["Opened"]}, "bad", "events",
         ("The events field must be a list of at least one item, each one of Completed Survey, Saw Survey, "
          "Dismissed Survey, Entered Segment, Tag Added.")),
    ],
)  # fmt: skip
def test_a_problem_is_one_sentence_that_names_parameter_and_wish(
    id: str, given_: dict[str, object], kind: str, name: str, message: str
) -> None:
    problems = ask(id, **given_).problems
    assert [(problem.kind, problem.name, problem.message) for problem in problems] == [(kind, name, message)]
    assert problems[0].expected


def test_all_problems_of_a_request_are_told_at_once() -> None:
    names = [problem.name for problem in ask("addToSegment", email={}, other=1).problems]
    assert names == ["email", "segment_uuid"]
    assert [problem.name for problem in ask("duplicateForm").problems] == ["form_uuid", "name"]


def test_array_brackets_in_a_json_key_are_not_expanded() -> None:
    """(a) A JSON key literally called `tags[]` is not expanded: to the operation it is an unknown name."""
    coerced = ask("tagResponse", **{"uuid": UUID, "tags[]": ["a"]})
    assert coerced.extra == {"tags[]": ["a"]}
    assert [problem.name for problem in coerced.problems] == ["tags"]


def test_it_remembers_no_more_shapes_than_it_may_and_none_that_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[object, ...], coercion.Shape] = {}
    monkeypatch.setattr(coercion, "_shapes", kept)
    monkeypatch.setattr(coercion, "MOST_SHAPES", 3)
    for names in (["x" * (coercion.LONGEST_SHAPE + 1)], [f"n{rank}" for rank in range(coercion.MOST_NAMES + 1)]):
        bag: dict[str, object] = dict.fromkeys(names, 1)
        assert ask("identifyUser", **bag).extra == bag
    assert not kept
    for rank in range(10):
        assert ask("identifyUser", id="u-1", **{f"color{rank}": rank}).values == {"id": "u-1"}
        assert 0 < len(kept) <= 3
