"""Identifiers: UUIDs of version 1 for everything Refiner makes (observed, RUD-cap), random ones for API keys."""

from __future__ import annotations

import random
import re
import uuid

from mock_server.state.clock import Clock
from mock_server.state.records import Micros

__all__ = ["Ids", "is_uuid", "new_api_key"]

_GREGORIAN = 122_192_928_000_000_000
"""Steps of 100 ns from the start of UUID time (1582-10-15) to 1970."""
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_LANE = 0x2000
"""Clock sequences below are for ids of now, those from here on for ids of a given time."""


class Ids:
    """Makes the ids of one environment: the same seed, clock and calls give the same ids.

    Every id is unique. Ids of now use ever later times: while the clock stands still they step on by 100 ns, and when
    it was set back they change the clock sequence, as RFC 9562 asks. Ids of a given time have clock sequences of their
    own and count in the last digit of the time, the clock sequence and the node, so no past id need be remembered.
    """

    __slots__ = ("_clock", "_dated", "_last", "_node", "_sequence", "_setbacks", "_tail")

    def __init__(self, clock: Clock, seed: str) -> None:
        self._clock = clock
        self.begin(seed)

    def begin(self, seed: str) -> None:
        """Make ids from the first on as `seed` gives them; ids of other seeds come from other nodes."""
        dice = random.Random(seed)
        self._node = dice.getrandbits(48) | 1 << 40  # the multicast bit: a node that is no network card
        self._sequence = dice.getrandbits(13)
        self._setbacks = 0
        self._dated = 0
        self._last = -1 << 62
        self._tail = self._end(0, 0)

    def uuid(self, at: Micros | None = None) -> str:
        """Return a new lower-case UUID of version 1, dated now or at `at`."""
        if at is None:
            step = self._clock.now() * 10
            if step <= self._last:
                step = self._step_on(step)
            self._last = step
            tail = self._tail
        else:
            step = at * 10 + self._dated % 10
            tail = self._end(_LANE, self._dated // 10)
            self._dated += 1
        step = step + _GREGORIAN & 0xFFF_FFFF_FFFF_FFFF
        return f"{step & 0xFFFFFFFF:08x}-{step >> 32 & 0xFFFF:04x}-{step >> 48 | 0x1000:x}-{tail}"

    def _step_on(self, step: int) -> int:
        if self._last - step < 10_000_000:  # the clock stands still, or ids ran ahead of it by less than a second
            return self._last + 1
        self._setbacks += 1
        self._tail = self._end(0, self._setbacks)
        return step

    def _end(self, lane: int, count: int) -> str:
        """Return clock sequence and node for the `count`th use of a lane."""
        sequence = lane | (self._sequence + count) % _LANE
        node = self._node + count // _LANE & 0xFFFF_FFFF_FFFF
        return f"{0x8000 | sequence:04x}-{node:012x}"


def is_uuid(text: object) -> bool:
    """Tell whether `text` is a UUID in canonical 8-4-4-4-12 form, of any version, in either case."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


def new_api_key(shard: str = "") -> str:
    """Return a random UUID of version 4, as Refiner's keys are (inferred: RUD-proxy, CS); it begins with `shard`."""
    return shard + str(uuid.uuid4())[len(shard) :]
