"""The report as JUnit XML, as CI services read it: one testcase per operation, webhook, requirement and case."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from mock_server.conformance.plain import cut, harmless
from mock_server.conformance.report import UNJUDGED, Check, Report
from mock_server.conformance.telling import conclusion, coverage, found, gist, paragraphs

__all__ = ["render"]

LONGEST = 20_000
"""Characters of what is told of one testcase."""
_SKIPPED = {"skipped": "not touched", "expected-fail": "known to fail"}


def render(report: Report) -> str:
    """Return a folded report as JUnit XML.

    What the run tolerates (`fail_on`) passes with its story in `system-out`; a run that could not judge has an error,
    for an empty file would pass.
    """
    root = ET.Element("testsuites")
    suite = ET.SubElement(root, "testsuite")
    properties = ET.SubElement(suite, "properties")
    said = {"subject": report.subject, "fail_on": report.fail_on, "judged": str(report.judged)}
    said |= {why: str(count) for why, count in report.apart.items()}
    for name, value in said.items():
        ET.SubElement(properties, "property", name=name, value=harmless(value, 1_000))
    for check in report.checks:
        _testcase(suite, check, report)
    if report.exit_code == 2 and not report.judged:
        case = ET.SubElement(suite, "testcase", classname=f"refiner-mock.{report.tool}", name="judged", time="0")
        ET.SubElement(case, "error", message=conclusion(report), type="not-judged")
    ET.SubElement(suite, "system-out").text = "\n".join(
        (*(harmless(note, 1_000) for note in report.notes), *coverage(report), found(report), conclusion(report))
    )
    for element in (root, suite):
        element.attrib |= {
            "name": f"refiner-mock {report.tool}",
            "tests": str(len(suite.findall("testcase"))),
            "failures": str(len(suite.findall("testcase/failure"))),
            "errors": str(len(suite.findall("testcase/error"))),
            "time": f"{sum(check.seconds for check in report.checks):.3f}",
        }
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _testcase(suite: ET.Element, check: Check, report: Report) -> None:
    name, group = harmless(check.id, 300), f"refiner-mock.{report.tool}.{check.kind}"
    case = ET.SubElement(suite, "testcase", classname=group, name=name, time=f"{check.seconds:.3f}")
    if check.outcome == "passed":
        return
    if check.outcome in _SKIPPED:
        ET.SubElement(case, "skipped", message=gist(check) if check.detail else _SKIPPED[check.outcome])
        return
    story = cut("\n\n".join("\n".join(text for _, text in block) for block in paragraphs(check, report)), LONGEST)
    if check.outcome in UNJUDGED or report.breaks(check):
        tag = "error" if check.outcome in UNJUDGED else "failure"
        kind = check.violations[0]["code"] if check.violations else check.outcome
        ET.SubElement(case, tag, message=gist(check), type=kind).text = story
    else:
        ET.SubElement(case, "system-out").text = story
