"""The JSON form is held to its published schema and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, meta

from mock_server.conformance.formats.json import parse
from mock_server.conformance.report import FAIL_ON, KINDS, OUTCOMES, SEVERITIES, Report
from mock_server.resources import contract_path
from tests.conformance.reports import ENEMY, broken, entry, hostile, kept, kit, operation, violation

SCHEMA: dict[str, Any] = json.loads(contract_path("report.schema.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA)
EVERY = pytest.mark.parametrize("made", [kept, broken, kit, hostile])


def faults(report: Report) -> list[str]:
    return [str(fault) for fault in VALIDATOR.iter_errors(json.loads(report.render("json")))]


def without_seconds(report: Report) -> Report:
    return replace(report, checks=tuple(replace(check, seconds=0.0) for check in report.checks))


def test_the_schema_is_one() -> None:
    meta.validate(SCHEMA)


@EVERY
def test_reports_keep_to_the_schema(made: Callable[[], Report]) -> None:
    assert faults(made()) == []


def test_of_an_exchange_that_was_not_fetched_the_line_of_the_journal_is_kept() -> None:
    line = {name: value for name, value in entry().items() if name not in ("request", "answer", "triggered")}
    report = kept(checks=(operation("identifyUser", violation(entry=line)),))
    assert faults(report) == []
    (found,) = report.folded().checks[0].violations
    assert (found["entry"]["path"], found["curl"]) == ("/v1/identify-user", None)


@EVERY
def test_a_report_can_be_read_back(made: Callable[[], Report]) -> None:
    report = made()
    again = parse(report.render("json"))
    assert again == without_seconds(report.folded())
    assert again.render("json") == report.render("json")
    assert again.exit_code == report.exit_code


def test_the_schema_is_strict() -> None:
    good = json.loads(broken().render("json"))
    for place in (
        (),
        ("checks", 0),
        ("checks", 0, "violations", 0),
        ("checks", 0, "violations", 0, "entry"),
        ("coverage", 0),
    ):
        spoilt = json.loads(json.dumps(good))
        part = spoilt
        for step in place:
            part = part[step]
        part["stray"] = 1
        assert not VALIDATOR.is_valid(spoilt), place
        del part["stray"]
        assert VALIDATOR.is_valid(spoilt)
        part.pop(next(iter(part)))
        assert not VALIDATOR.is_valid(spoilt), place


def test_the_schema_says_the_words_that_the_code_knows() -> None:
    check, properties = SCHEMA["$defs"]["check"]["properties"], SCHEMA["properties"]
    assert set(check["kind"]["enum"]) == set(KINDS)
    assert set(check["outcome"]["enum"]) == set(OUTCOMES)
    assert set(properties["fail_on"]["enum"]) == set(FAIL_ON)
    assert SCHEMA["$defs"]["severity"]["enum"] == list(SEVERITIES)


def test_equal_runs_give_equal_reports() -> None:
    def run(us: int, at: str, name: str) -> str:
        sent = entry(duration_us=us, at=at) | {"path": f"/e/{name}/v1/contacts"}
        checks = (operation("identifyUser", violation(entry=sent)),)
        return kept(checks=tuple(replace(check, seconds=us / 1e6) for check in checks)).render("json")

    first = run(us=412, at="2026-01-31T10:00:00Z", name="default")
    assert first == run(us=977, at="2026-02-01T11:12:13Z", name="exec-2")


def test_what_is_printed_is_plain_ascii() -> None:
    text = hostile().render("json")
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    assert ENEMY.splitlines()[1] in json.loads(text)["checks"][1]["detail"]


@given(st.text(), st.text(), st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_whatever_was_sent_the_report_keeps_to_the_schema(a: str, b: str, c: str, parameters: dict[str, str]) -> None:
    sent = entry(path=a, query=b, request={"body": c, "media_type": "multipart/form-data", "parameters": parameters})
    found = violation(message=a, got=b, suggestion=c, where={"in": "query", "name": b}, entry=sent)
    assert faults(kept(subject=a, notes=(b,), checks=(operation("identifyUser", found),))) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"checks": 1}', '{"format": 1, "checks": [{}]}'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no report|Expecting"):
        parse(text)
