"""What the page needs of the other rooms, as app.py hands it in: siblings on one floor never import each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from starlette.types import ASGIApp

from mock_server.contract.exchange import Request
from mock_server.frozen import frozen
from mock_server.journal import Entry, Journal
from mock_server.settings import Settings
from mock_server.state.environments import Environments
from mock_server.webhooks.delivery import DeliveryEngine

__all__ = ["Attempted", "Desk", "Located", "Veiled"]

Attempted = tuple[int, int, str | None, Any]
"""Of one attempt: `seq` of the latest exchange, number of the attempt, environment, the delivery as it then was."""
Located = tuple[str, str, tuple[int, int] | None]
"""A part of a request (`query`, `body`, `path`, `header`), its text, and from where to where it is wrong."""


class Veiled(Protocol):
    """One exchange behind the mask of the control API: no key and no token whole."""

    def path(self) -> str:
        """Return the path as it was requested."""

    def query(self) -> str:
        """Return the query as it came."""

    def violations(self) -> list[dict[str, Any]]:
        """Return the violations of the exchange."""

    def request(self) -> Request:
        """Return the request, decoded."""


@frozen
class Desk:
    """The collaborators of the page."""

    settings: Settings
    environments: Environments
    engine: DeliveryEngine
    journal: Journal
    control: ASGIApp
    """The control API, paths without `/_mock/api`."""
    veil: Callable[[Entry], Veiled]
    happened: Callable[[str], Sequence[str]]
    """Tells in words what happened by a cause and may fire webhooks."""
    attempts: Callable[[], Iterable[Attempted]]
    """The attempts that are still known, newest first."""
    locate: Callable[[Mapping[str, Any]], Sequence[Located]]
    """Tells of a violation, with its exchange as `entry`, where it is."""
    curl: Callable[[Mapping[str, Any]], str | None]
    """Writes an exchange as a command."""
