"""One thing is otherwise than the contract says: it is found, and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.remote import RemoteEnvironment
from tests.conformance.drift.altered import Alter, Reply, checked, each, findings, on, put


def renamed(old: str, new: str) -> Callable[[dict[str, Any]], object]:
    return lambda item: item.__setitem__(new, item.pop(old))


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
