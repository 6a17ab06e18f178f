"""The battery for clients catches each wrong one by what is meant for it, and accuses no honest one."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mock_server.conformance.adapters.base import Adapter
from mock_server.conformance.adapters.callable import CallableAdapter
from mock_server.conformance.adapters.process import ProcessAdapter
from mock_server.conformance.client.battery import check_client
from mock_server.conformance.protocol import operations
from mock_server.conformance.report import Check, Report
from tests.conformance.adapters.attaching import HONEST as WAYS
from tests.conformance.adapters.attaching import honest
from tests.miniatures.adapters.every import HONEST, SPEAKERS, WRONG
from tests.miniatures.adapters.honest import Client, Failure
from tests.miniatures.adapters.inside import Inside
from tests.miniatures.running import Served

ROOT = Path(__file__).parents[3]
OF = "client miniatures"
CAUGHT = pytest.mark.miniature("wrong clients caught", OF)
SILENT = pytest.mark.miniature("honest silent", OF)
FAIL_ON = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
TELLING = (
    "contacts-51",
    "delete-contact-plus",
    "get-contact-500-once",
    "identify-user-account",
    "publish-form-off",
    "report-two-forms",
    "responses-all-filters",
    "tag-response-plain",
    "track-event-plain",
)
"""The cases in which honest clients differ."""
PATIENCE = 900.0
"""Seconds that a run may take where others have the machine, too."""
ONE_OF = 8
"""Of so many wrong clients one is run against everything: all together take hours."""


def judged(adapter: Adapter, served: Served, *cases: str, fail_on: str = "note") -> Report:
    """Return what the battery, or these cases of it, says of a client."""
    workers = 1 if cases else 4
    return check_client(adapter, server=served.url, cases=cases, fail_on=fail_on, workers=workers, longest=PATIENCE)


def amiss(report: Report) -> list[Check]:
    return [check for check in report.checks if check.outcome not in ("passed", "skipped")]


def speaking(name: str) -> Adapter:
    return ProcessAdapter([sys.executable, "-m", "tests.miniatures.adapters.wrong_speakers", name], cwd=ROOT)


def called() -> CallableAdapter:
    """Return the honest client as functions, which have to end in time by themselves."""

    def make(url: str, key: str) -> dict[str, Any]:
        def call(operation: str, **args: Any) -> dict[str, Any]:
            return Client(url, key, 1.8).call(operation, args)

        return {operation: partial(call, operation) for operation in operations()}

    return CallableAdapter(make, error=lambda failure: failure.kind if isinstance(failure, Failure) else None)


@CAUGHT
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_client_is_caught_by_what_is_meant_for_it(name: str, served: Served) -> None:
    client, case, word, level = WRONG[name]
    report = judged(Inside(client), served, case, fail_on=FAIL_ON[level])
    [check] = report.checks
    assert (check.outcome, check.level, report.exit_code) == ("failed", level, 1), check
    assert word in check.detail


@CAUGHT
@pytest.mark.parametrize("name", SPEAKERS)
def test_an_adapter_that_speaks_wrongly_is_caught(name: str, served: Served) -> None:
    _, case, word = SPEAKERS[name]
    report = judged(speaking(name), served, case)
    [check] = report.checks
    assert (check.outcome, report.exit_code) == ("could-not-run", 2), check
    assert word in check.detail


@SILENT
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_client_is_not_accused(name: str, served: Served) -> None:
    report = judged(Inside(HONEST[name]), served, *TELLING)
    assert (amiss(report), report.exit_code) == ([], 0)


@SILENT
def test_the_honest_client_passes_what_catches_the_wrong_ones(served: Served) -> None:
    caught = [wrong.case for wrong in WRONG.values()] + [case for _, case, _ in SPEAKERS.values()]
    cases = sorted({case for case in caught if not case.startswith(("property-", "dialect-"))})
    report = check_client(Inside(Client), server=served.url, cases=cases, fail_on="note", workers=4)
    assert (amiss(report), report.exit_code, len(report.checks)) == ([], 0, len(cases))


def test_every_kind_of_check_has_wrong_clients_that_it_is_meant_for() -> None:
    assert len(WRONG) + len(SPEAKERS) >= 60
    kinds = {wrong.case.partition("-")[0] for wrong in WRONG.values()}
    assert {"property", "dialect", "event", "trait", "limited", "paging", "report", "key"} <= kinds


def test_the_readme_says_how_many_there_are() -> None:
    wrong, honest = len(WRONG) + len(SPEAKERS), len(HONEST) + 1
    said = f"{OF}: {wrong} of {wrong} {CAUGHT.args[0]}, {honest} of {honest} {SILENT.args[0]}"
    assert said in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.soak
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_client_passes_everything(name: str, served: Served) -> None:
    report = judged(Inside(HONEST[name]), served)
    assert (amiss(report), report.exit_code) == ([], 0)


@pytest.mark.soak
@pytest.mark.parametrize("way", [*WAYS, "Callable"])
def test_an_honest_client_passes_everything_however_it_is_attached(way: str, served: Served) -> None:
    report = judged(called() if way == "Callable" else honest(way), served)
    assert (amiss(report), report.exit_code) == ([], 0)


@pytest.mark.soak
@pytest.mark.parametrize("name", [*WRONG][::ONE_OF])
def test_a_wrong_client_is_caught_among_everything(name: str, served: Served) -> None:
    wrong = WRONG[name]
    report = judged(Inside(wrong.client), served, fail_on=FAIL_ON[wrong.level])
    assert wrong.case in [check.id for check in report.checks if check.outcome == "failed"]
    assert report.exit_code == 1


@pytest.mark.soak
@pytest.mark.parametrize("name", SPEAKERS)
def test_an_adapter_that_speaks_wrongly_is_caught_among_everything(name: str, served: Served) -> None:
    assert judged(speaking(name), served).exit_code in (1, 2)
