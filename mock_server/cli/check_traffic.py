"""`refiner-mock check traffic`: judge what a running server has seen so far."""

from __future__ import annotations

import argparse
import sys

from mock_server.cli.arguments import Verbs, add_environment, environment, server_url
from mock_server.cli.judging import add_judging, demands, put_reports, wanted_reports

__all__ = ["register"]

DEFAULT = "default"
"""The environment that answers for what belongs to none: a wrong key, a path outside `/v1`."""


def register(checks: Verbs) -> None:
    """Add the check."""
    parser = checks.add_parser("traffic", help="judge the requests that a running server has had so far")
    add_environment(parser)
    add_judging(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Report on the traffic of one environment and return the exit code of its verdict.

    Raises:
        ServerUnavailable: when no server answers.
        UsageError: when it has no such environment, or an option cannot be followed.
    """
    from mock_server.conformance.traffic import judged

    held_to, reports = demands(arguments), wanted_reports(arguments, default=("text", sys.stdout))
    with environment(arguments) as watched:
        subject = f"{server_url(arguments)}, environment {watched.name}"
        report = judged(watched, held_to, tool="check traffic", subject=subject, strays=watched.name == DEFAULT)
    put_reports(report, reports)
    return report.exit_code
