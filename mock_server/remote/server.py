"""A running server, from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mock_server.remote.environment import RemoteEnvironment
from mock_server.remote.frames import hidden
from mock_server.remote.transport import Transport

__all__ = ["Remote"]

__tracebackhide__ = hidden

Document = dict[str, Any]


class Remote(Transport):
    """A running refiner-mock server.

    Args:
        url: where it listens, such as `http://127.0.0.1:7334`.
        timeout: seconds to wait for one answer; long-polls add what they ask the server to wait.
        admin_token: what a server off loopback asks for; by default the variable REFINER_MOCK_ADMIN_TOKEN.
    """

    def health(self) -> Document:
        """Return `{"status": "ok", "version": ..., "environments": n}`.

        Raises:
            ServerUnavailable: when nothing answers at the address; so do all methods here.
        """
        return dict(self.get("/health"))

    def environments(self) -> list[Document]:
        """Return every environment as the control API lists it."""
        return list(self.get("/environments")["items"])

    def create_environment(
        self,
        name: str | None = None,
        *,
        seed: str | Mapping[str, Any] | None = None,
        posture: str | None = None,
        dialect: Mapping[str, str] | None = None,
        clock: Mapping[str, Any] | None = None,
        rendering: str | None = None,
    ) -> RemoteEnvironment:
        """Make an environment and return it.

        Raises:
            UsageError: when the server refuses (a name that is taken, an unknown seed, ...).
        """
        wanted = {"name": name, "seed": seed, "posture": posture, "dialect": dialect, "clock": clock}
        given = {key: value for key, value in {**wanted, "rendering": rendering}.items() if value is not None}
        made = self.post("/environments", given)
        return RemoteEnvironment(self, made)

    def environment(self, name: str = "default") -> RemoteEnvironment:
        """Return the environment with that name or project_uuid.

        Raises:
            UsageError: when there is none.
        """
        return RemoteEnvironment(self, self.get(f"/environments/{quote(name, safe='')}"))
