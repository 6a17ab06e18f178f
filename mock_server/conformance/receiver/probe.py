"""The probe: the receiver's own observable effect, read before and after a delivery and compared byte by byte.

A receiver may do its work after it has answered. So a change is waited for, and that there is none is believed only
after some grace, which grows with the time that the effect of an accepted delivery was seen to take. Where something
shows that should not, it may still be the late effect of an earlier delivery: it counts when all is done once more,
patiently.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from mock_server.conformance.plain import cut, harmless
from mock_server.conformance.receiver.posting import Call, Target, call_all
from mock_server.errors import UsageError

__all__ = ["Probe", "Reader", "Unreadable", "apart"]

Reader: TypeAlias = "str | Callable[[], bytes]"
"""A URL, a command line, or a function that returns what is to be compared."""

_LONGEST_LOOK = 5.0
"""Seconds that one look may take."""
_MOST = 67_108_864
"""Bytes compared."""
_LONGEST_WAIT = 5.0
"""Seconds after which a change does not come any more."""
_FIRST_LOOK = 0.01
"""Seconds between the first two looks; the pauses double."""
_GRACE = 0.1
"""Seconds for which nothing must have changed, at least."""
_LATEST = 2.0
"""Seconds after which an effect may show: with a later one a run would take too long."""
_LONGEST_GRACE = 1.5 * _LATEST + _GRACE

_AROUND = 40
"""Bytes shown before the first that is another."""
_ENTRY = 16
"""Bytes by which something grows that shows each delivery, at least; a count grows by one at most."""
_SLACK = 2
"""Bytes by which two such entries may differ: a number in them may have got one more digit."""
_SCHEMES = ("http://", "https://")
_OF_SHELLS = ("|", "||", "&", "&&", ";", ">", ">>", "<")


class Unreadable(Exception):
    """The probe itself failed, or never comes to rest: nothing can be said by it."""


class Probe:
    """Reads one probe, and learns how late effects may show."""

    def __init__(self, reader: Reader) -> None:
        """Read by GET from a URL, by a command's standard output, or by a function.

        Raises:
            UsageError: when the command is none.
        """
        self.place = Target.of(reader) if isinstance(reader, str) and reader.startswith(_SCHEMES) else None
        """Where it is read, if it has an address."""
        self.hasty = True
        """Whether it may take a late effect for one that should not be: until patience has confirmed one."""
        self._read = reader if callable(reader) else partial(_got, self.place) if self.place else _of_command(reader)
        self._grace = _GRACE
        self._slowest = 0.0
        self._patient = False
        self._rests: list[bytes] = []
        """What it showed at rest in this case, before each step that was looked at."""
        self._known: bytes | None = None
        """What it shows as long as nothing is sent."""
        self._trouble: str | None = None

    def begin(self) -> None:
        """Be told that a case begins."""
        self._rests = []

    def disturbed(self) -> None:
        """Be told that something is sent."""
        self._known = None

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Wait in this block as long as an effect may ever take."""
        self._patient = True
        try:
            yield
        finally:
            self._patient = False

    def rest(self) -> bytes:
        """Return what it shows once that does not change any more; with this `amiss` compares.

        Raises:
            Unreadable: when it fails, or goes on changing although nothing is sent.
        """
        shown = self._look()
        if self._patient or shown != self._known:
            shown = self._known = self._stable(shown, self._wait)
        self._rests.append(shown)
        return shown

    def amiss(self, demand: str) -> tuple[bytes, bytes] | None:
        """Return what it showed at rest and shows now where that is not as demanded, None where it is.

        `changed` waits for another content. The others wait for the grace: `unchanged` demands the same content,
        `kept` another than before the last step but one, `once` that a list has not got two entries longer.

        Raises:
            Unreadable: when it fails; from then on it always does, as it does once an effect showed too late.
        """
        if self._trouble is not None:
            raise Unreadable(self._trouble)
        before = self._rests[-1]
        if demand == "changed":
            return None if self._changed(before) else (before, before)
        time.sleep(self._wait)
        after = self._look()
        broken = {
            "unchanged": lambda: after != before,
            "kept": lambda: after == self._rests[-2],
            "once": lambda: _doubled([*map(len, self._rests), len(after)]),
        }[demand]()
        if broken:
            self.hasty = self.hasty and not self._patient
            return before, after
        if self._patient:
            self._grace = _LONGEST_GRACE  # it was too short, or nobody had asked for patience
        self._known = after
        return None

    @property
    def _wait(self) -> float:
        return _LONGEST_WAIT if self._patient else self._grace

    def _changed(self, before: bytes) -> bool:
        """Tell whether it shows something else than before, in time, and learn how long that takes."""
        began = looked = time.monotonic()
        pause = _FIRST_LOOK
        while (shown := self._look()) == before:
            if time.monotonic() - began > _LONGEST_WAIT:
                return False
            time.sleep(pause)
            pause, looked = min(2 * pause, 0.1), time.monotonic()
        self._slowest = max(self._slowest, looked - began)
        self._grace = min(_LONGEST_GRACE, max(self._grace, 1.5 * self._slowest + _GRACE))
        self._known = self._stable(shown, _GRACE)
        if self._slowest > _LATEST:
            self._trouble = (
                f"effects show only after {self._slowest:.1f} s, and a check, which waits for many, can wait no more "
                f"than {_LATEST:g} s for one; let them show sooner, or give no --probe"
            )
        return True

    def _stable(self, shown: bytes, grace: float) -> bytes:
        """Return what it shows, of late `shown`, once two looks agree."""
        until = time.monotonic() + _LONGEST_WAIT + grace
        while True:
            time.sleep(grace)
            shown, before = self._look(), shown
            if shown == before:
                return shown
            if time.monotonic() > until:
                self._trouble = "the probe goes on changing although nothing is sent; let it show effects, no clock"

    def _look(self) -> bytes:
        """Return what it shows; once it has failed it is not asked again."""
        if self._trouble is None:
            try:
                return self._read()
            except Unreadable as reason:
                self._trouble = str(reason)
        raise Unreadable(self._trouble)


