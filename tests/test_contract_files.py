"""contracts/refiner.yaml is valid, complete and honest: schemas compile, examples fit, nothing lacks its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from jsonschema_rs import meta
from openapi_spec_validator import validate

from mock_server.contract.dialects import dialects
from mock_server.contract.document import load
from mock_server.contract.operations import find, resolve
from mock_server.contract.prepared import PREPARED, prepare, read, stored
from mock_server.resources import contract_path

SOURCE = contract_path("refiner.yaml")
README = Path(contract_path("README.md")).read_text("utf-8")
DOCUMENT: Mapping[str, Any] = read(SOURCE.read_bytes())
LEVELS = {"observed", "documented", "inferred", "assumed"}
PROMISED = {
    *("verifyKey", "getAccount", "identifyUser", "trackEvent", "listContacts", "getContact", "deleteContact"),
    *("listSegments", "addToSegment", "removeFromSegment", "listForms", "publishForm", "duplicateForm", "archiveForm"),
    *("listFormHistory", "listResponses", "storeResponse", "tagResponse", "getReporting"),
}
WEBHOOKS = {"createWebhook", "listWebhooks", "getWebhook", "updateWebhook", "deleteWebhook", "testWebhook"}
METHODS = ("get", "post", "patch", "put", "delete")
LISTS = {"properties", "patternProperties", "$defs"}
BRANCHES = {"anyOf", "allOf", "oneOf"}
SINGLE = {"items", "additionalProperties", "propertyNames", "not"}
WORDS = {
    *(*LISTS, *BRANCHES, *SINGLE, "$ref", "type", "enum", "const", "format", "pattern", "required", "default"),
    *("description", "example", "examples", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"),
    *("x-evidence", "x-source", "x-time", "x-soft-max-length", "x-assumed"),
    *("x-lean", "x-odd", "x-full"),
}


def walk(node: Any, pointer: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every mapping of the document outside examples, with its pointer."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            if key not in ("example", "examples", "default", "enum", "const"):
                yield from walk(value, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{pointer}/{index}")


def schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every schema, the nested ones too, with its pointer."""
    for name, schema in DOCUMENT["components"]["schemas"].items():
        yield from nested(f"#/components/schemas/{name}", schema)
    for pointer, node in walk(DOCUMENT):
        if "schema" in node and not pointer.startswith("#/components/schemas/"):
            yield from nested(f"{pointer}/schema", node["schema"])


