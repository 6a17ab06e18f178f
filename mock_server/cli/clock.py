"""`refiner-mock clock`: look at the clock of an environment, or move it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any

from mock_server.cli.arguments import DONE, Parser, Verbs, add_environment, environment
from mock_server.errors import UsageError
from mock_server.state.clock import parse_time

__all__ = ["register"]


class _Change(Parser):
    """A change of the clock; argparse would take the -6h of somebody who wants to go back for an option."""

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Read a command line. Raises UsageError also for a time that lies before."""
        back = next((word for word in args or () if re.match(r"-\d", word)), None)
        if back is not None:
            raise UsageError(f"the clock cannot go back by {back}; refiner-mock clock set TIME sets it to any time")
        return super().parse_known_args(args, namespace)


def register(verbs: Verbs) -> None:
    """Add the verb; without a word after it, it shows the clock."""
    parser = verbs.add_parser("clock", help="show or move an environment's clock; due webhook retries run meanwhile")
    add_environment(parser)
    parser.set_defaults(run=run, change=None)
    changes = parser.add_subparsers(title="changes", metavar="CHANGE", parser_class=_Change)
    show = changes.add_parser("show", help="print the time and how the clock runs (what happens without a change)")
    advance = changes.add_parser("advance", help="move it on; everything due meanwhile has happened when this returns")
    advance.add_argument("duration", metavar="DURATION", help="such as 250ms, 90s, 30m, 6h, 1d or 1h30m")
    freeze = changes.add_parser("freeze", help="stop it")
    freeze.add_argument("at", nargs="?", type=_time, metavar="TIME", help="at this ISO time (default: where it stands)")
    setting = changes.add_parser("set", help="set it to a time; it runs on from there unless it is frozen")
    setting.add_argument("at", type=_time, metavar="TIME", help="an ISO time such as 2026-01-31T10:00:00Z")
    resume = changes.add_parser("resume", help="follow real time again")
    advance.set_defaults(change=lambda given: {"advance": given.duration})
    freeze.set_defaults(change=lambda given: {"freeze": given.at if given.at is not None else True})
    setting.set_defaults(change=lambda given: {"set": given.at})
    resume.set_defaults(change=lambda _given: {"resume": True})
    for change in (show, advance, freeze, setting, resume):
        add_environment(change)


def run(arguments: argparse.Namespace) -> int:
    """Print the clock after the change, if one was asked for, and return 0."""
    with environment(arguments) as target:
        if arguments.change is None:
            clock = target.clock()
        else:
            clock = target.remote.put(f"/environments/{target.project_uuid}/clock", arguments.change(arguments))
    print(f"{clock['now']} {clock['mode']}")
    return DONE


def _time(text: str) -> str:
    """Return a time as it was given, if it is one."""
    if parse_time(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO time such as 2026-01-31T10:00:00Z")
    return text
