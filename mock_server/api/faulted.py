"""What is answered in place of a call that a fault does not let through."""

from __future__ import annotations

from http import HTTPStatus

from mock_server.api.manners import Manners
from mock_server.contract.exchange import Answer
from mock_server.faults import Strike
from mock_server.state.records import Micros
from mock_server.wire import credentials, replies

__all__ = ["SILENCE", "in_place"]

SILENCE = Answer(0, b"", ())
"""What a reset connection leaves in the journal: nobody is answered anything."""

_OBSERVED = dict((credentials.NO_KEY, credentials.UNKNOWN_KEY))
"""The two statuses of which Refiner's own words are known (observed, W6W-live), even with a good key."""


def in_place(strike: Strike, manners: Manners, now: Micros) -> Answer:
    """Return the answer that a fault gives instead of having the call done, in Refiner's shape.

    A 429 always carries `Retry-After` (documented), by default of one second; any other status if it was told to.
    """
    status, wait = strike.status, strike.retry_after
    if status is None:
        return SILENCE
    if status == 429:
        return manners.slow_down(wait or 1, now)
    if status in _OBSERVED:
        return replies.json_answer(status, _OBSERVED[status])
    answer = manners.tell(status, _PHRASES.get(status, "Error"))
    return answer if wait is None else manners.later(answer, wait, now)


_PHRASES = {status.value: status.phrase for status in HTTPStatus}
"""What the host's framework says where it has nothing to say (assumed)."""
