"""`refiner-mock ready`: wait until a server answers."""

from __future__ import annotations

import argparse
import math
import time

from mock_server.cli.arguments import DONE, Verbs, add_url, remote, seconds
from mock_server.errors import ServerUnavailable, UsageError

__all__ = ["register"]

PAUSE = 0.05
"""Seconds between two looks."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("ready", help="exit 0 once the server answers, 2 if it does not in time")
    parser.add_argument(
        "--wait", type=seconds, default=0.0, metavar="SECONDS", help="keep looking that long (default: look once)"
    )
    add_url(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the server answers in time.

    Raises:
        ServerUnavailable: when it does not; the message is that of the last look.
    """
    patience: float = arguments.wait
    if not (math.isfinite(patience) and patience >= 0):
        raise UsageError(f"--wait is {patience}; give seconds from 0 on")
    deadline = time.monotonic() + patience
    with remote(arguments, timeout=max(1.0, patience)) as server:
        while True:
            try:
                health = server.health()
            except ServerUnavailable:
                if time.monotonic() + PAUSE > deadline:
                    raise
                time.sleep(PAUSE)
            else:
                print(f"refiner-mock {health['version']} answers at {server.url}")
                return DONE
