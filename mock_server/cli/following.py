"""Tells of webhooks while they go out: each line when it is true, and a word where nothing comes for long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mock_server.cli.wording import attempt_arrows
from mock_server.errors import ServerUnavailable

if TYPE_CHECKING:
    from mock_server.cli.wording import Paint
    from mock_server.remote import RemoteEnvironment

__all__ = ["PATIENCE", "follow", "say"]

PATIENCE = 20.0
"""Seconds to wait for the receivers' answers; longer than the default delivery_timeout."""

SILENCE = 2.0
"""Seconds after which it is said what is waited for."""

Tell = Callable[[str], None]


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def follow(
    target: RemoteEnvironment, cause: str, count: int, since: int, paint: Paint, tell: Tell
) -> list[dict[str, Any]]:
    """Return the `count` deliveries of a cause once each was tried or is held back; `tell` gets each of their lines.

    Args:
        target: their environment.
        cause: as the control API calls what made them.
        count: how many there are to be.
        since: a `seq` before them.
        paint: colours the lines.
        tell: is given a line as soon as it is true.

    Raises:
        ServerUnavailable: when the server goes away meanwhile.
    """
    found: dict[str, dict[str, Any]] = {}
    told: dict[str, int] = {}
    began, warned = time.monotonic(), False
    while len(found) < count or any(map(_is_open, found.values())):
        passed = time.monotonic() - began
        if passed >= PATIENCE:
            note(f"no answer after {PATIENCE:g} s; refiner-mock goes on waiting, its deliveries show how it ends")
            break
        if passed >= SILENCE and not warned:
            note("waiting for the receiver's answer ...")
            warned = True
        for delivery in _changes(target, since, PATIENCE - passed if warned else SILENCE):
            since = max(since, delivery["seq"])
            if delivery["cause"] == cause:
                found[delivery["id"]] = delivery
                lines = attempt_arrows(delivery, paint)
                for line in lines[told.get(delivery["id"], 0) :]:
                    tell(line)
                told[delivery["id"]] = len(lines)
    return list(found.values())


def note(words: str) -> None:
    """Say something to whoever waits; it is no part of the output."""
    print(words, file=sys.stderr, flush=True)


def _changes(target: RemoteEnvironment, since: int, seconds: float) -> list[dict[str, Any]]:
    try:
        return target.deliveries(since=since, wait=seconds)
    except ServerUnavailable as error:
        raise ServerUnavailable(
            f"the server at {target.remote.url} went away while webhooks were under way; how they ended is not known"
        ) from error


def _is_open(delivery: dict[str, Any]) -> bool:
    """Tell whether a delivery is due and its first attempt is not over."""
    held_back = delivery["next_attempt_at"] is not None and delivery["next_attempt_at"] > delivery["created_at"]
    return not delivery["attempts"] and not held_back
