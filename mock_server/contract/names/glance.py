"""One glance at a free name, so that a thousand traits never seen before take milliseconds and not a second.

It may suspect what is ordinary, which only costs a closer look, but it never passes over what `doubts` would find: a
test holds it to that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from mock_server.contract.names.words import SHORT_PARTS, fold, lexicon, mates, parts, shortens, singular, split
from mock_server.contract.operations import Operation
from mock_server.frozen import frozen

__all__ = ["suspects"]

_LONG = 8
"""Letters of a word in which two slips may pass for one word."""
_VOWELS = frozenset("aeiou")


@frozen
class _Near:
    """Words, and what those have in common that are one or two slips apart from one of them."""

    thinned: frozenset[str]
    """The words, and each without one of its letters: two spellings one slip apart share one of these."""
    letters: Mapping[int, Sequence[frozenset[str]]]
    """By the length of a word: the letters of the long ones that are about as long."""
    longest: int

    def takes(self, word: str) -> bool:
        """Tell whether a word may be one of these, mistyped."""
        if len(word) > self.longest + 2:
            return False
        if not self.thinned.isdisjoint(_thinned(word)):
            return True
        letters = frozenset(word)
        return min([len(letters ^ other) for other in self.letters.get(len(word), ())], default=9) < 5


@frozen
class _Signs:
    """What the end of a suspicious name looks like."""

    words: frozenset[str]
    """Words that say something, as singular and plural."""
    ends: frozenset[str]
    """Those of them that count at the end of a word without separators."""
    longest: int
    near: _Near
    wanted: frozenset[str]
    """Parameters' words."""
    starts: frozenset[str]
    """What these may be shortened to by leaving off their ends."""
    heads: frozenset[str]
    """The parameters themselves."""
    near_heads: _Near


def suspects(operations: tuple[Operation, ...], name: str) -> bool:
    """Tell whether a free name may be a parameter of one of these operations, or an object around some."""
    signs = _signs(operations)
    said = parts(name)
    if not said:
        return False
    if ("." in name or "[" in name) and fold(name.replace("[", ".").partition(".")[0]) in signs.heads:
        return True
    last, both = said[-1], "".join(said[-2:])
    if len(last) > 2 and last.isdigit():
        return False  # no word, and more than two slips
    ends = [both[at:] for at in range(-min(len(both), signs.longest), -1)]
    if last in signs.words or both in signs.words or not signs.ends.isdisjoint(ends):
        return True
    if last in signs.starts or any(signs.near.takes(each) for each in {last, singular(last)}):
        return True
    if _VOWELS.isdisjoint(last[1:]) and any(shortens(last, each) for each in signs.wanted):
        return True
    return len(said) > 1 and signs.near_heads.takes("".join(said))


@lru_cache(maxsize=64)
def _signs(operations: tuple[Operation, ...]) -> _Signs:
    table = lexicon()
    wanted = {singular(word) for each in operations for name in (each.path, *each.parameters) for word in split(name)}
    asked = wanted.union(*(each.parameters for each in operations))
    wanted.update(word for each in asked for phrase in table.phrases.get(each, ()) for word in phrase)
    words = wanted.union(*map(mates, wanted), table.wrappers, table.envelopes, table.row("person"), table.selves)
    heads = frozenset(fold(name) for each in operations for name in each.parameters)
    every = frozenset(form for word in words | heads for form in _forms(word))
    return _Signs(
        words=every,
        ends=frozenset(word for word in every if len(word) > 2 or word in SHORT_PARTS),
        longest=max(map(len, every)),
        near=_near(words | heads),
        wanted=frozenset(wanted),
        starts=frozenset(word[:end] for word in wanted for end in range(3, len(word) - 1)),
        heads=heads,
        near_heads=_near(heads),
    )


def _near(words: Collection[str]) -> _Near:
    long = [each for each in words if len(each) > _LONG]
    longest = max(map(len, words), default=0)
    about = {
        size: [frozenset(each) for each in long if abs(len(each) - size) < 3] for size in range(_LONG + 1, longest + 3)
    }
    return _Near(frozenset(thin for each in words if len(each) > 3 for thin in _thinned(each)), about, longest)


def _forms(word: str) -> Sequence[str]:
    """Return a word with all that may be its plural."""
    return (word, f"{word}s", f"{word}es", f"{word[:-1]}ies", *(["people"] if word == "person" else []))


def _thinned(word: str) -> list[str]:
    """Return a word, and it without one of its letters."""
    return [word, *[word[:at] + word[at + 1 :] for at in range(len(word))]]
