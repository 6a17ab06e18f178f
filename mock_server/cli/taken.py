"""What is said of a port that is taken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from mock_server.errors import PortTaken, UsageError

__all__ = ["EVERYWHERE", "callable_host", "told"]

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104
"""What stands for all addresses is none that can be called; the one to call from this machine."""


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Have a start say who sits on its port, if it is one of ours.

    Raises:
        UsageError: in place of PortTaken, with who answers there.
    """
    try:
        yield
    except PortTaken as error:
        from mock_server.cli.checkup import whose_port

        url = f"http://{callable_host(error.host)}:{error.port}"
        whose = whose_port(url)
        by = f"by {whose}; use that ({url}), stop it," if whose else "by a program that is no refiner-mock; stop that,"
        raise UsageError(f"port {error.port} of {error.host} is taken {by} or take a free one: --port 0") from None


def callable_host(host: str) -> str:
    """Return a host as a URL has it, of all addresses the one to call from this machine."""
    return EVERYWHERE.get(host) or (f"[{host}]" if ":" in host else host)
