"""One glance at a free name, so that a thousand traits never seen before take milliseconds and not a second.

It may suspect what is ordinary, which only costs a closer look, but it never passes over what `doubts` would find: a
test holds it to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mock_server.contract.names.words import SHORT_PARTS, fold, lexicon, mates, parts, shortens, singular, split
from mock_server.contract.operations import Operation

__all__ = ["suspects"]

_LONG = 8
"""Letters of a word in which two slips may pass for one word."""
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True, slots=True)
class _Signs:
    """What the end of a suspicious name looks like."""

    words: frozenset[str]
    """Words that say something, as singular and plural."""
    ends: frozenset[str]
    """Those of them that count at the end of a word without separators."""
    longest: int
    near: frozenset[str]
    """They, and each of them without one of its letters: what two spellings one slip apart have in common."""
    letters: Mapping[int, tuple[frozenset[str], ...]]
    """The letters of those that are long, by their length."""
    starts: frozenset[str]
    """What parameters' words may be shortened to by leaving off their ends."""
    wanted: frozenset[str]
    """Parameters' words."""
    heads: frozenset[str]
    """The parameters themselves."""


def suspects(operations: tuple[Operation, ...], name: str) -> bool:
    """Tell whether a free name may be a parameter of one of these operations, or an object around some."""
    signs = _signs(operations)
    said = parts(name)
    if not said:
        return False
    last, both = said[-1], "".join(said[-2:])
    ends = [both[at:] for at in range(-min(len(both), signs.longest), -1)]
    if last in signs.words or both in signs.words or not signs.ends.isdisjoint(ends):
        return True
    if ("." in name or "[" in name) and fold(name.replace("[", ".").partition(".")[0]) in signs.heads:
        return True
    whole = "".join(said)
    return _is_near(last, signs) or (whole != last and _is_near(whole, signs))


def _is_near(word: str, signs: _Signs) -> bool:
    """Tell whether a word may be one of the signs, mistyped or shortened."""
    if word in signs.starts or (_VOWELS.isdisjoint(word[1:]) and any(shortens(word, each) for each in signs.wanted)):
        return True
    if len(word) > signs.longest + 2:
        return False
    one = singular(word)
    if not signs.near.isdisjoint(_thinned(one)) or (one != word and not signs.near.isdisjoint(_thinned(word))):
        return True
    if len(word) <= _LONG:
        return False
    letters = frozenset(one)
    return any(
        len(letters ^ other) < 5
        for length in range(len(one) - 2, len(word) + 3)
        for other in signs.letters.get(length, ())
    )


@lru_cache(maxsize=64)
def _signs(operations: tuple[Operation, ...]) -> _Signs:
    table = lexicon()
    wanted = {singular(word) for each in operations for name in each.parameters for word in split(name)}
    for each in operations:
        for told in (*map(singular, split(each.path)), *each.parameters, *wanted):
            wanted.update(word for phrase in table.phrases.get(told, ()) for word in phrase)
        wanted.update(map(singular, split(each.path)))
    words = wanted.union(*map(mates, wanted), table.wrappers, table.envelopes, table.row("person"), table.selves)
    folded = {fold(name) for each in operations for name in each.parameters}
    every = frozenset(form for word in words | folded for form in _forms(word))
    longest = max(map(len, every))
    sizes = range(_LONG + 1, longest + 1)
    return _Signs(
        words=every,
        ends=frozenset(word for word in every if len(word) > 2 or word in SHORT_PARTS),
        longest=longest,
        near=frozenset(thin for each in words | folded if len(each) > 3 for thin in _thinned(each)),
        letters={size: tuple(frozenset(each) for each in words | folded if len(each) == size) for size in sizes},
        starts=frozenset(word[:end] for word in wanted for end in range(3, len(word) - 1)),
        wanted=frozenset(wanted),
        heads=frozenset(folded),
    )


def _forms(word: str) -> Iterable[str]:
    """Return a word with all that may be its plural."""
    return (word, f"{word}s", f"{word}es", f"{word[:-1]}ies", *(["people"] if word == "person" else []))


def _thinned(word: str) -> list[str]:
    """Return a word, and it without one of its letters."""
    return [word, *[word[:at] + word[at + 1 :] for at in range(len(word))]]
