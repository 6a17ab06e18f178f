"""What the cases of all kits have in common: their heading, how their files are read, and which of them are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Protocol, TypeVar

from mock_server.conformance.report import Check
from mock_server.contract.prepared import read
from mock_server.errors import ContractError, UsageError
from mock_server.frozen import frozen
from mock_server.resources import contract_path
from mock_server.spelling import nearest

__all__ = ["Heading", "check_of", "listed", "once", "read_cases", "selected", "skipped", "written_out"]


@frozen(kw_only=True)
class Heading:
    """What every case says of itself, in the words of `contracts/case.schema.json`."""

    id: str
    title: str
    level: str
    """MUST, SHOULD or MAY."""
    evidence: str
    source: tuple[str, ...]
    about: str
    after: tuple[str, ...] = ()
    """The cases that must not fail for it to prove anything: who accepts nothing is no example of refusing."""


class _Headed(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def level(self) -> str | None: ...

    @property
    def evidence(self) -> str | None: ...


C = TypeVar("C", bound=Heading)
H = TypeVar("H", bound=_Headed)
_MOST_NAMED = 5
_MOST_REASONS = 3
"""Why cases were skipped: more drown the verdict."""
LISTED = "--list names them all."
"""Skipped cases that are named one by one."""


def read_cases(kind: str, build: Callable[[Mapping[str, Any]], C]) -> Iterator[C]:
    """Yield the cases of one kind, file by file in the order of their names.

    Args:
        kind: `receiver` or `client`, the folder below `contracts/cases`.
        build: makes a case of its description; `source` and `after` are tuples by then.

    Raises:
        ContractError: when a file is missing or broken.
    """
    try:
        for path in sorted(contract_path(f"cases/{kind}").glob("*.yaml")):
            file = read(path.read_bytes())
            for described in file["cases"]:
                after = (*file.get("after", ()), *described.get("after", ()))
                yield build({**described, "source": tuple(described["source"]), "after": after})
    except (KeyError, TypeError, AttributeError) as reason:
        raise ContractError(f"contracts/cases/{kind} holds a case that cannot be read: {reason!r}") from reason


def selected(cases: Sequence[H], globs: Sequence[str]) -> tuple[H, ...]:
    """Return the cases whose id one of the patterns fits and those that they come after, all without a pattern.

    Raises:
        UsageError: when a pattern fits none.
    """
    for glob in globs:
        if not any(fnmatchcase(case.id, glob) for case in cases):
            near = nearest(glob, [case.id for case in cases])
            raise UsageError(f"No case is called {glob[:60]!r}; {f'did you mean {near}?' if near else LISTED}")
    wanted = [case for case in cases if not globs or any(fnmatchcase(case.id, glob) for glob in globs)]
    ids = {id for case in wanted for id in (*getattr(case, "after", ()), case.id)}
    return tuple(case for case in cases if case.id in ids)


def listed(cases: Sequence[_Headed]) -> list[str]:
    """Return a line for each case, with its level and evidence, as `--list` shows them."""
    width = max((len(case.id) for case in cases), default=0)
    return [f"{case.level:6}  {case.evidence:10}  {case.id:{width}}  {case.title}" for case in cases]


def check_of(case: Heading, outcome: str = "passed") -> Check:
    """Return the check of a case, of which nothing but its heading and an outcome is known."""
    return Check(id=case.id, title=case.title, kind="case", outcome=outcome, level=case.level, evidence=case.evidence)


def once(checks: Iterable[Check], outcome: str = "not-judged") -> Iterator[Check]:
    """Yield the checks, of those with an outcome for one reason all but the first as skipped."""
    reasons = set[str]()
    for check in checks:
        repeated = check.outcome == outcome and check.detail in reasons
        yield replace(check, outcome="skipped") if repeated else check
        if check.outcome == outcome:
            reasons.add(check.detail)


def skipped(checks: Iterable[Check]) -> Iterator[str]:
    """Yield what was not looked at, and why: a line for each of the reasons that most cases have.

    Reasons that are alike up to a colon are one.
    """
    reasons: dict[str, list[Check]] = {}
    for check in checks:
        if check.outcome == "skipped":
            reasons.setdefault(check.detail.partition(":")[0], []).append(check)
    several = len(reasons) > _MOST_REASONS + 1
    for reason in sorted(reasons, key=lambda reason: -len(reasons[reason]))[: _MOST_REASONS if several else None]:
        alike = reasons.pop(reason)
        details = {check.detail for check in alike}
        why = details.pop() if len(details) == 1 else f"{reason} (--report json=PATH tells each)."
        yield f"Skipped {', '.join(c.id for c in alike) if len(alike) <= _MOST_NAMED else f'{len(alike)} cases'}: {why}"
    if reasons:
        left = sum(map(len, reasons.values()))
        yield f"Skipped {left} more cases for {len(reasons)} other reasons; --report json=PATH tells that of each."


def written_out(given: Any) -> Any:
    """Return a value of the data with its repeated texts (`{repeat: "x", times: 300}`) written out."""
    if isinstance(given, list):
        return [written_out(value) for value in given]
    if not isinstance(given, dict):
        return given
    if given.keys() == {"repeat", "times"}:
        return given["repeat"] * given["times"]
    return {name: written_out(value) for name, value in given.items()}
