"""`refiner-mock`: words in, one call, words out.

One file per verb, found by its name. Only the verb that was asked for is imported, and what it needs to do its work
when it runs: a server that is started a hundred times a day pays for no other verb.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from mock_server import __version__
from mock_server.cli.arguments import COULD_NOT, WRONG_USAGE, Parser
from mock_server.errors import CannotRun, ContractError, RefinerMockError, ServerUnavailable, StillBusy

__all__ = ["main"]

VERBS = (
    "serve", "demo", "exec", "check", "trigger", "resend", "clock", "env", "replay", "ready", "doctor", "contract",
    "help",
)  # fmt: skip
"""In the order of `--help`; each is the module of that name here."""

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""
_COULD_NOT = (ServerUnavailable, CannotRun, ContractError, StillBusy)
"""Errors that are nobody's wrong usage."""

OURS = "REFINER_MOCK_"
COMMON = ("REFINER_MOCK_URL", "REFINER_MOCK_ENV")
"""How our variables begin, and those of them that need no look."""

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
        hint = "; refiner-mock serve starts one, --url names another" if _nobody_there(error) else ""
        print(f"refiner-mock: {error}{hint}", file=sys.stderr)
        return COULD_NOT if isinstance(error, _COULD_NOT) else WRONG_USAGE
    return code


def _nobody_there(error: RefinerMockError) -> bool:
    return isinstance(error, ServerUnavailable) and isinstance(error.__cause__, ConnectionRefusedError)


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else argv
    _warn()
    parser = _parser(words[:1] if words and words[0] in VERBS else VERBS)
    arguments = parser.parse_args(words)
    if arguments.run is None:
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    code: int = arguments.run(arguments)
    return code


def _warn() -> None:
    """Say which variables are probably misspelt; without any that look like ours nothing is imported for it."""
    if any(name.upper().startswith(OURS) and name not in COMMON for name in os.environ):
        from mock_server.settings import unread

        for told in unread():
            print(f"refiner-mock: warning: {told}", file=sys.stderr)


def _parser(names: Sequence[str]) -> Parser:
    parser = Parser(
        prog="refiner-mock",
        description="A local stand-in for Refiner's API that fires real webhooks.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"refiner-mock {__version__}")
    parser.set_defaults(run=None)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    for name in names:
        importlib.import_module(f"{__name__}.{name}").register(verbs)
    return parser
