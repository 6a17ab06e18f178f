"""A stage for the engine: one environment on a frozen clock, and receivers that follow a script."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.records import Account, Contact, Form, Response, Segment, Tag, TriggeredEvent
from mock_server.webhooks.delivery import DeliveryEngine
from mock_server.webhooks.subscriptions import EVENTS, Subscription

NOON = 1_741_953_600_000_000
"""2025-03-14T12:00:00Z."""
SECOND = 1_000_000
CONTACT_UUID = "87b1755e-00b5-11f0-9944-0d5ca6a3a450"
FORM_UUID = "34de57da-fd12-11ef-83b6-81e7e8e25d94"


@dataclass
class Reply:
    """What a receiver answers; `silent` closes the connection instead, `hold` waits until it is set."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"
    silent: bool = False
    hold: asyncio.Event | None = None


@dataclass
class Post:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: Any


class Receiver:
    """A webhook receiver on loopback: answers by its script, whose last line repeats."""

    def __init__(self, script: list[Reply]) -> None:
        self.posts: list[Post] = []
        self.connections = 0
        self.most_at_once = 0
        self.arrived = asyncio.Event()
        self._script = script
        self._at_once = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._held: list[asyncio.Event] = []
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for held in self._held:
            held.set()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[str]:
        return [post.body["triggered_event"] for post in self.posts]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        # Cancelled is who still holds an answer back when the scene is over.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.posts.append(Post(head[0].split()[1], headers, json.loads(body)))
        self.arrived.set()
        reply = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if reply.hold is not None:
                self._held.append(reply.hold)
                await reply.hold.wait()
        finally:
            self._at_once -= 1
        if reply.silent:
            return False
        answer = b"" if reply.status == 204 else reply.body
        lines = [f"HTTP/1.1 {reply.status} X", f"Content-Length: {len(answer)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answer)
        await writer.drain()
        return True


class Stage:
    """The engine, one environment that stands still at noon, and whatever receivers a scene asks for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.environment = Environment("stage", now=NOON)
        self.engine = DeliveryEngine(settings)
        self.receivers: list[Receiver] = []

    async def receiver(self, *script: int | Reply) -> Receiver:
        """Open a receiver that answers these statuses or replies in turn, the last one ever after (default 200)."""
        replies = [line if isinstance(line, Reply) else Reply(line) for line in script or (200,)]
        receiver = Receiver(replies)
        await receiver.open()
        self.receivers.append(receiver)
        return receiver

    def subscribe(self, target: Receiver | str, **values: object) -> Subscription:
        """Register a webhook for all events."""
        url = target if isinstance(target, str) else target.url
        return self.engine.subscriptions(self.environment).create({"url": url, "events": list(EVENTS), **values})

    def happen(self, *events: TriggeredEvent) -> None:
        """Let events happen in one request."""
        self.environment.outbox.extend(events)
        self.engine.take(self.environment, "request-1")

    async def settle(self) -> int:
        return await self.engine.settle(self.environment, 10)

    async def advance(self, seconds: float) -> bool:
        clock = self.environment.clock
        return await self.engine.advance(self.environment, lambda: clock.now() + round(seconds * SECOND))

    @property
    def deliveries(self) -> list[dict[str, Any]]:
        return self.engine.deliveries(self.environment)

    async def close(self) -> None:
        await self.engine.close()
        for receiver in self.receivers:
            await receiver.close()


Scene = Callable[[Stage], Awaitable[None]]
Play = Callable[..., None]
MakeEvent = Callable[..., TriggeredEvent]


@pytest.fixture(scope="session")
def play() -> Play:
    """Return `play(scene, **settings)`: runs one scene on its own event loop."""

    async def whole(scene: Scene, settings: Settings) -> None:
        stage = Stage(settings)
        try:
            async with asyncio.timeout(30):
                await scene(stage)
        finally:
            await stage.close()

    return lambda scene, **settings: asyncio.run(whole(scene, Settings(**settings)))


@pytest.fixture(scope="session")
def make_event() -> MakeEvent:
    """Return `make_event(kind, **changes)`: a triggered event of one person, as the captured ones are (RUD-cap)."""
    return _event


def _event(
    kind: str = "Completed Survey",
    *,
    contact: Contact | None = None,
    form_uuid: str = FORM_UUID,
    segment: Segment | None = None,
    tags: tuple[str, ...] = (),
) -> TriggeredEvent:
    account = Account("87b370ac-00b5-11f0-84a2-892fd23f0824", 1, None, None, {}, NOON, NOON)
    contact = contact or Contact(CONTACT_UUID, 1, "u-204", "mira@example.org", {}, account.uuid, NOON, NOON)
    event = TriggeredEvent(
        kind,
        NOON,
        "0da50780-f886-11ef-94b9-279ef2a74de4",
        contact,
        account,
        {"email": contact.email, "form_views_count": "1", "name": None, "nps": "8"},
        {"plan": None},
    )
    if kind == "Entered Segment":
        return replace(event, segment=segment)
    response = Response("e942c400-00bd-11f0-8dbd-1700099950d8", 1, form_uuid, contact.uuid, NOON, NOON)
    response = replace(response, tags=tuple(Tag(f"00000000-0000-1000-8000-{len(name):012d}", name) for name in tags))
    if kind in ("Completed Survey", "Tag Added"):
        late = NOON + 41 * SECOND
        response = replace(response, first_data_reception_at=late, last_data_reception_at=late, data={"nps": "8"})
        response = replace(response, completed_at=late, received_at=late)
    if kind == "Dismissed Survey":
        response = replace(response, dismissed_at=NOON + SECOND)
    return replace(event, form=Form(form_uuid, 1, "Spring NPS", (), NOON, NOON), response=response)


@pytest.fixture(scope="session")
def reply() -> type[Reply]:
    """Return the class of scripted replies."""
    return Reply


@pytest.fixture(scope="session")
def held() -> Callable[[], Reply]:
    """Return a maker of replies that come only once their `hold` is set."""
    return lambda: Reply(hold=asyncio.Event())
