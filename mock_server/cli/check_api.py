"""`refiner-mock check api`: hold a live server, such as Refiner itself, to the contract."""

from __future__ import annotations

import argparse
import os
import sys
from urllib.parse import urlsplit

from mock_server.cli.arguments import DONE, Verbs
from mock_server.cli.judging import add_reports, put_reports, wanted_reports
from mock_server.errors import UsageError

__all__ = ["register"]

KEY_VARIABLE = "REFINER_API_KEY"
"""Where the key may stand, so that nobody sees it among the processes."""


def register(checks: Verbs) -> None:
    """Add the check."""
    parser = checks.add_parser("api", help="hold a live server to the contract; reads only unless told otherwise")
    parser.description = (
        "Asks a live server some ninety questions, one after the other, and tells where it does otherwise "
        "than the contract says, and which side of our doubts it is on. "
        "Nothing of what it answers is shown but types and counts."
    )
    parser.add_argument("--url", metavar="URL", help="its base URL, such as https://api.refiner.io/v1")
    parser.add_argument("--api-key", metavar="K", help=f"a key of it, sent to it alone (default: ${KEY_VARIABLE})")
    writing = parser.add_argument_group("writing")
    writing.add_argument(
        "--write", action="store_true", help="check the writing operations, too, once you have typed the host's name"
    )
    writing.add_argument("--yes", metavar="HOST", help="says the host's name beforehand, for scripts")
    which = parser.add_argument_group("which cases")
    which.add_argument("--list", action="store_true", help="list the cases with their evidence, and send nothing")
    which.add_argument("--case", action="append", default=[], metavar="GLOB", help="only these; repeatable")
    add_reports(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Judge the server and return the exit code of the report; with `--list`, print the cases and return 0.

    Raises:
        UsageError: when an option cannot be followed, or writing was not confirmed; nothing was sent then.
    """
    from mock_server.conformance.drift.battery import api_cases, check_api, selected

    if arguments.list:
        cases = selected(api_cases(write=arguments.write), arguments.case)
        width = max(len(case.id) for case in cases)
        print(*(f"{case.evidence:10}  {case.id:{width}}  {case.title}" for case in cases), sep="\n")
        return DONE
    if arguments.url is None:
        raise UsageError("say which server: refiner-mock check api --url https://HOST/v1 --api-key K (or --list)")
    key = arguments.api_key if arguments.api_key is not None else os.environ.get(KEY_VARIABLE)
    if not key:
        raise UsageError(f"a key of that server is needed: --api-key K, or the variable {KEY_VARIABLE}")
    reports = wanted_reports(arguments, default=("text", sys.stdout))
    selected(api_cases(write=arguments.write), arguments.case)  # or it would be found out after the question
    if arguments.write:
        _confirm(arguments.url, arguments.yes)
    elif arguments.yes is not None:
        raise UsageError("--yes says that --write may write, but there is no --write")
    report = check_api(arguments.url, key=key, write=arguments.write, cases=arguments.case, fail_on=arguments.fail_on)
    put_reports(report, reports)
    return report.exit_code


def _confirm(url: str, said: str | None) -> None:
    """See that whoever calls knows where it writes.

    Raises:
        UsageError: when the host's name was not said.
    """
    from mock_server.conformance.drift.writes import LEFT_BEHIND

    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if said is None:
        if not sys.stdin.isatty():
            raise UsageError(f"--write writes to {host}: without a terminal to ask at, say --yes {host}")
        print(f"This writes to {host}. {LEFT_BEHIND}", file=sys.stderr)
        print(f"Type {host} to go on: ", end="", file=sys.stderr, flush=True)
        said = sys.stdin.readline().strip()
    if not host or said.lower() != host:
        raise UsageError(f"the host is {host}, not {said!r}; nothing was sent")
