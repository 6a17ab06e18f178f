"""What strangers sent, made fit to be shown: it steers no terminal, turns no line round and is never too long."""

from __future__ import annotations

import unicodedata

__all__ = ["columns", "cut", "harmless", "printable"]


def printable(text: str) -> bool:
    """Tell whether a text can be shown as it is.

    `##[` is not: a runner of GitHub takes it for a command wherever it stands in a line.
    """
    return text.isprintable() and "##[" not in text


def harmless(text: str, most: int = 10_000) -> str:
    """Return a text of one line, at most about `most` characters of it, in which what does not print is escaped."""
    text = cut(text, most)
    if printable(text):
        return text
    shown = (one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return "".join(shown).replace("##[", "#\\x23[")


def cut(text: str, most: int) -> str:
    """Return a text, or where it has more than `most` characters (30 at least) its start and how many are missing.

    What UTF-8 cannot hold becomes `?`.
    """
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= most:
        return text
    room = max(most - 30, 0)
    return f"{text[:room]}… ({len(text) - room} more characters)"


def columns(text: str) -> int:
    """Return how many columns of a terminal a harmless text takes: wide characters two, accents none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )
