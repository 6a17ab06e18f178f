"""`refiner-mock help`: the pages of `topics/`, some parts of them made from the data they speak of."""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path

from mock_server.cli.arguments import DONE, Verbs
from mock_server.cli.topic_parts import part
from mock_server.errors import UsageError

__all__ = ["FOLDER", "ORDER", "page", "register"]

FOLDER = Path(__file__).parent / "topics"
ORDER = (
    "quickstart", "exec", "pytest", "python", "rules", "clients", "adapter", "receivers", "api", "webhooks", "clock",
    "faults", "seeds", "environments", "dialects", "evidence", "commands", "exit-codes", "control", "page", "settings",
    "limits", "safety", "processes",
)  # fmt: skip

WIDTH = 120
_MADE = re.compile(r"^<!-- made: (\w+) -->\n.*\n", re.MULTILINE)
_COMMENT = re.compile(r"^<!-- .* -->\n+", re.MULTILINE)
_FENCED = re.compile(r"^(```.*?^```\n)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_TABLE = re.compile(r"^\|.*\n\|[ :|-]+\n((?:\|.*\n)+)", re.MULTILINE)
_CELL_ENDS = re.compile(r"(?<!\\)\|")


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
    sys.stdout.write(_contents() if topic is None else readable(page(topic)))
    return DONE


def page(topic: str) -> str:
    """Return a topic as Markdown, whole: what is made from data stands in its place."""
    text = (FOLDER / f"{topic}.md").read_text("utf-8")
    return _MADE.sub(lambda found: part(found[1]), text)


def readable(markdown: str) -> str:
    """Return Markdown as one reads it in a terminal: no comments, links by their words, wide tables as lists.

    Blocks between fences stay as they are, so that they can be copied.
    """
    prose_and_blocks = _FENCED.split(_COMMENT.sub("", markdown))
    prose_and_blocks[::2] = [_folded(_TABLE.sub(_listed, _LINK.sub(_told, prose))) for prose in prose_and_blocks[::2]]
    return "".join(prose_and_blocks)


def _told(link: re.Match[str]) -> str:
    words, target = link.groups()
    if target.startswith("https:"):
        return f"{words} ({target})"
    topic = Path(target.partition("#")[0]).stem
    return f"{words} (help {topic})" if topic in ORDER else words


def _folded(prose: str) -> str:
    """Return it with the lines folded that links made too long."""
    return "\n".join(
        textwrap.fill(line, WIDTH, break_on_hyphens=False) if len(line) > WIDTH else line for line in prose.split("\n")
    )


def _listed(table: re.Match[str]) -> str:
    """Return the rows as a list: the first cell, and indented below it the others."""
    lines = []
    for row in table[1].splitlines():
        first, *others = (cell.strip().replace("\\|", "|") for cell in _CELL_ENDS.split(row)[1:-1])
        lines += textwrap.wrap(first, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        rest = " · ".join(filter(None, others))
        lines += textwrap.wrap(rest, WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False)
    return "\n".join([*lines, ""])


def _contents() -> str:
    width = max(map(len, ORDER))
    lines = [f"  {topic:{width}}  {_title(topic)}" for topic in ORDER]
    return "\n".join(["refiner-mock help TOPIC", "", *lines, "", "For a verb: refiner-mock VERB --help", ""])


def _title(topic: str) -> str:
    with (FOLDER / f"{topic}.md").open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").rstrip("\n")