def _doubled(lengths: Sequence[int]) -> bool:
    """Tell whether something that grew by as much each time has grown by twice as much the last time."""
    *each, last = (after - before for before, after in pairwise(lengths))
    return min(each) >= _ENTRY and max(each) - min(each) <= _SLACK and last >= 2 * (min(each) - _SLACK)


def apart(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Return two different contents from a little before the place where they part."""
    length = next((rank for rank, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), None)
    start = max(0, (min(len(before), len(after)) if length is None else length) - _AROUND)
    return before[start:], after[start:]


def _of_command(described: str) -> Callable[[], bytes]:
    try:
        words = shlex.split(described)
    except ValueError as reason:
        raise UsageError(f"--probe is no command line: {reason}.") from None
    if not words:
        raise UsageError("--probe names nothing: give a URL, or a command.")
    return lambda: _said(words)


def _got(place: Target) -> bytes:
    [answer] = call_all(place, [Call("GET", most=_MOST)], _LONGEST_LOOK)
    if answer.came != "answer":
        raise Unreadable(f"the probe {place.shown} gives no answer: {answer.trouble}")
    if answer.status != 200:
        raise Unreadable(f"the probe {place.shown} answers {answer.status} instead of 200")
    return answer.body


def _said(words: list[str]) -> bytes:
    # Files and not pipes: what the command has started itself may hold a pipe open for ever.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            code = subprocess.run(  # noqa: S603 - the user's own command
                words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=_LONGEST_LOOK, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            raise Unreadable(f"the probe did not end within {_LONGEST_LOOK:g} s") from None
        except OSError as reason:
            raise Unreadable(f"the probe cannot be run: {reason.strerror or reason}{_hint(words)}") from None
        if code != 0:
            err.seek(0)
            said = harmless(cut(err.read(2_000).decode("utf-8", "replace").strip(), 300))
            raise Unreadable(f"the probe ended with {code}{f': {said}' if said else ''}{_hint(words)}")
        out.seek(0)
        return out.read()


def _hint(words: Sequence[str]) -> str:
    """Return what to do where a command has words that only a shell understands."""
    meant = "=" in words[0] or any(word in _OF_SHELLS or word.startswith(("$", "`", ">", "2>")) for word in words)
    return "; it is run without a shell: where it needs one, say sh -c '...'" if meant else ""
