"""What is judged: an environment, before it goes, and the requests that reached no environment.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from mock_server.conformance.folding import trimmed
from mock_server.conformance.merging import Verdict, gained, merged
from mock_server.conformance.traffic import whole
from mock_server.contract.violation import kind
from mock_server.errors import ServerUnavailable, UsageError
from mock_server.remote import Remote, RemoteEnvironment
from mock_server.remote.telling import call_line
from mock_server.remote.transport import Transport

__all__ = ["Judged", "Keeper", "Strays"]

MOST_WHOLE = 100
"""Violations of one look that are told; more are only counted."""
MOST_LINES = 30
"""Requests of one environment that a failing test shows, the latest."""


class Keeper(Protocol):
    """Who answers for an environment."""

    def adopt(self, made: RemoteEnvironment) -> Judged:
        """Return an environment as one that is judged."""

    def leave(self, environment: Judged, *, say: bool) -> str:
        """Judge an environment for the last time; with `say` return what it broke instead of blaming its test."""


class Judged(RemoteEnvironment):
    """An environment that is judged: with its test, when it is deleted, and when a `with` block of it ends."""

    def __init__(self, made: RemoteEnvironment, keeper: Keeper, *, lasting: bool) -> None:
        given = ("name", "project_uuid", "api_key", "base_url")
        super().__init__(made.remote, {name: getattr(made, name) for name in given})
        self.lasting = lasting
        """It is there for more than one test."""
        self._keeper = keeper
        self._known: Verdict = merged(())
        self._seen = 0
        self._lent = False

    def lend(self, remote: Transport, keeper: Keeper) -> None:
        """Let it be judged in a forked process; it stays with its parent, who deletes it."""
        self.remote, self._keeper, self._lent = remote, keeper, True

    def __repr__(self) -> str:
        return super().__repr__().replace(type(self).__name__, RemoteEnvironment.__name__, 1)

    def __exit__(self, *raised: object) -> None:
        __tracebackhide__ = True
        broken = self._keeper.leave(self, say=raised[:1] == (None,))
        self.drop()
        if broken:
            pytest.fail(broken, pytrace=False)

    def delete(self) -> None:
        """Delete the environment with everything in it; what arrived is judged with the test nevertheless."""
        self._keeper.leave(self, say=False)
        super().delete()

    def close(self) -> None:
        """Delete it, wherever it is; what arrived is judged with the test nevertheless."""
        self._keeper.leave(self, say=False)
        if not self._lent:
            self.drop()

    def drop(self) -> None:
        """Delete it unjudged, or let it be where it has gone."""
        with contextlib.suppress(ServerUnavailable, UsageError):
            super().delete()

    def fork(self, name: str | None = None) -> RemoteEnvironment:
        """Return an independent copy with a key of its own, which is judged like this one."""
        return self._keeper.adopt(super().fork(name))

    def look(self) -> dict[str, Any]:
        """Return what has come to its verdict since the last look, every violation with its exchange."""
        now = self.verdict(closing=True)
        fresh = gained(now, self._known)
        self._known = now
        if self.lasting and fresh["violations"]:
            fresh["violations"] = self._latest(fresh["violations"])
        fresh["unfired"] = self._unfired(fresh["unfired"])
        return _told(fresh, self.remote)

    def lines(self) -> list[str]:
        """Return what arrived lately, line by line."""
        entries = self.journal(since=self._seen)
        lines = [f"… {len(entries) - MOST_LINES} earlier ones"] if len(entries) > MOST_LINES else []
        for entry in entries[-MOST_LINES:]:
            lines.append(call_line(entry))
            lines += (f"    {one['severity']} {one['code']}: {one['message']}" for one in entry["violations"][:5])
        return lines

    def forget(self) -> None:
        """Let `lines` begin with what arrives from now on."""
        self._seen = max((entry["seq"] for entry in self.journal(since=self._seen)), default=self._seen)

    def _latest(self, violations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return violations as they occurred lately, as the verdict keeps the first of each kind."""
        lately = {}
        for violation in self.violations():
            entry = violation.pop("entry")
            if entry is not None and entry["seq"] > self._seen:
                lately[kind(violation)] = violation
        return [{**one, **lately.get(kind(one), {})} for one in violations]

    def _unfired(self, names: list[str]) -> list[str]:
        """Return what to say of faults that never struck."""
        if not names:
            return []
        armed = {fault["name"]: fault for fault in self.faults()}
        return [f"{_fault(armed.get(name, {'name': name}))}" for name in names]


class Strays:
    """The requests to a server of ours that belong to no environment: a wrong address with a wrong key."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._known: Verdict = merged(())
        self.names: set[str] = set()
        """The names of the environments that tests had."""

    def lent(self, remote: Remote) -> Strays:
        """Return the same for a forked process."""
        copy = Strays(remote)
        copy._known, copy.names = self._known, self.names
        return copy

    def look(self) -> dict[str, Any]:
        """Return what has come since the last look, every violation with its exchange."""
        now = self._remote.get("/verdict")
        fresh = gained(now, self._known)
        self._known = now
        found = (whole(violation, self._remote) for violation in fresh["violations"])
        return _told({**fresh, "violations": [one for one in found if not self._is_late(one)]}, self._remote)

    def _is_late(self, violation: Mapping[str, Any]) -> bool:
        """Tell whether the request was for an environment that has gone with its test: the next one is not to blame."""
        _, prefix, name, *_ = f"{violation.get('entry', {}).get('path', '')}///".split("/", 3)
        return prefix == "e" and name in self.names


def _told(fresh: dict[str, Any], remote: Transport) -> dict[str, Any]:
    shown, beyond = fresh["violations"][:MOST_WHOLE], fresh["violations"][MOST_WHOLE:]
    left_out = Counter(fresh["left_out"])
    for violation in beyond:
        left_out[violation["severity"]] += violation["count"]
    told = [trimmed(whole(violation, remote)) for violation in shown]
    return {**fresh, "violations": told, "left_out": dict(left_out)}


def _fault(fault: dict[str, Any]) -> str:
    what = " ".join(str(fault[part]) for part in ("kind", "status") if fault.get(part) is not None)
    operation = f" on {fault['operation']}" if fault.get("operation") else ""
    return f"{fault['name']} ({what}{operation})" if what else str(fault["name"])
