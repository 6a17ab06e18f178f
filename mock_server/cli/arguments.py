"""What the verbs share: exit codes, the parser, the options that name a running server."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from mock_server.errors import UsageError
from mock_server.resources import seed_given as seed
from mock_server.spelling import advice, nearest

if TYPE_CHECKING:
    from mock_server.remote import Remote, RemoteEnvironment

__all__ = [
    "BROKEN",
    "COULD_NOT",
    "DEFAULT_URL",
    "DONE",
    "URL_VARIABLE",
    "WRONG_USAGE",
    "Parser",
    "Verbs",
    "add_environment",
    "add_url",
    "chosen",
    "environment",
    "environment_name",
    "pairs",
    "positive_number",
    "remote",
    "seconds",
    "seed",
    "server_url",
    "whole_number",
]

DONE = 0
BROKEN = 1
COULD_NOT = 2
WRONG_USAGE = 3

URL_VARIABLE = "REFINER_MOCK_URL"
DEFAULT_URL = "http://127.0.0.1:7334"


class Verbs(Protocol):
    """Where a verb puts itself."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """Return the parser of a new verb."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are our own errors, so that wrong usage ends with 3 and not argparse's 2."""

    def __init__(self, **given: Any) -> None:
        # No abbreviations: a script that says --web today must not mean something else tomorrow.
        super().__init__(**{"allow_abbrev": False, **given})

    def error(self, message: str) -> NoReturn:
        """Refuse a command line."""
        raise UsageError(f"{message.removeprefix('argument ')} (see {self.prog} --help)")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and refuse what is not known here: argparse would leave that to the parser of the whole command."""
        found, strange = super().parse_known_args(args, namespace)
        if strange:
            option = strange[0].partition("=")[0][:60]
            if not option.startswith("-"):
                self.error(f"{option!r} is a word too many")
            near = nearest(option, self._option_string_actions)
            self.error(f"there is no option {option}" + (f"; did you mean {near}?" if near else ""))
        return found, strange

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            given, hint = f"{str(value)[:60]!r}", advice(value, action.choices)
            option = next(iter(action.option_strings), None)
            self.error(f"{option} is {given}; {hint}" if option else f"there is no {action.metavar} {given}; {hint}")


def whole_number(text: str) -> int:
    """Return a number of an option. Raises argparse.ArgumentTypeError."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text[:18])


def positive_number(text: str) -> int:
    """Return a number of an option that is not 0. Raises argparse.ArgumentTypeError."""
    number = whole_number(text)
    if not number:
        raise argparse.ArgumentTypeError("0 is too few")
    return number


def seconds(text: str) -> float:
    """Return the seconds of an option. Raises argparse.ArgumentTypeError."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from None


def chosen(word: str, choices: Iterable[str], option: str) -> str:
    """Return a choice as it is spelt, whatever the capitals of the word, or with - and _ for blanks.

    Raises:
        UsageError: when it is none of them; the message names the option.
    """
    known = {_plain(choice): choice for choice in choices}
    if _plain(word) not in known:
        raise UsageError(f"{option} is {word[:60]!r}; {advice(word, known.values())}")
    return known[_plain(word)]


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", " ", word.strip()).casefold()


def add_url(parser: argparse._ActionsContainer, *, default: str = f"${URL_VARIABLE}, else {DEFAULT_URL}") -> None:
    """Let a verb be told which server it speaks to.

    Both these options have no default here, so that they may stand before or behind a verb's second word, and the
    parser of the one does not undo what the parser of the other read.
    """
    parser.add_argument("--url", default=argparse.SUPPRESS, help=f"the running server (default: {default})")


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Let a verb be told which server it speaks to, and of which environment."""
    add_url(parser)
    parser.add_argument("--env", default=argparse.SUPPRESS, metavar="NAME", help="its environment (default: default)")


@contextlib.contextmanager
def remote(arguments: argparse.Namespace, *, timeout: float = 30.0) -> Iterator[Remote]:
    """Hold the server that `--url` or `$REFINER_MOCK_URL` names; nothing is sent yet."""
    from mock_server.remote import Remote

    with contextlib.closing(Remote(server_url(arguments), timeout=timeout)) as found:
        yield found


def server_url(arguments: argparse.Namespace) -> str:
    """Return the address that `--url` or `$REFINER_MOCK_URL` names."""
    return getattr(arguments, "url", None) or os.environ.get(URL_VARIABLE) or DEFAULT_URL


def environment_name(arguments: argparse.Namespace) -> str:
    """Return what `--env` names."""
    name: str = getattr(arguments, "env", "default")
    return name


@contextlib.contextmanager
def environment(arguments: argparse.Namespace) -> Iterator[RemoteEnvironment]:
    """Hold the environment that `--env` names.

    Raises:
        ServerUnavailable: when no server answers.
        UsageError: when it has no such environment.
    """
    with remote(arguments) as found:
        yield found.environment(environment_name(arguments))


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Return `KEY=VALUE` words as a mapping.

    Raises:
        UsageError: when a word has no `=` or no key.
    """
    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UsageError(f"{option} is given {text!r}; write {option} KEY=VALUE")
        found[key] = value
    return found
