"""What every adapter can do, in whatever way the client behind it is attached."""

from __future__ import annotations

import re
from typing import Literal, Protocol

from mock_server.conformance.plain import harmless
from mock_server.conformance.protocol import Hello, Outcome, Request

__all__ = ["GRACE", "Adapter", "AdapterFailed", "How", "masked", "without"]

GRACE = 2.0
"""Seconds after a request's deadline for which an answer is still waited for: the client's own may be as long."""

How = Literal["crash", "hang", "garbage"]

_SECRET = re.compile(
    r"""((?<![a-z])(?:api[-_]?)?(?:key|token|secret|password)[\w-]*[=:\s]+['"]?)([^\s'"]{4})[^\s'"]+""", re.IGNORECASE
)


class AdapterFailed(Exception):
    """An adapter gave no answer that says anything about its client; the next run starts it anew."""

    def __init__(self, how: How, detail: str) -> None:
        """Keep how it failed, and a sentence with the end of what it wrote to stderr: bounded, without keys."""
        super().__init__(detail)
        self.how: How = how
        self.detail = detail


class Adapter(Protocol):
    """A client that can be told what to do. One thread uses it at a time."""

    @property
    def subject(self) -> str:
        """The command line or name, without secrets."""

    @property
    def restarts(self) -> int:
        """How often it had to be started anew because it had failed."""

    def hello(self) -> Hello | None:
        """Start it where needed, and return what it says of itself: None where it says nothing and all may be tried.

        Raises:
            AdapterFailed: when it is not ready in time.
            CannotRun: when there is no such command.
        """

    def run(self, request: Request) -> Outcome:
        """Do one operation, within its deadline and some grace.

        Raises:
            AdapterFailed: when no proper answer came; the next run starts it anew.
            CannotRun: when there is no such command.
        """

    def another(self) -> Adapter:
        """Return one more of its kind, for another thread."""

    def close(self) -> None:
        """End it and all that it has started; it can be used again all the same."""


def masked(command: str) -> str:
    """Return a command line, of what goes by the name of a secret in it the first four characters only."""
    return harmless(_SECRET.sub(r"\1\2…", command), 1_000)


def without(text: str, key: str) -> str:
    """Return a text in which an API key is shown as its first four characters."""
    return text.replace(key, f"{key[:4]}…") if key else text
