"""Which side of our doubts a server is on."""

from __future__ import annotations

import pytest

from mock_server.conformance.drift.battery import check_api
from mock_server.remote import Remote
from tests.conformance.drift.altered import findings

DOUBTS = [
    ("page-length", "100", "listContacts-default*"),
    ("unknown-key", "400", "key-unknown"),
    ("response-times", "iso", "listResponses-shape"),
    ("is-manual", "number", "listSegments-*"),
    ("invalid-status", "422", "missing-parameter"),
    ("missing-object", "invalid", "unknown-contact"),
    ("error-key", "error", "unknown-*"),
    ("segments-cursor", "present", "listSegments-*"),
    ("segment-times", "everywhere", "*Contact*-shape"),
    ("answer-values", "number", "listResponses-shape"),
    ("order-by", "three", "listContacts-order"),
    ("page-and-cursor", "page", "listContacts-cursor"),
    ("page-length-over", "refuse", "page-length-over"),
    ("cursor-text", "base64", "list*-cursor"),
    ("date-order", "oldest-first", "listContacts-order"),
    ("range-end", "inclusive", "listResponses-date*"),
    ("key-precedence", "parameter", "key-twice"),
    ("flags", "numbers", "listForms-include*"),
]


@pytest.mark.parametrize(("dialect", "choice", "case"), DOUBTS, ids=[row[0] for row in DOUBTS])
def test_which_side_of_a_doubt_a_server_is_on_is_a_note(remote: Remote, dialect: str, choice: str, case: str) -> None:
    with remote.create_environment(seed="demo", dialect={dialect: choice}) as environment:
        report = check_api(environment.base_url, key=environment.api_key, cases=[case])
    found = findings(report)
    assert set(found) == {f"dialect-{dialect}"}, {id: check.detail for id, check in found.items()}
    assert (report.severity(found[f"dialect-{dialect}"]), report.exit_code) == ("note", 0)
    assert any(f"This server shows dialect {dialect}={choice}" in note for note in report.notes)


def test_several_doubts_at_once_are_told_apart(remote: Remote) -> None:
    dialect = {"response-times": "iso", "answer-values": "number", "is-manual": "number", "display-name": "null"}
    with remote.create_environment(seed="demo", dialect=dialect) as environment:
        report = check_api(environment.base_url, key=environment.api_key, cases=["*-shape"])
    assert set(findings(report)) == {f"dialect-{id}" for id in dialect}
