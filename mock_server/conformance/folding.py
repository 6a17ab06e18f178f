"""Many violations become few: equal ones are one with a count, and of each part of a report only so many are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.conformance.curl import curl_of_exchange, without_prefix
from mock_server.contract.rules import LEVELS, severity
from mock_server.contract.violation import kind

__all__ = ["MOST", "Violation", "fold", "trimmed", "weight"]

Violation = Mapping[str, Any]
"""A record of design 3.5. A report adds `entry`, the exchange as `GET /_mock/api/requests/{id}` gives it, `curl`,
`count`, the number of equal ones it stands for (1 where it is absent), and pytest's `test`."""

MOST = 20
"""Different violations that one check tells in full."""
_LONGEST_BODY = 4_000
"""Characters of a body that a report keeps."""


def weight(violation: Violation, *, pedantic: bool = False) -> str:
    """Return how severe a violation is: as recorded, or when pedantic what its rule says, however weak the evidence."""
    return severity(violation["rule"], pedantic=True) if pedantic else str(violation["severity"])


def fold(violations: Iterable[Violation], *, pedantic: bool = False) -> tuple[tuple[Violation, ...], dict[str, int]]:
    """Return the different ones of some violations, worst first, and how many of each severity are left out.

    Violations are equal when they break one rule at one place of one operation in the same way; the first one stands
    for them, with their number in `count`. Whoever fetches exchanges can fold first and fetch for these few.

    Args:
        violations: of one check, oldest first.
        pedantic: the run is; what is kept says the severity that counts in it.
    """
    first: dict[tuple[object, ...], dict[str, Any]] = {}
    for violation in violations:
        grave = weight(violation, pedantic=pedantic)
        key = grave, violation["injected"], *kind(violation)
        if key not in first:
            first[key] = {**violation, "severity": grave, "count": 0}
        first[key]["count"] += violation.get("count", 1)
    worst_first = sorted(first.values(), key=_rank)
    left_out = Counter[str]()
    for violation in worst_first[MOST:]:
        left_out[violation["severity"]] += violation["count"]
    return tuple(worst_first[:MOST]), dict(left_out)


def trimmed(violation: Violation) -> Violation:
    """Return a violation as a report keeps it: with its curl, and with what of its exchange two equal runs share.

    No one call shows again what is wrong with a sequence, so that has no curl.
    """
    if "curl" in violation:
        return violation
    entry = violation.get("entry")
    if not entry:
        return {name: value for name, value in violation.items() if name != "entry"}
    kept: dict[str, Any] = {name: entry[name] for name in ("method", "path", "query", "operation", "status", "fault")}
    kept["path"] = without_prefix(entry["path"])
    if request := entry.get("request"):
        kept["request"] = {
            "authorization": request["authorization"],
            "media_type": request["media_type"],
            "body": request["body"][:_LONGEST_BODY],
            "body_size": request["body_size"],
        }
        if request["media_type"] == "multipart/form-data":  # shown instead of the body
            kept["request"]["parameters"] = request["parameters"]
    curl = None if violation["where"]["in"] == "sequence" else curl_of_exchange(entry)
    return {**violation, "entry": kept, "curl": curl}


def _rank(violation: Violation) -> tuple[object, ...]:
    where = violation["where"]
    told = (violation["operation"], violation["rule"], where["in"], where["name"], violation["suggestion"])
    return (LEVELS.index(violation["severity"]), *(str(part) for part in told), str(violation["got"]))
