"""`refiner-mock help`: the pages of `topics/`, some parts of them made from the data they speak of."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from mock_server.cli.arguments import DONE, Verbs
from mock_server.cli.topic_parts import part
from mock_server.errors import UsageError
from mock_server.spelling import advice

__all__ = ["FOLDER", "ORDER", "page", "register"]

FOLDER = Path(__file__).parent / "topics"
ORDER = (
    "quickstart", "exec", "pytest", "python", "rules", "clients", "adapter", "receivers", "api", "webhooks", "clock",
    "faults", "seeds", "environments", "dialects", "evidence", "commands", "exit-codes", "control", "page", "settings",
    "limits", "safety", "processes",
)  # fmt: skip

WIDEST = 120
"""Columns of text, however wide the terminal is."""
_DEEP = 4
"""Blanks before lines that are whole, each by itself."""
_OPENING = re.compile(r" *(?:[-*] +|\d+\. +)?(?=\S)")
_MADE = re.compile(r"^<!-- made: (\w+) -->\n.*\n", re.MULTILINE)
_COMMENT = re.compile(r"^<!-- .* -->\n+", re.MULTILINE)
_FENCED = re.compile(r"^(```.*?^```\n)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_TABLE = re.compile(r"^\|.*\n\|[ :|-]+\n((?:\|.*\n)+)", re.MULTILINE)
_CELL_ENDS = re.compile(r"(?<!\\)\|")


def register(verbs: Verbs) -> None:
    """Add the verb; without a topic it lists them."""
    parser = verbs.add_parser("help", help="read about a topic: quickstart, webhooks, clock, ...")
    parser.add_argument(
        "topic", nargs="*", metavar="TOPIC", help="one of those that refiner-mock help lists, or a verb: its options"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the topic, or the list of them, and return 0; of a verb that is no topic print the options.

    Raises:
        UsageError: when there is no such topic; the message says what was probably meant.
        SystemExit: with 0, after the options of a verb.
    """
    from mock_server.cli import VERBS, main

    words: list[str] = arguments.topic
    topic = " ".join(words)
    if words and topic not in ORDER:
        if words[0] in VERBS:
            return main([*words, "--help"])
        raise UsageError(f"there is no topic {topic[:60]!r}; {advice(topic, dict.fromkeys((*ORDER, *VERBS)))}")
    sys.stdout.write(readable(page(topic), _columns()) if words else _contents())
    if topic in VERBS:
        print(f"\nIts options: refiner-mock {topic} --help")
    return DONE


def _columns() -> int:
    return max(40, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


def page(topic: str) -> str:
    """Return a topic as Markdown, whole: what is made from data stands in its place."""
    text = (FOLDER / f"{topic}.md").read_text("utf-8")
    return _MADE.sub(lambda found: part(found[1]), text)


def readable(markdown: str, width: int = WIDEST) -> str:
    """Return Markdown as one reads it in a terminal: no comments, links by their words, wide tables as lists.

    Paragraphs and the items of lists are filled anew; blocks between fences stay as they are, so that they can be
    copied.
    """
    prose_and_blocks = _FENCED.split(_COMMENT.sub("", markdown))
    prose_and_blocks[::2] = ["".join(_reflowed(prose, width)) for prose in prose_and_blocks[::2]]
    return "".join(prose_and_blocks)


def _reflowed(prose: str, width: int) -> Iterator[str]:
    for rank, piece in enumerate(_TABLE.split(_LINK.sub(_told, prose))):
        lines = _listed(piece) if rank % 2 else _joined(piece.split("\n"))
        yield "\n".join(_filled(line, width) for line in lines)


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """Yield whole paragraphs and items: a line that only goes on with the one before it is put behind that."""
    whole: str | None = None
    for line in lines:
        if whole and line and _goes_on(whole, line):
            whole += f" {line.strip()}"
            continue
        if whole is not None:
            yield whole
        whole = line
    if whole is not None:
        yield whole


def _goes_on(whole: str, line: str) -> bool:
    before = _opening(whole)
    if whole.startswith("#") or (before.isspace() and len(before) >= _DEEP):
        return False
    return _opening(line) == " " * len(before)


def _opening(line: str) -> str:
    """Return what stands before the words of a line: blanks, and the mark of an item."""
    opening = _OPENING.match(line)
    return opening[0] if opening else ""


def _filled(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = " " * len(_opening(line))
    return textwrap.fill(line, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def _told(link: re.Match[str]) -> str:
    words, target = link.groups()
    if target.startswith("https:"):
        return f"{words} ({target})"
    topic = Path(target.partition("#")[0]).stem
    return f"{words} (help {topic})" if topic in ORDER else words


def _listed(rows: str) -> Iterator[str]:
    """Yield the rows of a table as a list: the first cell, and indented below it the others."""
    for row in rows.splitlines():
        first, *others = (cell.strip().replace("\\|", "|") for cell in _CELL_ENDS.split(row)[1:-1])
        yield f"  {first}"
        if rest := " · ".join(filter(None, others)):
            yield f"      {rest}"
    yield ""


def _contents() -> str:
    width = max(map(len, ORDER))
    lines = [f"  {topic:{width}}  {_title(topic)}" for topic in ORDER]
    return "\n".join(["refiner-mock help TOPIC", "", *lines, "", "For a verb: refiner-mock VERB --help", ""])


def _title(topic: str) -> str:
    with (FOLDER / f"{topic}.md").open(encoding="utf-8") as file:
        return file.readline().removeprefix("# ").rstrip("\n")
