"""`refiner-mock check`: judge what somebody else has written."""

from __future__ import annotations

from mock_server.cli import check_api, check_client, check_receiver, check_traffic
from mock_server.cli.arguments import Verbs

__all__ = ["register"]

CHECKS = (check_traffic, check_client, check_receiver, check_api)


def register(verbs: Verbs) -> None:
    """Add the verb with its checks."""
    parser = verbs.add_parser("check", help="judge a program that talks to Refiner")
    checks = parser.add_subparsers(title="checks", metavar="CHECK", required=True)
    for check in CHECKS:
        check.register(checks)
