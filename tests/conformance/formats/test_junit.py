"""The JUnit form is read by junitparser, and held to the rules of the schemas that CI services use."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from mock_server.conformance.report import Report
from tests.conformance.reports import broken, hostile, kept, kit, operation, violation

EVERY = pytest.mark.parametrize("made", [kept, broken, kit, hostile])
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out"},
    "properties": {"property"},
    "property": set[str](),
    "testcase": {"failure", "error", "skipped", "system-out"},
    **{name: set[str]() for name in ("failure", "error", "skipped", "system-out")},
}
REQUIRED = {
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
}
"""What the schemas of Ant, Jenkins and GitLab have in common."""


def cases(report: Report) -> dict[str, TestCase]:
    (suite,) = JUnitXml.fromstring(report.render("junit").encode())
    assert isinstance(suite, TestSuite)
    return {str(case.name): case for case in suite}


def outcome(case: TestCase) -> type | None:
    kinds = [type(result) for result in case.result]
    assert len(kinds) <= 1
    return kinds[0] if kinds else None


@EVERY
def test_a_reader_counts_what_the_file_says(made: Callable[[], Report]) -> None:
    report = made()
    read = JUnitXml.fromstring(report.render("junit").encode())
    (suite,) = read
    said = (read.tests, read.failures, read.errors, suite.skipped, read.time)
    read.update_statistics()  # type: ignore[no-untyped-call]
    assert (read.tests, read.failures, read.errors, suite.skipped, read.time) == said
    assert bool(read.failures) == (report.exit_code == 1)


@EVERY
def test_elements_and_attributes_are_those_of_the_schemas(made: Callable[[], Report]) -> None:
    root = ET.fromstring(made().render("junit"))  # noqa: S314 - our own
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN[element.tag]
        assert REQUIRED.get(element.tag, set()) <= element.attrib.keys()
        for number in ("tests", "failures", "errors", "skipped", "time"):
            assert float(element.get(number, "0")) >= 0
        for text in (element.text or "", *element.attrib.values()):
            assert all(line.isprintable() for line in text.split("\n"))


def test_there_is_one_testcase_per_operation_and_requirement() -> None:
    found = cases(broken())
    assert {name: outcome(case) for name, case in found.items()} == {
        "identifyUser": Failure,
        "listContacts": None,
        "listForms": Skipped,
        "trackEvent": Failure,
    }
    (failure,) = found["identifyUser"].result
    assert (failure.type, failure.message) == ("wrong-parameter", "identifyUser has no parameter user_id.")
    assert "again: curl" in str(failure.text)
    assert found["identifyUser"].classname == "refiner-mock.exec.operation"
    assert found["identifyUser"].time == 0.25


def test_what_the_run_tolerates_passes_with_its_story() -> None:
    case = cases(broken())["listContacts"]
    assert case.is_passed
    assert "page is below 1." in str(case.system_out)


def test_what_the_run_fails_on_fails_here_and_nothing_else() -> None:
    found = violation(severity="warning")
    for fail_on, kind in (("error", None), ("warning", Failure), ("note", Failure), ("never", None)):
        report = kept(checks=(operation("identifyUser", found),), fail_on=fail_on)
        assert outcome(cases(report)["identifyUser"]) is kind


def test_each_outcome_of_a_case_is_one_of_junit() -> None:
    found = {name: outcome(case) for name, case in cases(kit(fail_on="warning")).items()}
    assert found == {
        "case-failed": Failure,
        "case-expected-fail": Skipped,
        "case-not-judged": Error,
        "case-could-not-run": Error,
        "case-harness-error": Error,
        "case-passed": None,
        "case-skipped": Skipped,
        "case-stale": Failure,
    }


def test_a_run_that_judged_nothing_is_no_green_file() -> None:
    found = cases(kept(checks=(), judged=0))
    assert outcome(found["judged"]) is Error
    assert "nothing was judged" in str(next(iter(found["judged"].result)).message)
