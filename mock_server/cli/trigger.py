"""`refiner-mock trigger`: make a trigger event happen, and show what its webhooks were answered."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mock_server.cli.arguments import DONE, Verbs, add_environment, chosen, environment, pairs
from mock_server.cli.following import follow, say
from mock_server.cli.wording import Paint, printable, target
from mock_server.errors import UsageError
from mock_server.spelling import advice

if TYPE_CHECKING:
    from mock_server.remote import RemoteEnvironment

__all__ = ["register"]

NEWCOMER = "u-1"
"""The user id of whom things happen to where nobody has done anything yet."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Completed Survey": ("contact", "form", "set"),
    "Saw Survey": ("contact", "form"),
    "Dismissed Survey": ("contact", "form"),
    "Entered Segment": ("contact", "segment"),
    "Tag Added": ("response", "tag"),
}
"""Which options each event takes."""

NEEDED = {"Entered Segment": ("segment",), "Tag Added": ("response", "tag")}

EXAMPLES = """\
one of each, with what it takes; - and _ stand for a blank, and capitals do not matter:

  refiner-mock trigger completed-survey --contact u-101 --form "Product NPS" --set data.nps=9
  refiner-mock trigger saw-survey --contact u-101 --form "Product NPS"
  refiner-mock trigger dismissed-survey --contact u-101
  refiner-mock trigger entered-segment --contact u-101 --segment "Beta testers"   (--segment is needed)
  refiner-mock trigger tag-added --response latest --tag called                  (both are needed)
"""

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("trigger", help="make a survey be completed, a segment be entered, ...: webhooks fire")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("event", metavar="EVENT", help=", ".join(f'"{event}"' for event in OPTIONS))
    parser.add_argument(
        "--contact",
        metavar="ID",
        help="user id, e-mail (with an @) or Refiner uuid; id:, email: or uuid: before it says which "
        f"(default: who sent the latest tracked event, else {NEWCOMER})",
    )
    parser.add_argument("--form", metavar="SURVEY", help="name or uuid (default: the first published one by name)")
    parser.add_argument("--segment", metavar="SEGMENT", help="name or uuid of the segment that is entered")
    parser.add_argument("--response", metavar="UUID", help="the response that is tagged; latest: the one shown last")
    parser.add_argument("--tag", nargs="+", action="extend", metavar="NAME", help="its new tags")
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        metavar="data.QUESTION=ANSWER",
        help="an answer, such as data.nps=9; what starts with [ is read as a JSON list",
    )
    parser.add_argument("--json", action="store_true", help="print what came of it as JSON, when all is over")
    add_environment(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the event happen, print what comes of it until the first delivery attempts are over, and return 0.

    Raises:
        UsageError: when an option is missing, does not belong to the event, or names what is not there.
        ServerUnavailable: when no server answers, or it goes away meanwhile.
    """
    event = _event(arguments)
    with environment(arguments) as world:
        what = _what(world, event, arguments)
        came = world.simulate(event, **what)
        tell = (lambda _line: None) if arguments.json else say
        for line in _happened(world, came, what):
            tell(line)
        deliveries = follow(world, came["cause"], came["deliveries"], came["since"], Paint(sys.stdout), tell)
    if arguments.json:
        print(json.dumps({**came, "deliveries": deliveries}, indent=2))
    return DONE


def _event(arguments: argparse.Namespace) -> str:
    """Return the event's name as Refiner writes it, once the options are found to go with it."""
    event = chosen(arguments.event, OPTIONS, "EVENT")
    taken, needed = OPTIONS[event], NEEDED.get(event, ())
    for option in dict.fromkeys(name for names in OPTIONS.values() for name in names):
        given = getattr(arguments, option) is not None
        if given and option not in taken:
            raise UsageError(f"{event} takes no --{option}; its options are {_listed(taken)}")
        if not given and option in needed:
            raise UsageError(f"{event} needs {_listed(needed)} (see refiner-mock trigger --help)")
    return event


def _listed(options: tuple[str, ...]) -> str:
    return ", ".join(f"--{option}" for option in options)


def _what(world: RemoteEnvironment, event: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the control API wants to know of the event."""
    response: str | None = arguments.response
    return {
        "contact": _contact(world, arguments.contact) if "contact" in OPTIONS[event] else None,
        "form_uuid": _uuid(world, "forms", "survey", arguments.form),
        "segment_uuid": _uuid(world, "segments", "segment", arguments.segment),
        "response_uuid": None if response is None else response.lower(),
        "tags": arguments.tag,
        "data": _answers(arguments.set or []) or None,
    }


def _happened(world: RemoteEnvironment, came: Mapping[str, Any], what: Mapping[str, Any]) -> list[str]:
    """Return the lines that say what happened, and to whom it is not told."""
    lines = [" ".join([came["event"], *(f"{name}={value}" for name, value in came.items() if name.endswith("_uuid"))])]
    if came["contact_created"]:
        lines.append(f"created contact {printable(next(iter(what['contact'].values())))}")
    if not came["events"]:
        lines.append("nothing happened: the response has " + ("that tag" if len(what["tags"]) == 1 else "these tags"))
        lines[-1] += " already"
    webhooks = world.remote.get(f"/environments/{world.project_uuid}/webhooks")["items"] if came["switched_off"] else ()
    lines += (
        f"the webhook {target(webhook['url'])} would be told, but is switched off (active: false)"
        for webhook in webhooks
        if webhook["uuid"] in came["switched_off"]
    )
    if came["events"] and not came["deliveries"] and not came["switched_off"]:
        lines.append("no webhook of this environment wants it")
    return lines


def _uuid(world: RemoteEnvironment, listing: str, noun: str, text: str | None) -> str | None:
    """Return the uuid of what a name or a uuid means.

    Not asked of the mirrored API, where the question would stand in the journal among the client's own calls.
    """
    if text is None or _UUID.fullmatch(text):
        return text if text is None else text.lower()
    items = world.remote.get(f"/environments/{world.project_uuid}/{listing}")["items"]
    found = [item["uuid"] for item in items if item["name"] == text]
    if not found:
        others = advice(text, [item["name"] for item in items]) if items else "there is none at all"
        raise UsageError(f"there is no {noun} named {text!r}; {others}")
    if len(found) > 1:
        raise UsageError(f"{len(found)} {noun}s are named {text!r}; give the uuid of one: {', '.join(found[:20])}")
    return str(found[0])


def _contact(world: RemoteEnvironment, text: str | None) -> dict[str, str]:
    """Return who is meant, as the control API takes it."""
    if text is not None:
        kind, colon, rest = text.partition(":")
        if colon and kind in ("id", "email", "uuid"):
            return {kind: rest.lower() if kind == "uuid" else rest}
        if _UUID.fullmatch(text):
            return {"uuid": text.lower()}
        return {"email" if "@" in text else "id": text}
    latest = [event["contact"] for event in world.events()[-1:]]  # of the control API: see _uuid
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
