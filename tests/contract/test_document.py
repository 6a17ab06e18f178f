"""The compiled contract: routes, validators, pointers, and what happens when a file is broken."""

from __future__ import annotations

import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract import prepared
from mock_server.contract.document import Contract, load
from mock_server.contract.prepared import prepare, read
from mock_server.errors import ContractError
from mock_server.resources import contract_path

CONTRACT = load()
UUID = "c41a7e52-00c4-11f0-8f3b-0b6f9d2e7a11"


def test_loading_twice_gives_the_same_contract() -> None:
    assert load() is CONTRACT


def test_every_operation_is_found_by_its_method_and_path() -> None:
    for operation in CONTRACT.operations.values():
        assert CONTRACT.route(operation.method, operation.path.replace("{uuid}", UUID)) is operation


@pytest.mark.parametrize(("method", "path", "id"), [("POST", "/", "verifyKey"), ("POST", "/track", "trackEvent")])
def test_an_alias_carries_the_id_of_what_it_stands_for(method: str, path: str, id: str) -> None:
    """(a): `POST /v1/` like `GET /v1/`; (b) 4, f4: `/track` is the legacy name."""
    alias, operation = CONTRACT.route(method, path), CONTRACT.operations[id]
    assert alias is not None
    assert alias is not operation
    assert (alias.id, alias.path, alias.deprecated) == (id, path, path == "/track")
    assert alias.parameters.keys() == operation.parameters.keys()
    assert (alias.success, alias.required, alias.one_of) == (operation.success, operation.required, operation.one_of)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"),
        ("PUT", "/contact"),
        ("get", "/contacts"),
        ("GET", "/contacts/"),
        ("GET", ""),
        ("GET", f"/webhooks/{UUID}/tests"),
        ("POST", f"/webhooks/{UUID}"),
        ("GET", "/webhooks/a/b"),
        ("GET", "/webhooks/"),
    ],
)
def test_what_is_not_documented_has_no_route(method: str, path: str) -> None:
    assert CONTRACT.route(method, path) is None


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", ("GET", "POST")),
        ("/contact", ("GET", "DELETE")),
        ("/track", ("POST",)),
        ("/webhooks", ("GET", "POST")),
        (f"/webhooks/{UUID}", ("GET", "PATCH", "DELETE")),
        (f"/webhooks/{UUID}/test", ("POST",)),
        ("/nowhere", ()),
    ],
)
def test_a_path_knows_its_methods(path: str, methods: tuple[str, ...]) -> None:
    assert CONTRACT.methods(path) == methods


def test_the_values_in_a_path_are_given_by_name() -> None:
    operation = CONTRACT.operations["testWebhook"]
    assert CONTRACT.path_parameters(operation, f"/webhooks/{UUID}/test") == {"uuid": UUID}
    assert CONTRACT.path_parameters(CONTRACT.operations["listForms"], "/forms") == {}
    assert CONTRACT.path_parameters(operation, "/webhooks") == {}
    assert "uuid" not in operation.parameters


def test_every_parameter_points_at_a_schema_that_compiles() -> None:
    for operation in CONTRACT.operations.values():
        for parameter in operation.parameters.values():
            assert CONTRACT.validator(parameter.pointer) is not None


def test_formats_are_checked() -> None:
    validator = CONTRACT.validator("#/components/schemas/Uuid")
    assert validator.is_valid(UUID)
    assert validator.is_valid(UUID.upper())
    assert not validator.is_valid("not-a-uuid")


def test_a_validator_that_is_not_there_is_an_error_of_ours() -> None:
    with pytest.raises(ContractError, match="no usable schema"):
        CONTRACT.validator("#/components/schemas/Nonsense")


def test_every_documented_answer_has_a_schema() -> None:
    for operation in CONTRACT.operations.values():
        for status in (operation.success, 400, 401, 404, 405, 413, 429):
            pointer = CONTRACT.answer_pointer(operation, status)
            assert pointer is not None
            assert not CONTRACT.validator(pointer).is_valid("text")
        assert CONTRACT.answer_pointer(operation, 418) is None


