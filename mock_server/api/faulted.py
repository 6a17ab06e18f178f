"""What is answered in place of a call that a fault does not let through."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from mock_server.api.manners import Manners
from mock_server.contract.exchange import Answer
from mock_server.errors import NotFound, RefusedByRefiner
from mock_server.faults import Strike
from mock_server.journal import Exchange
from mock_server.wire import credentials, replies

__all__ = ["SILENCE", "in_place"]

SILENCE = Answer(0, b"", ())
"""What a reset connection leaves in the journal: nobody is answered anything."""

_OBSERVED = dict((credentials.NO_KEY, credentials.UNKNOWN_KEY))
"""The two statuses of which Refiner's own words are known (observed, W6W-live), even with a good key."""

_OF_OBJECTS = "/NotFound/"
"""The part of its pointer by which the contract tells that a 404 may be of an object; elsewhere it is of the key."""


def in_place(strike: Strike, exchange: Exchange, done_nowhere: Callable[[Exchange], object]) -> Answer:
    """Return the answer that a fault gives instead of having the call done, in Refiner's shape.

    A 429 always carries `Retry-After` (documented), by default of one second; any other status if it was told to. A 404
    says what the call is told whose object does not exist; where it names none it speaks of the key, as a 401 does.
    `done_nowhere` does a call in a world in which there is nothing.
    """
    status, wait = strike.status, strike.retry_after
    manners: Manners = exchange.manners
    if status is None:
        return SILENCE
    if status == 429:
        return manners.slow_down(wait or 1, exchange.at)
    if status == NotFound.status and (words := _absence(exchange, done_nowhere)) is not None:
        return manners.tell(status, words)
    if status in _OBSERVED:
        return replies.json_answer(status, _OBSERVED[status])
    answer = manners.tell(status, _PHRASES.get(status, "Error"))
    return answer if wait is None else manners.later(answer, wait, exchange.at)


def _absence(exchange: Exchange, done_nowhere: Callable[[Exchange], object]) -> str | None:
    """Return what is said of the object that a call names if it does not exist, None where it names none."""
    operation, coerced = exchange.called, exchange.coerced
    if operation is None or coerced is None or coerced.problems:
        return None
    if _OF_OBJECTS not in (exchange.manners.contract.answer_pointer(operation, NotFound.status) or ""):
        return None
    try:
        done_nowhere(exchange)
    except NotFound as refusal:
        return str(refusal)
    except RefusedByRefiner:  # it could be done nowhere at all
        return None
    return None


_PHRASES = {status.value: status.phrase for status in HTTPStatus}
"""What the host's framework says where it has nothing to say (assumed)."""
