"""`refiner-mock resend`: send one webhook delivery again."""

from __future__ import annotations

import argparse
import json
import sys

from mock_server.cli.arguments import DONE, Verbs, add_environment, environment
from mock_server.cli.following import follow, say
from mock_server.cli.wording import Paint

__all__ = ["register"]


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("resend", help="send one webhook delivery again")
    parser.add_argument("id", metavar="ID", help="of a delivery: d7 in `-> d7 Completed Survey ...`")
    parser.add_argument("--mutation", metavar="NAME", help="changed: duplicate, old_token, no_token or late")
    parser.add_argument("--json", action="store_true", help="print the deliveries as JSON")
    add_environment(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send it, wait for the receiver's answer, print it and return 0."""
    with environment(arguments) as target:
        copy = target.redeliver(arguments.id, arguments.mutation)
        tell = (lambda _line: None) if arguments.json else say
        deliveries = follow(target, copy["cause"], 1, copy["seq"] - 1, Paint(sys.stdout), tell)
    if arguments.json:
        print(json.dumps(deliveries, indent=2))
    return DONE
