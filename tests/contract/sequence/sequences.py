"""Miniature clients for rules over many calls: what they do and when, by the environment's clock and by real time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mock_server.settings import Settings
from mock_server.state.records import Identity
from tests.api.door import Client, Door, Reply

__all__ = ["Miniature", "Ticks", "running"]

MILLISECOND = 1_000_000


class Ticks:
    """Real time as the server reads it: it passes when a test lets it, and a little whenever anybody looks."""

    def __init__(self) -> None:
        self.now = MILLISECOND

    def __call__(self) -> int:
        self.now += 10_000
        return self.now


class Miniature(Client):
    """A client of the environment `default`, whose clock stands still."""

    def __init__(self, door: Door, ticks: Ticks) -> None:
        super().__init__(door, door.rooms.environments.get("default"))
        self._ticks = ticks
        self.freeze("2026-01-31T10:00:00Z")

    def wait(self, seconds: float) -> None:
        """Let real time pass, and no other."""
        self._ticks.now += int(seconds * 1_000 * MILLISECOND)

    def people(self, count: int) -> None:
        """Let there be so many contacts, which nobody has seen coming."""
        for number in range(count):
            self.environment.identify(Identity(id=f"p-{number}"), {})

    def answers(self, count: int, form: str = "NPS") -> str:
        """Let a new survey have so many responses and return its uuid."""
        uuid = self.environment.create_form(form).uuid
        for number in range(count):
            self.environment.complete_survey(Identity(id=f"p-{number}"), uuid, {"nps": "9"})
        return uuid

    def fault(self, kind: str, **more: Any) -> None:
        """Let the next call go wrong."""
        assert self.control("POST", "/faults", {"kind": kind, **more}).status == 201

    def follow(self, path: str, most: int = 100, **query: Any) -> Iterator[Reply]:
        """Walk through a list by cursor, one page at a time, `most` of them."""
        cursor: str | None = ""
        for _ in range(most):
            page = self.get(path, **query, **({"page_cursor": cursor} if cursor else {}))
            yield page
            cursor = page.json["pagination"]["next_page_cursor"]
            if cursor is None:
                break

    def pages(self, path: str, *numbers: int, **query: Any) -> None:
        """Read these pages of a list, one after the other."""
        for number in numbers:
            self.get(path, page=number, **query)

    def found(self, *, closing: bool = False) -> list[str]:
        """Return the rules over many calls that were broken, with `closing` also by what did not follow."""
        return [one["rule"] for one in self.violations(closing=closing)]

    def violations(self, *, closing: bool = False) -> list[dict[str, Any]]:
        """Return the violations of rules over many calls, in the order of the calls."""
        items = self.control("GET", f"/violations?closing={int(closing)}").json["items"]
        return sorted((one for one in items if one["where"]["in"] == "sequence"), key=lambda one: str(one["id"]))


@contextmanager
def running(ticks: Ticks) -> Iterator[Miniature]:
    """Run an app for one miniature."""
    door = Door(Settings())
    yield Miniature(door, ticks)
    door.close()
