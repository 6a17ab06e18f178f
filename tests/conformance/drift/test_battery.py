"""`check_api` against our own server, as it is and altered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.conformance.drift.battery import api_cases, check_api
from mock_server.conformance.output import FORMATS
from mock_server.conformance.report import Check, Report
from mock_server.errors import UsageError
from mock_server.remote import Remote, RemoteEnvironment
from tests.conformance.drift.altered import Reply, altered
from tests.miniatures.running import Served

Alter = Callable[[Reply], None]


@pytest.fixture(scope="module")
def remote(served: Served) -> Iterator[Remote]:
    found = Remote(served.url)
    yield found
    found.close()


@pytest.fixture(scope="module")
def demo(remote: Remote) -> Iterator[RemoteEnvironment]:
    """An environment with demo data that nobody writes to."""
    with remote.create_environment(seed="demo") as environment:
        yield environment


def findings(report: Report) -> dict[str, Check]:
    return {check.id: check for check in report.checks if check.outcome not in ("passed", "skipped")}


def checked(environment: RemoteEnvironment, alter: Alter, *cases: str, **how: Any) -> Report:
    with altered(environment.base_url, alter, **how) as url:
        return check_api(url, key=environment.api_key, cases=cases)


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


# One thing is otherwise: what is altered, the cases that are run, the finding, how bad it is.


def on(path: str, change: Callable[[Reply], object], *, successes: bool = True) -> Alter:
    def alter(reply: Reply) -> None:
        if reply.path == path and (reply.status == 200 or not successes):
            change(reply)

    return alter


def each(change: Callable[[dict[str, Any]], object]) -> Callable[[Reply], None]:
    def alter(reply: Reply) -> None:
        for item in reply.items:
            change(item)

    return alter


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], object]:
    return lambda item: item.__setitem__(new, item.pop(old))


def put(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    return lambda item: item.__setitem__(name, value)


def paged(name: str, value: object) -> Callable[[Reply], None]:
    return lambda reply: reply.value["pagination"].__setitem__(name, value)


def status(value: int) -> Callable[[Reply], None]:
    return lambda reply: setattr(reply, "status", value)


def known_to_all(reply: Reply) -> None:
    if reply.status == 404 and reply.path == "/account":
        reply.status, reply.value = 200, {"subscription": {}, "environments": []}


def another_text(reply: Reply) -> None:
    if reply.status == 401:
        reply.value = {"error": "Unauthenticated."}


def as_html(reply: Reply) -> None:
    reply.media_type, reply.raw = "text/html; charset=utf-8", b"<h1>Refiner</h1>"


def as_text(reply: Reply) -> None:
    reply.media_type = "text/plain"


def other_length(reply: Reply) -> None:
    if "page_length" not in reply.query:
        reply.value["pagination"]["page_length"] = 25


def refused_value(reply: Reply) -> None:
    if reply.query.get("include") == "partials":
        reply.status, reply.value = 400, {"message": "The selected include is invalid."}


def reverse(reply: Reply) -> None:
    reply.value["items"].reverse()


def repeat(reply: Reply) -> None:
    if reply.query.get("page") == "2":
        reply.value["items"] = reply.value["items"][:1] * 3


def no_cursor(reply: Reply) -> None:
    reply.value["pagination"]["next_page_cursor"] = None


DRIFTING: list[tuple[str, Alter, str, str]] = [
    ("a field renamed", on("/contacts", each(renamed("email", "mail"))), "listContacts-shape:items[].email", "error"),
    (
        "a field inside missing",
        on("/responses", each(lambda row: row["contact"].pop("account"))),
        "listResponses-shape:items[].contact.account",
        "error",
    ),
    ("a type changed", on("/forms", each(put("uuid", 17))), "listForms-shape:items[].uuid", "error"),
    (
        "a time without its zone",
        on("/contacts", each(put("first_seen_at", "2026-01-31 10:00:00"))),
        "listContacts-shape:items[].first_seen_at",
        "error",
    ),
    (
        "an object instead of a list",
        on("/contacts", each(put("segments", {}))),
        "listContacts-shape:items[].segments",
        "error",
    ),
    (
        "a number as text",
        on("/segments", paged("items_count", "2")),
        "listSegments-shape:pagination.items_count",
        "error",
    ),
    (
        "a trait as a number",
        on("/contacts", each(lambda row: row["attributes"].update(seats=14))),
        "listContacts-shape:items[].attributes.*",
        "error",
    ),
    (
        "a default changed",
        on("/segments", other_length),
        "listSegments-default-page-length:pagination.page_length",
        "error",
    ),
    ("a value refused", on("/responses", refused_value), "listResponses-include:status", "error"),
    ("a new text of a refusal", another_text, "key-malformed:error", "error"),
    ("a success of another status", on("/contacts", status(201)), "listContacts-answer:status", "note"),
    ("no success", on("/contacts", status(500)), "listContacts-answer:status", "error"),
    ("an unknown key accepted", known_to_all, "key-unknown:status", "error"),
    ("an unknown contact found", on("/contact", status(200), successes=False), "unknown-contact:status", "note"),
    ("another media type", on("/account", as_text), "getAccount-answer:media type", "error"),
    ("HTML", on("/account", as_html), "getAccount-answer:media type", "error"),
    (
        "a wrong last page",
        on("/contacts", paged("last_page", 1)),
        "listContacts-page-length:pagination.last_page",
        "error",
    ),
    ("rows on two pages", on("/contacts", repeat), "listContacts-pages:items", "error"),
    ("another order", on("/segments", reverse), "listSegments-order:items", "error"),
    ("oldest responses first", on("/responses", reverse), "listResponses-order:items", "error"),
    ("no cursor", on("/contacts", no_cursor), "listContacts-cursor:pagination.next_page_cursor", "error"),
    (
        "another contact",
        on("/contact", lambda reply: put("remote_id", "u-0")(reply.value)),
        "getContact-id:remote_id",
        "error",
    ),
    (
        "no info",
        on("/forms", each(lambda row: row.pop("channels", None))),
        "listForms-include-info:items[].channels",
        "error",
    ),
    (
        "figures missing",
        on("/reporting", lambda reply: reply.value.pop("nps", None)),
        "getReporting-type,getReporting-shape:nps",
        "error",
    ),
]
"""What is altered, how, which finding names it, how severe that is."""


@pytest.mark.parametrize(("alter", "id", "severity"), [row[1:] for row in DRIFTING], ids=[row[0] for row in DRIFTING])
def test_what_is_otherwise_is_found_and_named(demo: RemoteEnvironment, alter: Alter, id: str, severity: str) -> None:
    *others, id = id.split(",")
    report = checked(demo, alter, *others, id)
    found = findings(report)
    assert id in found, found
    assert report.severity(found[id]) == severity
    assert report.exit_code == (1 if severity == "error" else 0)
    for words in ("contract says: ", "you got: ", "evidence: ", "contracts/refiner.yaml:"):
        assert words in found[id].detail


@pytest.mark.parametrize(
    ("ignored", "path", "case"),
    [
        ("page_cursor", "/contacts", "listContacts-cursor"),
        ("page", "/contacts", "listContacts-pages"),
        ("page_length", "/segments", "listSegments-page-length"),
        ("search", "/contacts", "listContacts-search"),
        ("segment_uuid", "/contacts", "listContacts-segment-uuid"),
        ("form_uuid", "/responses", "listResponses-form-uuid"),
        ("response_data[nps]", "/responses", "listResponses-response-data"),
        ("date_range_start", "/reporting", "getReporting-date-range-start"),
        ("with_attributes", "/responses", "listResponses-with-attributes"),
        ("order_by", "/contacts", "listContacts-order"),
    ],
)
def test_a_parameter_that_is_ignored_is_found(demo: RemoteEnvironment, ignored: str, path: str, case: str) -> None:
    def drop(reply: Reply) -> None:
        if reply.path == path:
            reply.query.pop(ignored, None)
            reply.query.pop(ignored.replace("[", "%5B").replace("]", "%5D"), None)

    report = checked(demo, lambda _: None, case, before=drop)
    assert {id.partition(":")[0] for id in findings(report)} == {case}
    assert report.exit_code == 1


def test_a_key_more_is_only_a_note(demo: RemoteEnvironment) -> None:
    report = checked(demo, on("/contacts", each(put("score", 7))), "listContacts-shape")
    assert (findings(report), report.exit_code) == ({}, 0)
    assert "listContacts answers keys that the contract does not know, as any API may: items[].score." in report.notes


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
