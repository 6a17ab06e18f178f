"""A server on which each seed is planted once: worlds are forks of what grew there, as planting takes the longest."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from typing import Any

import orjson

from mock_server.conformance.client.observing import Snapshot
from mock_server.conformance.client.seeds import seed_document
from mock_server.errors import ServerUnavailable, UsageError
from mock_server.frozen import frozen
from mock_server.remote import Remote, RemoteEnvironment

__all__ = ["START", "Seeded", "planted"]

START = "2026-03-02T10:00:00Z"
"""Where the clocks of worlds stand that need none that runs: two runs see the same ids and times."""
Seed = str | Mapping[str, Any]


def planted(server: Remote, seed: Seed, *, real: bool) -> RemoteEnvironment:
    """Return a new environment with a seed (see `seeds.seed_document`), without Refiner's limits of rate.

    Args:
        server: where it is made.
        seed: what is there.
        real: whether its clock runs; else it stands at `START`.
    """
    clock = None if real else {"freeze": START}
    environment = server.create_environment(seed=seed_document(seed), posture="lenient", clock=clock)
    environment.configure(rate_limits=False)
    return environment


class Seeded(Remote):
    """A connection to such a server. Whoever made the first one `clear`s it of what was planted."""

    def __init__(self, url: str, shared: _Shared | None = None) -> None:
        super().__init__(url)
        self._shared = _Shared() if shared is None else shared

    def another(self) -> Seeded:
        """Return a connection of its own, for another thread, to all that is planted."""
        return Seeded(self.url, self._shared)

    def base(self, seed: Seed, *, real: bool) -> tuple[RemoteEnvironment, Snapshot]:
        """Return an environment as `planted` makes it, and what is in it; nobody may change it."""
        kind = orjson.dumps(seed_document(seed)), real
        with self._shared.lock:
            if kind not in self._shared.grown:
                made = planted(self, seed, real=real)
                self._shared.grown[kind] = made, made.snapshot()
            environment, snapshot = self._shared.grown[kind]
        return _over(self, environment), snapshot

    def clear(self) -> None:
        """Delete what was planted."""
        with self._shared.lock:
            for environment, _ in self._shared.grown.values():
                with suppress(ServerUnavailable, UsageError):
                    _over(self, environment).delete()
            self._shared.grown.clear()


@frozen
class _Shared:
    lock: threading.Lock = field(default_factory=threading.Lock)
    grown: dict[tuple[bytes, bool], tuple[RemoteEnvironment, Snapshot]] = field(default_factory=dict)


def _over(connection: Remote, environment: RemoteEnvironment) -> RemoteEnvironment:
    """Return an environment that is spoken with over a connection of one's own."""
    names = ("name", "project_uuid", "api_key", "base_url")
    return RemoteEnvironment(connection, {name: getattr(environment, name) for name in names})
