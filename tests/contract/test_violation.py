"""The one shape in which a broken rule is told."""

from __future__ import annotations

import pytest

from mock_server.contract.lines import line_of
from mock_server.contract.violation import Finding, record
from mock_server.errors import ContractError

SLIP = Finding(
    rule="near-miss-name",
    where=("body", "form_id"),
    got="abc",
    expected="form_uuid",
    message="storeResponse has no parameter form_id.",
    suggestion="form_uuid",
    evidence="inferred",
    pointer="#/components/schemas/StoreResponse/properties/form_uuid",
    operation="storeResponse",
)


def test_a_violation_has_all_that_the_design_says() -> None:
    line = line_of("#/components/schemas/StoreResponse/properties/form_uuid")

    assert record(SLIP, id="v-1", request="r-1", operation="other", injected=False) == {
        "id": "v-1",
        "code": "wrong-parameter",
        "severity": "warning",
        "evidence": "inferred",
        "operation": "storeResponse",
        "where": {"in": "body", "name": "form_id"},
        "got": "abc",
        "expected": "form_uuid",
        "message": "storeResponse has no parameter form_id.",
        "suggestion": "form_uuid",
        "rule": "near-miss-name",
        "contract": f"contracts/refiner.yaml:{line}",
        "request": "r-1",
        "injected": False,
    }


def test_what_a_finding_leaves_open_comes_from_its_rule_and_its_exchange() -> None:
    bare = Finding("mock-only", ("path", "/webhooks"), None, None, "Only here.")
    told = record(bare, id="v", request=None, operation="listWebhooks", injected=True)

    assert (told["evidence"], told["severity"], told["operation"]) == ("documented", "warning", "listWebhooks")
    assert told["contract"] == f"contracts/refiner.yaml:{line_of('#/x-facts/routes')}"
    assert told["injected"] is True


def test_a_finding_under_no_rule_is_an_error() -> None:
    with pytest.raises(ContractError, match="no rule nonsense"):
        record(
            Finding("nonsense", ("path", "/"), None, None, "?"), id="v", request=None, operation=None, injected=False
        )
