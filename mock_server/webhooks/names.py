"""How the name of a target becomes addresses: in threads of its own, and only near ones come out.

Threads of the event loop's pool would be waited for when the server stops; a name server that is silent must not hold
it up.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from mock_server.webhooks.targets import forbidden, is_near

__all__ = ["Resolver"]


class Resolver(AbstractResolver):
    """Asks the system, which knows /etc/hosts, so that `localhost` needs no network."""

    def __init__(self, *, allow_public: bool) -> None:
        self._allow_public = allow_public

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name that may be posted to.

        Raises:
            ForbiddenTarget: when it has others only.
            OSError: when it has none.
        """
        entries = await _looked_up(host, port, family)
        allowed = [entry for entry in entries if self._allow_public or is_near(entry[4][0])]
        if entries and not allowed:
            raise forbidden(entries[0][4][0])
        return [
            ResolveResult(
                hostname=host,
                host=address[0],
                port=address[1],
                family=found,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found, _, protocol, _, address in allowed
        ]

    async def close(self) -> None:
        """Leave threads that still ask to themselves; they die with the process."""


async def _looked_up(host: str, port: int, family: int) -> list[Any]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[Any]] = loop.create_future()

    def settle(found: list[Any], reason: Exception | None) -> None:
        if answer.done():  # nobody waits any longer
            return
        if reason is None:
            answer.set_result(found)
        else:
            answer.set_exception(reason)

    def ask() -> None:
        found, reason = list[Any](), None
        try:
            # As a name that leads nowhere on this machine is no use, only families that it has are asked for.
            found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        except (OSError, UnicodeError) as error:
            reason = error
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, found, reason)

    threading.Thread(target=ask, name=f"look up {host}", daemon=True).start()
    return await answer
