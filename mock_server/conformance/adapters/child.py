"""A process of ours that never outlives us, never blocks us and cannot flood us.

It leads a session of its own, so that it is ended with all that it has started. One thread reads each of its pipes:
of stdout a line or two are kept, of stderr the last lines, and of a line only so much. Writing never blocks either.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import signal
import subprocess
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from mock_server.conformance.plain import harmless
from mock_server.errors import CannotRun

__all__ = ["LONGEST_LINE", "Child", "Ended"]

LONGEST_LINE = 16_777_216
"""Bytes of a line of stdout; a list of 10,000 contacts takes about half."""
_LINES_AHEAD = 2
"""Lines kept that nobody has asked for yet: the second one tells that there was one too many."""
_TAIL, _TAIL_LINE = 50, 300
"""Lines of stderr that are kept, and characters of each."""
_SHOWN = 2_000
"""Characters of all of them."""
_CHUNK = 65_536
_MOMENT = 1.0
"""Seconds in which a process ends that has closed its stdout, or was told to end."""


class Ended(Exception):
    """The process has closed its stdout: no line comes any more."""


class Child:
    """A running process."""

    def __init__(self, command: Sequence[str], extra: Mapping[str, str], cwd: str | Path | None) -> None:
        """Start a command, with `extra` variables besides ours.

        Raises:
            CannotRun: when it cannot be started.
        """
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                list(command),
                env={**os.environ, **extra},
                cwd=cwd,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # no such file or folder; a null byte
            raise CannotRun(f"{command[0]} cannot be started: {getattr(error, 'strerror', None) or error}") from None
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._tail: deque[str] = deque(maxlen=_TAIL)
        # They hold none of this object: it can be forgotten, and the process is ended then.
        self._readers = [
            _reading(_keep_lines, self._process.stdout, self._lines),
            _reading(_keep_tail, self._process.stderr, self._tail),
        ]
        self._end = weakref.finalize(self, _end, self._process)

    @property
    def idle(self) -> bool:
        """Whether all that it said was asked for."""
        return self._lines.empty()

    def send(self, line: bytes, until: float) -> None:
        """Write to its stdin until a monotonic time at most; whether it has ended the lines will tell."""
        assert self._process.stdin is not None
        if self._process.stdin.closed:
            return
        place, left = self._process.stdin.fileno(), memoryview(line)
        os.set_blocking(place, False)
        writable = select.poll()
        writable.register(place, select.POLLOUT)
        while left and (wait := until - time.monotonic()) > 0:
            try:
                left = left[os.write(place, left) :]
            except BlockingIOError:
                writable.poll(wait * 1_000)
            except BrokenPipeError:
                return

    def finish(self) -> None:
        """Close its stdin: nothing more is asked."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def line(self, until: float) -> bytes:
        """Return the next line that is not blank, at most one byte more than `LONGEST_LINE`, without its end.

        Raises:
            Ended: when none comes any more.
            TimeoutError: when none has come by that monotonic time.
        """
        try:
            line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            self._lines.put(None)  # for whoever asks once more
            raise Ended
        return line

    def exit_code(self, within: float = _MOMENT) -> int | None:
        """Return how it ended, minus the signal's number for one that was killed; None where it has not by then."""
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            return None

    def end(self, within: float = 0.0) -> None:
        """End it and all that it has started, once it had some seconds to do so itself."""
        self.finish()
        if within:
            self.exit_code(within)
        self._end()
        for reader in self._readers:  # one that left the session may hold a pipe open: it is not waited for
            reader.join(_MOMENT)

    def said(self) -> str:
        """Return the last of what it wrote to stderr, harmless, in lines; empty where that is nothing."""
        text = "\n".join(self._tail.copy()).strip()
        return text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its session, and take its exit code."""
    # Its number still names the session while anything is left in it, even after it has ended itself.
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS forbids to kill what has just ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _reading(target: object, pipe: IO[bytes] | None, into: object) -> threading.Thread:
    thread = threading.Thread(target=target, args=(pipe, into), daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def _keep_lines(pipe: IO[bytes], lines: queue.Queue[bytes | None]) -> None:
    for line in _split(pipe, LONGEST_LINE):
        if line.strip() and lines.qsize() < _LINES_AHEAD:
            lines.put(line)
    lines.put(None)


def _keep_tail(pipe: IO[bytes], tail: deque[str]) -> None:
    for line in _split(pipe, _TAIL_LINE):
        tail.append(harmless(line.decode("utf-8", "replace").rstrip(), _TAIL_LINE))


def _split(pipe: IO[bytes], most: int) -> Iterator[bytes]:
    """Yield the lines of a pipe, of a longer one at once `most` bytes and one more, and close it."""
    kept, over = bytearray(), False
    with pipe, contextlib.suppress(OSError, ValueError):
        while chunk := pipe.read(_CHUNK):
            for rank, piece in enumerate(chunk.split(b"\n")):
                if rank:
                    if not over:
                        yield bytes(kept)
                    kept.clear()
                    over = False
                if not over:
                    kept += piece[: most + 1 - len(kept)]
                    if over := len(kept) > most:
                        yield bytes(kept)
                        kept.clear()
        if kept and not over:
            yield bytes(kept)
