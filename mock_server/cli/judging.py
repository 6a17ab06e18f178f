"""What the verbs that judge share: how strict they are, what they demand, where their reports go."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from mock_server.conformance.report import Report
    from mock_server.conformance.traffic import Demands

__all__ = ["add_judging", "add_reports", "demands", "put_reports", "wanted_reports"]

Destination = tuple[str, str | TextIO]
"""A format, and a path or an open stream."""


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Let a verb be told what breaks the run, and where the report goes."""
    group = parser.add_argument_group("the verdict")
    group.add_argument(
        "--fail-on",
        choices=("error", "warning", "note", "never"),
        default="error",
        help="the least severity that ends with exit code 1 (default: error)",
    )
    group.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FMT[=PATH]",
        help="text, json, junit, markdown or github, to PATH or to standard output; may be given several times",
    )


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Let a verb that judges traffic be told how strict it is."""
    add_reports(parser)
    group = parser.add_argument_group("what is demanded")
    group.add_argument(
        "--require",
        nargs="+",
        action="extend",
        default=[],
        metavar="OP",
        help="operations (identifyUser) or webhooks ('Completed Survey') that must have been exercised",
    )
    group.add_argument(
        "--pedantic", action="store_true", help="count every violation in full, however weakly its fact is known"
    )


def demands(arguments: argparse.Namespace) -> Demands:
    """Return what the options of `add_judging` demand.

    Raises:
        UsageError: when a required operation or webhook is none.
    """
    from mock_server.conformance.traffic import Demands

    return Demands(fail_on=arguments.fail_on, pedantic=arguments.pedantic, require=arguments.require)


def wanted_reports(arguments: argparse.Namespace, *, default: Destination) -> Sequence[Destination]:
    """Return which reports go where, `default` where none is asked for.

    Raises:
        UsageError: when there is no such format.
    """
    from mock_server.conformance.output import wanted

    asked = [wanted(text) for text in arguments.report]
    return [(each.format, each.path) for each in asked] or [default]


def put_reports(report: Report, destinations: Sequence[Destination]) -> None:
    """Write a report wherever it is wanted.

    Raises:
        UsageError: when a file cannot be written.
    """
    for kind, to in destinations:
        report.write(kind, to)
