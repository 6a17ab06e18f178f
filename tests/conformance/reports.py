"""Reports to write: the shapes are those of the control API, the content is made up, some of it by an enemy."""

from __future__ import annotations

from typing import Any

from mock_server.conformance.report import Check, Covered, Report

__all__ = ["ENEMY", "LONG", "broken", "entry", "hostile", "kept", "kit", "operation", "violation"]

ENEMY = (
    "\x1b[31mred\x1b[0m\r\n::error::taken over\n##[error]old | `code` ``` <script>alert(1)</script> & <!-- "
    "@everyone #1 [x](javascript:0) ![i](http://evil.test/i.png) \u202egnp.exe\u2066 \u200b\x00\x07\x9b2J %0A%3A ]]> "
    "</details> 😀👨\u200d👩 שלום ~~~ $(id) `id` '\" \\ \ufffe \udcff"
)
LONG = "x" * 10_000


def entry(method: str = "POST", path: str = "/v1/identify-user", **over: Any) -> dict[str, Any]:
    """Return an exchange as `GET /_mock/api/requests/{id}` gives it."""
    request: dict[str, Any] = {
        "authorization": "Bearer 1f2e…",
        "media_type": "application/json",
        "parameters": {},
        "problem": None,
        "body": '{"user_id": "42", "email": "mira@example.com"}',
        "body_size": 46,
        "not_replayable": None,
    }
    request |= over.pop("request", {})
    return {
        "seq": 3,
        "id": "req-000003",
        "at": "2026-01-31T10:00:00.000000Z",
        "environment": "default",
        "method": method,
        "path": f"/e/default{path}",
        "query": "",
        "operation": "identifyUser",
        "status": 202,
        "duration_us": 412,
        "fault": None,
        "violations": [],
        "request": request,
        "answer": {"body": {"message": "ok"}, "body_size": 16},
        "triggered": [],
        **over,
    }


def violation(**over: Any) -> dict[str, Any]:
    """Return a violation as the control API gives it, `user_id` for `id` in a JSON body."""
    return {
        "id": "req-000003-1",
        "code": "wrong-parameter",
        "severity": "error",
        "evidence": "documented",
        "operation": "identifyUser",
        "where": {"in": "body", "name": "user_id"},
        "got": "42",
        "expected": None,
        "message": "identifyUser has no parameter user_id.",
        "suggestion": "id",
        "rule": "misnamed-parameter",
        "contract": "contracts/refiner.yaml:321",
        "request": "req-000003",
        "injected": False,
        "entry": entry(),
        **over,
    }


def operation(id: str, *violations: dict[str, Any], count: int = 3, **over: Any) -> Check:
    """Return the check of an operation."""
    outcome = "failed" if violations else "passed" if count else "skipped"
    return Check(
        id=id, title=id, kind="operation", outcome=outcome, count=count, violations=violations, seconds=0.25, **over
    )


COVERAGE = (
    Covered(id="trackEvent", kind="operation", count=2),
    Covered(id="identifyUser", kind="operation", count=3),
    Covered(id="listForms", kind="operation", count=0),
    Covered(id="Completed Survey", kind="webhook", count=0),
)


def kept(**over: Any) -> Report:
    """Return the report of a run that found nothing."""
    checks = (operation("trackEvent"), operation("identifyUser"), operation("listForms", count=0))
    return Report(
        **{"tool": "exec", "subject": "pytest -q", "checks": checks, "judged": 5, "coverage": COVERAGE, **over}
    )


def broken(**over: Any) -> Report:
    """Return the report of a run that found violations of each severity and an unmet requirement."""
    late = violation(
        severity="note",
        code="bad-value",
        evidence="assumed",
        where={"in": "query", "name": "page"},
        got="0",
        expected="an integer from 1",
        message="page is below 1.",
        suggestion=None,
        request="req-000004",
        entry=entry("GET", "/v1/contacts", query="page=0&page_length=10", request={"body": "", "media_type": ""}),
    )
    checks = (
        operation("identifyUser", *(violation(request=f"req-{number:06}") for number in range(3, 45)), count=42),
        operation("listContacts", late),
        operation("listForms", count=0),
        Check(
            id="trackEvent", title="trackEvent is called", kind="requirement", outcome="failed", detail="never called"
        ),
    )
    return kept(**{"checks": checks, "notes": ("7 older entries fell out of the journal",), **over})


def kit(**over: Any) -> Report:
    """Return the report of a check of a receiver."""
    outcomes = ("passed", "failed", "expected-fail", "stale", "skipped", "not-judged", "could-not-run", "harness-error")
    checks = tuple(
        Check(
            id=f"case-{outcome}",
            title=f"The receiver {outcome}",
            kind="case",
            outcome=outcome,
            level="SHOULD",
            evidence="documented",
            detail="" if outcome.endswith("pass") or outcome == "passed" else "expected 401 or 403\nit answered 200",
            curl="curl -sSig http://127.0.0.1:9/hook" if outcome == "failed" else None,
            seconds=0.01,
        )
        for outcome in outcomes
    )
    subject = "http://127.0.0.1:9/hook"
    return kept(**{"tool": "check receiver", "subject": subject, "checks": checks, "coverage": (), **over})


def hostile() -> Report:
    """Return a report in which every text is an enemy's."""
    for_body = '{"user_id": "' + LONG + '"}'
    checks = (
        Check(id=ENEMY, title=ENEMY, kind="case", outcome="failed", level="MUST", detail=ENEMY + "\n" + LONG),
        Check(id="skipped", title=LONG, kind="case", outcome="skipped", detail=ENEMY),
        operation(
            "identifyUser",
            violation(message=ENEMY, got=ENEMY, suggestion=ENEMY, where={"in": "query", "name": ENEMY}),
            violation(message=LONG, entry=entry(path=f"/v1/{ENEMY}", query=ENEMY, request={"body": ENEMY})),
            violation(rule="other", entry=entry(query="&".join(f"k{i}={LONG[:99]}" for i in range(99)))),
            violation(rule="third", where={"in": "body", "name": "user_id"}, entry=entry(request={"body": for_body})),
            violation(rule="fourth", where={"in": "path", "name": None}, entry=entry(path=ENEMY, method="GET")),
            violation(rule="fifth", where={"in": "header", "name": "X"}, entry=None),
        ),
    )
    return kept(subject=f"sh -c {ENEMY}", checks=checks, notes=(ENEMY, LONG))
