"""Clients of tests, attached in-process: the honest one, and whatever is made of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from mock_server.conformance.adapters.base import Adapter
from mock_server.conformance.protocol import Hello, Outcome, Request, read_outcome
from tests.miniatures.adapters.honest import Client, outcome

__all__ = ["Form", "Speaking", "asking_otherwise"]


class Speaking:
    """An adapter of a client that is made like the honest one."""

    def __init__(self, client: type[Client] = Client) -> None:
        self.subject = client.__name__
        self.restarts = 0
        self.asked: list[Request] = []
        self._client = client

    def hello(self) -> Hello | None:
        return None

    def run(self, request: Request) -> Outcome:
        self.asked.append(request)
        return read_outcome(json.dumps(outcome(self._client, json.loads(request.line()))), request.case)

    def another(self) -> Adapter:
        return Speaking(self._client)

    def close(self) -> None:
        """Nothing was started."""


class Form(Client):
    """As honest, but it sends forms like the vendor's own samples."""

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Content-Type": "application/x-www-form-urlencoded"}

    def body(self, given: Mapping[str, Any]) -> bytes:
        return urlencode([*self.pairs(given)]).encode()

    def pairs(self, value: Any, name: str = "") -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self.pairs(inner, f"{name}[{key}]" if name else key)
        elif isinstance(value, list):
            for inner in value:
                yield from self.pairs(inner, f"{name}[]")
        else:
            yield name, "" if value is None else str(int(value) if isinstance(value, bool) else value)


def asking_otherwise(change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Speaking:
    """Return an adapter of a client that makes something else of Refiner's parameters."""

    class Other(Client):
        def given(self, operation: str, args: Mapping[str, Any]) -> dict[str, Any]:
            return dict(change(super().given(operation, args)))

    return Speaking(Other)
