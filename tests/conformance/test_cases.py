"""What the cases of all kits share: reading, patterns, lists, and what is said of those that were skipped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mock_server.conformance.cases import Heading, check_of, listed, once, read_cases, selected, skipped, written_out
from mock_server.conformance.report import Check
from mock_server.errors import ContractError, UsageError


def heading(id: str, *after: str) -> Heading:
    return Heading(
        id=id, title=f"{id} holds", level="MUST", evidence="assumed", source=("design",), about="", after=after
    )


CASES = (heading("a-one"), heading("a-two", "a-one"), heading("b-three"))


def test_patterns_choose_cases_with_those_that_they_rest_on() -> None:
    assert [case.id for case in selected(CASES, ["*-two"])] == ["a-one", "a-two"]
    assert selected(CASES, []) == CASES
    with pytest.raises(UsageError, match=r"No case is called 'c-\*'; "):
        selected(CASES, ["a-*", "c-*"])


def test_checks_can_be_chosen_like_cases() -> None:
    checks = [check_of(case) for case in CASES]
    assert [check.id for check in selected(checks, ["b*"])] == ["b-three"]


def test_a_list_shows_level_evidence_and_title() -> None:
    assert listed(CASES)[1] == "MUST    assumed     a-two    a-two holds"
    assert listed([]) == []


def test_one_reason_is_told_once_and_skipped_cases_are_named_by_reason() -> None:
    checks = [Check(id=id, title="", kind="case", outcome="not-judged", detail="no time") for id in "abc"]
    told = [*once(checks)]
    assert [check.outcome for check in told] == ["not-judged", "skipped", "skipped"]
    assert [*skipped(told)] == ["Skipped b, c: no time"]
    many = [Check(id=str(rank), title="", kind="case", outcome="skipped", detail="x") for rank in range(11)]
    assert [*skipped(many)] == ["Skipped 11 cases: x"]


def test_many_reasons_do_not_drown_the_verdict() -> None:
    reasons = "aaabbcdddde"
    checks = [
        Check(id=f"{reason}{rank}", title="", kind="case", outcome="skipped", detail=reason)
        for rank, reason in enumerate(reasons)
    ]
    told = [*skipped(checks)]
    assert [line.rpartition(" ")[2] for line in told[:3]] == ["d", "a", "b"]
    assert told[3:] == ["Skipped 2 more cases for 2 other reasons; --report json=PATH tells that of each."]
    assert len([*skipped(checks[:6])]) == 3, "of few reasons each is told"
    alike = [replace(check, detail=f"It lacks: {check.detail}") for check in checks]
    assert [*skipped(alike)] == ["Skipped 11 cases: It lacks (--report json=PATH tells each)."]


def test_repeated_texts_are_written_out_wherever_they_stand() -> None:
    given = {"a": [{"repeat": "ab", "times": 2}], "b": {"repeat": "c", "times": 3}, "c": {"repeat": "d"}}
    assert written_out(given) == {"a": ["abab"], "b": "ccc", "c": {"repeat": "d"}}


def test_a_case_that_cannot_be_read_is_told_with_its_folder() -> None:
    def build(described: object) -> Heading:
        raise KeyError("steps")

    with pytest.raises(ContractError, match="contracts/cases/client holds a case that cannot be read: KeyError"):
        [*read_cases("client", build)]
