"""Plain values become answers, in Refiner's two shapes of short text.

Answers are JSON (documented, API). Most failures carry `error`, some carry `message`, and a write that worked carries
`"message":"ok"` (inferred, W6W); which goes where is the caller's knowledge.

The body of an answer is orjson's own result, which holds about 4 KiB of memory however short it is: whoever keeps it
longer than it takes to send copies it (`bytes(memoryview(body))`), as the journal does.
"""

from __future__ import annotations

import orjson

from mock_server.contract.exchange import Answer

__all__ = ["error", "json_answer", "message"]


def json_answer(status: int, value: object) -> Answer:
    """Return `value` as a JSON answer, its keys in the order they have."""
    return Answer(status, orjson.dumps(value))


def message(status: int, text: str) -> Answer:
    """Return `{"message": text}`."""
    return json_answer(status, {"message": text})


def error(status: int, text: str) -> Answer:
    """Return `{"error": text}`."""
    return json_answer(status, {"error": text})
