"""What was sent: the exchanges of one client, as the journal of its environment has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract.document import load
from mock_server.frozen import frozen

__all__ = ["Sent", "exchanges", "is_write"]

_MOST = 300
"""Exchanges of one call that are looked at."""
_UNHEARD = frozenset(("drop", "reset", "truncate", "garble"))
"""Faults after which a client cannot know what became of its call."""
_NOT_DONE = frozenset(("status", "rate_limit", "reset"))
"""Faults in place of the call."""
_HARMLESS = ("verifyKey",)
"""A POST that writes nothing."""


@frozen
class Sent:
    """One exchange."""

    id: str
    at: float
    """When it arrived, in seconds since the epoch on the environment's clock."""
    ended: float
    """When it was answered; on a frozen clock the same."""
    operation: str | None
    """The operationId, None where there is no such call."""
    method: str
    path: str
    status: int
    fault: str | None
    """The kind of the armed fault that struck it."""
    parameters: Mapping[str, Any]
    """Query and body in one bag, without what carries the key."""
    whole: bool
    """All that it sent was kept, so its parameters can be read."""
    as_text: bool
    """It came in a query or form, where every value is text."""
    violations: tuple[Mapping[str, Any], ...]
    entry: Mapping[str, Any]
    """As `GET .../journal?whole=1` gives it."""

    @property
    def done(self) -> bool:
        """Whether Refiner did what it asks."""
        return self.fault not in _NOT_DONE and 200 <= self.status < 300

    @property
    def answered(self) -> bool:
        """Whether its sender can know that it was done."""
        return self.done and self.fault not in _UNHEARD

    @property
    def failed(self) -> bool:
        """Whether it was refused, or its answer never came whole."""
        return not self.answered


def is_write(operation: str | None) -> bool:
    """Tell whether an operation changes anything; what is no operation does not."""
    known = load().operations.get(operation or "")
    return known is not None and known.method != "GET" and operation not in _HARMLESS


def exchanges(entries: Iterable[Mapping[str, Any]]) -> tuple[Sent, ...]:
    """Return entries of a journal, whole ones, as what was sent, in order of arrival."""
    return tuple(map(_sent, sorted(islice(entries, _MOST), key=lambda entry: str(entry["id"]))))


def _sent(entry: Mapping[str, Any]) -> Sent:
    request, credentials = entry["request"], load().credential_names
    at = datetime.fromisoformat(entry["at"]).timestamp()
    asked = {name for name, _ in parse_qsl(entry["query"], keep_blank_values=True)} - credentials
    written = "json" in request["media_type"] or (not request["media_type"] and request["body"].startswith("{"))
    obstacle = request["not_replayable"] or ""
    return Sent(
        id=entry["id"],
        at=at,
        ended=at + entry["duration_us"] / 1e6,
        operation=entry["operation"],
        method=entry["method"],
        path=entry["path"],
        status=entry["status"],
        fault=entry["fault"],
        parameters={name: value for name, value in request["parameters"].items() if name not in credentials},
        whole="only the first" not in obstacle and "too large" not in obstacle,
        as_text=bool(asked) or not written,
        violations=tuple(entry["violations"]),
        entry=entry,
    )
