"""Refiner's rate limits: requests a minute for each key and for each user (documented, W6W).

That a minute is counted from its first request, as Laravel does it, and that a refused request does not count, is
assumed. The numbers stand in the contract (`x-facts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Request
from mock_server.errors import RefusedByRefiner
from mock_server.frozen import frozen
from mock_server.state.environment import Environment
from mock_server.state.records import Identity, Micros

__all__ = ["Limits", "person_of", "user_of"]

_SECOND = 1_000_000
_LONGEST_NAME = 255
"""Characters by which users are told apart."""


@frozen
class _Rate:
    requests: int
    length: Micros

    @classmethod
    def read(cls, fact: Mapping[str, Any]) -> _Rate:
        return cls(fact["requests"], fact["seconds"] * _SECOND)


@dataclass(slots=True)
class _Window:
    """The requests of one stretch of time."""

    begun: Micros
    requests: int = 0

    def runs(self, rate: _Rate, now: Micros) -> bool:
        """Tell whether the stretch is not over; one that begins after now is of a clock that was set back."""
        return self.begun <= now < self.begun + rate.length

    def wait(self, rate: _Rate, now: Micros) -> int:
        """Return the whole seconds until another request is let in, 0 where one is let in now."""
        return 0 if self.requests < rate.requests else -((now - self.begun - rate.length) // _SECOND)


class Limits:
    """Counts the requests of one environment, on its clock.

    Memory is bounded: with each minute of the key the users of minutes before are forgotten, and in one minute no more
    users can be counted than requests of the key.
    """

    def __init__(self, contract: Contract) -> None:
        facts = contract.document["x-facts"]
        self._per_key = _Rate.read(facts["rate-limit-per-key"])
        self._per_user = _Rate.read(facts["rate-limit-per-user"])
        self._key = _Window(0)
        self._users: dict[str, _Window] = {}

    def take(self, user: str | None, now: Micros) -> int:
        """Count a request of a user (None: of nobody) and return 0, or return how many seconds it is too early."""
        if not self._key.runs(self._per_key, now):
            self._key = _Window(now)
            self._users = {name: window for name, window in self._users.items() if window.runs(self._per_user, now)}
        wait = self._key.wait(self._per_key, now)
        if wait:
            return wait
        if user is not None:
            window = self._users.get(user)
            if window is None or not window.runs(self._per_user, now):
                window = self._users[user] = _Window(now)
            wait = window.wait(self._per_user, now)
            if wait:
                return wait
            window.requests += 1
        self._key.requests += 1
        return 0


def user_of(operation: Operation, request: Request) -> str | None:
    """Return whom a call speaks of by `id`, `email` or `uuid`, each of which counts for itself (assumed, g4)."""
    for name in operation.one_of:
        value = request.parameters.get(name)
        if value is not None and value != "":
            return f"{name} {value}"[:_LONGEST_NAME]
    return None


def person_of(environment: Environment, request: Request) -> str | None:
    """Return the uuid of the contact that a call speaks of, None while nobody is known by what it says."""
    names = {
        name: value
        for name in ("id", "email", "uuid")
        if isinstance(value := request.parameters.get(name), str) and value
    }
    try:
        return environment.contact(Identity(**names)).uuid
    except RefusedByRefiner:
        return None
