"""`refiner-mock check client`: drive a client through all that it could meet, and judge what it does."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mock_server.cli.arguments import DONE, URL_VARIABLE, Verbs, add_url, positive_number, whole_number
from mock_server.cli.judging import add_reports, put_reports, wanted_reports
from mock_server.errors import UsageError

if TYPE_CHECKING:
    from mock_server.conformance.adapters.base import Adapter
    from mock_server.conformance.client.cases import Case
    from mock_server.conformance.report import Report

__all__ = ["register"]

_WAYS = ("oneshot", "stream", "http")
_MUTE = re.compile("no hello|no JSON|before it said its hello")
"""What is said of an adapter that perhaps is none for a stream."""


def register(checks: Verbs) -> None:
    """Add the check."""
    parser = checks.add_parser("client", help="judge a client in any language by driving it")
    parser.description = (
        "Starts COMMAND, an adapter around your client (refiner-mock help clients), has it do what its users could ask "
        "for against a Refiner that behaves in every plausible way, and judges what arrives, changes and is told."
    )
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="the adapter and its words, behind --"
    )
    parser.add_argument(
        "--adapter",
        choices=_WAYS,
        default="stream",
        help="stream: started once, asked by lines (default); oneshot: started for each call; http: asked by POST /run",
    )
    which = parser.add_argument_group("which checks")
    which.add_argument("--list", action="store_true", help="list them with level and evidence, and start nothing")
    which.add_argument("--show", metavar="CASE", help="say all there is to say about one, and start nothing")
    which.add_argument("--case", action="append", default=[], metavar="GLOB", help="only these; repeatable")
    which.add_argument(
        "--replay", metavar="LINE", help="have one line of the protocol done, as reports show them (-: from stdin)"
    )
    which.add_argument(
        "--known-failing", metavar="FILE", help="what fails, by id or pattern; what passes fails the run"
    )
    which.add_argument("--update-baseline", action="store_true", help="write that file as it would be now")
    _add_how(parser)
    add_reports(parser)
    parser.set_defaults(run=run)


def _add_how(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("how")
    how.add_argument(
        "--seed-number", type=whole_number, default=0, metavar="N", help="the same number, the same calls (default: 0)"
    )
    how.add_argument(
        "--examples",
        type=positive_number,
        metavar="N",
        help="calls drawn of each operation (default: 10 for each arg, at most 40)",
    )
    how.add_argument("--workers", type=positive_number, metavar="N", help="adapters side by side (default: up to 4)")
    add_url(how, default=f"${URL_VARIABLE}, else a server of its own")


def run(arguments: argparse.Namespace) -> int:
    """Judge the client and return the exit code of the report; with `--list` or `--show`, print and return 0.

    Raises:
        UsageError: when an option cannot be followed; nothing was started then.
        CannotRun: when there is no such command.
        ServerUnavailable: when the server that `--url` names does not answer.
    """
    if arguments.list or arguments.show is not None:
        print(*(_listed(arguments.case) if arguments.show is None else _shown(arguments.show)), sep="\n")
        return DONE
    command: list[str] = arguments.command[arguments.command[:1] == ["--"] :]
    if not command:
        raise UsageError(
            "say how your adapter is started: refiner-mock check client [OPTIONS] -- COMMAND ... "
            "(refiner-mock help clients says what an adapter is)"
        )
    reports = wanted_reports(arguments, default=("text", sys.stdout))
    report = _judged(_adapter(arguments.adapter, command), arguments)
    put_reports(report, reports)
    mute = any(check.id == "hello" and _MUTE.search(check.detail) for check in report.checks)
    if arguments.adapter == "stream" and mute:
        hint = "no hello came; an adapter that is started anew for each call says none: --adapter oneshot"
        print(f"refiner-mock: {hint}", file=sys.stderr)
    return report.exit_code


def _judged(adapter: Adapter, arguments: argparse.Namespace) -> Report:
    server = getattr(arguments, "url", None) or os.environ.get(URL_VARIABLE)
    if arguments.replay is not None:
        from mock_server.conformance.client.replaying import replay

        line = sys.stdin.readline() if arguments.replay == "-" else arguments.replay
        return replay(adapter, line, server=server, fail_on=arguments.fail_on)
    from mock_server.conformance.client.battery import check_client

    with _progress() as progress:
        return check_client(
            adapter,
            server=server,
            cases=arguments.case,
            examples=arguments.examples,
            seed_number=arguments.seed_number,
            known_failing=arguments.known_failing,
            update_baseline=arguments.update_baseline,
            fail_on=arguments.fail_on,
            workers=arguments.workers,
            progress=progress,
        )


def _adapter(way: str, command: list[str]) -> Adapter:
    from mock_server.conformance import HttpAdapter, ProcessAdapter

    if way == "http":
        return HttpAdapter(command)
    return ProcessAdapter(command, "oneshot" if way == "oneshot" else "stream")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str], None] | None]:
    """Hold what tells how far it is, in one line of a terminal that is gone afterwards; None where there is none."""
    if not sys.stderr.isatty():
        yield None
        return

    def tell(text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[2K{text[:width]}")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        sys.stderr.write("\r\x1b[2K")
        sys.stderr.flush()


def _listed(globs: list[str]) -> list[str]:
    from mock_server.conformance.cases import listed, selected
    from mock_server.conformance.client.battery import client_checks

    return listed(selected(client_checks(), globs))


def _shown(id: str) -> Iterator[str]:
    """Yield all there is to say about a check: of a case what happens in it, of another what it looks for.

    Raises:
        UsageError: when there is none of that name.
    """
    from mock_server.conformance.cases import selected
    from mock_server.conformance.client.battery import client_checks
    from mock_server.conformance.client.cases import client_cases

    check = next((check for check in client_checks() if check.id == id), None)
    if check is None:
        selected(client_checks(), [id])  # says what was probably meant
        raise UsageError(f"--show takes one check, not a pattern: {id}")
    yield f"{check.id} ({check.level}, {check.evidence}): {check.title}"
    case = next((case for case in client_cases() if case.id == id), None)
    if case is not None:
        yield from _of_case(case)
    elif check.detail:
        yield check.detail


def _of_case(case: Case) -> Iterator[str]:
    """Yield why a case is there, what happens in it as its file says, how it is mended and from where it is known."""
    import yaml

    from mock_server.contract.lines import line_of
    from mock_server.contract.prepared import read
    from mock_server.resources import contract_path

    files = (read(path.read_bytes()) for path in contract_path("cases/client").glob("*.yaml"))
    described = next(each for file in files for each in file["cases"] if each["id"] == case.id)
    happens = {name: described[name] for name in ("seed", "server", "before", "steps") if name in described}
    yield from (
        "",
        *textwrap.wrap(case.about, 100),
        "",
        "What happens (contracts/case.schema.json explains the words):",
    )
    shown = yaml.safe_dump(happens, sort_keys=False, allow_unicode=True, width=100).rstrip()
    yield from (textwrap.indent(shown, "  "), "")
    yield f"How to mend it: {case.fix}"
    yield f"Known from: {case.evidence} ({', '.join(case.source)}), contracts/refiner.yaml:{line_of(case.fact)}"
