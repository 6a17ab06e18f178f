from __future__ import annotations

import orjson

from mock_server.contract.exchange import Answer
from mock_server.wire import replies


def test_answers_are_json() -> None:
    """(a) answers are JSON, `Content-Type: application/json` (docs: API); no other header is known (g15)."""
    answer = replies.json_answer(202, {"message": "ok", "contact_uuid": "é"})
    assert answer == Answer(
        202, '{"message":"ok","contact_uuid":"é"}'.encode(), ((b"content-type", b"application/json"),)
    )


def test_short_texts_come_in_two_shapes() -> None:
    """(a) generic error shapes: `error` for most, `message` for some (inferred: W6W)."""
    assert orjson.loads(replies.error(401, "No").body) == {"error": "No"}
    assert orjson.loads(replies.message(404, "None").body) == {"message": "None"}
    assert (replies.error(401, "").status, replies.message(404, "").status) == (401, 404)
