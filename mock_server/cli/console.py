"""The lines of `serve`: one per request, two arrows per webhook attempt, each when it is due; or JSON documents.

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

from mock_server.cli.hints import hint
from mock_server.cli.wording import Paint, back_arrow, out_arrow, printable, span, violation_line
from mock_server.control.masking import Mask, Masked
from mock_server.journal import Entry
from mock_server.state.clock import exact
from mock_server.state.environment import Environment
from mock_server.state.records import Micros
from mock_server.webhooks.log import Attempt, Delivery
from mock_server.webhooks.targets import shown

__all__ = ["Console"]

PAUSE = 0.05
"""Seconds for which lines gather."""

MOST_LINES = 250
"""Lines of one batch that a person gets; a machine (`--json`) gets them all."""

MOST_BATCHES = 200
"""Batches that wait for a slow reader before new ones are left out."""

MOST_BROKEN = 3
"""Violations of one request that a person gets."""

LAST_WORDS = 0.2
"""Seconds that a reader gets, twice, to take what is left at the end."""

Lines = Callable[[], list[str]]


class Console:
    """Writes what an app does to a stream. All but its writer thread lives on the event loop."""

    def __init__(self, stream: TextIO, mask: Mask, *, machine: bool) -> None:
        self._mask = mask
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
        self._note(lambda: [self._request_record(at, entry)] if self._machine else self._request_lines(at, entry))

    def start(self, environment: Environment, delivery: Delivery, began: Micros) -> None:
        """Note that a webhook attempt begins (a start listener of the delivery engine)."""
        at, number = time.time(), len(delivery.attempts) + 1

        def lines() -> list[str]:
            if self._machine:
                return [_start_record(environment.name, delivery, began, number)]
            return [f"{_clock(at)} {out_arrow(delivery.record(), number, self._paint)}"]

        self._note(lines)

    def attempt(self, environment: Environment, delivery: Delivery, attempt: Attempt) -> None:
        """Note a finished webhook attempt (a listener of the delivery engine)."""
        at, number, status = time.time(), len(delivery.attempts), delivery.status
        wait = max(delivery.due - environment.clock.now(), 0) if status == "pending" else None
        frozen = environment.clock.mode == "frozen"

        def lines() -> list[str]:
            if self._machine:
                return [_attempt_record(environment.name, delivery, attempt, number=number, status=status, wait=wait)]
            follows = _outcome(status, wait, frozen=frozen)
            return [f"{_clock(at)} {back_arrow(delivery.record(), attempt.record(), follows, self._paint)}"]

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

    def _request_lines(self, at: float, entry: Entry) -> list[str]:
        masked = self._mask.over(entry)
        query = f"?{masked.query()[:100]}" if entry.query else ""
        parts = [
            f"{_clock(at)} {self._paint(entry.method, 'bold')} {printable(masked.path()[:200] + query)}",
            self._paint.status(entry.status),
            entry.environment or "-",
            printable(_contact(masked)),
        ]
        if entry.duration_us:
            parts.append(span(entry.duration_us))
        if entry.fault is not None:
            parts.append(self._paint(f"fault: {entry.fault}", "yellow"))
        if entry.violations:
            parts.append(self._paint(f"violations: {len(entry.violations)}", "yellow"))
        if entry.status >= 400 and (reason := _reason(masked)):
            parts.append(printable(reason))
        if advice := hint(entry):
            parts.append(self._paint(f"(hint: {advice})", "yellow"))
        broken = masked.violations() if entry.violations else []
        lines = [" ".join(parts), *(violation_line(violation, self._paint) for violation in broken[:MOST_BROKEN])]
        if left_out := len(broken[MOST_BROKEN:]):
            lines.append(f"  … {left_out} more: GET /_mock/api/requests/{entry.id}")
        return lines

    def _request_record(self, at: float, entry: Entry) -> str:
        masked = self._mask.over(entry)
        return _json(
            "request",
            at=exact(int(at * 1_000_000)),
            id=entry.id,
            method=entry.method,
            path=masked.path(),
            query=masked.query(),
            status=entry.status,
            environment=entry.environment,
            contact=_contact(masked),
            duration_ms=entry.duration_us / 1_000,
            fault=entry.fault,
            violations=len(entry.violations),
        )


def _contact(masked: Masked) -> str:
    return (masked.contact() or "-")[:80]


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _reason(masked: Masked) -> str:
    """The sentence in a refusal, or nothing where the answer has another shape."""
    try:
        answer = orjson.loads(masked.answer())
    except orjson.JSONDecodeError:
        return ""
    return str(answer.get("message") or answer.get("error") or "")[:200] if isinstance(answer, dict) else ""


def _outcome(status: str, wait: int | None, *, frozen: bool) -> str:
    """What follows an attempt, in words."""
    if wait is not None:
        return f"next try in {span(wait)}" + (" of its frozen clock" if frozen else "")
    return "given up" if status == "failed" else status


def _start_record(environment: str, delivery: Delivery, began: Micros, number: int) -> str:
    return _json(
        "attempt_start",
        at=exact(began),
        delivery=delivery.id,
        environment=environment,
        event=delivery.event,
        url=shown(delivery.url),
        number=number,
    )


def _attempt_record(
    environment: str, delivery: Delivery, attempt: Attempt, *, number: int, status: str, wait: int | None
) -> str:
    return _json(
        "attempt",
        **attempt.record(),
        delivery=delivery.id,
        environment=environment,
        event=delivery.event,
        url=shown(delivery.url),
        number=number,
        delivery_status=status,
        next_attempt_in_ms=None if wait is None else wait / 1_000,
    )


def _left_out(count: int) -> str:
    return _json("left_out", count=count)


def _json(type: str, **what: Any) -> str:
    return orjson.dumps({"type": type, **what}).decode()
