"""Verdicts (as `GET .../verdict` gives them) added up over environments, and what one of them has gained since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.contract.violation import kind

__all__ = ["Verdict", "gained", "merged", "traced"]

Verdict = Mapping[str, Any]

_COUNTS = (
    "requests", "judged", "injected", "mock_only", "unknown_routes", "turned_away", "failures",
    "errors", "warnings", "notes",
)  # fmt: skip
_COUNTERS = ("operations", "refused", "webhooks", "left_out")


def merged(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """Return what several verdicts come to as one: sums, and the first violation of each kind.

    No verdict at all makes one of a run that saw nothing.
    """
    given = list(verdicts)
    return {
        **{name: sum(verdict.get(name, 0) for verdict in given) for name in _COUNTS},
        **{name: dict(sum((Counter(one.get(name, {})) for one in given), Counter[str]())) for name in _COUNTERS},
        "unfired": [name for verdict in given for name in verdict.get("unfired", ())],
        "violations": _merged(violation for verdict in given for violation in verdict.get("violations", ())),
    }


def _merged(violations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the first of each kind, with the number of all of its kind."""
    first: dict[tuple[object, ...], dict[str, Any]] = {}
    for violation in violations:
        key = violation["severity"], violation["injected"], *kind(violation)
        first.setdefault(key, {**violation, "count": 0})["count"] += violation["count"]
    return list(first.values())


def gained(now: Verdict, before: Verdict) -> dict[str, Any]:
    """Return what a verdict has that an earlier one of the same environment had not; nothing is below 0.

    A violation of a kind that was known before comes with the number of the new ones as its `count`.
    """
    known = Counter[tuple[object, ...]]()
    for violation in before["violations"]:
        known[kind(violation)] += violation["count"]
    fresh = ({**one, "count": one["count"] - known[kind(one)]} for one in now["violations"])
    return {
        **{name: max(now[name] - before[name], 0) for name in _COUNTS},
        **{name: dict(Counter(now[name]) - Counter(before[name])) for name in _COUNTERS},
        "unfired": [name for name in now["unfired"] if name not in before["unfired"]],
        "violations": [violation for violation in fresh if violation["count"] > 0],
    }


def traced(violation: Mapping[str, Any], test: str | None, worker: str | None = None) -> dict[str, Any]:
    """Return a violation as it goes into a verdict on several tests, or on several servers that count alike.

    Args:
        violation: of a verdict.
        test: whose it is, None where that is not known.
        worker: the process whose server counted the request, None where there is only one.
    """
    ids = {name: f"{worker}:{violation[name]}" for name in ("id", "request") if worker and violation[name]}
    return {**violation, **ids, **({"test": test} if test else {})}
