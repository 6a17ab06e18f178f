"""Asks a live server politely: one request at a time, each with a deadline, `Retry-After` honoured, nothing followed.

What it answers is somebody's personal data. Nothing of it leaves this room but types, lengths, known names and counts;
what is put into a further request is a `Borrowed` text, which a shown command names and never spells.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NoReturn, Self
from urllib.parse import quote

from mock_server.conformance.curl import curl
from mock_server.conformance.receiver.posting import Answer, Call, Target, call_all
from mock_server.frozen import frozen

__all__ = ["ABSENT", "INTERRUPTED", "Ask", "Asker", "Borrowed", "CannotJudge", "Got", "Key", "Over"]

Key = Literal["right", "basic", "none", "short", "malformed", "unknown"]
Pairs = tuple[tuple[str, object], ...]

DEADLINE = 15.0
"""Seconds that one answer may take."""
MOST = 8_000_000
"""Bytes that one answer may have."""
_LONGEST_WAIT = 60.0
"""Seconds that it waits because a `Retry-After` asks it to."""
INTERRUPTED = "The run was interrupted."
_TRIES = 3
_MOST_LATE = 3
"""Answers that may stay away before the rest is given up."""
ABSENT = object()
"""The value of a body that is no JSON."""
_FALSE: Mapping[str, str] = {
    "short": "no-key",
    "malformed": "long-enough-for-a-key-but-not-one",
    "unknown": str(uuid.uuid4()),
}
_BASE, _KEY, _BASIC = "\0base\0", "\0key\0", "\0basic\0"
_VARIABLES = {
    _BASE: "$REFINER_BASE_URL",
    _KEY: "$REFINER_API_KEY",
    _BASIC: "$(printf %s: $REFINER_API_KEY | base64)",
}


class CannotJudge(Exception):
    """One question got no answer that says anything; the message says why."""


class Over(CannotJudge):
    """Nothing more can be asked."""


class Borrowed(str):
    """A text that the live server gave: it is sent back to it and shown to nobody."""

    __slots__ = ("label",)
    label: str
    """Stands for it in a command, as a variable: `CONTACT_EMAIL`."""

    def __new__(cls, text: str, label: str) -> Self:
        """Return the text under a label."""
        self = super().__new__(cls, text)
        self.label = label
        return self


@frozen
class Ask:
    """One request."""

    method: str
    path: str
    """Below the base URL."""
    query: Pairs = ()
    body: Pairs = ()
    """Sent as a JSON object where it is not empty."""
    key: Key = "right"
    operation: str | None = None
    form: bool = False
    """The body is sent as a form."""

    def command(self) -> str | None:
        """Return the command that does the same; key, address and everything borrowed are variables in it."""
        labels = {f"\0{value.label}\0": f"${value.label}" for value in _values(self.query + self.body)}
        headers = {"Content-Type": self.media_type} if self.body else {}
        shown = {"right": f"Bearer {_KEY}", "basic": f"Basic {_BASIC}", "none": ""}.get(self.key)
        shown = f"Bearer {_FALSE[self.key]}" if shown is None else shown
        headers |= {"Authorization": shown} if shown else {}
        url, body = f"{_BASE}{self.path}{_queried(self.query, _veil)}", self.written(_veil).decode()
        return curl(self.method, url, headers=headers, body=body, variables=_VARIABLES | labels)

    def written(self, spell: Any = str) -> bytes:
        """Return the body."""
        if not self.body:
            return b""
        if self.form:
            return _queried(self.body, spell)[1:].encode()
        return json.dumps({name: _plain(value, spell) for name, value in self.body}).replace("\\u0000", "\0").encode()

    @property
    def media_type(self) -> str:
        """That of the body."""
        return "application/x-www-form-urlencoded" if self.form else "application/json"


@frozen
class Got:
    """What came back."""

    ask: Ask
    status: int
    media_type: str
    value: Any
    """The JSON value, or `ABSENT`."""
    retry_after: str | None = None


@dataclass
class Asker:
    """Sends requests to one server, and remembers what came of the reading ones: none is made twice."""

    base: str
    key: str
    until: float
    """When, on the monotonic clock, nothing more is asked."""
    counts: Counter[str] = field(default_factory=Counter)
    """Answers, by operation; other paths go under the empty name."""
    refused: list[Got] = field(default_factory=list)
    """The 429 that came."""
    over: str | None = None
    """Why nothing more is asked."""
    _known: dict[Ask, Got] = field(default_factory=dict)
    _late: int = 0

    def ask(self, ask: Ask) -> Got:
        """Return what came of a request; one that only reads is made once.

        Raises:
            CannotJudge: when it got no answer.
            Over: when no other will get one either.
        """
        if ask.method != "GET":
            return self._patiently(ask)
        if ask not in self._known:
            self._known[ask] = self._patiently(ask)
        return self._known[ask]

    def seen(self, operation: str) -> list[Got]:
        """Return what the reading calls of an operation got so far."""
        return [got for got in self._known.values() if got.ask.operation == operation]

    def forget(self, operation: str) -> None:
        """Forget what an operation answered: something has been written since."""
        self._known = {ask: got for ask, got in self._known.items() if ask.operation != operation}

    def _patiently(self, ask: Ask) -> Got:
        for trial in range(1, _TRIES + 1):
            answer = self._once(ask)
            got = Got(ask, answer.status, answer.media_type, _value(answer.body), answer.retry_after)
            self.counts[ask.operation or ""] += 1
            if not answer.puts_off:
                return got
            if answer.status == 429:
                self.refused.append(got)
            if trial < _TRIES:
                self._wait(_seconds(answer.retry_after, 2.0**trial), answer.status)
        self._end(f"It answers {got.status} again and again, though it was waited for as long as it asked.")
        raise AssertionError("unreachable")

    def _once(self, ask: Ask) -> Answer:
        left = self.until - time.monotonic()
        if self.over is None and left <= 0:
            self._end("The time of a run was up.")
        if self.over is not None:
            raise Over(self.over)
        target = Target.of(self.base + ask.path + _queried(ask.query, str))
        headers = {"Accept": "application/json", **self._credentials(ask.key)}
        if ask.body:
            headers["Content-Type"] = ask.media_type
        call = Call(ask.method, headers, ask.written(), most=MOST)
        try:
            (answer,) = call_all(target, [call], min(DEADLINE, left))
        except KeyboardInterrupt:  # what is known is told
            self._end(INTERRUPTED)
        if answer.came == "answer":
            if len(answer.body) >= MOST:
                raise CannotJudge(f"{ask.method} {ask.path} answered more than {MOST // 1_000_000} MB.")
            return answer
        self._late += 1
        if answer.came == "gone" or self._late >= _MOST_LATE:
            self._end(f"{answer.trouble}.")
        raise CannotJudge(f"{ask.method} {ask.path}: {answer.trouble}.")

    def _credentials(self, key: Key) -> dict[str, str]:
        if key == "none":
            return {}
        if key == "basic":
            return {"Authorization": "Basic " + base64.b64encode(f"{self.key}:".encode()).decode()}
        return {"Authorization": f"Bearer {self.key if key == 'right' else _FALSE[key]}"}

    def _wait(self, seconds: float, status: int) -> None:
        if seconds > min(_LONGEST_WAIT, self.until - time.monotonic()):
            self._end(f"It answered {status} and asked to come again in {seconds:.0f} s, later than this run lasts.")
        time.sleep(seconds)

    def _end(self, why: str) -> NoReturn:
        self.over = why
        raise Over(why)


def _seconds(retry_after: str | None, otherwise: float) -> float:
    """Return how long a `Retry-After` asks to wait, in seconds or as a date."""
    if retry_after is None:
        return otherwise
    if retry_after.strip().isdigit() and len(retry_after) < 10:
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return otherwise
    return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds()) + 0.5


def _value(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return ABSENT


def _values(pairs: Pairs) -> list[Borrowed]:
    flat = (one for _, value in pairs for one in (value if isinstance(value, tuple) else (value,)))
    return [one for one in flat if isinstance(one, Borrowed)]


def _veil(value: object) -> str:
    """Return what stands for a borrowed text in a command, any other text as it is."""
    return f"\0{value.label}\0" if isinstance(value, Borrowed) else str(value)


def _plain(value: object, spell: Any) -> object:
    if isinstance(value, tuple):
        return [_plain(one, spell) for one in value]
    return spell(value) if isinstance(value, str) else value


def _queried(pairs: Pairs, spell: Any) -> str:
    """Return pairs as a query with its question mark; several values of one name are a tuple."""
    single = [(name, one) for name, value in pairs for one in (value if isinstance(value, tuple) else (value,))]
    written = (f"{quote(name, safe='[]')}={quote(spell(value), safe=chr(0))}" for name, value in single)
    text = "&".join(written)
    return f"?{text}" if text else ""
