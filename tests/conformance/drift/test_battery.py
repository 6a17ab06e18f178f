"""`check_api` against our own server, as it is and altered."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.conformance.drift import asking
from mock_server.conformance.drift.battery import api_cases, check_api
from mock_server.conformance.output import FORMATS
from mock_server.conformance.receiver.posting import call_all
from mock_server.errors import UsageError
from mock_server.remote import Remote, RemoteEnvironment
from tests.conformance.drift.altered import Reply, altered, checked, each, findings, on, put


@pytest.mark.parametrize(
    ("seed", "rendering"),
    [("empty", "odd"), ("demo", "plain"), ("demo", "lean"), ("demo", "full"), ("demo", "odd"), ("crowded", "plain")],
)
def test_our_own_server_does_not_drift(remote: Remote, seed: str, rendering: str) -> None:
    with remote.create_environment(seed=seed, rendering=rendering) as environment:
        report = check_api(environment.base_url, key=environment.api_key)
        assert (findings(report), report.exit_code) == ({}, 0)
        assert report.judged < 100
        methods = {entry["method"] for entry in environment.journal(limit=1_000)}
    assert methods == {"GET"}


def test_the_writing_calls_do_not_drift_either_and_leave_what_was_said(remote: Remote) -> None:
    with remote.create_environment(seed="demo") as environment:
        before = environment.snapshot()
        report = check_api(environment.base_url, key=environment.api_key, write=True)
        after = environment.snapshot()
    assert (findings(report), report.exit_code) == ({}, 0)
    assert all(part.count for part in report.coverage)
    for kind in ("contacts", "responses"):
        assert [row["uuid"] for row in after[kind]] == [row["uuid"] for row in before[kind]]
    assert [form["name"] for form in after["forms"][len(before["forms"]) :]] == ["refiner-mock: archived copy"]


def test_one_writing_case_runs_them_all_so_that_nothing_stays_behind(remote: Remote) -> None:
    with remote.create_environment(seed="demo") as environment:
        report = check_api(environment.base_url, key=environment.api_key, write=True, cases=["trackEvent-write"])
        kept = environment.snapshot()["contacts"]
    assert {"identifyUser-write", "deleteContact-write"} <= {check.id for check in report.checks}
    assert not [contact for contact in kept if str(contact["remote_id"]).startswith("refiner-mock-")]


def test_a_key_more_is_only_a_note(demo: RemoteEnvironment) -> None:
    report = checked(demo, on("/contacts", each(put("score", 7))), "listContacts-shape")
    assert (findings(report), report.exit_code) == ({}, 0)
    assert "listContacts answers keys that the contract does not know, as any API may: items[].score." in report.notes


CANARY = "canary-Zq7"


def planted(reply: Reply) -> None:
    """Put what must not be shown everywhere, in places that are wrong and in others."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            grown = {name: walk(one) for name, one in value.items()}
            return {**grown, f"{CANARY}@example.com": CANARY, "email": f"{CANARY}@example.com"}
        return [walk(one) for one in value] if isinstance(value, list) else value

    reply.value = walk(reply.value)
    if reply.path != "/":
        for item in reply.items:
            item["uuid"] = CANARY
            item["first_seen_at"] = {CANARY: 1}
        reply.value.update(error=CANARY, message=f"{CANARY} no such contact")


def test_nothing_that_was_answered_is_shown(demo: RemoteEnvironment) -> None:
    report = checked(demo, planted)
    assert report.exit_code == 1
    for kind in FORMATS:
        written = report.render(kind)
        assert CANARY not in written, kind
        assert demo.api_key not in written
        for known in ("mira@", "Mira", "u-101", "@example"):
            assert known not in written, kind


def test_what_a_command_needs_of_the_answers_stands_in_it_as_a_variable(demo: RemoteEnvironment) -> None:
    report = checked(
        demo, on("/contact", lambda reply: put("email", "other@example.com")(reply.value)), "getContact-email"
    )
    (finding,) = findings(report).values()
    assert finding.curl == (
        'curl -sSig "$REFINER_BASE_URL/contact?email=$CONTACT_EMAIL" -H "Authorization: Bearer $REFINER_API_KEY"'
    )


