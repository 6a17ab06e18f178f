"""The app through its door: requests go to the ASGI app itself, without sockets."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mock_server.api import judging
from mock_server.app import Rooms, create_app
from mock_server.contract.dialects import contract_under
from mock_server.settings import Settings
from mock_server.state.environment import Environment

__all__ = ["Client", "Door", "Reply", "basic"]

HEAD = "http.response.start"
PORT = 50_000

# A bug of the judge's never breaks a user's call; here it shall.
judging.RAISING = True


@dataclass(frozen=True)
class Reply:
    """An answer as a client sees it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return orjson.loads(self.body)


class Door:
    """Calls an app in this thread; what it starts goes on while the next call runs."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        self.rooms: Rooms = self.app.state.rooms
        self._runner = asyncio.Runner()

    def call(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        chunks: Sequence[bytes] = (),
        port: int = PORT,
    ) -> Reply:
        """Make one request; `chunks` instead of `body` arrive one by one, `port` is the client's own."""
        scope = _scope(method, path, query, {"host": "127.0.0.1:7334", **(headers or {})}, port)
        parts = list(chunks) or [body]
        incoming = [
            {"type": "http.request", "body": part, "more_body": rank < len(parts)} for rank, part in enumerate(parts, 1)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        self._runner.run(self.app(scope, receive, send))
        head = next(message for message in sent if message["type"] == HEAD)
        text = b"".join(message.get("body", b"") for message in sent if message["type"] != HEAD)
        return Reply(head["status"], {name.decode(): value.decode() for name, value in head["headers"]}, text)

    def soon(self, what: Callable[[], None]) -> None:
        """Do something in the loop of the calls, as soon as one that runs lets others have their turn."""
        self._runner.get_loop().call_soon(what)

    def close(self) -> None:
        """Stop deliveries and the loop."""
        self._runner.run(self.rooms.close())
        self._runner.close()


class Client:
    """A well-behaved client of one environment: JSON out, JSON in, the key as bearer."""

    def __init__(self, door: Door, environment: Environment, prefix: str = "/v1") -> None:
        self.door = door
        self.environment = environment
        self.bearer = {"Authorization": f"Bearer {environment.api_key}"}
        self._prefix = prefix
        self.port = PORT

    def get(self, path: str, **query: Any) -> Reply:
        """GET with a query string; a list is sent as `name[]`."""
        return self.send("GET", path, query=_query(query))

    def delete(self, path: str, **query: Any) -> Reply:
        """DELETE with a query string."""
        return self.send("DELETE", path, query=_query(query))

    def post(self, path: str, value: Any = None, method: str = "POST") -> Reply:
        """POST (or another method) with a JSON body."""
        return self.send(method, path, "application/json", b"" if value is None else orjson.dumps(value))

    def form(self, path: str, text: str, method: str = "POST") -> Reply:
        """POST (or another method) with an urlencoded body."""
        return self.send(method, path, "application/x-www-form-urlencoded", text.encode())

    def send(self, method: str, path: str, media_type: str = "", body: bytes = b"", *, query: str = "") -> Reply:
        """Make a call, and hold the answer to what the contract says of it under the environment's dialect."""
        headers = {**self.bearer, **({"Content-Type": media_type} if media_type else {})}
        reply = self.door.call(method, self._prefix + path, query=query, headers=headers, body=body, port=self.port)
        contract = contract_under(self.environment.dialect)
        operation = contract.route(method, path or "/")
        if operation is not None:
            pointer = contract.answer_pointer(operation, reply.status)
            assert pointer is not None, f"{operation.id} must not answer {reply.status}"
            faults = [str(fault) for fault in contract.validator(pointer).iter_errors(reply.json)]
            assert faults == [], f"{operation.id} answered {reply.body!r}"
        return reply

    def control(self, method: str, path: str, value: Any = None) -> Reply:
        """Call the control API about this environment."""
        body = b"" if value is None else orjson.dumps(value)
        path, _, query = path.partition("?")
        return self.door.call(method, f"/_mock/api/environments/{self.environment.name}{path}", query=query, body=body)

    def identify(self, id: str, **traits: Any) -> str:
        """Make or update a user and return the contact's uuid."""
        reply = self.post("/identify-user", {"id": id, **traits})
        assert reply.status == 202, reply.body
        uuid: str = reply.json["contact_uuid"]
        return uuid

    def form_uuid(self, name: str = "Spring NPS", **more: Any) -> str:
        """Make a survey and return its uuid."""
        uuid: str = self.control("POST", "/forms", {"name": name, **more}).json["uuid"]
        return uuid

    def segment_uuid(self, name: str = "Trial", **more: Any) -> str:
        """Make a segment and return its uuid."""
        uuid: str = self.control("POST", "/segments", {"name": name, **more}).json["uuid"]
        return uuid

    def simulate(self, event: str, **what: Any) -> Any:
        """Make a trigger event happen and return what came of it."""
        reply = self.control("POST", "/simulate", {"event": event, **what})
        assert reply.status == 200, reply.body
        return reply.json

    def freeze(self, at: str) -> None:
        """Stop the clock at an ISO time."""
        assert self.control("PUT", "/clock", {"freeze": at}).status == 200

    def advance(self, duration: str) -> None:
        """Move the clock on."""
        assert self.control("PUT", "/clock", {"advance": duration}).status == 200

    def walk(self, path: str, **query: Any) -> list[Any]:
        """Read a whole list by cursor."""
        items: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, **query, **({"page_cursor": cursor} if cursor else {})).json
            items += page["items"]
            cursor = page["pagination"]["next_page_cursor"]
        return items


def _scope(method: str, path: str, query: str, headers: Mapping[str, str], port: int) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", port),
        "server": ("127.0.0.1", 7334),
    }


def _query(values: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in values.items():
        pairs += [(f"{name}[]", one) for one in value] if isinstance(value, list) else [(name, value)]
    return urlencode(pairs)


def basic(user: str, password: str = "") -> dict[str, str]:
    """Return an HTTP Basic header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
