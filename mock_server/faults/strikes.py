"""What a fault does to one exchange, down to its connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence

from starlette.types import Message, Receive, Scope, Send

from mock_server.faults.kinds import IN_PLACE
from mock_server.frozen import frozen

__all__ = ["CONNECTION", "Strike"]

CONNECTION = "refiner_mock.transport"
"""Under this name our server shows the transport of the connection in `scope["state"]`, so that it can be cut."""

PIECES = 10
"""In how many pieces a slow body comes."""

_UNHEARD: tuple[Message, Message] = (
    {"type": "http.response.start", "status": 200, "headers": []},
    {"type": "http.response.body", "body": b""},
)


@frozen
class Strike:
    """One exchange that an armed fault spoils (a `journal.Disturbance`)."""

    kind: str
    closing: asyncio.Event
    """Set when the server stops: nothing is held back any longer."""
    status: int | None = None
    """What is answered in place of the call; None where the call is done, or nothing at all is answered."""
    retry_after: int | None = None
    """Seconds that the answer asks the client to wait."""
    seconds: float = 0.0
    """Real ones by which the answer or its body is late."""
    body: bytes = b""
    """What comes where JSON is announced, of a `garble`."""

    @property
    def in_place(self) -> bool:
        """Whether it comes in place of the call, so that nothing is done; else only the call's answer suffers."""
        return self.kind in IN_PLACE

    async def send(self, scope: Scope, receive: Receive, send: Send, messages: Sequence[Message]) -> None:
        """Send the answer, whose ASGI messages are given, as the fault wants it.

        Raises:
            ConnectionResetError: when the connection is to be cut off and the server is not ours, so that all it can do
                is close it, after a 500 where no answer has begun.
        """
        start, content = messages
        if self.kind == "truncate":
            await _truncate(scope, send, start, content)
            return
        if self.kind == "slow_body":
            await self._send_slowly(send, start, content)
            return
        if self.kind == "delay":
            await self._wait(self.seconds)
        elif self.kind == "garble":
            start, content = _garbled(start, content, self.body)
        elif self.kind in ("drop", "reset"):
            _cut(scope, reset=self.kind == "reset")
            start, content = _UNHEARD
        await send(start)
        await send(content)

    async def _send_slowly(self, send: Send, start: Message, content: Message) -> None:
        body: bytes = content["body"]
        step = -(-len(body) // PIECES)
        await send(start)
        for at in range(0, len(body), step):
            await self._wait(self.seconds / PIECES)
            await send({**content, "body": body[at : at + step], "more_body": at + step < len(body)})

    async def _wait(self, seconds: float) -> None:
        # A client that goes away meanwhile costs no more than this wait: the server sends it nothing.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.closing.wait(), seconds)


async def _truncate(scope: Scope, send: Send, start: Message, content: Message) -> None:
    """Send the head and half of the body, then close the connection."""
    body: bytes = content["body"]
    half = len(body) // 2
    await send(start)
    await send({**content, "body": body[:half], "more_body": True})
    # With no room for waiting bytes, the next send returns once the system has taken over all that were written.
    _transport(scope).set_write_buffer_limits(high=0)
    await send({**content, "body": b"", "more_body": True})
    _cut(scope)
    await send({**content, "body": body[half:]})


def _garbled(start: Message, content: Message, body: bytes) -> tuple[Message, Message]:
    """Return the messages with something else where the JSON was: same status, same headers, the right length."""
    length = (b"content-length", b"%d" % len(body))
    headers = [length if name == length[0] else (name, value) for name, value in start["headers"]]
    return {**start, "headers": headers}, {**content, "body": body}


def _cut(scope: Scope, *, reset: bool = False) -> None:
    """Close a connection at once.

    The rest of the answer is to be sent right after, with no wait between: it goes nowhere, and the server believes
    that all is answered and complains of nothing.
    """
    transport = _transport(scope)
    if reset:
        # With a linger of 0 seconds a socket is closed by RST in place of FIN.
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport | None = scope.get("state", {}).get(CONNECTION)
    if transport is None:
        raise ConnectionResetError("a fault wants this connection cut off; the server can only close it")
    return transport
