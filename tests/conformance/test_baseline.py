from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.conformance.baseline import Baseline, read, wanted
from mock_server.conformance.report import Check
from mock_server.errors import UsageError

LIST = "# Ours, until the rewrite.\n\ntoken-prefix  # issue 12\nduplicate\n"


def case(id: str, outcome: str) -> Check:
    return Check(id=id, title=id, kind="case", outcome=outcome, level="MUST")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "known.txt"
    path.write_text(LIST, "utf-8")
    return path


def test_a_list_is_one_id_per_line_with_comments(path: Path) -> None:
    assert read(path).patterns == {"token-prefix", "duplicate"}


def test_listed_failures_are_known_and_a_listed_pass_is_not_expected(path: Path) -> None:
    ran = [case("token-prefix", "failed"), case("duplicate", "passed"), case("other", "failed"), case("more", "passed")]
    outcomes = [check.outcome for check in read(path).judge(ran)]
    assert outcomes == ["expected-fail", "stale", "failed", "passed"]
    assert read(path).judge([case("duplicate", "skipped")]) == (case("duplicate", "skipped"),)


def test_a_list_must_name_cases(path: Path) -> None:
    read(path).check(["duplicate", "token-prefix", "other"])
    with pytest.raises(UsageError, match="names no case with token-prefix; see --list"):
        read(path).check(["duplicate"])


@pytest.mark.parametrize("judged", [True, False])
def test_an_update_keeps_comments_and_what_did_not_run(path: Path, judged: bool) -> None:
    known = read(path)
    ran = (case("duplicate", "passed"), case("z", "failed"), case("a", "failed"), case("fine", "passed"))
    known.updated(known.judge(ran) if judged else ran).write(path)
    assert path.read_text("utf-8") == "# Ours, until the rewrite.\n\ntoken-prefix  # issue 12\na\nz\n"


def test_what_still_fails_keeps_its_line(path: Path) -> None:
    known = read(path)
    assert known.updated(known.judge([case("token-prefix", "failed"), case("duplicate", "failed")])) == known


def test_a_missing_list_is_an_error_unless_it_is_about_to_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--update-baseline makes one"):
        read(tmp_path / "none.txt")
    assert read(tmp_path / "none.txt", missing_ok=True) == Baseline()


def test_a_list_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path)


def test_a_pattern_stands_for_many_cases_and_gives_way_when_one_of_them_passes() -> None:
    known = Baseline(("dialect-*  # until we settle it", "slow"))
    known.check(["dialect-a", "dialect-b", "slow"])
    assert [check.outcome for check in known.judge([case("dialect-a", "failed"), case("dialects", "failed")])] == [
        "expected-fail",
        "failed",
    ]
    with pytest.raises(UsageError, match=r"names no case with dialect-\*"):
        known.check(["slow"])
    assert known.updated([case("dialect-a", "failed"), case("dialect-b", "failed")]) == known
    ran = [case("dialect-a", "failed"), case("dialect-b", "passed"), case("dialect-c", "skipped")]
    assert known.updated(ran).lines == ("slow", "dialect-a", "dialect-c")


def test_a_list_that_is_wanted_is_read_and_checked(path: Path, tmp_path: Path) -> None:
    assert wanted(None, ["a"], update=False) == Baseline()
    assert wanted(path, ["duplicate", "token-prefix"], update=False) == read(path)
    assert wanted(tmp_path / "none.txt", ["a"], update=True) == Baseline()
    with pytest.raises(UsageError, match="must be named: --known-failing FILE"):
        wanted(None, ["a"], update=True)
    with pytest.raises(UsageError, match="names no case with duplicate, token-prefix"):
        wanted(path, ["a"], update=True)
