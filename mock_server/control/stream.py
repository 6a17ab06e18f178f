"""The feed as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mock_server.control.call import ControlCall, Desk
from mock_server.control.feed import Event
from mock_server.control.masking import Mask
from mock_server.control.observe import entry_line
from mock_server.errors import UsageError
from mock_server.journal import Entry

__all__ = ["stream"]

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent, so that nothing on the way takes the connection for dead."""

_CURSOR = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,15}))?")


def stream(call: ControlCall) -> Response:
    """Return exchanges and deliveries as they happen, of all environments or of one, from now or from a cursor on."""
    call.query.only("environment", "since")
    name = call.query.text("environment")
    environment = None if name is None else call.desk.environments.get(name).name
    # A browser that comes back repeats its first query and adds what it saw last.
    return _Stream(call.desk, environment, _cursor(call.last_event_id or call.query.text("since")))


class _Stream(Response):
    """Sends what a subscriber is told until either side ends it."""

    def __init__(self, desk: Desk, environment: str | None, cursor: tuple[int, int] | None) -> None:
        super().__init__(headers={"Cache-Control": "no-store"}, media_type="text/event-stream")
        del self.headers["content-length"]
        self._feed, self._mask, self._asked = desk.feed, desk.mask, (environment, cursor)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reader = self._feed.open(*self._asked)
        gone = asyncio.ensure_future(_disconnection(receive))
        gone.add_done_callback(lambda _: reader.end())
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            # Whoever reads this knows that nothing is missed from now on.
            await send({"type": "http.response.body", "body": b": listening\n\n", "more_body": True})
            while (told := await reader.next(HEARTBEAT)) is not None:
                await send({"type": "http.response.body", "body": _text(*told, self._mask), "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._feed.leave(reader)
            gone.cancel()


async def _disconnection(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _text(missed: int, events: Sequence[Event], mask: Mask) -> bytes:
    parts = [b'event: missed\ndata: {"missed":%d}\n\n' % missed] if missed else []
    for event in events:
        told = event.told
        kind, value = ("request", entry_line(told, mask)) if isinstance(told, Entry) else ("delivery", told())
        data = (kind.encode(), event.seq, event.number, orjson.dumps(value))
        parts.append(b"event: %b\nid: %d-%d\ndata: %b\n\n" % data)
    return b"".join(parts) or b": still here\n\n"


def _cursor(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise UsageError("The field since must be the id of an event, such as 17-3; 0 means everything that is kept.")
    return int(match[1]), int(match[2] or 0)