def nested(pointer: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield pointer, schema
    for word, value in schema.items():
        if word in LISTS:
            for name, each in value.items():
                yield from nested(f"{pointer}/{word}/{name}", each)
        elif word in BRANCHES:
            for index, each in enumerate(value):
                yield from nested(f"{pointer}/{word}/{index}", each)
        elif word in SINGLE:
            yield from nested(f"{pointer}/{word}", value)


def calls(section: str = "paths") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every operation of a section, aliases included, with its pointer."""
    for path, item in DOCUMENT[section].items():
        for method in METHODS:
            if method in item:
                yield f"#/{section}/{path.replace('/', '~1')}/{method}", item[method]


def examples() -> Iterator[tuple[str, Any]]:
    """Yield every example with the pointer of the schema that it must fit."""
    for pointer, node in walk(DOCUMENT):
        if "schema" in node:
            if "example" in node:
                yield f"{pointer}/schema", node["example"]
            for shown in node.get("examples", {}).values():
                yield f"{pointer}/schema", shown["value"]
    for pointer, schema in schemas():
        yield from ((pointer, shown) for shown in schema.get("examples", ()))
        if "example" in schema:
            yield pointer, schema["example"]
        if "default" in schema:
            yield pointer, schema["default"]


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    validate(DOCUMENT)


def test_readers_of_yaml_1_1_and_we_read_the_same() -> None:
    assert yaml.safe_load(SOURCE.read_bytes()) == DOCUMENT
    assert b"<<:" not in SOURCE.read_bytes()


@pytest.mark.parametrize("name", PREPARED)
def test_the_prepared_json_is_made_from_this_yaml(name: str) -> None:
    source = contract_path(name)
    made = source.with_suffix(".json").read_bytes()
    assert made == prepare(source.read_bytes()), "run: python -m mock_server.contract"
    assert stored(name) == read(source.read_bytes())


def test_every_key_is_text_and_every_value_is_json() -> None:
    assert orjson.loads(orjson.dumps(DOCUMENT)) == DOCUMENT


def test_every_schema_is_a_schema_and_compiles() -> None:
    # validator_map_for leaves out in silence what does not compile; validator() raises for what is left out.
    for pointer, schema in schemas():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        load().validator(pointer)
    assert sum(1 for _ in schemas()) > 300


def test_schemas_use_only_words_that_mean_something() -> None:
    unknown = {(pointer, word) for pointer, schema in schemas() for word in schema if word not in WORDS}
    assert unknown == set()


def test_every_reference_leads_somewhere() -> None:
    for _, node in walk(DOCUMENT):
        if isinstance(node.get("$ref"), str):
            find(DOCUMENT, node["$ref"])


def test_every_component_is_used() -> None:
    used = {node["$ref"] for _, node in walk(DOCUMENT) if isinstance(node.get("$ref"), str)}
    kinds = {kind: names for kind, names in DOCUMENT["components"].items() if kind != "securitySchemes"}
    assert {f"#/components/{kind}/{name}" for kind, names in kinds.items() for name in names} - used == set()


def test_every_example_and_default_fits_its_schema() -> None:
    found = list(examples())
    misfits = [(pointer, value) for pointer, value in found if not load().validator(pointer).is_valid(value)]
    assert misfits == []
    assert len(found) > 90


def test_every_parameter_body_and_answer_shows_an_example() -> None:
    silent = []
    for pointer, node in walk(DOCUMENT):
        shown = "example" in node or "examples" in node
        is_header = pointer.startswith("#/components/headers/") and "schema" in node
        if (is_header or "in" in node) and "schema" in node and not shown:
            silent.append(pointer)
        if pointer.endswith("/content/application~1json") and not shown:
            silent.append(pointer)
    assert silent == []


def marked(pointer: str, node: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the marks of a node."""
    wrong = []
    if node.get("x-evidence") not in LEVELS:
        wrong.append(f"{pointer}: x-evidence is {node.get('x-evidence')!r}")
    if not node.get("x-source"):
        wrong.append(f"{pointer}: no x-source")
    return wrong


def test_every_operation_says_how_it_is_known() -> None:
    everything = [*calls(), *calls("webhooks")]
    assert [line for pointer, node in everything for line in marked(pointer, node)] == []
    assert all(node["summary"] for _, node in everything)


def test_every_parameter_says_how_it_is_known_and_what_it_is() -> None:
    nodes: list[tuple[str, Mapping[str, Any]]]
    nodes = [(pointer, node) for pointer, node in walk(DOCUMENT) if "in" in node and "schema" in node]
    for _, call in calls():
        if "requestBody" in call:
            schema = resolve(DOCUMENT, resolve(DOCUMENT, call["requestBody"])["content"]["application/json"]["schema"])
            nodes += [(name, resolve(DOCUMENT, each)) for name, each in schema["properties"].items()]
    nodes += list(DOCUMENT["components"]["schemas"]["AccountInput"]["properties"].items())
    assert [line for pointer, node in nodes for line in marked(pointer, node)] == []
    assert [pointer for pointer, node in nodes if not node.get("description")] == []
    assert len(nodes) > 70


def test_every_answer_says_how_it_is_known() -> None:
    wrong = []
    for section in ("paths", "webhooks"):
        for pointer, call in calls(section):
            for status, entry in call["responses"].items():
                wrong += marked(f"{pointer}/responses/{status}", resolve(DOCUMENT, entry))
    assert wrong == []


def test_every_mark_anywhere_is_one_of_the_four_levels() -> None:
    assert {node["x-evidence"] for _, node in walk(DOCUMENT) if "x-evidence" in node} <= LEVELS
    assert [line for name, fact in DOCUMENT["x-facts"].items() for line in marked(name, fact)] == []
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert [line for name, scheme in schemes.items() for line in marked(name, scheme)] == []


def test_the_readme_explains_every_source_and_every_key_of_ours() -> None:
    words = set(re.findall(r"[\w-]+", README))
    sources = {tag for _, node in walk(DOCUMENT) for tag in node.get("x-source", ())}
    assert sources - words == set()
    keys = {
        key for _, node in walk(DOCUMENT) for key in node if key.startswith("x-") and key != "x-www-form-urlencoded"
    }
    assert keys - words == set()


def test_every_source_of_a_dialect_is_explained_too() -> None:
    words = set(re.findall(r"[\w-]+", README.partition("## Sources")[2]))
    assert {tag for dialect in dialects().values() for tag in dialect.source} - words == set()
    assert {tag for _, node in walk(DOCUMENT) for tag in node.get("x-source", ())} - words == set()


def test_what_is_marked_as_assumed_is_there() -> None:
    for pointer, schema in schemas():
        for part in schema.get("x-assumed", ()):
            assert part in schema or part in schema.get("enum", ()) or part in schema["type"], pointer


def test_the_operation_ids_are_the_promised_ones() -> None:
    """Design 3.1: the 19 operations of Refiner and the six of webhook registration; (b): no others."""
    named = {call["operationId"]: call for _, call in calls() if "operationId" in call}
    assert named.keys() == PROMISED | WEBHOOKS
    assert {id for id, call in named.items() if call.get("x-mock-only")} == WEBHOOKS


def test_what_has_no_operation_id_is_an_alias() -> None:
    aliases = {pointer: call["x-alias-of"] for pointer, call in calls() if "operationId" not in call}
    assert aliases == {"#/paths/~1/post": "verifyKey", "#/paths/~1track/post": "trackEvent"}


def test_no_parameter_is_described_twice() -> None:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            call = item.get(method, {})
            names = [
                resolve(DOCUMENT, each)["name"] for each in [*item.get("parameters", ()), *call.get("parameters", ())]
            ]
            assert len(names) == len(set(names)), f"{method} {path}"
            assert not (names and "requestBody" in call) or "{" in path, f"{method} {path} has two lists"


def test_all_media_types_of_a_body_share_one_schema() -> None:
    for name, body in DOCUMENT["components"]["requestBodies"].items():
        assert set(body["content"]) == {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
        assert len({media["schema"]["$ref"] for media in body["content"].values()}) == 1, name


def test_links_lead_to_operations_and_take_what_is_there() -> None:
    expression = re.compile(r"\$response\.body#(/.+)")
    links = [(pointer, node) for pointer, node in walk(DOCUMENT) if "/links/" in pointer and "operationId" in node]
    for pointer, link in links:
        target = load().operations[link["operationId"]]
        given = {**link.get("parameters", {}), **link.get("requestBody", {})}
        known = {*target.parameters, *re.findall(r"\{(\w+)\}", target.path)}
        assert given.keys() <= known, pointer
        assert set(target.required) <= given.keys(), pointer
        media = find(DOCUMENT, pointer.rpartition("/links/")[0])["content"]["application/json"]
        shown = [media["example"]] if "example" in media else [each["value"] for each in media["examples"].values()]
        for text in given.values():
            match = expression.fullmatch(str(text))
            if match:
                assert all(isinstance(find(value, f"#{match[1]}"), str) for value in shown), pointer
    assert {"tagResponse", "getContact", "deleteContact", "publishForm"} <= {link["operationId"] for _, link in links}


def test_the_keys_of_the_pagination_are_always_required() -> None:
    pages = [name for name in DOCUMENT["components"]["schemas"] if name.endswith("Page")]
    assert len(pages) == 6
    for name in pages:
        schema = DOCUMENT["components"]["schemas"][name]
        assert set(schema["required"]) == {"items", "pagination"}
        wanted = {"items_count", "current_page", "last_page", "page_length"}
        if name in ("ContactPage", "ResponsePage"):
            wanted |= {"next_page_cursor"}
        whole = dict.fromkeys(wanted, 1) | ({"next_page_cursor": None} if "next_page_cursor" in wanted else {})
        validator = load().validator(f"#/components/schemas/{name}/properties/pagination")
        assert validator.is_valid(whole)
        for key in wanted:
            assert not validator.is_valid({other: value for other, value in whole.items() if other != key}), (name, key)


@pytest.mark.parametrize("section", ["paths", "webhooks"])
def test_nothing_names_a_key_or_a_token(section: str) -> None:
    assert re.search(r"Bearer [A-Za-z0-9]|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-", str(DOCUMENT[section])) is None
