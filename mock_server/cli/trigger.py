"""`refiner-mock trigger`: make a trigger event happen, and show what its webhooks were answered."""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING, Any

from mock_server.cli.arguments import DONE, Verbs, add_environment, environment, pairs
from mock_server.cli.wording import Paint, attempt_arrows
from mock_server.errors import UsageError

if TYPE_CHECKING:
    from mock_server.remote import RemoteEnvironment

__all__ = ["PATIENCE", "last_change", "register"]

PATIENCE = 20.0
"""Seconds to wait for the receivers' answers; longer than the default delivery_timeout."""

NEWCOMER = "u-1"
"""The user id of whom things happen to where nobody has done anything yet."""

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("trigger", help="make a survey be completed, a segment be entered, ...: webhooks fire")
    parser.add_argument(
        "event",
        metavar="EVENT",
        help='"Completed Survey", "Saw Survey", "Dismissed Survey", "Entered Segment" or "Tag Added"; '
        "completed-survey does, too",
    )
    parser.add_argument(
        "--contact",
        metavar="ID",
        help=f"user id, e-mail or Refiner uuid (default: who sent the latest tracked event, else {NEWCOMER})",
    )
    parser.add_argument("--form", metavar="UUID", help="the survey (default: the first published one by name)")
    parser.add_argument("--segment", metavar="UUID", help="the segment that is entered")
    parser.add_argument("--response", metavar="UUID", help="the response that is tagged")
    parser.add_argument("--tag", nargs="+", action="extend", metavar="NAME", help="its new tags")
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="data.QUESTION=ANSWER",
        help="an answer, such as data.nps=9; what starts with [ is read as a JSON list",
    )
    parser.add_argument("--json", action="store_true", help="print what came of it as JSON")
    add_environment(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the event happen, wait for its first delivery attempts, print them and return 0."""
    event, answers = _title(arguments.event), _answers(arguments.set) or None
    with environment(arguments) as target:
        seen = last_change(target)
        came = target.simulate(
            event,
            contact=_contact(target, arguments.contact) if event != "Tag Added" else None,
            form_uuid=arguments.form,
            segment_uuid=arguments.segment,
            response_uuid=arguments.response,
            tags=arguments.tag,
            data=answers,
        )
        target.settle(PATIENCE)
        deliveries = target.deliveries(since=seen)
    if arguments.json:
        print(json.dumps({**came, "deliveries": deliveries}, indent=2))
        return DONE
    print(event, *(f"{name}={value}" for name, value in came.items() if name.endswith("_uuid")))
    paint = Paint(sys.stdout)
    for delivery in deliveries:
        print(*attempt_arrows(delivery, paint), sep="\n")
    if not deliveries:
        print("no webhook of this environment wants it")
    return DONE


def last_change(target: RemoteEnvironment) -> int:
    """Return the `seq` of the latest change of any delivery, 0 where there is none."""
    return max((delivery["seq"] for delivery in target.deliveries()), default=0)


def _title(event: str) -> str:
    """Return an event's name as Refiner writes it; every one is two capitalised words."""
    return " ".join(word.capitalize() for word in re.split(r"[\s_-]+", event.strip()))


def _contact(target: RemoteEnvironment, text: str | None) -> dict[str, str]:
    """Return who is meant, as the control API takes it."""
    if text is not None:
        if _UUID.fullmatch(text):
            return {"uuid": text.lower()}
        return {"email" if "@" in text else "id": text}
    # Not asked of the mirrored API, where the question would stand in the journal among the client's own calls.
    latest = [event["contact"] for event in target.events()[-1:]]
    return next(({kind: who[kind]} for who in latest for kind in ("id", "email") if who[kind]), {"id": NEWCOMER})


def _answers(words: list[str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for path, value in pairs(words, "--set").items():
        head, dot, question = path.partition(".")
        if head != "data" or not (dot and question):
            raise UsageError(f"--set is given {path!r}; an answer is set by --set data.QUESTION=ANSWER")
        answers[question] = _value(value)
    return answers


def _value(text: str) -> Any:
    if not text.startswith("["):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"--set is given {text!r}, which is not a JSON list: {error}") from None
