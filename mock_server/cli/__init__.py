"""`refiner-mock`: words in, one call, words out.

One file per verb. A verb's file is light; what it needs to do its work is imported when it runs, so that
`refiner-mock --version` costs little more than Python itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from mock_server import __version__
from mock_server.cli import check, clock, contract, demo, doctor, env, ready, replay, resend, serve, trigger
from mock_server.cli import exec as execution
from mock_server.cli import help as topics
from mock_server.cli.arguments import COULD_NOT, WRONG_USAGE, Parser
from mock_server.errors import CannotRun, ContractError, RefinerMockError, ServerUnavailable, StillBusy

__all__ = ["main"]

VERBS = (serve, demo, execution, check, trigger, resend, clock, env, replay, ready, doctor, contract, topics)

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""
_COULD_NOT = (ServerUnavailable, CannotRun, ContractError, StillBusy)
"""Errors that are nobody's wrong usage."""

EPILOG = "exit codes: 0 done, 1 broken, 2 could not (the server does not answer), 3 wrong usage"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name; None takes the process's own) and return its exit code.

    Raises:
        SystemExit: with 0, after `--help` and `--version` have printed.
    """
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our words has seen enough (`refiner-mock contract | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except RefinerMockError as error:
        print(f"refiner-mock: {error}", file=sys.stderr)
        return COULD_NOT if isinstance(error, _COULD_NOT) else WRONG_USAGE
    return code


def _run(argv: Sequence[str] | None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.run is None:
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    code: int = arguments.run(arguments)
    return code


def _parser() -> Parser:
    parser = Parser(
        prog="refiner-mock",
        description="A local stand-in for Refiner's API that fires real webhooks.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"refiner-mock {__version__}")
    parser.set_defaults(run=None)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    for verb in VERBS:
        verb.register(verbs)
    return parser
