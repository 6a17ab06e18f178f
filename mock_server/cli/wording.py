"""Plain words for a person at a terminal: spans of time, addresses, and the two arrows of a webhook attempt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TextIO
from urllib.parse import urlsplit

__all__ = ["Paint", "attempt_arrows", "back_arrow", "out_arrow", "printable", "span", "target", "violation_line"]

_SECOND = 1_000_000
_STEPS = ((86_400 * _SECOND, "d"), (3_600 * _SECOND, "h"), (60 * _SECOND, "min"), (_SECOND, "s"), (1_000, "ms"))

_LEVELS = {"error": "red", "warning": "yellow", "note": "cyan"}
_COLOURS = {"green": "32", "yellow": "33", "red": "31", "cyan": "36", "bold": "1"}


class Paint:
    """Colours words, but only where a terminal shows them and nobody asked for none (`NO_COLOR`)."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str] = os.environ) -> None:
        self._on = stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"

    def __call__(self, text: str, colour: str) -> str:
        """Return `text` in a colour: green, yellow, red, cyan or bold."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self._on else text

    def status(self, status: int | None) -> str:
        """Return an HTTP status in the colour of its class; None and 0 (no answer) count as failed."""
        if not status or status >= 500:
            return self(str(status), "red")
        return self(str(status), "yellow" if status >= 300 else "green")


def span(micros: float) -> str:
    """Return a stretch of time in its largest fitting unit: `0.3 ms`, `12 ms`, `5 s`, `30 min`, `10 h`."""
    size, unit = next((step for step in _STEPS if micros >= step[0]), _STEPS[-1])
    value = micros / size
    return f"{value:.1f}".removesuffix(".0") + f" {unit}" if value < 10 else f"{value:.0f} {unit}"


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: what does not print is shown escaped."""
    return text if text.isprintable() else repr(text)[1:-1]


def violation_line(violation: Mapping[str, Any], paint: Paint) -> str:
    """Return a broken rule, as the control API shows it, in one line: how grave, what, where, what was meant, why."""
    level, suggestion = violation["severity"], violation["suggestion"]
    meant = f" -> {suggestion}" if suggestion else ""
    said = printable(f"{violation['code']} {violation['where']['name']}{meant}: {violation['message']}")
    return f"  {paint(level, _LEVELS[level])} {said}"


def target(url: str) -> str:
    """Return a receiver's address without its query, in which there may be a secret."""
    parts = urlsplit(url)
    return printable(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" + ("?…" if parts.query else ""))


def out_arrow(delivery: Mapping[str, Any], number: int, paint: Paint) -> str:
    """Return the line of a webhook attempt that goes out; the delivery is given as the control API shows it."""
    return f"{_out(delivery, paint)} attempt {number}"


def back_arrow(delivery: Mapping[str, Any], attempt: Mapping[str, Any], follows: str, paint: Paint) -> str:
    """Return the line of what came back of an attempt, and what follows from it."""
    came = paint.status(attempt["status"]) if attempt["status"] is not None else paint("no answer", "red")
    taken = f" in {span(attempt['duration_ms'] * 1_000)}" if attempt["duration_ms"] else ""
    error = f" {printable(attempt['error'])}," if attempt["error"] else ""
    return f"{paint('<-', 'cyan')} {delivery['id']} {came}{taken},{error} {follows}"


def attempt_arrows(delivery: Mapping[str, Any], paint: Paint) -> list[str]:
    """Return the lines of every attempt of a delivery, with that of a first one that is not over."""
    attempts = delivery["attempts"]
    if delivery["status"] == "dropped":
        return [f"{_out(delivery, paint)} dropped: {attempts[0]['error']}"]
    if not attempts:
        if delivery["next_attempt_at"] is None or delivery["next_attempt_at"] <= delivery["created_at"]:
            return [out_arrow(delivery, 1, paint)]
        return [f"{_out(delivery, paint)} waits until {delivery['next_attempt_at']} on the environment's clock"]
    lines: list[str] = []
    for number, attempt in enumerate(attempts, start=1):
        follows = "tried again"
        if number == len(attempts):
            waits = f"next try at {delivery['next_attempt_at']}"
            follows = {"delivered": "delivered", "failed": "given up"}.get(delivery["status"], waits)
        lines += (out_arrow(delivery, number, paint), back_arrow(delivery, attempt, follows, paint))
    return lines


def _out(delivery: Mapping[str, Any], paint: Paint) -> str:
    return f"{paint('->', 'cyan')} {delivery['id']} {delivery['event']} {target(delivery['url'])}"
