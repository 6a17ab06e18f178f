"""The page through its door, and a reader of HTML that holds every page to what all have in common."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import pytest

from mock_server.settings import Settings
from tests.api.door import Client, Door, Reply
from tests.miniatures.running import Receiver, receiving

VOID = {"img", "input", "link", "meta"}
INLINE = {"a", "b", "code", "mark", "span", "strong", "time"}


class Outline(HTMLParser):
    """A page as read: its elements, its text, and the text below each `data-testid`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[tuple[str, int | None]] = []
        self._marked: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag in VOID:
            return
        if tag not in INLINE:
            self.handle_data(" ")
        if mark := given.get("data-testid"):
            self._marked.append((mark, []))
        self.open.append((tag, len(self._marked) - 1 if mark else None))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        assert opened == tag, f"{opened} is closed by {tag}"

    def handle_data(self, data: str) -> None:
        self.text += data
        for _, rank in self.open:
            if rank is not None:
                self._marked[rank][1].append(data)

    def all(self, testid: str) -> list[str]:
        """Return the text below each element of that test id, blanks folded."""
        return [" ".join("".join(parts).split()) for mark, parts in self._marked if mark == testid]

    def one(self, testid: str) -> str:
        """Return the text below the only element of that test id."""
        (text,) = self.all(testid)
        return text

    def attributes(self, tag: str, name: str) -> list[str]:
        """Return the values of an attribute of all elements of a kind."""
        return [given[name] for found, given in self.elements if found == tag and name in given]


class Pages:
    """Opens pages of an app; `refiner` is a client of its environment `default`."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.refiner = Client(door, door.rooms.environments.get("default"))

    def call(self, path: str, /, method: str = "GET", **query: Any) -> Reply:
        """Open any path below /_mock."""
        return self.door.call(method, f"/_mock{path}", query=urlencode(query))

    def open(self, path: str, /, *, status: int = 200, **query: Any) -> Outline:
        """Open a page that answers with that status, and return it as read."""
        reply = self.call(path, **query)
        assert reply.status == status, reply.body.decode()
        return Outline(reply.body.decode())

    def send(self, method: str, path: str, body: str = "", media_type: str = "application/json") -> str:
        """Make any call of the mirrored API, right or wrong, and return the id of the exchange."""
        headers = {**self.refiner.bearer, **({"Content-Type": media_type} if body else {})}
        path, _, query = path.partition("?")
        reply = self.door.call(method, path, query=query, headers=headers, body=body.encode())
        return reply.headers["refiner-mock-request-id"]


@pytest.fixture
def pages() -> Iterator[Pages]:
    door = Door(Settings())
    yield Pages(door)
    door.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running
