"""A receiver of webhooks with bad manners, as a process of its own: `python rough_receiver.py PORT LEDGER LIFE`.

It answers 500 or 503 now and then and to some contacts always, hangs now and then, and after `LIFE` requests kills
itself in the middle of one. Before it answers 200 it writes down in LEDGER what it was told, one line each, in a way
that outlives a SIGKILL.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Any

REFUSED = "77"
"""Ends the id of a contact of whom it never wants to hear."""


def line(webhook: dict[str, Any]) -> str:
    """Return what tells one event from all others: who entered which segment when."""
    newest = max(webhook["segments"], key=lambda segment: segment["created_at"])
    return f"{webhook['remote_id']} {newest['created_at']}"


class Rough(asyncio.Protocol):
    """One connection."""

    requests = 0
    ledger = -1
    life = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, rest = self._read.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(rest) >= length:
            self._read = rest[length:]
            self._answer(json.loads(rest[:length]))

    def _answer(self, webhook: dict[str, Any]) -> None:
        count = Rough.requests = Rough.requests + 1
        if count >= self.life:
            os.kill(os.getpid(), signal.SIGKILL)
        if count % 53 == 0:  # nothing is ever said to this one
            return
        status, more = "200 OK", ""
        if webhook["remote_id"].endswith(REFUSED) or count % 13 == 0:
            status = "500 Internal Server Error"
        elif count % 17 == 0:
            status, more = "503 Service Unavailable", "Retry-After: 7\r\n"
        else:
            os.write(self.ledger, f"{line(webhook)}\n".encode())
        self._transport.write(f"HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\n\r\n".encode())


async def main(port: int) -> None:
    """Receive until the end, which comes by SIGKILL."""
    server = await asyncio.get_running_loop().create_server(Rough, "127.0.0.1", port)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    Rough.ledger = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    Rough.life = int(sys.argv[3])
    asyncio.run(main(int(sys.argv[1])))
