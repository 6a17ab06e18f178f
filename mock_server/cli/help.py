"""`refiner-mock help`: short texts by topic, some of them made from the data they speak of."""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

from mock_server.cli.arguments import DONE, Verbs
from mock_server.errors import UsageError

__all__ = ["register"]

FOLDER = Path(__file__).parent / "topics"
ORDER = (
    "quickstart", "rules", "clients", "webhooks", "receivers", "clock", "faults", "seeds", "environments", "dialects",
    "evidence", "exit-codes", "limits",
)  # fmt: skip
LIMITS = ("max_", "journal_", "delivery_", "rate_")
"""How the names of the settings begin that `limits` lists."""


def register(verbs: Verbs) -> None:
    """Add the verb; without a topic it lists them."""
    parser = verbs.add_parser("help", help="read about a topic: quickstart, webhooks, clock, ...")
    parser.add_argument("topic", nargs="?", metavar="TOPIC", help="one of those that refiner-mock help lists")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the topic, or the list of them, and return 0.

    Raises:
        UsageError: when there is no such topic; the message lists them.
    """
    topic: str | None = arguments.topic
    if topic is not None and topic not in ORDER:
        raise UsageError(f"there is no topic {topic!r}; choose from {', '.join(ORDER)} (of a verb: VERB --help)")
    sys.stdout.write(_contents() if topic is None else _text(topic))
    return DONE


def _contents() -> str:
    width = max(map(len, ORDER))
    lines = [f"  {topic:{width}}  {_title(topic)}" for topic in ORDER]
    return "\n".join(["refiner-mock help TOPIC", "", *lines, "", "For a verb: refiner-mock VERB --help", ""])


def _title(topic: str) -> str:
    return _TITLES[topic] if topic in _MADE else _text(topic).partition("\n")[0]


def _text(topic: str) -> str:
    make = _MADE.get(topic)
    return (FOLDER / f"{topic}.md").read_text("utf-8") if make is None else f"{_TITLES[topic]}\n\n{make()}"


def _dialects() -> str:
    """Return every switch of `contracts/dialects.yaml`."""
    from mock_server.contract.dialects import dialects

    parts = [
        "The sources disagree or are silent on these points. * is what holds unless you say otherwise, as in:",
        "",
        "  refiner-mock serve --dialect webhook-retries=none page-length=100",
        "",
    ]
    for dialect in dialects().values():
        parts += [dialect.id, _indented(dialect.about)]
        for name, choice in dialect.choices.items():
            parts.append(f"    {'*' if name == dialect.default else '-'} {name} ({choice.evidence})")
        parts += [_indented(f"Why: {dialect.why}"), ""]
    return "\n".join(parts)


def _rules() -> str:
    """Return every rule of `contracts/rules.yaml`."""
    from mock_server.contract.rules import rules

    parts = [
        "What a client is judged by: code, level and evidence of each rule. Evidence caps the level: observed and",
        "documented facts can be errors, inferred ones warnings, assumed ones notes; --pedantic lifts that cap.",
        "",
    ]
    for rule in rules().values():
        parts.append(f"{rule.id}: {rule.code}, {rule.level} ({rule.evidence.replace('-', ' ')})")
        parts += [_indented(rule.about), ""]
    return "\n".join(parts)


def _limits() -> str:
    """Return every bound among the settings, with what is written below it there."""
    from mock_server import settings

    parts = [
        "Sizes are bytes, times are seconds. Set the variable before the server starts; shown is what holds now.",
        "",
    ]
    values = settings.Settings.from_environment()
    tree = ast.parse(inspect.getsource(settings.Settings)).body[0]
    assert isinstance(tree, ast.ClassDef), "it is a class"
    for knob, below in itertools.pairwise(tree.body):
        if not (isinstance(knob, ast.AnnAssign) and isinstance(knob.target, ast.Name)):
            continue
        name = knob.target.id
        if name.startswith(LIMITS):
            parts.append(f"REFINER_MOCK_{name.upper()}={getattr(values, name)}")
        if name.startswith(LIMITS) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            parts.append(_indented(re.sub(r" \(assumed, g\d+\)", " (assumed)", str(below.value.value))))
    return "\n".join([*parts, ""])


def _indented(text: str) -> str:
    return textwrap.fill(text, 110, initial_indent="    ", subsequent_indent="    ")


_MADE: Mapping[str, Callable[[], str]] = {"dialects": _dialects, "limits": _limits, "rules": _rules}
_TITLES = {
    "dialects": "Dialects: every doubt about Refiner as a switch",
    "limits": "Limits: how much of everything, and how to change it",
    "rules": "Rules: what breaks the contract, and how bad it is",
}