def test_a_server_that_asks_to_come_again_is_waited_for(demo: RemoteEnvironment) -> None:
    refused = iter([True])

    def busy(reply: Reply) -> None:
        if reply.path == "/segments" and next(refused, False):
            reply.status, reply.value, reply.more = 429, {"error": "Too many requests"}, {"Retry-After": "1"}

    report = checked(demo, busy, "listSegments-answer", "listSegments-shape")
    assert (findings(report), report.exit_code) == ({}, 0)
    assert any("retry-after=seconds" in note for note in report.notes)
    assert report.judged == 3  # the first call, the refused one, the same again


def test_a_server_that_asks_to_come_tomorrow_is_left_alone(demo: RemoteEnvironment) -> None:
    asked: list[str] = []

    def busy(reply: Reply) -> None:
        asked.append(reply.path)
        if reply.path != "/":
            reply.status, reply.value, reply.more = 429, {"error": "Too many requests"}, {"Retry-After": "86400"}

    report = checked(demo, busy)
    assert (len(asked), report.exit_code) == (2, 2)
    assert any("come again in 86400 s" in check.detail for check in report.checks)


def test_a_redirect_to_another_host_is_not_followed(demo: RemoteEnvironment) -> None:
    heard: list[str] = []

    def away(reply: Reply) -> None:
        heard.append(reply.path)

    with altered(demo.base_url, away) as elsewhere:

        def redirect(reply: Reply) -> None:
            if reply.path == "/account":
                reply.status, reply.more = 302, {"Location": f"{elsewhere}/account"}

        report = checked(demo, redirect, "getAccount-answer")
    assert heard == []
    assert "you got: 302, a redirect, which is not followed" in findings(report)["getAccount-answer:status"].detail


def test_ctrl_c_ends_it_with_what_is_known(demo: RemoteEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*call: Any) -> Any:
        if next(calls) == 4:
            raise KeyboardInterrupt
        return call_all(*call)

    calls = itertools.count()
    monkeypatch.setattr(asking, "call_all", interrupted)
    report = check_api(demo.base_url, key=demo.api_key)
    assert report.exit_code == 2
    assert [check.detail for check in report.checks if check.outcome == "not-judged"] == ["The run was interrupted."]
    assert any(check.outcome == "passed" for check in report.checks)


def test_a_key_that_is_refused_judges_nothing(demo: RemoteEnvironment) -> None:
    report = check_api(demo.base_url, key="2f5b1c1e-7f0b-4e0c-9d53-9a3a5f1f6f10")
    assert report.exit_code == 2
    assert "The server refuses this key, or the base URL is not right: GET / answers 404." in report.render("text")


def test_a_server_that_is_down_judges_nothing() -> None:
    report = check_api("http://127.0.0.1:9/v1", key="2f5b1c1e-7f0b-4e0c-9d53-9a3a5f1f6f10")
    assert report.exit_code == 2
    assert "nothing listens at 127.0.0.1:9" in report.render("text")


@pytest.mark.parametrize(
    ("url", "key", "case"),
    [
        ("ftp://x/v1", "k", ""),
        ("http://x/v1?a=1", "k", ""),
        ("http://x/v1", " ", ""),
        ("http://x/v1", "k", "nothing-*"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_sent(url: str, key: str, case: str) -> None:
    with pytest.raises(UsageError):
        check_api(url, key=key, cases=[case] if case else [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["items", "uuid", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    value=JSON, places=st.sets(st.sampled_from(["items", "pagination", "0.uuid", "0.segments", "0.contact", "whole"]))
)
@settings(max_examples=15)
def test_no_answer_breaks_it(demo: RemoteEnvironment, value: Any, places: set[str]) -> None:
    def strange(reply: Reply) -> None:
        if reply.path == "/" or not isinstance(reply.value, dict):
            return
        for place in places:
            if place == "whole":
                reply.value = value
            elif not isinstance(reply.value, dict):
                return
            elif place in reply.value:
                reply.value[place] = value
            elif place.startswith("0.") and isinstance(rows := reply.value.get("items"), list) and rows:
                rows[0] = {**rows[0], place[2:]: value} if isinstance(rows[0], dict) else value

    cases = ("listContacts-*", "listResponses-*a*", "getContact-*")
    report = checked(demo, strange, *cases)
    assert not [check.detail for check in report.checks if check.outcome == "harness-error"]
    assert json.loads(report.render("json"))


def test_each_case_has_an_id_of_its_own() -> None:
    ids = [case.id for case in api_cases(write=True)]
    assert len(ids) == len(set(ids))
