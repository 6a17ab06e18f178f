"""The battery through its public door: what passes, what fails and how that is told, and what ends a run."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from mock_server.conformance import Report, check_client
from mock_server.conformance.adapters.base import AdapterFailed
from mock_server.conformance.client import jobs
from mock_server.conformance.client.battery import client_checks
from mock_server.conformance.protocol import Hello, Outcome, Request
from mock_server.errors import ServerUnavailable, UsageError
from tests.conformance.client import clients
from tests.miniatures.running import Served

PLAIN = ("*-plain",)


def outcomes(report: Report) -> Counter[str]:
    return Counter(check.outcome for check in report.checks)


def test_an_honest_client_passes_and_every_operation_is_touched(served: Served) -> None:
    told: list[str] = []
    report = check_client(clients.Honest(), server=served.url, cases=PLAIN, progress=told.append)
    assert report.exit_code == 0
    assert outcomes(report) == {"passed": len(report.checks)}
    assert report.covered("operation")[0] >= 17
    assert report.judged >= len(report.checks)
    assert told[-1].startswith(f"{len(told)} of {len(report.checks)} done, the last one ")


def test_a_failure_says_what_was_asked_what_arrived_and_how_to_mend_it(served: Served) -> None:
    report = check_client(clients.Forgets(), server=served.url, cases=["identify-user-plain"])
    [check] = report.checks
    assert (report.exit_code, check.outcome, check.level) == (1, "failed", "MUST")
    assert check.curl is not None
    assert check.curl.startswith('curl -sSig "$REFINER_BASE_URL/identify-user"')
    lines = check.detail.splitlines()
    assert "never arrived: it was asked to send" in lines[0]
    for beginning in ("Asked: identifyUser {", "Arrived: POST /v1/identify-user {", "To mend it: ", "Known from: "):
        assert any(line.startswith(beginning) for line in lines), beginning
    assert '"base_url":"$REFINER_BASE_URL"' in check.detail
    assert lines[-1] == "Replay: --case identify-user-plain"


def test_a_broken_rule_of_the_contract_is_shown_with_its_line(served: Served) -> None:
    report = check_client(clients.Misnames(), server=served.url, cases=["contacts-of-segment"])
    violations = [violation for check in report.checks for violation in check.violations]
    assert {violation["suggestion"] for violation in violations} == {"segment_uuid"}
    assert "contracts/refiner.yaml:" in report.render("text")


def test_what_an_adapter_does_not_offer_is_skipped_and_said(served: Served) -> None:
    class Tracker(clients.Honest):
        def hello(self) -> Hello:
            return Hello("tracker", "Python", ("trackEvent",))

    report = check_client(Tracker(), server=served.url, cases=["*-plain", "property-getContact"])
    assert {check.id for check in report.checks if check.outcome == "passed"} == {"track-event-plain"}
    assert report.exit_code == 0
    assert [note.partition(" cases: ")[2] for note in report.notes] == [
        "The adapter does not offer what it takes (--report json=PATH tells each)."
    ]
    assert all(check.detail.startswith("The adapter does not offer what it takes: ") for check in report.checks[1:2])


def test_a_property_that_turns_out_to_be_unsupported_is_no_matter_of_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unable(clients.Honest):
        def run(self, request: Request) -> Outcome:
            time.sleep(0.25)  # so that no time is left after some
            return Outcome("unsupported", message="not today")

    monkeypatch.setattr(jobs, "_SHARE", 2.0)
    report = check_client(Unable(), server=served.url, cases=["property-archiveForm"])
    assert outcomes(report) == {"skipped": 1}
    assert "not today" in report.checks[0].detail


def test_what_turns_out_to_be_unsupported_is_skipped_too_and_nothing_run_is_no_pass(served: Served) -> None:
    class Unable(clients.Honest):
        def hello(self) -> None:
            return None

        def run(self, request: Request) -> Outcome:
            return Outcome("unsupported", message="not in this version")

    report = check_client(Unable(), server=served.url, cases=["track-event-plain"])
    assert outcomes(report) == {"skipped": 1}
    assert report.exit_code == 2
    assert report.notes == ("Skipped track-event-plain: The adapter cannot do it: not in this version",)


def test_an_adapter_that_fails_three_times_ends_the_run_with_what_is_known(served: Served) -> None:
    report = check_client(clients.Crashes(), server=served.url, cases=["get-*", "list-*"], workers=1)
    assert outcomes(report)["could-not-run"] == 3
    assert outcomes(report)["skipped"] == len(report.checks) - 3
    assert report.exit_code == 2
    assert any("The adapter failed 3 times, the last time at " in note for note in report.notes)
    [first, *_] = [check for check in report.checks if check.outcome == "could-not-run"]
    assert first.detail.startswith("It exited with 1; it last said: Traceback")


def test_one_failure_spoils_one_case_only(served: Served) -> None:
    class Fragile(clients.Honest):
        def run(self, request: Request) -> Outcome:
            if request.case.startswith("get-account"):
                raise AdapterFailed("garbage", "It wrote 'hello'")
            return super().run(request)

    report = check_client(Fragile(), server=served.url, cases=["get-account-plain", "verify-key-plain"], workers=1)
    assert {check.id: check.outcome for check in report.checks} == {
        "get-account-plain": "could-not-run",
        "verify-key-plain": "passed",
    }
    assert report.exit_code == 2


def test_an_adapter_that_never_says_hello_is_one_check_that_could_not_run(served: Served) -> None:
    class Mute(clients.Honest):
        def hello(self) -> None:
            raise AdapterFailed("hang", "It said nothing within 10 s")

    report = check_client(Mute(), server=served.url)
    assert [(check.id, check.outcome) for check in report.checks] == [("hello", "could-not-run")]
    assert report.exit_code == 2
    assert report.checks[0].detail == "It said nothing within 10 s"


def test_a_bug_of_ours_is_told_as_ours(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("mock_server.conformance.client.jobs.play", fails)
    report = check_client(clients.Honest(), server=served.url, cases=["get-account-plain"])
    [check] = report.checks
    assert (check.outcome, report.exit_code) == ("harness-error", 2)
    assert "refiner-mock itself failed, which says nothing about the client: ZeroDivisionError: oops" in check.detail


def test_what_there_was_no_time_for_is_not_judged_and_said_once(served: Served) -> None:
    report = check_client(clients.Honest(), server=served.url, cases=PLAIN, longest=0.0)
    assert outcomes(report) == {"not-judged": 1, "skipped": len(report.checks) - 1}
    assert report.exit_code == 2


def test_known_failures_are_expected_by_pattern_and_one_that_passes_is_stale(served: Served, tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text("identify-user-pl*  # it forgets, issue 4\nget-account-plain\n", "utf-8")
    cases = ["identify-user-plain", "get-account-plain"]
    report = check_client(clients.Forgets(), server=served.url, cases=cases, known_failing=known)
    assert outcomes(report) == {"expected-fail": 1, "stale": 1}
    assert report.exit_code == 1
    report = check_client(clients.Forgets(), server=served.url, cases=cases, known_failing=known, update_baseline=True)
    assert known.read_text("utf-8") == "identify-user-pl*  # it forgets, issue 4\n"
    assert report.exit_code == 0


def test_impossible_wishes_are_refused_before_the_client_is_asked_anything(served: Served, tmp_path: Path) -> None:
    (tmp_path / "known.txt").write_text("no-such-*\n", "utf-8")
    with pytest.raises(UsageError, match=r"names no case with no-such-\*"):
        check_client(clients.Honest(), server=served.url, known_failing=tmp_path / "known.txt")
    with pytest.raises(UsageError, match="No case is called 'zzz'"):
        check_client(clients.Honest(), server=served.url, cases=["zzz"])
    with pytest.raises(ServerUnavailable):
        check_client(clients.Honest(), server="http://127.0.0.1:1", cases=PLAIN)


def test_by_itself_it_brings_a_server_of_its_own() -> None:
    report = check_client(clients.Honest(), cases=["get-account-plain"])
    assert outcomes(report) == {"passed": 1}


def test_ids_are_unique_over_cases_properties_and_bets() -> None:
    ids = [check.id for check in client_checks()]
    assert len(ids) == len(set(ids)) > 400
    assert {id.partition("-")[0] for id in ids} >= {"property", "dialect"}
