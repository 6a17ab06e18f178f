"""The lines of `serve`: one per request, two arrows per webhook attempt; or one JSON document each.

The event loop only notes what happened. Every 50 ms what gathered is put into words and handed to a thread that
writes, so that neither a slow terminal nor a pipe that nobody reads ever holds up an answer: lines are left out then,
and their number is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

import orjson

from mock_server.cli.wording import Paint, arrows, printable, span
from mock_server.journal import Entry
from mock_server.settings import Settings
from mock_server.state.clock import iso
from mock_server.state.environment import Environment
from mock_server.webhooks.log import Attempt, Delivery
from mock_server.wire.credentials import masked_query
from mock_server.wire.decoding import decode

__all__ = ["Console"]

PAUSE = 0.05
"""Seconds for which lines gather."""

MOST_LINES = 250
"""Lines of one batch that a person gets; a machine (`--json`) gets them all."""

MOST_BATCHES = 200
"""Batches that wait for a slow reader before new ones are left out."""

LAST_WORDS = 0.2
"""Seconds that a reader gets, twice, to take what is left at the end."""

Lines = Callable[[], list[str]]


class Console:
    """Writes what an app does to a stream. All but its writer thread lives on the event loop."""

    def __init__(self, stream: TextIO, settings: Settings, *, machine: bool) -> None:
        self._settings = settings
        self._machine = machine
        self._paint = Paint(stream)
        self._pending: list[Lines] = []
        self._lost = 0
        self._batches: queue.Queue[bytes | None] = queue.Queue(MOST_BATCHES)
        # Unbuffered and by descriptor: a thread that hangs in a buffered stream would hang the exit, too.
        self._out = io.FileIO(stream.fileno(), "w", closefd=False)
        self._writer = threading.Thread(target=self._write, name="refiner-mock console", daemon=True)
        self._writer.start()

    def request(self, entry: Entry) -> None:
        """Note a finished exchange (a listener of the journal)."""
        at = time.time()
        self._note(lambda: [self._request_record(at, entry)] if self._machine else [self._request_line(at, entry)])

    def attempt(self, environment: Environment, delivery: Delivery, attempt: Attempt) -> None:
        """Note a finished webhook attempt (a listener of the delivery engine)."""
        at, number, status = time.time(), len(delivery.attempts), delivery.status
        wait = max(delivery.due - environment.clock.now(), 0) if status == "pending" else None
        frozen = environment.clock.mode == "frozen"

        def lines() -> list[str]:
            if self._machine:
                return [_attempt_record(environment.name, delivery, attempt, number=number, status=status, wait=wait)]
            reason = _outcome(attempt, status, wait, frozen=frozen)
            told = arrows(delivery.record(), number, attempt.record(), reason, self._paint)
            return [f"{_clock(at)} {line}" for line in told]

        self._note(lines)

    def close(self) -> None:
        """Write what is left, unless nobody reads it."""
        self._flush()
        with contextlib.suppress(queue.Full):
            self._batches.put(None, timeout=LAST_WORDS)
            self._writer.join(timeout=LAST_WORDS)

    def _note(self, lines: Lines) -> None:
        if not self._pending:
            asyncio.get_running_loop().call_later(PAUSE, self._flush)
        self._pending.append(lines)

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if not pending:
            return
        if self._batches.full():
            self._lost += len(pending)
            return
        shown = pending if self._machine else pending[:MOST_LINES]
        words = [line for lines in shown for line in lines()]
        left_out, self._lost = self._lost + len(pending) - len(shown), 0
        if left_out:
            words.append(f"{_clock(time.time())} … {left_out} more" if not self._machine else _left_out(left_out))
        self._batches.put_nowait(("\n".join(words) + "\n").encode("utf-8", "backslashreplace"))

    def _write(self) -> None:
        while (batch := self._batches.get()) is not None:
            left = memoryview(batch)
            while left:
                try:
                    left = left[self._out.write(left) or 0 :]
                except OSError:  # the reader has gone; nobody misses the lines
                    return

    def _request_line(self, at: float, entry: Entry) -> str:
        query = f"?{_query(entry)[:100]}" if entry.query else ""
        parts = [
            f"{_clock(at)} {self._paint(entry.method, 'bold')} {printable(entry.path[:200] + query)}",
            self._paint.status(entry.status),
            entry.environment or "-",
            printable(self._person(entry)),
        ]
        if entry.duration_us:
            parts.append(span(entry.duration_us))
        if entry.violations:
            parts.append(self._paint(f"violations: {len(entry.violations)}", "yellow"))
        if entry.status >= 400 and (reason := _reason(entry)):
            parts.append(printable(reason))
        return " ".join(parts)

    def _request_record(self, at: float, entry: Entry) -> str:
        return _json(
            "request",
            at=iso(int(at * 1_000_000)),
            id=entry.id,
            method=entry.method,
            path=entry.path,
            query=_query(entry),
            status=entry.status,
            environment=entry.environment,
            contact=self._person(entry),
            duration_ms=entry.duration_us / 1_000,
            violations=len(entry.violations),
        )

    def _person(self, entry: Entry) -> str:
        """Whom the call speaks of, or `-`."""
        headers = ((b"content-type", entry.media_type.encode("latin-1")),)
        bounds = {"max_nesting": self._settings.max_nesting, "max_parameters": self._settings.max_parameters}
        request = decode(entry.method, entry.path, entry.query, headers, entry.body, **bounds)
        values = (request.parameters.get(name) for name in ("id", "email", "uuid"))
        return next((str(value)[:80] for value in values if isinstance(value, (str, int)) and value != ""), "-")


def _query(entry: Entry) -> str:
    return masked_query(entry.query).decode("utf-8", "replace")


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _reason(entry: Entry) -> str:
    """The sentence in a refusal, or nothing where the answer has another shape."""
    try:
        answer = orjson.loads(entry.answer)
    except orjson.JSONDecodeError:
        return ""
    return str(answer.get("message") or answer.get("error") or "")[:200] if isinstance(answer, dict) else ""


def _outcome(attempt: Attempt, status: str, wait: int | None, *, frozen: bool) -> str:
    """What follows an attempt, in words."""
    error = f"{printable(attempt.error)}, " if attempt.error and attempt.status is None else ""
    if wait is not None:
        return f"{error}next try in {span(wait)}" + (" of its frozen clock" if frozen else "")
    return "delivered" if status == "delivered" else f"{error}given up"


def _attempt_record(
    environment: str, delivery: Delivery, attempt: Attempt, *, number: int, status: str, wait: int | None
) -> str:
    return _json(
        "attempt",
        **attempt.record(),
        delivery=delivery.id,
        environment=environment,
        event=delivery.event,
        url=delivery.url,
        number=number,
        delivery_status=status,
        next_attempt_in_ms=None if wait is None else wait / 1_000,
    )


def _left_out(count: int) -> str:
    return _json("left_out", count=count)


def _json(type: str, **what: Any) -> str:
    return orjson.dumps({"type": type, **what}).decode()
