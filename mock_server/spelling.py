"""What is said of a word that is none of those there are: the nearest of them, or all."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["advice", "nearest"]

_LIKE = 0.6
"""How alike two words must be, of 1."""
_FEW = 8
"""Choices that are listed beside the nearest."""
_MOST = 60
"""Choices that are listed where none is near."""


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """Return the choice that a word is most like, capitals, blanks and hyphens aside; None where there is none."""
    from difflib import get_close_matches  # only who errs pays for it

    plain = {_plain(choice): choice for choice in choices}
    near = get_close_matches(_plain(word[:100]), plain, n=1, cutoff=_LIKE)
    return plain[near[0]] if near else None


def advice(word: object, choices: Iterable[str]) -> str:
    """Return the end of a sentence about a word that is no choice: `did you mean demo?`, and which ones there are.

    Of many choices only the nearest is named, if one is near.
    """
    known = list(choices)
    more = ", ..." if len(known) > _MOST else ""
    near, every = nearest(str(word), known), f"choose from {', '.join(known[:_MOST])}{more}"
    if near is None:
        return every
    return f"did you mean {near}?" + (f" ({every})" if len(known) <= _FEW else "")


def _plain(word: str) -> str:
    return word.casefold().replace("_", "-").replace(" ", "-")
