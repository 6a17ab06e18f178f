"""`refiner-mock check traffic`: what a running server has seen so far."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from mock_server.cli import main
from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say
from tests.miniatures.running import Receiver, Served, serving


def call(refiner: RemoteEnvironment, method: str, path: str, **given: object) -> int:
    headers = {"Authorization": f"Bearer {refiner.api_key}"}
    return requests.request(method, refiner.base_url + path, headers=headers, timeout=10, **given).status_code  # type: ignore[arg-type]


def test_honest_traffic_is_kept(say: Say, refiner: RemoteEnvironment) -> None:
    call(refiner, "POST", "/identify-user", json={"id": "u-1", "plan": "pro"})
    said = say("check", "traffic", "--env", "ENV")
    assert (said.code, said.err) == (0, "")
    assert "touched: identifyUser 1" in said.out


def test_a_broken_contract_is_told_with_place_line_and_remedy(say: Say, refiner: RemoteEnvironment) -> None:
    call(refiner, "GET", "/contacts", params={"survey_uuid": "34de57da-fd12-11ef-83b6-81e7e8e25d94"})
    said = say("check", "traffic", "--env", "ENV")
    assert said.code == 1
    assert "form_uuid was probably meant" in said.out
    assert "contracts/refiner.yaml:" in said.out
    assert refiner.api_key not in said.out


def test_all_that_arrived_is_counted_and_what_was_only_refused_is_named_apart(
    say: Say, refiner: RemoteEnvironment
) -> None:
    call(refiner, "POST", "/identify-user", json={"id": "u-1"})
    call(refiner, "GET", "/contact", params={"id": "nobody"})  # a 404 that nobody is to blame for
    call(refiner, "POST", "/track-event", json={"id": "u-1"})
    call(refiner, "GET", "/nowhere")
    call(refiner, "DELETE", "/account")
    said = say("check", "traffic", "--env", "ENV", "--fail-on", "never")
    assert "\ntouched: getContact 1, identifyUser 1\nonly refused: trackEvent 1\nnot touched: " in said.out
    assert "\n5 requests (3 judged, 2 to unknown routes); 3 errors; operations touched: 2 of 19; " in said.out


def test_refusals_alone_prove_nothing_and_are_counted(say: Say, refiner: RemoteEnvironment) -> None:
    call(refiner, "POST", "/track-event", json={"id": "u-1"})
    said = say("check", "traffic", "--env", "ENV", "--fail-on", "never")
    assert said.code == 2
    assert "1 request (0 judged, 1 refused, which by itself proves nothing)" in said.out


def test_an_environment_that_nobody_called_is_not_judged(say: Say) -> None:
    assert say("check", "traffic", "--env", "ENV").code == 2


def test_only_its_own_environment_counts(say: Say, refiner: RemoteEnvironment) -> None:
    with refiner.fork() as other:
        call(other, "POST", "/users")
        call(refiner, "GET", "/account")
        assert say("check", "traffic", "--env", "ENV").code == 0
        assert say("check", "traffic", "--env", other.name).code == 1


def test_calls_that_only_a_mock_has_prove_nothing(say: Say, refiner: RemoteEnvironment) -> None:
    call(refiner, "GET", "/webhooks")
    said = say("check", "traffic", "--env", "ENV")
    assert said.code == 2
    assert "1 request went to routes that only refiner-mock has" in said.out


def test_calls_under_a_fault_prove_nothing(say: Say, refiner: RemoteEnvironment) -> None:
    refiner.fault("status", status=503)
    call(refiner, "GET", "/account")
    said = say("check", "traffic", "--env", "ENV")
    assert said.code == 2
    assert "1 request met an armed fault" in said.out


def test_armed_faults_that_never_struck_are_named(say: Say, refiner: RemoteEnvironment) -> None:
    refiner.fault("drop", operation="trackEvent", name="lost-event")
    call(refiner, "GET", "/account")
    assert "note: 1 armed fault never struck: lost-event." in say("check", "traffic", "--env", "ENV").out

    for number in range(11):
        refiner.fault("drop", operation="trackEvent", name=f"drop-{number}")
    said = say("check", "traffic", "--env", "ENV").out
    assert "note: 12 armed faults never struck: lost-event, drop-0, " in said
    assert "drop-8, …." in said


def test_webhooks_count_once_they_have_arrived(say: Say, refiner: RemoteEnvironment, receiver: Receiver) -> None:
    call(refiner, "POST", "/identify-user", json={"id": "u-1"})
    refiner.create_form("Pulse", [{"text": "How?", "type": "nps"}])
    refiner.subscribe(receiver.url, ["Completed Survey"])
    assert say("check", "traffic", "--env", "ENV", "--require", "Completed Survey").code == 1
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, data={"nps": 9})
    assert say("check", "traffic", "--env", "ENV", "--require", "Completed Survey").code == 0


def test_a_walk_that_stops_before_its_last_page_shows_when_the_run_is_over(
    say: Say, refiner: RemoteEnvironment
) -> None:
    for number in range(5):
        call(refiner, "POST", "/identify-user", json={"id": f"u-{number}"})
    for size, last in ((1, 5), (2, 3)):
        for page in range(1, last):
            call(refiner, "GET", "/contacts", params={"page": page, "page_length": size})
    assert say("check", "traffic", "--env", "ENV").code == 0
    said = say("check", "traffic", "--env", "ENV", "--fail-on", "warning")
    assert said.code == 1
    assert "paging" in said.out


def test_the_json_report_has_each_violation_with_its_exchange(
    say: Say, refiner: RemoteEnvironment, tmp_path: Path
) -> None:
    call(refiner, "GET", "/contacts", params={"per_page": 10})
    say("check", "traffic", "--env", "ENV", "--report", f"json={tmp_path / 'report.json'}")
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    failed = [check for check in report["checks"] if check["outcome"] == "failed"]
    assert [check["id"] for check in failed] == ["listContacts"]
    assert failed[0]["violations"][0]["entry"]["query"] == "per_page=10"


def test_the_default_environment_answers_for_what_belongs_to_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path, "--quiet") as served:
        requests.get(f"{served.url}/v1/account?api_key=0da50780-f886-41ef-94b9-279ef2a74de4", timeout=10)
        requests.get(f"{served.url}/contacts", timeout=10)
        assert main(["check", "traffic", "--url", served.url]) == 1
    said = capsys.readouterr().out
    assert "bad-credentials" in said
    assert "unknown-route" in said


def test_what_fell_out_of_the_journal_is_still_held_against_the_client(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path, "--quiet", REFINER_MOCK_JOURNAL_ENTRIES="2") as served:
        headers = {"Authorization": f"Bearer {served.ready['api_key']}"}
        requests.get(f"{served.url}/v1/contacts?per_page=5", headers=headers, timeout=10)
        for _ in range(5):
            requests.get(f"{served.url}/v1/account", headers=headers, timeout=10)
        assert main(["check", "traffic", "--url", served.url]) == 1
    assert "page_length was probably meant" in capsys.readouterr().out


def test_a_reset_hides_nothing(say: Say, refiner: RemoteEnvironment) -> None:
    call(refiner, "GET", "/contacts", params={"per_page": 10})
    refiner.reset()
    call(refiner, "GET", "/account")
    assert say("check", "traffic", "--env", "ENV").code == 1


def test_a_run_in_which_every_call_was_refused_proves_nothing(say: Say, refiner: RemoteEnvironment) -> None:
    call(refiner, "POST", "/track-event", json={"id": "u-1", "event": 300 * "x"})
    said = say("check", "traffic", "--env", "ENV", "--require", "trackEvent")
    assert said.code == 1
    assert said.out.count("trackEvent was never called so that it was answered") == 1
    assert say("check", "traffic", "--env", "ENV").code in (1, 2)


def test_more_kinds_of_violations_than_are_kept_still_break_the_run(say: Say, refiner: RemoteEnvironment) -> None:
    for number in range(310):
        call(refiner, "GET", "/contacts", params={f"zq{number}": "x"})
    said = say("check", "traffic", "--env", "ENV")
    assert said.code == 1
    assert "310 errors" in said.out


def test_no_server_cannot_be_judged_and_no_such_environment_is_wrong_usage(say: Say, served: Served) -> None:
    assert say("check", "traffic", "--url", "http://127.0.0.1:9").code == 2
    assert say("check", "traffic", "--env", "nobody").code == 3
    assert say("check", "traffic", "--fail-on", "sometimes").code == 3
