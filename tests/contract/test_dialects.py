"""The switches: well-formed, honest about their evidence, and each reading of the contract valid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jsonschema_rs import validator_for
from openapi_spec_validator import validate
from openapi_spec_validator.schemas import schema_v31

from mock_server.contract.dialects import contract_under, dialects, settled
from mock_server.contract.document import load
from mock_server.contract.operations import find
from mock_server.errors import UsageError

EVIDENCE = ("observed", "documented", "inferred", "assumed")


OPENAPI = validator_for(dict(schema_v31))
"""What any document of OpenAPI 3.1 must be, a whole that is quickly looked through."""


def changing() -> Iterator[tuple[str, str]]:
    """Every choice under which the contract reads differently."""
    for id, dialect in dialects().items():
        yield from ((id, name) for name, choice in dialect.choices.items() if choice.changes)


def references(node: object) -> Iterator[str]:
    """Yield every pointer that a document follows."""
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    if isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from references(inner)


@pytest.mark.parametrize("id", list(dialects()))
def test_a_switch_has_choices_evidence_and_a_reason(id: str) -> None:
    dialect = dialects()[id]

    assert len(dialect.choices) >= 2
    assert dialect.default in dialect.choices
    assert not dialect.choices[dialect.default].changes, "the contract itself reads as the defaults say"
    assert {choice.evidence for choice in dialect.choices.values()} <= set(EVIDENCE)
    for sentence in (dialect.about, dialect.why):
        assert sentence.endswith(".")
        assert "\n" not in sentence
    assert dialect.source


@pytest.mark.parametrize("id", list(dialects()))
def test_no_choice_is_surer_than_the_default(id: str) -> None:
    """A default that goes against better evidence would be a guess presented as a fact."""
    dialect = dialects()[id]
    default = EVIDENCE.index(dialect.choices[dialect.default].evidence)

    surer = [name for name, choice in dialect.choices.items() if EVIDENCE.index(choice.evidence) < default]

    # Each exception is argued in the dossier: what works with every client goes before what one source says.
    assert not surer or id in {"segment-key", "delete-parameters", "flags"}


@pytest.mark.parametrize(("id", "choice"), list(changing()))
def test_the_contract_is_valid_under_each_choice(id: str, choice: str) -> None:
    contract = contract_under({id: choice})

    additions = all("add" in change for change in dialects()[id].choices[choice].changes)
    assert additions or contract.document != load().document  # what is to be added may be there without that choice
    OPENAPI.validate(contract.document)
    schemas = [{"$ref": f"#/components/schemas/{name}"} for name in contract.document["components"]["schemas"]]
    validator_for({**contract.document, "anyOf": schemas})
    for pointer in references(contract.document):
        assert find(contract.document, pointer) is not None
    assert [operation.id for operation in contract.operations.values()] == list(load().operations)


def rounds() -> list[dict[str, str]]:
    """Return choices of all switches at once, as few as make every choice be among them."""
    choices = {id: [choice for switch, choice in changing() if switch == id] for id, _ in changing()}
    return [
        {id: names[min(at, len(names) - 1)] for id, names in choices.items()}
        for at in range(max(map(len, choices.values())))
    ]


@pytest.mark.parametrize("chosen", rounds(), ids=lambda _: "round")
def test_the_contract_is_valid_under_many_choices(chosen: dict[str, str]) -> None:
    """The validator that knows all rules takes half a second, so it is asked of many switches at once."""
    validate(contract_under(chosen).document)


def test_the_server_reads_such_a_choice_from_the_contract() -> None:
    contract = contract_under({"identify-status": "201", "page-length": "100", "track-alias": "gone"})

    assert contract.operations["identifyUser"].success == 201
    assert contract.operations["listContacts"].parameters["page_length"].default == 100
    assert contract.route("POST", "/track") is None


def test_choices_without_changes_share_one_contract() -> None:
    assert contract_under({}) is load()
    assert contract_under(settled({"webhook-retries": "none"})) is load()
    assert contract_under({"page-length": "100"}) is contract_under({"page-length": "100", "webhook-retries": "none"})


def test_the_order_in_which_choices_are_named_changes_nothing() -> None:
    changing = {
        id: choice for id, dialect in dialects().items() for choice in dialect.choices if choice != dialect.default
    }

    forwards, backwards = contract_under(changing), contract_under(dict(reversed(changing.items())))

    assert forwards is backwards


def test_what_is_not_chosen_is_the_default() -> None:
    choices = settled({"page-length": "100"})

    assert list(choices) == list(dialects())
    assert (choices["page-length"], choices["unknown-key"]) == ("100", "404")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"page-lenght": "50"}, "no dialect 'page-lenght'; did you mean page-length?"),
        ({"page-length": "70"}, "choose from 50, 100"),
        ({"page-length": 70}, "cannot be 70; choose from 50, 100"),
        ({"page-length": True}, "choose from 50, 100"),
        ({"page-length": ["50"]}, "choose from 50, 100"),
    ],
)
def test_an_unknown_switch_or_choice_is_refused_with_the_valid_ones(wanted: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settled(wanted)


def test_what_is_added_comes_last_and_covers_nothing() -> None:
    """Two choices may move and need the same status; the second must not depend on the order of the file."""
    alone, both = (
        contract_under({"unknown-key": "400"}),
        contract_under({"unknown-key": "400", "invalid-status": "422"}),
    )

    invalid, refused = "#/components/responses/Invalid", "#/components/responses/UnknownKey"
    assert alone.document["paths"]["/account"]["get"]["responses"]["400"] == {"$ref": invalid}
    answers = both.document["paths"]["/account"]["get"]["responses"]
    assert (answers["400"], answers["422"]) == ({"$ref": refused}, {"$ref": invalid})
