"""The rules: what contracts/rules.yaml may say, that the code and it know the same rules, and how grave they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mock_server.contract
from mock_server.contract.document import load
from mock_server.contract.operations import find
from mock_server.contract.prepared import stored
from mock_server.contract.rules import CODES, OF_THE_PARAMETER, SECTIONS, Rule, rules, severity
from mock_server.contract.rules import rules as read_rules
from mock_server.errors import ContractError

ROOM = Path(mock_server.contract.__file__).parent
RULES = rules()
KEBAB = re.compile(r"[a-z]+(?:-[a-z0-9]+)*")


def words_in_code() -> Iterator[str]:
    """Yield every text in the room's code that could be the id of a rule."""
    for path in ROOM.rglob("*.py"):
        if path.name != "rules.py":
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEBAB.fullmatch(node.value):
                    yield node.value


def test_the_code_breaks_no_rule_that_is_not_written_down_and_none_is_written_down_for_nothing() -> None:
    words = set(words_in_code())
    others = {"access-control-request-method", "latin-1", "utf-8", OF_THE_PARAMETER, *load().document["x-facts"]}
    keys = re.compile(r"x-.*|.*-type|.*-length")  # of schemas and headers

    assert RULES.keys() <= words
    assert {word for word in words - RULES.keys() - others if "-" in word and not keys.fullmatch(word)} == set()


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is_about_and_where_its_fact_stands(rule: Rule) -> None:
    assert KEBAB.fullmatch(rule.id)
    assert rule.about.endswith(".")
    assert rule.source
    find(load().document, rule.fact)


def test_every_code_of_the_design_has_a_rule() -> None:
    assert CODES - {rule.code for rule in RULES.values()} == set()


def test_a_rule_that_has_its_own_evidence_points_to_a_fact_that_is_as_sure() -> None:
    for rule in RULES.values():
        fact = find(load().document, rule.fact)
        if rule.evidence != OF_THE_PARAMETER and rule.fact.startswith("#/x-facts/"):
            assert rule.evidence == fact["x-evidence"], rule.id


@pytest.mark.parametrize(
    ("rule", "evidence", "normal", "pedantic"),
    [
        ("value-choice", "documented", "error", "error"),
        ("value-choice", "observed", "error", "error"),
        ("value-choice", "inferred", "warning", "error"),
        ("value-choice", "assumed", "note", "error"),
        ("control-like-trait", None, "warning", "warning"),
        ("number-as-text", "documented", "note", "note"),
        ("legacy-route", None, "warning", "warning"),
        ("trait-kind-changed", None, "note", "note"),
        ("unknown-key", None, "error", "error"),
    ],
)
def test_a_departure_is_as_grave_as_its_rule_and_no_more_than_its_evidence(
    rule: str, evidence: str | None, normal: str, pedantic: str
) -> None:
    assert severity(rule, evidence) == normal
    assert severity(rule, evidence, pedantic=True) == pedantic


def test_an_unknown_rule_has_no_severity() -> None:
    with pytest.raises(ContractError, match="no rule nonsense"):
        severity("nonsense")


@pytest.mark.parametrize(
    "change",
    [
        {"code": "nonsense"},
        {"level": "fatal"},
        {"x-evidence": "guessed"},
        {"fact": None, "code": None},
        {"id": "mock-only"},
    ],
)
def test_a_broken_file_of_rules_is_an_error(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    document = stored("rules.yaml")
    broken = {**document, "exchange": [{**document["exchange"][0], **change}, *document["exchange"][1:]]}
    monkeypatch.setattr("mock_server.contract.rules.stored", lambda _: broken)

    with pytest.raises(ContractError, match=r"contracts/rules\.yaml"):
        read_rules.__wrapped__()


@pytest.mark.parametrize("section", SECTIONS)
def test_a_file_without_one_of_its_sections_is_an_error(section: str, monkeypatch: pytest.MonkeyPatch) -> None:
    document = stored("rules.yaml")
    del document[section]
    monkeypatch.setattr("mock_server.contract.rules.stored", lambda _: document)

    with pytest.raises(ContractError, match="cannot be read"):
        read_rules.__wrapped__()
