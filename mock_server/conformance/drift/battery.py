"""`check api`: holds a live server to the contract, reads only unless told otherwise, shows nothing of what it read.

The cases are our own, made from the contract. schemathesis was tried: of 1,273 requests with guessed
values most found nothing to answer, where some ninety with values that exist say more; and what it prints are answers.
"""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from mock_server.conformance.cases import once, skipped
from mock_server.conformance.drift.answers import answer_cases, ask_plainly, shape_cases, unknown_keys
from mock_server.conformance.drift.asking import INTERRUPTED, Asker, CannotJudge
from mock_server.conformance.drift.doubts import settle
from mock_server.conformance.drift.filters import filter_cases
from mock_server.conformance.drift.lists import list_cases
from mock_server.conformance.drift.live import Case, Live, Skipped
from mock_server.conformance.drift.refusals import refusal_cases
from mock_server.conformance.drift.shapes import Drift
from mock_server.conformance.drift.writes import write_cases
from mock_server.conformance.receiver.posting import Target
from mock_server.conformance.report import Check, Covered, Report
from mock_server.contract.dialects import dialects
from mock_server.contract.document import load
from mock_server.contract.lines import line_of
from mock_server.contract.rules import CAP
from mock_server.errors import UsageError
from mock_server.spelling import nearest

__all__ = ["LONGEST", "api_cases", "check_api", "selected"]

LONGEST = 110.0
"""Seconds after which nothing more is asked."""
_SHAPE = "-shape"
"""How the cases end that come last: over all that was answered, once it is known which doubts that settles."""
_IN_A_LINE = 12
_MOST_TOLD = 25
"""Findings of one case."""


def api_cases(*, write: bool = False) -> tuple[Case, ...]:
    """Return the cases in the order in which they run, without the writing ones unless they are asked for."""
    contract = load()
    reading = (*answer_cases(contract), *refusal_cases(contract), *filter_cases(contract), *list_cases(contract))
    return (*reading, *(write_cases(contract) if write else ()), *shape_cases(contract))


