"""Adapters that speak wrongly, as processes: `python -m tests.miniatures.adapters.wrong_speakers NAME`, in a stream."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.miniatures.adapters.honest import Client, hello, outcome, say

__all__ = ["SPEAKERS"]


def requests() -> Iterator[dict[str, Any]]:
    """Say hello, and yield what is asked."""
    say(hello())
    yield from map(json.loads, sys.stdin)


def chatters() -> None:
    for request in requests():
        sys.stdout.write(f"sending {request['operation']}\n")
        say(outcome(Client, request))


def says_it_twice() -> None:
    for request in requests():
        answer = outcome(Client, request)
        say(answer)
        say(answer)


def breaks_its_lines() -> None:
    for request in requests():
        sys.stdout.write(json.dumps(outcome(Client, request), indent=1) + "\n")
        sys.stdout.flush()


def answers_another_case() -> None:
    for request in requests():
        say({**outcome(Client, request), "case": "verify-key"})


def says_no_outcome() -> None:
    for request in requests():
        say({"case": request["case"], "value": {}})


def invents_kinds() -> None:
    for request in requests():
        say({"case": request["case"], "outcome": "error", "error": {"kind": "oops", "message": "oops"}})


def answers_without_a_hello() -> None:
    for line in sys.stdin:
        say(outcome(Client, json.loads(line)))


def says_another_hello() -> None:
    say({**hello(), "v": 2})
    answers_without_a_hello()


def offers_what_there_is_not() -> None:
    say({**hello(), "operations": ["identify", "track"]})
    answers_without_a_hello()


def exits_after_each_answer() -> None:
    say(outcome(Client, next(requests())))


def breaks_on_emoji() -> None:
    for request in requests():
        text = json.dumps(request["args"], ensure_ascii=False)
        assert all(ord(one) < 0x10000 for one in text), "one character, two units"
        say(outcome(Client, request))


def waits_for_ever() -> None:
    """Know no deadline."""
    for request in requests():
        say(outcome(Client, {**request, "deadline_ms": 1e9}))


def hangs_where_there_is_nobody() -> None:
    for request in requests():
        answer = outcome(Client, request)
        time.sleep(60 if answer["outcome"] == "error" else 0)
        say(answer)


SPEAKERS: Mapping[str, tuple[Callable[[], None], str, str]] = {
    "chatters": (chatters, "verify-key-plain", "sending verifyKey"),
    "says it twice": (says_it_twice, "track-event-twice", "standard output"),
    "breaks its lines": (breaks_its_lines, "verify-key-plain", "did not answer as it should"),
    "answers another case": (answers_another_case, "get-account-plain", "case"),
    "says no outcome": (says_no_outcome, "verify-key-plain", "outcome"),
    "invents kinds": (invents_kinds, "get-contact-missing", "oops"),
    "answers without a hello": (answers_without_a_hello, "verify-key-plain", "hello"),
    "says another hello": (says_another_hello, "verify-key-plain", "hello"),
    "offers what there is not": (offers_what_there_is_not, "verify-key-plain", "identify"),
    "exits after each answer": (exits_after_each_answer, "track-event-twice", "ended with exit code 0"),
    "breaks on emoji": (breaks_on_emoji, "event-emoji", "one character, two units"),
    "waits for ever": (waits_for_ever, "get-contact-too-slow", "gave no answer to getContact within 3.0 s"),
    "hangs where there is nobody": (hangs_where_there_is_nobody, "limited-for-a-day", "gave no answer"),
}
"""What each does, and where it is noticed: a case, and what is said of it."""

if __name__ == "__main__":
    SPEAKERS[sys.argv[1]][0]()
