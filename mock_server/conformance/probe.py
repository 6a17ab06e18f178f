"""The probe: the receiver's own observable effect, read before and after a delivery and compared byte by byte.

A receiver may do its work after it has answered. So "changed" is waited for, and "unchanged" is believed only after
some grace, which grows with the time that the effect of an accepted delivery was seen to take.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import TypeAlias

from mock_server.conformance.plain import cut, harmless
from mock_server.conformance.posting import Call, Target, made
from mock_server.errors import UsageError

__all__ = ["Probe", "Reader", "Unreadable", "apart"]

Reader: TypeAlias = "str | Callable[[], bytes]"
"""A URL, a command line, or a function that returns what is to be compared."""

_PATIENCE = 5.0
"""Seconds that one look may take."""
_MOST = 67_108_864
"""Bytes compared."""
_LONGEST_WAIT = 5.0
"""Seconds after which a change does not come any more, and for which earlier effects are waited for."""
_FIRST_LOOK = 0.01
"""Seconds between the first two looks; the pauses double."""
_GRACE = 0.1
"""Seconds for which nothing must have changed, at least."""
_LONGEST_GRACE = 3.0
"""At most: there are many refusals, and a run is short."""
_LATEST = 2.0
"""Seconds after which an effect may show for that grace to prove anything."""

_AROUND = 40
"""Bytes shown before the first that is another."""


class Unreadable(Exception):
    """The probe itself failed, or never comes to rest: nothing can be said by it."""


class Probe:
    """Reads one probe, and learns how late effects may show."""

    def __init__(self, reader: Reader) -> None:
        """Read by GET from a URL, by a command's standard output, or by a function.

        Raises:
            UsageError: when the command is none.
        """
        self._read = reader if callable(reader) else _reader(reader)
        self._grace = _GRACE
        self._slowest = 0.0
        self._at_rest: bytes | None = None

    def disturbed(self) -> None:
        """Be told that something is sent."""
        self._at_rest = None

    def at_rest(self, *, patient: bool = False) -> bytes:
        """Return what it shows once it does not change any more; `patient` waits as long as an effect may ever take.

        Raises:
            Unreadable: when it fails, or goes on changing although nothing is sent.
        """
        grace = _LONGEST_WAIT if patient else self._grace
        until = time.monotonic() + _LONGEST_WAIT + grace
        shown = self._read()
        while patient or self._at_rest != shown:
            time.sleep(grace)
            shown, before = self._read(), shown
            if shown == before:
                self._at_rest = shown
                break
            if time.monotonic() > until:
                raise Unreadable("the probe goes on changing although nothing is sent; let it show effects, no clock")
        return shown

    def changed(self, before: bytes) -> bool:
        """Tell whether it shows something else than before, in time.

        Raises:
            Unreadable: when it fails.
        """
        took = self._waited(before)
        if took is None:
            return False
        self._slowest = max(self._slowest, took)
        self._grace = min(_LONGEST_GRACE, max(self._grace, 3 * self._slowest))
        return True

    def _waited(self, before: bytes) -> float | None:
        """Return after how many seconds it shows something else than before, None where it does not in time."""
        began = looked = time.monotonic()
        pause = _FIRST_LOOK
        while self._read() == before:
            if time.monotonic() - began > _LONGEST_WAIT:
                return None
            time.sleep(pause)
            pause, looked = min(2 * pause, 0.5), time.monotonic()
        return looked - began

    def unchanged(self, before: bytes, *, patient: bool = False) -> bytes | None:
        """Return what it shows after the grace if that is something else than before, None while it is the same.

        `patient` waits as long as an effect may ever take, in place of the grace.

        Raises:
            Unreadable: when it fails, or effects show too late for that to be told.
        """
        if self._slowest > _LATEST:
            raise Unreadable(f"effects show only after {self._slowest:.1f} s, too late to tell that there is none")
        if not patient:
            time.sleep(self._grace)
        elif self._waited(before) is None:
            self._grace = _LONGEST_GRACE  # the grace was too short, or patience were not asked for
        after = self._read()
        if after != before:
            return after
        self._at_rest = after
        return None


def apart(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Return two different contents from a little before the place where they part."""
    length = next((rank for rank, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), None)
    start = max(0, (min(len(before), len(after)) if length is None else length) - _AROUND)
    return before[start:], after[start:]


def _reader(described: str) -> Callable[[], bytes]:
    if described.startswith(("http://", "https://")):
        target = Target.of(described)
        return lambda: _got(target)
    try:
        words = shlex.split(described)
    except ValueError as reason:
        raise UsageError(f"--probe is no command line: {reason}.") from None
    if not words:
        raise UsageError("--probe names nothing: give a URL, or a command.")
    return lambda: _said(words)


def _got(target: Target) -> bytes:
    [answer] = made(target, [Call("GET", most=_MOST)], _PATIENCE)
    if answer.came != "answer":
        raise Unreadable(f"the probe {target.shown} gives no answer: {answer.trouble}")
    if answer.status != 200:
        raise Unreadable(f"the probe {target.shown} answers {answer.status} instead of 200")
    return answer.body


def _said(words: list[str]) -> bytes:
    # Files and not pipes: what the command has started itself may hold a pipe open for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            code = subprocess.run(  # noqa: S603 - the user's own command
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=_PATIENCE, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            raise Unreadable(f"the probe did not end within {_PATIENCE:g} s") from None
        except OSError as reason:
            raise Unreadable(f"the probe cannot be run: {reason.strerror or reason}") from None
        if code != 0:
            err.seek(0)
            said = harmless(cut(err.read(2_000).decode("utf-8", "replace").strip(), 300))
            raise Unreadable(f"the probe ended with {code}" + (f": {said}" if said else ""))
        out.seek(0)
        return out.read()
