"""Clients of `honest.py`'s make behind an adapter in this very process, and how wrong ones are collected."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from mock_server.conformance.adapters.base import GRACE, AdapterFailed
from mock_server.conformance.protocol import Hello, Outcome, Request, read_hello, read_outcome
from tests.miniatures.adapters.honest import Client, hello, outcome

__all__ = ["Inside", "Wrong", "Wrongs"]


class Inside:
    """The adapter of `honest.py` around any client, without a process: what is said goes through the same JSON."""

    restarts = 0

    def __init__(self, client: type[Client]) -> None:
        self._client = client
        self.subject = client.__name__

    def hello(self) -> Hello:
        return read_hello(json.dumps(hello()))

    def run(self, request: Request) -> Outcome:
        began = time.monotonic()
        try:
            told = read_outcome(json.dumps(outcome(self._client, json.loads(request.line()))), request.case)
        except Exception as error:
            raise AdapterFailed("crash", f"the adapter ended with {error!r}") from error
        if (seconds := time.monotonic() - began) > request.deadline_ms / 1_000 + GRACE:
            raise AdapterFailed("hang", f"the adapter gave no answer for {seconds:.1f} s")
        return told

    def another(self) -> Inside:
        return Inside(self._client)

    def close(self) -> None:
        """Nothing is open."""


class Wrong(NamedTuple):
    """A client that is wrong in exactly one way."""

    client: type[Client]
    case: str
    """What is meant to catch it: a case, a property or a bet."""
    word: str
    """What the message says, among other things."""
    level: str = "MUST"
    """SHOULD where nobody is sure how Refiner behaves: a warning."""


class Wrongs(dict[str, Wrong]):
    """Wrong clients by what they do."""

    def caught(self, case: str, word: str, level: str = "MUST") -> Callable[[type[Client]], type[Client]]:
        """Return what keeps a class under its name, `ForgetsAll` as `forgets all`."""

        def keep(client: type[Client]) -> type[Client]:
            self[re.sub("(?<!^)(?=[A-Z])", " ", client.__name__).lower()] = Wrong(client, case, word, level)
            return client

        return keep
