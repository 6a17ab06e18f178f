"""A thread that does one thing after the other for somebody who does not wait for ever."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Aside", "Late"]

T = TypeVar("T")
Work = Callable[[], Any]


class Aside:
    """A thread besides this one. One that did not finish in time is left to itself; nothing can end it."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Work, queue.SimpleQueue[tuple[Any, BaseException | None]]] | None]
        self._work = queue.SimpleQueue()
        threading.Thread(target=_doing, args=(self._work,), daemon=True).start()

    def do(self, work: Callable[[], T], within: float) -> T:
        """Return what `work` returns, or raise what it raises.

        Raises:
            Late: when it has done neither after `within` seconds; this object is of no use any more then.
        """
        done: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._work.put((work, done))
        try:
            result, raised = done.get(timeout=within)
        except queue.Empty:
            self.leave()
            raise Late from None
        if raised is not None:
            raise raised
        return result  # type: ignore[no-any-return]

    def leave(self) -> None:
        """Let the thread end, once it has done all that it was given."""
        self._work.put(None)


class Late(Exception):
    """Time is up."""


def _doing(work: queue.SimpleQueue[Any]) -> None:
    while (given := work.get()) is not None:
        task, done = given
        try:
            done.put((task(), None))
        except BaseException as raised:  # noqa: BLE001 - it is raised where the work was given
            done.put((None, raised))
        del given, task, done  # nothing is kept alive until the next one comes
