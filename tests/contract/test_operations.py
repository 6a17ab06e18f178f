"""What the compiled operations take, held against the dossier: refiner-api.md sections (a), (b) and (e)."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.contract.document import load
from mock_server.contract.operations import find, kind_of, resolve
from mock_server.errors import ContractError

CONTRACT = load()
OPERATIONS = CONTRACT.operations

# operation: (method, path, [required], [at least one of], {parameter: kind})
PAGES = {"page": "integer", "page_length": "integer"}
PERSON = {"id": "string", "email": "string"}
MAPS = {"response_data": "object", "contact_data": "object", "account_data": "object"}
RANGE = {"date_range_start": "string", "date_range_end": "string"}
DOSSIER: dict[str, tuple[str, str, list[str], list[str], dict[str, str]]] = {
    "verifyKey": ("GET", "/", [], [], {}),
    "getAccount": ("GET", "/account", [], [], {}),
    "identifyUser": ("POST", "/identify-user", [], ["id", "email"], {**PERSON, "account": "object"}),
    "trackEvent": ("POST", "/track-event", ["event"], ["id", "email"], {**PERSON, "event": "string"}),
    "listContacts": ("GET", "/contacts", [], [], {**PAGES, "order_by": "string", "page_cursor": "string",
        "form_uuid": "string", "segment_uuid": "string", "search": "string"}),
    "getContact": ("GET", "/contact", [], ["id", "email", "uuid"], {**PERSON, "uuid": "string"}),
    "deleteContact": ("DELETE", "/contact", [], ["id", "email", "uuid"], {**PERSON, "uuid": "string"}),
    "listSegments": ("GET", "/segments", [], [], PAGES),
    "addToSegment": ("POST", "/sync-segment", ["segment_uuid"], ["id", "email"], {**PERSON, "segment_uuid": "string"}),
    "removeFromSegment": ("DELETE", "/sync-segment", ["segment_uuid"], ["id", "email"],
        {**PERSON, "segment_uuid": "string"}),
    "listForms": ("GET", "/forms", [], [], {**PAGES, "list": "string", "include_info": "boolean",
        "include_config": "boolean"}),
    "publishForm": ("POST", "/forms/publish", ["form_uuid"], [], {"form_uuid": "string", "published": "boolean"}),
    "duplicateForm": ("POST", "/forms/duplicate", ["form_uuid", "name"], [], {"form_uuid": "string", "name": "string"}),
    "archiveForm": ("DELETE", "/forms", ["form_uuid"], [], {"form_uuid": "string"}),
    "listFormHistory": ("GET", "/forms/history", ["form_uuid"], [], {**PAGES, "form_uuid": "string"}),
    "listResponses": ("GET", "/responses", [], [], {**PAGES, **MAPS, **RANGE, "page_cursor": "string",
        "form_uuid": "string", "form_uuids": "array", "segment_uuid": "string", "segment_uuids": "array",
        "tag_uuid": "string", "include": "string", "search": "string", "with_attributes": "boolean"}),
    "storeResponse": ("POST", "/responses", ["form_uuid"], ["id", "email", "uuid"], {**PERSON, "uuid": "string",
        "form_uuid": "string", "date": "string", "prevent_duplicates": "boolean", "tags": "array",
        "account": "object"}),
    "tagResponse": ("POST", "/responses/tags", ["uuid", "tags"], [], {"uuid": "string", "tags": "array"}),
    "getReporting": ("GET", "/reporting", ["type"], [], {**MAPS, **RANGE, "type": "string", "form_uuids": "array",
        "segment_uuids": "array", "tag_uuids": "array", "question_identifiers": "array"}),
}  # fmt: skip


def facts(operation: str, parameter: str) -> dict[str, Any]:
    return dict(OPERATIONS[operation].parameters[parameter].schema)


def test_there_are_19_operations_and_no_others_but_ours() -> None:
    """(b): 19 operations are documented in the current reference [W6W], `GET /tags` does not exist in any source."""
    assert sorted(each.id for each in OPERATIONS.values() if not each.mock_only) == sorted(DOSSIER)
    assert CONTRACT.route("GET", "/tags") is None


@pytest.mark.parametrize("id", DOSSIER)
def test_an_operation_takes_exactly_what_the_dossier_lists(id: str) -> None:
    """(b) 1 to 19 and (e): method, path, parameter names and types, what is required, one of which is needed."""
    method, path, required, one_of, kinds = DOSSIER[id]
    operation = OPERATIONS[id]
    assert (operation.method, operation.path) == (method, path)
    assert {each.name: each.kind for each in operation.parameters.values()} == kinds
    assert (list(operation.required), list(operation.one_of)) == (required, one_of)


@pytest.mark.parametrize("id", DOSSIER)
def test_the_parameters_of_refiners_operations_are_documented(id: str) -> None:
    """Design 3.5: the parameter lists are documented, so a departure from them may be an error."""
    assert OPERATIONS[id].evidence == "documented"
    assert {each.evidence for each in OPERATIONS[id].parameters.values()} <= {"documented"}


def test_identify_and_track_answer_202_and_everything_else_200() -> None:
    """(b) Success status summary; f3."""
    statuses = {each.id: each.success for each in OPERATIONS.values() if not each.mock_only}
    assert statuses == {id: 202 if id in ("identifyUser", "trackEvent") else 200 for id in DOSSIER}


def test_only_identify_and_store_response_take_free_names() -> None:
    """(b) 3: any other key is a flat trait; (b) 17: every other key is an answer."""
    assert [each.id for each in OPERATIONS.values() if each.open] == ["identifyUser", "storeResponse"]


@pytest.mark.parametrize(
    ("operation", "parameter", "choices", "default"),
    [
        ("listContacts", "order_by",
         ["first_seen_at", "last_seen_at", "last_form_submission_at", "display_name", "email"], "first_seen_at"),
        ("listForms", "list", ["all", "published", "drafts", "archived", "all_with_archived"], "all"),
        ("listResponses", "include", ["completed", "partials", "all"], "completed"),
        ("getReporting", "type", ["nps", "csat", "ratings", "distribution", "count"], None),
    ],
)  # fmt: skip
def test_choices_and_their_default(operation: str, parameter: str, choices: list[str], default: str | None) -> None:
    """(b) 5 and f10: order_by; (b) 11: list; (b) 16: include; (e): type."""
    assert facts(operation, parameter)["enum"] == choices
    assert OPERATIONS[operation].parameters[parameter].default == default


def test_a_page_starts_at_1_and_has_50_rows_up_to_1000() -> None:
    """(b) Pagination: page int >= 1, default 1; page_length int 1..1000, default 50 (f1), clamped above (assumed)."""
    for id in ("listContacts", "listSegments", "listForms", "listFormHistory", "listResponses"):
        page, length = OPERATIONS[id].parameters["page"], OPERATIONS[id].parameters["page_length"]
        assert (page.schema["minimum"], page.default, page.clamp) == (1, 1, False)
        assert (length.schema["minimum"], length.schema["maximum"], length.default, length.clamp) == (1, 1000, 50, True)


def test_only_contacts_and_responses_have_a_cursor() -> None:
    """(b) Pagination: `next_page_cursor` on /responses and /contacts only; f9."""
    assert [each.id for each in OPERATIONS.values() if "page_cursor" in each.parameters] == [
        "listContacts",
        "listResponses",
    ]
    for id, has in (("listContacts", True), ("listResponses", True), ("listSegments", False), ("listForms", False)):
        pointer = CONTRACT.answer_pointer(OPERATIONS[id], 200)
        assert pointer is not None
        page = resolve(CONTRACT.document, find(CONTRACT.document, pointer))
        envelope = resolve(CONTRACT.document, page["properties"]["pagination"])
        assert ("next_page_cursor" in envelope["properties"]) is has


def test_flags_are_1_or_0_and_off_but_published() -> None:
    """(b) 11: include_info, include_config 1/0, default 0; (b) 12: published, default 1; (b) 16: with_attributes."""
    for id, name in (
        ("listForms", "include_info"),
        ("listForms", "include_config"),
        ("listResponses", "with_attributes"),
    ):
        assert OPERATIONS[id].parameters[name].default is False
    assert OPERATIONS["publishForm"].parameters["published"].default is True
    assert OPERATIONS["storeResponse"].parameters["prevent_duplicates"].default is True


def test_a_response_has_up_to_20_tags() -> None:
    """(b) 17: tags[] up to 20 strings; (b) 18: tags[] 1..20 names."""
    assert facts("storeResponse", "tags")["maxItems"] == 20
    assert (facts("tagResponse", "tags")["minItems"], facts("tagResponse", "tags")["maxItems"]) == (1, 20)


def test_reporting_and_archiving_know_no_other_spelling_of_the_form() -> None:
    """(e): no singular `form_uuid` in reporting; (b) 14: archiveForm takes one form_uuid."""
    assert "form_uuid" not in OPERATIONS["getReporting"].parameters
    assert "form_uuids" not in OPERATIONS["archiveForm"].parameters


def test_sync_segment_and_identify_do_not_document_uuid() -> None:
    """(b) 3 and 9/10: `uuid` is not documented there."""
    for id in ("identifyUser", "trackEvent", "addToSegment", "removeFromSegment"):
        assert "uuid" not in OPERATIONS[id].parameters


def test_the_account_needs_its_id_and_takes_free_traits() -> None:
    """(b) 3: `account.id` required inside it, other keys become account traits."""
    for id in ("identifyUser", "storeResponse"):
        assert facts(id, "account")["required"] == ["id"]
        assert "additionalProperties" in facts(id, "account")


def test_query_arrays_carry_brackets_and_maps_are_deep_objects() -> None:
    """(a) Arrays use `key[]=a&key[]=b`; objects use `key[sub]=v` [W6W, RUD-dst, MIND]."""
    styles = set()
    for operation in OPERATIONS.values():
        for entry in find(CONTRACT.document, operation.pointer).get("parameters", ()):
            node = CONTRACT.resolve(entry)
            kind = kind_of(CONTRACT.resolve(node["schema"]))
            assert node["name"].endswith("[]") == (kind == "array")
            if kind in ("array", "object"):
                styles.add((kind, node["style"], node["explode"]))
    assert styles == {("array", "form", True), ("object", "deepObject", True)}


def test_the_key_travels_in_three_ways_and_is_no_parameter() -> None:
    """(a) Bearer, parameter `api_key`, HTTP Basic with the key as user name [API]."""
    schemes = CONTRACT.document["components"]["securitySchemes"]
    assert [scheme for each in CONTRACT.document["security"] for scheme in each] == ["bearer", "basic", "api_key"]
    assert (schemes["bearer"]["scheme"], schemes["basic"]["scheme"]) == ("bearer", "basic")
    assert CONTRACT.credential_names == {"api_key"}
    assert not any("api_key" in each.parameters for each in OPERATIONS.values())


def test_the_rate_limits_are_the_documented_ones() -> None:
    """(a) Rate limits: 4,000 a minute for a key, 100 a minute for a user; 429 with Retry-After [W6W]."""
    known = CONTRACT.document["x-facts"]
    assert (known["rate-limit-per-key"]["requests"], known["rate-limit-per-key"]["seconds"]) == (4000, 60)
    assert (known["rate-limit-per-user"]["requests"], known["rate-limit-per-user"]["seconds"]) == (100, 60)
    assert "Retry-After" in CONTRACT.document["components"]["responses"]["TooManyRequests"]["headers"]


def test_the_refusals_of_keys_are_the_observed_ones() -> None:
    """(a) Auth answers [W6W-live]: two texts under `error` with 401, one under `message` with 404."""
    refused = CONTRACT.validator("#/components/schemas/KeyRefused")
    assert refused.is_valid({"error": "No API key found in headers"})
    assert refused.is_valid({"error": "API key does not look valid"})
    assert not refused.is_valid({"error": "Unauthorized"})
    unknown = CONTRACT.validator("#/components/schemas/KeyUnknown")
    assert unknown.is_valid({"message": "API key not valid or does not exist"})
    for operation in OPERATIONS.values():
        answers = find(CONTRACT.document, operation.pointer)["responses"]
        assert CONTRACT.resolve(answers["401"])["x-evidence"] == "observed"
        shown = CONTRACT.resolve(answers["404"])["content"]["application/json"]
        values = [shown["example"]] if "example" in shown else [each["value"] for each in shown["examples"].values()]
        assert {"message": "API key not valid or does not exist"} in values


def test_a_pointer_to_nothing_is_an_error_of_ours() -> None:
    for pointer in ("#/components/nothing", "#/servers/9", "#/info/title/x"):
        with pytest.raises(ContractError, match="not there"):
            find(CONTRACT.document, pointer)


def test_what_stands_beside_a_reference_goes_before_its_target() -> None:
    document = {"b": {"$ref": "#/c", "y": 2}, "c": {"x": 3, "y": 3, "z": 3}}
    assert resolve(document, {"$ref": "#/b", "x": 1}) == {"x": 1, "y": 2, "z": 3}


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        ("string", "string"),
        (["string", "null"], "string"),
        (["boolean", "integer"], "boolean"),
        (["string", "number"], "any"),
    ],
)
def test_the_kind_of_a_schema(types: str | list[str], kind: str) -> None:
    assert kind_of({"type": types}) == kind
    assert kind_of({}) == "any"
