"""`refiner-mock exec`: run any command against an environment of its own and judge what it sent."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mock_server.cli.arguments import URL_VARIABLE, Verbs, add_url, pairs, seed
from mock_server.cli.judging import add_judging, demands, put_reports, wanted_reports
from mock_server.errors import CannotRun, UsageError

if TYPE_CHECKING:
    from mock_server.remote import RemoteEnvironment

__all__ = ["register"]

_FORWARDED = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that the command gets when we get them: it ends as it would without us, and the verdict is still told."""
_KILLED = 128
"""A shell adds the signal's number to it."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("exec", help="run a command and judge what it sends to Refiner")
    parser.description = "Runs COMMAND with REFINER_BASE_URL and REFINER_API_KEY set, then judges what it sent."
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, metavar="-- COMMAND ...", help="the command and its words, behind --"
    )
    where = parser.add_argument_group("the environment that is made for it")
    where.add_argument("--seed", metavar="SEED", help="empty (default), demo, crowded, or the path of a JSON seed")
    where.add_argument("--posture", metavar="NAME", help="lenient (default) or strict")
    where.add_argument("--dialect", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="doubts settled")
    add_url(where, default=f"${URL_VARIABLE}, else a server of its own")
    names = parser.add_argument_group("the variables it is told by")
    names.add_argument(
        "--base-url-variable", default="REFINER_BASE_URL", metavar="NAME", help="default: REFINER_BASE_URL"
    )
    names.add_argument("--api-key-variable", default="REFINER_API_KEY", metavar="NAME", help="default: REFINER_API_KEY")
    add_judging(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its own exit code where it failed, else that of the verdict.

    Raises:
        UsageError: when an option cannot be followed; the command has not run then.
        CannotRun: when the command cannot be started.
        ServerUnavailable: when the server that `--url` names does not answer.
    """
    from mock_server.conformance.telling import headline
    from mock_server.conformance.traffic import judged

    command: list[str] = arguments.command[arguments.command[:1] == ["--"] :]
    if not command:
        raise UsageError("say what to run: refiner-mock exec [OPTIONS] -- COMMAND ... (see refiner-mock exec --help)")
    held_to, reports = demands(arguments), wanted_reports(arguments, default=("text", sys.stderr))
    with _environment(arguments) as (environment, alone):
        told = {
            arguments.base_url_variable: environment.base_url,
            arguments.api_key_variable: environment.api_key,
            URL_VARIABLE: environment.remote.url,
            "REFINER_MOCK_ENV": environment.name,
        }
        code = _ended(command, told)
        report = judged(environment, held_to, tool="exec", subject=shlex.join(command), strays=alone)
    if code:
        report = replace(report, notes=(*report.notes, f"The command itself {_how_it_ended(code)}."))
    try:
        put_reports(report, reports)
    except UsageError as error:
        if not code:
            raise
        print(f"refiner-mock: {error}", file=sys.stderr)  # the command's own exit code says more
    if code or all(isinstance(to, str) and to != "-" for _, to in reports):
        # Last, and where it is seen: a report in a file must not look like a run without any trouble.
        why = f"exit code {code}, the command's own" if code else f"exit code {report.exit_code}"
        print(f"{headline(report)}: {why}", file=sys.stderr)
    return code or report.exit_code


def _how_it_ended(code: int) -> str:
    if code > _KILLED:
        return f"was ended by signal {code - _KILLED}, which is passed on as exit code {code}"
    return f"failed with exit code {code}, which is passed on"


@contextlib.contextmanager
def _environment(arguments: argparse.Namespace) -> Iterator[tuple[RemoteEnvironment, bool]]:
    """Hold a fresh environment, and whether its server has nobody else to serve."""
    given: dict[str, Any] = {
        "seed": seed(arguments.seed),
        "posture": arguments.posture,
        "dialect": pairs(arguments.dialect, "--dialect") or None,
    }
    url = getattr(arguments, "url", None) or os.environ.get(URL_VARIABLE)
    if url is not None:
        from mock_server.remote import Remote

        with contextlib.closing(Remote(url)) as server, server.create_environment(**given) as environment:
            yield environment, False
        return
    from mock_server.server import MockServer
    from mock_server.settings import Settings

    # A free port whatever the variables say: several may run side by side.
    with MockServer(Settings.from_environment(host="127.0.0.1", port=0)) as own:
        yield own.create_environment(**given), True


def _ended(command: Sequence[str], told: Mapping[str, str]) -> int:
    """Run a command to its end and return its exit code as a shell would tell it.

    Raises:
        CannotRun: when it cannot be started.
    """
    process: subprocess.Popen[bytes] | None = None
    waiting: list[int] = []

    def forward(number: int, _: object) -> None:
        # A terminal's Ctrl-C reaches the whole group by itself; what else sends SIGINT sends it to us alone.
        if process is None:
            waiting.append(number)
        elif number != signal.SIGINT or not sys.stdin.isatty():
            process.send_signal(number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        try:
            process = subprocess.Popen(command, env={**os.environ, **told})  # noqa: S603 - the caller's own command
        except OSError as error:
            raise CannotRun(f"{command[0]} cannot be started: {error.strerror}") from None
        for number in waiting:
            process.send_signal(number)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else _KILLED - code
