"""contracts/cases/client is what it says: every file meets its schema, rests on facts, and leaves nothing out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
import pytest

from mock_server.conformance.cases import written_out
from mock_server.conformance.client.cases import Case, client_cases
from mock_server.conformance.client.reference import lists
from mock_server.contract.document import load
from mock_server.contract.operations import find
from mock_server.contract.prepared import read
from mock_server.faults.kinds import KINDS
from mock_server.resources import contract_path, fixture_path

FILES = sorted(contract_path("cases/client").glob("*.yaml"))
SEEDS = sorted(contract_path("cases/client/seeds").glob("*.json"))
ADAPTER: Mapping[str, Any] = orjson.loads(contract_path("adapter.schema.json").read_bytes())
README = contract_path("README.md").read_text("utf-8")
LEVELS = ("observed", "documented", "inferred", "assumed")
OPERATIONS = [operation for operation in load().operations.values() if not operation.mock_only]
READS = [operation.id for operation in OPERATIONS if operation.method == "GET"]
IN_VAIN = 1_000
"""Times that a fault strikes for ever."""
UUID = "3f1c0a52-0b7e-11f1-9d3a-6b1d2c9e4f05"


@cache
def described() -> tuple[Mapping[str, Any], ...]:
    """Return every case as its file has it."""
    return tuple(case for path in FILES for case in read(path.read_bytes())["cases"])


def plain(case: Case) -> bool:
    """Tell whether the server behaves as ever, and nothing but success will do."""
    step = case.steps[0]
    ordinary = not (case.server.dialect or case.server.rendering or case.server.faults or case.server.rate_limits)
    return ordinary and step.key == "right" and step.expected.expect == "same" and step.meanwhile is None


def asked() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each call of a client, with args in which every name is written out."""
    for case in client_cases():
        for step in case.steps:
            yield step.call, named(step.args)


def named(args: Any) -> Any:
    if isinstance(args, list):
        return [named(value) for value in args]
    if not isinstance(args, Mapping):
        return args
    return UUID if args.keys() == {"ref"} else {name: named(value) for name, value in args.items()}


def evidence(pointer: str) -> str:
    """Return the evidence of a fact: its own, else that of what it stands in."""
    document, parts = load().document, pointer.split("/")
    for end in range(len(parts), 1, -1):
        node = find(document, "/".join(parts[:end]))
        if isinstance(node, Mapping) and (level := load().resolve(node).get("x-evidence")):
            return str(level)
    raise AssertionError(f"{pointer} has no evidence")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_meets_the_schema(path: Any) -> None:
    schema = orjson.loads(contract_path("case.schema.json").read_bytes())
    assert not [
        f"{list(error.instance_path)}: {error.message[:300]}"
        for error in jsonschema_rs.validator_for(schema).iter_errors(read(path.read_bytes()))
    ]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_seed_is_a_seed_document(path: Any) -> None:
    schema = orjson.loads(fixture_path("environments/seed.schema.json").read_bytes())
    assert not [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(read(path.read_bytes()))]


@pytest.mark.parametrize("key", ["id", "title"])
def test_no_two_cases_have_the_same_name(key: str) -> None:
    assert not [name for name, count in Counter(case[key] for case in described()).items() if count > 1]


def test_a_fact_is_there_and_surer_than_what_is_made_of_it() -> None:
    assert not [
        f"{case.id}: {case.evidence}, its fact {evidence(case.fact)}"
        for case in client_cases()
        if LEVELS.index(case.evidence) < LEVELS.index(evidence(case.fact))
    ]


def test_sources_are_explained_in_the_readme() -> None:
    known = {tag for quoted in re.findall(r"`([^`]+)`", README) for tag in quoted.split()}
    assert {source for case in client_cases() for source in case.source} <= known


def test_what_a_client_is_asked_is_what_adapters_understand() -> None:
    for operation, args in asked():
        schema = {**ADAPTER["$defs"][operation]["properties"]["args"], "$defs": ADAPTER["$defs"]}
        errors = jsonschema_rs.validator_for(schema).iter_errors(written_out(args))
        assert not [(operation, args, error.message) for error in errors]


@pytest.mark.parametrize("operation", [operation.id for operation in OPERATIONS])
def test_every_operation_has_a_plain_case_that_must_pass(operation: str) -> None:
    must = [case for case in client_cases() if case.level == "MUST" and plain(case)]
    assert [case.id for case in must if case.operations == (operation,) and case.id.endswith("-plain")]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_parameter_that_can_be_asked_for_is_sent(operation: Any) -> None:
    args = ADAPTER["$defs"][operation.id]["properties"]["args"]
    args = find(ADAPTER, args["$ref"]) if "$ref" in args else args
    askable = set(operation.parameters) & set(args.get("properties", ()))
    sent = {
        name
        for case in client_cases()
        if plain(case)
        for step in case.steps
        if step.call == operation.id
        for name in step.args
    }
    assert askable <= sent
    alone = [set(given) for called, given in asked() if called == operation.id]
    if operation.method == "GET" and not operation.required:
        assert not [name for name in askable if {name} not in alone]


@pytest.mark.parametrize("operation", ["listContacts", "listForms", "listResponses", "getReporting"])
def test_every_choice_of_a_filter_is_asked_for(operation: str) -> None:
    for name, parameter in load().operations[operation].parameters.items():
        if parameter.schema.get("type") == "string" and "enum" in parameter.schema:
            assert set(parameter.schema["enum"]) <= {args.get(name) for called, args in asked() if called == operation}


def test_every_fault_strikes_somewhere() -> None:
    used = {fault["kind"] for case in client_cases() for fault in case.server.faults}
    assert used == set(KINDS)


@pytest.mark.parametrize("rendering", ["lean", "full", "odd"])
@pytest.mark.parametrize("operation", [operation for operation in READS if operation != "verifyKey"])
def test_every_read_is_tried_under_every_rendering(operation: str, rendering: str) -> None:
    assert [case for case in client_cases() if case.server.rendering == rendering and case.operations == (operation,)]


@pytest.mark.parametrize("operation", [operation for operation in READS if lists(operation)])
def test_every_list_is_read_over_several_pages(operation: str) -> None:
    assert [case for case in client_cases() if case.operations == (operation,) and case.steps[0].deadline_ms > 10_000]


def test_what_never_ends_has_a_short_deadline() -> None:
    lasting = [
        step.deadline_ms
        for case in client_cases()
        for step in case.steps
        if any(
            fault.get("times") == IN_VAIN
            for fault in (*case.server.faults, *(step.meanwhile.faults if step.meanwhile else ()))
        )
        and step.expected.kinds != ("auth",)
    ]
    assert max(lasting) <= 5_000
    assert sum(lasting) < 300_000, "a client that tries again as long as it may would not be done in time"


def test_a_failure_for_ever_is_never_a_success() -> None:
    assert not [
        case.id
        for case in client_cases()
        for fault in case.server.faults
        if fault.get("times") == IN_VAIN and "seconds" not in fault and case.steps[0].expected.expect != "error"
    ]


def test_how_to_mend_it_is_one_line() -> None:
    assert not [case.id for case in client_cases() if "\n" in case.fix or len(case.fix) > 160]
