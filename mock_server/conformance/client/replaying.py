"""One adapter line once more: as the case that it is of, else in a fresh world and judged by the general truth."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.client.battery import check_client
from mock_server.conformance.client.cases import client_cases
from mock_server.conformance.client.failing import arrived, asked
from mock_server.conformance.client.properties import seed_of
from mock_server.conformance.client.serving import served
from mock_server.conformance.client.truth import amiss
from mock_server.conformance.client.world import World
from mock_server.conformance.curl import curl_of_exchange
from mock_server.conformance.plain import harmless
from mock_server.conformance.protocol import misasked, operations
from mock_server.conformance.report import Check, Covered, Report
from mock_server.errors import UsageError
from mock_server.remote import Remote

__all__ = ["replay"]


def replay(adapter: Adapter, line: str, *, server: Remote | str | None = None, fail_on: str = "error") -> Report:
    """Have an adapter do what a line asks for, and return the report of that one call.

    Address and key of the line are not used: they were those of a world that is gone. Where the line is of a case of
    ours, that case is played, with its faults and its key: alone the call would prove nothing.

    Args:
        adapter: the client; it is closed afterwards.
        line: a request of the protocol, as reports show them.
        server: as in `check_client`.
        fail_on: what breaks the run.

    Raises:
        UsageError: when the line is none.
    """
    wanted = _read(line)
    if known := _case_of(wanted["case"]):
        report = check_client(adapter, server=server, cases=[known], fail_on=fail_on, workers=1)
        note = f"The line is of the case {known}, which was played as it stands."
        return replace(report, notes=(*report.notes, note))
    return _alone(adapter, wanted, server, fail_on)


def _alone(adapter: Adapter, wanted: Mapping[str, Any], server: Remote | str | None, fail_on: str) -> Report:
    """Return the report of one call in a fresh world."""
    operation, args = wanted["operation"], wanted["args"]
    check = Check(id=f"replay-{operation}", title="The line is done as Refiner wants it", kind="case", outcome="passed")
    report = Report(tool="check client", subject=adapter.subject, checks=(), judged=0, fail_on=fail_on)
    began = time.monotonic()
    with contextlib.closing(adapter), contextlib.ExitStack() as kept:
        try:
            hello = adapter.hello()
            if hello is not None and operation not in hello.operations:
                why = f"The adapter does not offer {operation}."
                return replace(report, checks=(replace(check, outcome="skipped", detail=why),), notes=(why,))
            remote = kept.enter_context(served(server))
            world = kept.enter_context(World(remote, seed_of(operation)))
            seen = world.call(adapter, operation, args, case="replay", deadline_ms=wanted["deadline_ms"])
        except AdapterFailed as failure:
            return replace(report, checks=(replace(check, outcome="could-not-run", detail=failure.detail),))
    sent = (seen.calls or seen.sent or (None,))[-1]
    told = [f"Asked: {asked(operation, args)}", f"Arrived: {arrived(sent)}", f"Answered: {seen.outcome.outcome}"]
    if seen.outcome.outcome == "unsupported":
        why = f"The adapter cannot do it: {seen.outcome.message}"
        return replace(report, checks=(replace(check, outcome="skipped", detail=why),), notes=(why,))
    if wrongs := amiss(seen):
        lines = [wrongs[0].what, *wrongs[0].detail.splitlines(), *told]
        lines += (f"Besides: {each.what}" for each in wrongs[1:4])
        curl = None if sent is None else curl_of_exchange(sent.entry)
        check = replace(check, outcome="failed", level=wrongs[0].level, detail="\n".join(lines), curl=curl)
    check = replace(check, seconds=time.monotonic() - began, count=1)
    return replace(report, checks=(check,), judged=1, coverage=_coverage(operation), notes=tuple(told))


def _coverage(operation: str) -> tuple[Covered, ...]:
    return tuple(Covered(id=id, kind="operation", count=int(id == operation)) for id in operations())


def _read(line: str) -> Mapping[str, Any]:
    try:
        document = json.loads(line)
    except ValueError as error:
        raise UsageError(f"The line to replay is no JSON: {error}; put it in single quotes.") from None
    if not isinstance(document, dict):
        raise UsageError("The line to replay is no request of an adapter.")
    # What the report does not show, or nobody types.
    full = {"v": 1, "case": "replay", "args": {}, "deadline_ms": 5_000, **document}
    full |= {"base_url": "http://127.0.0.1/v1", "api_key": "2f5b1c1e-7f0b-4e0c-9d53-9a3a5f1f6f10"}
    if trouble := misasked(full):
        raise UsageError(f"The line to replay is no request of an adapter: {harmless(trouble, 300)}.")
    return full


def _case_of(said: str) -> str | None:
    """Return the id of the case that a line is of, None where it is of none."""
    id = said.partition("#")[0]
    return next((known.id for known in client_cases() if known.id == id), None)