def selected(cases: Sequence[Case], globs: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases that a pattern names; a finding's id, case and place, names its case. Without patterns all.

    The writing ones rest on one another and clean up after one another: any of them means all.

    Raises:
        UsageError: when a pattern names none.
    """
    found = {glob: [case.id for case in cases if fnmatchcase(case.id, glob.partition(":")[0])] for glob in globs}
    if useless := [glob for glob, ids in found.items() if not ids]:
        near = nearest(useless[0], [case.id for case in cases])
        hint = f"did you mean {near}?" if near else "--list names them all (the writing ones need --write)."
        raise UsageError(f"No case is called {useless[0][:60]!r}; {hint}")
    named = {id for ids in found.values() for id in ids}
    writing = any(case.writes and case.id in named for case in cases)
    return tuple(case for case in cases if not globs or case.id in named or (case.writes and writing))


def check_api(
    url: str,
    *,
    key: str,
    write: bool = False,
    cases: Sequence[str] = (),
    fail_on: str = "error",
    longest: float = LONGEST,
) -> Report:
    """Hold the server at a base URL to the contract and return the report; `exit_code` says it in a number.

    Args:
        url: the base URL, which ends in `/v1`; http or https.
        key: an API key of the server, sent to it and to nobody else.
        write: call the writing operations too; `writes.LEFT_BEHIND` says what that leaves. Ask whether you may.
        cases: patterns of ids (`listContacts-*`); none for all.
        fail_on: what breaks the run: error, warning, note or never.
        longest: seconds after which nothing more is asked.

    Raises:
        UsageError: when one of these is impossible; nothing was sent then.
    """
    if not key.isascii() or not key.isprintable() or not key.strip():
        raise UsageError("The key must be plain text: --api-key K, or the variable REFINER_API_KEY.")
    if "?" in url or "#" in url:
        raise UsageError("The base URL ends in /v1 and has neither a query nor a fragment.")
    target = Target.of(base := url.rstrip("/"))
    report = Report(tool="check api", subject=target.shown, checks=(), judged=0, fail_on=fail_on)
    wanted = selected(api_cases(write=write), cases)
    live = Live(Asker(base, key, time.monotonic() + longest), load())
    checks = [*once(_refused(live, wanted) or _judged(live, wanted))]
    checks += _settled(live)
    return replace(
        report,
        checks=tuple(checks),
        judged=live.asker.counts.total(),
        coverage=tuple(_covered(live)),
        notes=tuple(_notes(live, checks, base)),
    )


def _refused(live: Live, wanted: Sequence[Case]) -> list[Check]:
    """Return why nothing can be judged, if it is so: nobody is there, or the key is not taken."""
    try:
        got = live.call("verifyKey")
    except CannotJudge as reason:
        why = str(reason)
    else:
        if got.status not in (401, 403, 404):
            return []
        why = f"The server refuses this key, or the base URL is not right: GET / answers {got.status}."
        live.asker.over = why
    live.asker.counts.clear()
    return [Check(id=case.id, title=case.title, kind="case", outcome="not-judged", detail=why) for case in wanted]


def _judged(live: Live, wanted: Sequence[Case]) -> Iterator[Check]:
    settled = False
    for case in wanted:
        if case.id.endswith(_SHAPE) and not settled:
            for other in wanted:
                with contextlib.suppress(CannotJudge, Skipped):  # which they say themselves
                    if other.id.endswith(_SHAPE):
                        ask_plainly(live, other.id.removesuffix(_SHAPE))
            settle(live)
            settled = True
        yield from _checks(live, case)
    if not settled:
        settle(live)


def _checks(live: Live, case: Case) -> Iterator[Check]:
    """Yield what became of a case: one check if it is kept, else one for each finding."""
    check = Check(id=case.id, title=case.title, kind="case", outcome="passed", evidence=case.evidence)
    before, began = live.asker.counts.total(), time.monotonic()
    found: dict[str, Check] = {}
    live.last = None
    try:
        for drift in case.run(live):
            finding = _finding(live, check, drift)
            found.setdefault(finding.id if len(found) < _MOST_TOLD else "", finding)
    except Skipped as reason:
        check = replace(check, outcome="skipped", detail=str(reason))
    except CannotJudge as reason:
        check = replace(check, outcome="not-judged", detail=str(reason))
    except KeyboardInterrupt:  # between two calls
        live.asker.over = INTERRUPTED
        check = replace(check, outcome="not-judged", detail=live.asker.over)
    except Exception as error:  # noqa: BLE001 - whatever a server answers, the other cases are judged
        # Its kind only: its words may hold what the server answered.
        place = traceback.extract_tb(error.__traceback__)[-1]
        detail = f"refiner-mock itself failed: {type(error).__name__}, {Path(place.filename).name}:{place.lineno}"
        check = replace(check, outcome="harness-error", detail=detail)
    spent = {"seconds": time.monotonic() - began, "count": live.asker.counts.total() - before}
    checks = [each for id, each in found.items() if id] or [check]
    yield replace(checks[0], **spent)  # type: ignore[arg-type]
    yield from checks[1:]


def _finding(live: Live, check: Check, drift: Drift) -> Check:
    where = f"{drift.place}: " if drift.place else ""
    return replace(
        check,
        id=f"{check.id}:{drift.place or 'answer'}",
        outcome="failed",
        severity=CAP.get(drift.evidence, "note"),
        evidence=drift.evidence,
        detail=f"contract says: {where}{drift.says}\nyou got: {drift.got}\n"
        f"evidence: {drift.evidence}, contracts/refiner.yaml:{line_of(drift.pointer)}",
        curl=live.last.ask.command() if live.last is not None else None,
    )


def _settled(live: Live) -> Iterator[Check]:
    """Yield a check for each doubt that the server settles; another choice than our default is a note, never more."""
    for id, choice in live.revealed.items():
        dialect = dialects()[id]
        check = Check(id=f"dialect-{id}", title=dialect.about, kind="case", outcome="passed")
        evidence = dialect.choices[choice].evidence
        if choice == dialect.default:
            yield replace(check, evidence=evidence)
            continue
        ours = f"{dialect.default} ({dialect.choices[dialect.default].evidence})"
        detail = f"contract says: {ours}. {dialect.why}\nyou got: {choice}\nto test under it: --dialect {id}={choice}"
        yield replace(check, outcome="failed", severity="note", evidence=evidence, detail=detail)


def _covered(live: Live) -> Iterator[Covered]:
    for operation in live.contract.operations.values():
        if not operation.mock_only:
            yield Covered(id=operation.id, kind="operation", count=live.asker.counts[operation.id])


def _notes(live: Live, checks: Iterable[Check], base: str) -> Iterator[str]:
    if not urlsplit(base).path.endswith("/v1"):
        yield "The base URL does not end in /v1, as Refiner's does."
    as_here = []
    for id, choice in live.revealed.items():
        if choice == (default := dialects()[id].default):
            as_here.append(f"{id}={choice}")
        else:
            yield f"This server shows dialect {id}={choice}; the default here is {default}. {dialects()[id].about}"
    for start in range(0, len(as_here), _IN_A_LINE):
        settled = ", ".join(as_here[start : start + _IN_A_LINE])
        yield f"Of what is not settled this server shows what is the default here: {settled}."
    if "contact" in live.made:
        yield f"The contact {live.made['contact']} that was made is perhaps still there."
    for operation, places in unknown_keys(live):
        yield f"{operation} answers keys that the contract does not know, as any API may: {', '.join(places[:20])}."
    yield from skipped(checks)