def test_every_trigger_event_has_a_payload_schema() -> None:
    """(d): five trigger events; `form` and `response` come with survey interactions only [KB-wh]."""
    events = CONTRACT.document["components"]["schemas"]["TriggerEvent"]["enum"]
    assert events == list(CONTRACT.document["webhooks"])
    for event in events:
        pointer = CONTRACT.payload_pointer(event)
        assert pointer is not None
        media = CONTRACT.document["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]
        payload = deepcopy(media["example"])
        assert payload["triggered_event"] == event
        validator = CONTRACT.validator(pointer)
        assert validator.is_valid(payload)
        assert not validator.is_valid({**payload, "triggered_event": "Something Else"})
        for key in ("uuid", "project_uuid", "account", "segments", "attributes"):
            assert not validator.is_valid({name: value for name, value in payload.items() if name != key})
    assert CONTRACT.payload_pointer("Nothing") is None


def test_a_segment_entry_has_neither_form_nor_response() -> None:
    """(d) Segment entry: same without `form` and `response` [KB-wh]."""
    survey = CONTRACT.document["webhooks"]["Completed Survey"]["post"]["requestBody"]["content"]["application/json"]
    entry = CONTRACT.document["webhooks"]["Entered Segment"]["post"]["requestBody"]["content"]["application/json"]
    validator = CONTRACT.validator("#/components/schemas/EnteredSegment")
    for key in ("form", "response"):
        assert not validator.is_valid({**entry["example"], key: survey["example"][key]})
        assert not CONTRACT.validator("#/components/schemas/CompletedSurvey").is_valid(
            {name: value for name, value in survey["example"].items() if name != key}
        )


@pytest.mark.parametrize("text", [b"a: [", b"- a\n- b\n", b""])
def test_what_is_no_yaml_mapping_is_an_error_of_ours(text: bytes) -> None:
    with pytest.raises(ContractError, match="contract file"):
        read(text)


def test_a_date_stays_the_text_it_is() -> None:
    assert read(b"a: 2025-03-01\nb: 2025-03-01 10:00:00\n") == {"a": "2025-03-01", "b": "2025-03-01 10:00:00"}


@pytest.mark.parametrize("lost", ["x-evidence", "summary", "responses"])
def test_an_operation_that_lacks_something_is_an_error_of_ours(lost: str) -> None:
    broken: dict[str, Any] = deepcopy(dict(CONTRACT.document))
    del broken["paths"]["/contacts"]["get"][lost]
    with pytest.raises(ContractError, match="cannot be compiled"):
        Contract(broken)


@pytest.mark.parametrize("copy", ["none", "of another yaml", "broken"])
def test_the_yaml_is_read_unless_the_json_was_made_from_it(
    copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = contract_path("refiner.yaml").read_bytes()
    (tmp_path / "refiner.yaml").write_bytes(text)
    if copy == "of another yaml":
        (tmp_path / "refiner.json").write_bytes(prepare(b"openapi: 3.1.0\n"))
    elif copy == "broken":
        (tmp_path / "refiner.json").write_bytes(b"{")
    monkeypatch.setattr(prepared, "contract_path", tmp_path.joinpath)
    assert load.__wrapped__().document == CONTRACT.document


def test_the_prepared_json_is_read_where_it_was_made_from_the_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = contract_path("refiner.yaml").read_bytes()
    (tmp_path / "refiner.yaml").write_bytes(text)
    (tmp_path / "refiner.json").write_bytes(prepare(text))
    monkeypatch.setattr(prepared, "contract_path", tmp_path.joinpath)
    monkeypatch.setattr(prepared, "read", lambda _: pytest.fail("the YAML was read"))
    assert load.__wrapped__().document == CONTRACT.document


def test_running_the_room_prepares_the_json_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in prepared.PREPARED:
        (tmp_path / name).write_bytes(f"name: {name}\n".encode())
    monkeypatch.setattr("mock_server.resources.contract_path", tmp_path.joinpath)
    # Not by runpy: pytest rewrites the modules of a distribution that has a plugin, and those cannot be run so.
    room = Path(prepared.__file__).with_name("__main__.py")
    exec(compile(room.read_text("utf-8"), room, "exec"), {"__name__": "__main__"})  # noqa: S102 - our own file
    for name in prepared.PREPARED:
        assert (tmp_path / name).with_suffix(".json").read_bytes() == prepare(f"name: {name}\n".encode())


def test_loading_imports_neither_yaml_nor_the_validator() -> None:
    load_it = "import sys; from mock_server.contract.document import load; load()"
    probe = f"{load_it}; print({{'yaml', 'jsonschema_rs'}} & {{*sys.modules}})"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
