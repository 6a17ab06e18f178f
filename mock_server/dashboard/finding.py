"""What of the journal somebody wants to see on the timeline, as the query of the page says it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from mock_server.contract.rules import LEVELS
from mock_server.frozen import frozen
from mock_server.journal import Entry

__all__ = ["NO_OPERATION", "VERDICTS", "Wanted", "delivery_holds"]

VERDICTS = {
    "violations": "With violations",
    "error": "With errors",
    "warning": "With warnings",
    "note": "With notes",
    "clean": "Without violations",
    "failed": "Answered 4xx or 5xx",
    "fault": "Struck by a fault",
}
"""The choices of the filter `verdict`, and how they are called."""

NO_OPERATION = "none"
"""The choice of the filter `operation` for calls that the contract does not know."""


@frozen
class Wanted:
    """The filters of the timeline; all that are given have to be met."""

    operation: str
    verdict: str
    text: str

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """Return the filters of a query; a verdict that there is not counts as none."""
        verdict = query.get("verdict", "")
        return cls(query.get("operation", ""), verdict if verdict in VERDICTS else "", query.get("q", "").strip())

    def __bool__(self) -> bool:
        """Tell whether anything is filtered at all."""
        return bool(self.operation or self.verdict or self.text)

    @property
    def calls_only(self) -> bool:
        """Whether what is wanted can only be a call, no webhook by itself."""
        return bool(self.operation or self.verdict)

    def entry(self, entry: Entry, needles: tuple[bytes, ...]) -> bool:
        """Tell whether an exchange is wanted; `needles` are those of this filter."""
        if self.operation and self.operation != (entry.operation or NO_OPERATION):
            return False
        return _judged_so(entry, self.verdict) and (not needles or _holds(entry, needles))

    def needles(self) -> tuple[bytes, ...]:
        """Return the text that is looked for as it may stand in a request: plain, or escaped as URL, form or JSON."""
        if not self.text:
            return ()
        text = self.text.lower()
        plain = json.dumps(text, ensure_ascii=False)[1:-1]
        spelt = (text, quote(text, errors="replace"), quote_plus(text, errors="replace"), json.dumps(text)[1:-1], plain)
        return tuple({one.encode("utf-8", "replace").lower() for one in spelt})


def delivery_holds(told: Mapping[str, Any], needles: tuple[bytes, ...]) -> bool:
    """Tell whether a delivery, as the control API shows it, has one of the texts in it."""
    record = orjson.dumps(told).lower()
    return any(needle in record for needle in needles)


def _judged_so(entry: Entry, verdict: str) -> bool:
    if not verdict:
        return True
    if verdict == "clean":
        return not entry.violations
    if verdict == "violations":
        return bool(entry.violations)
    if verdict == "failed":
        return entry.status >= 400
    if verdict == "fault":
        return entry.fault is not None
    return verdict in LEVELS and any(violation["severity"] == verdict for violation in entry.violations)


def _holds(entry: Entry, needles: tuple[bytes, ...]) -> bool:
    told = [f"{entry.id} {entry.method} {entry.path} {entry.operation} {entry.status}"]
    told += (f"{one['code']} {one['message']}" for one in entry.violations)
    places = ("\n".join(told).encode("utf-8", "replace"), entry.query, entry.body, entry.answer)
    return any(needle in place for place in map(bytes.lower, places) for needle in needles)
