"""`refiner-mock check receiver`: judge a receiver of webhooks by posting to it."""

from __future__ import annotations

import argparse
import os
import sys

from mock_server.cli.arguments import DONE, Verbs, chosen, seconds, whole_number
from mock_server.cli.judging import add_reports, put_reports, wanted_reports
from mock_server.errors import UsageError

__all__ = ["register"]

TOKEN_VARIABLE = "REFINER_WEBHOOK_TOKEN"  # noqa: S105 - a name
"""Where the token may stand, so that nobody sees it among the processes."""


def register(checks: Verbs) -> None:
    """Add the check."""
    parser = checks.add_parser("receiver", help="judge a receiver of webhooks by posting to it")
    parser.description = "Posts webhooks to URL, good ones and bad ones, and judges how they are answered."
    parser.add_argument("address", nargs="?", metavar="URL", help="where it listens")
    parser.add_argument("--token", metavar="T", help=f"the token that it wants (default: ${TOKEN_VARIABLE})")
    parser.add_argument("--old-token", metavar="T", help="a token that it took before, and must refuse now")
    parser.add_argument(
        "--probe",
        metavar="URL|CMD",
        help="shows its effect: the body of a GET, or what a command prints (run without a shell)",
    )
    parser.add_argument(
        "--event",
        action="append",
        metavar="EVENT",
        help="one that it is registered for; repeatable (default: all five)",
    )
    parser.add_argument(
        "--within",
        type=seconds,
        metavar="SECONDS",
        help="how long it may take to answer, at most 60 (default: 15, as Refiner is assumed to wait)",
    )
    which = parser.add_argument_group("which cases")
    which.add_argument("--list", action="store_true", help="list the cases with level and evidence, and send nothing")
    which.add_argument(
        "--case", action="append", default=[], metavar="GLOB", help="only these and those they rest on; repeatable"
    )
    which.add_argument("--known-failing", metavar="FILE", help="ids of cases that fail; one that passes fails the run")
    which.add_argument("--update-baseline", action="store_true", help="write that file as it would be now")
    which.add_argument(
        "--seed-number",
        type=whole_number,
        default=0,
        metavar="N",
        help="the same number, the same generated payloads (default: 0)",
    )
    add_reports(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge the receiver and return the exit code of the report; with `--list`, print the cases and return 0.

    Raises:
        UsageError: when an option cannot be followed.
    """
    if arguments.list:
        print(*_listed(arguments.case), sep="\n")
        return DONE
    if arguments.address is None:
        raise UsageError("say where the receiver listens: refiner-mock check receiver URL (or --list)")
    from mock_server.conformance.receiver.battery import check_receiver
    from mock_server.conformance.receiver.means import WITHIN
    from mock_server.webhooks.subscriptions import EVENTS

    reports = wanted_reports(arguments, default=("text", sys.stdout))
    report = check_receiver(
        arguments.address,
        token=arguments.token if arguments.token is not None else os.environ.get(TOKEN_VARIABLE) or None,
        old_token=arguments.old_token,
        probe=arguments.probe,
        events=[chosen(event, EVENTS, "--event") for event in arguments.event or EVENTS],
        cases=arguments.case,
        seed_number=arguments.seed_number,
        known_failing=arguments.known_failing,
        update_baseline=arguments.update_baseline,
        fail_on=arguments.fail_on,
        within=WITHIN if arguments.within is None else arguments.within,
    )
    put_reports(report, reports)
    return report.exit_code


def _listed(globs: list[str]) -> list[str]:
    from mock_server.conformance.cases import listed, selected
    from mock_server.conformance.receiver.cases import receiver_cases

    return listed(selected(receiver_cases(), globs))
