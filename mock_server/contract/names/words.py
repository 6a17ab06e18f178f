"""Words of names: how a name falls into words, and how near two words are.

What words mean is data, `contracts/words.yaml`; the words that the contract itself uses are taken from the contract.
Nothing is read before the first question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain

from mock_server.contract.document import load
from mock_server.contract.prepared import stored
from mock_server.frozen import frozen

__all__ = [
    "KEPT",
    "SHORT_PARTS",
    "Lexicon",
    "alike",
    "edits",
    "fold",
    "is_plural",
    "lexicon",
    "mates",
    "parts",
    "senses",
    "shortens",
    "singular",
    "split",
]

KEPT = 2_048
"""Names and words that each question here is remembered for: enough for a thousand traits, at some 300 bytes each."""
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAPS = re.compile(r"[\W_]+")
_PLURAL_CAPITALS = re.compile(r"(?<=[A-Z])s(?![a-z])")
_IRREGULAR = {"ids": "id", "people": "person"}
_LONGEST_GLUED = 40
SHORT_PARTS = frozenset(("id", "by", "is", "no", "to"))
"""The words of two letters that count in a name without separators: `userid`, `orderby`, `dateto`."""


@frozen
class Lexicon:
    """`contracts/words.yaml`, ready to be asked."""

    rows: Mapping[str, frozenset[str]]
    """The names of the rows of synonyms that a word stands in, by word."""
    members: Mapping[str, frozenset[str]]
    """The words of each row, by its name."""
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    """What several words together mean: a word of a parameter, or a whole one of several words."""
    caveats: Mapping[tuple[str, str], str]
    """What to heed of a word in a row (the word, the row) that does not say quite the same as the others there."""
    fillers: frozenset[str]
    particles: frozenset[str]
    choices: frozenset[str]
    directions: frozenset[str]
    selves: frozenset[str]
    wrappers: frozenset[str]
    envelopes: frozenset[str]
    verbs: Mapping[str, frozenset[str]]
    known: frozenset[str]
    """All words of the table and of the contract: a known word is never taken for a slip of another."""

    def row(self, name: str) -> frozenset[str]:
        """Return the words of one row of synonyms."""
        return self.members[name]


@cache
def lexicon() -> Lexicon:
    """Return the table of this installation.

    Raises:
        ContractError: when the file is missing or broken.
    """
    table = stored("words.yaml")
    members = {name: frozenset(words) for name, words in table["synonyms"].items()}
    rows = {word: frozenset(name for name in members if word in members[name]) for word in chain(*members.values())}
    lists = {
        key: frozenset(table[key])
        for key in ("fillers", "particles", "choices", "directions", "selves", "wrappers", "envelopes")
    }
    verbs = {name: frozenset(words) for name, words in table["verbs"].items()}
    phrases = {word: tuple(tuple(text.split()) for text in texts) for word, texts in table["phrases"].items()}
    operations = load().operations.values()
    used = [part for each in operations for name in (each.path, *each.parameters) for part in parts(name)]
    return Lexicon(
        rows=rows,
        members=members,
        phrases=phrases,
        caveats={(word, row): each["why"] for row, each in table["caveats"].items() for word in each["words"]},
        verbs=verbs,
        known=frozenset().union(rows, *lists.values(), *verbs.values(), map(singular, used), *chain(*phrases.values())),
        **lists,
    )


def split(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case: `formUUIDs`, `form-uuids`, `form[uuids]` and `formuuids` fall alike."""
    known = lexicon().known
    words: list[str] = []
    for whole in parts(name):
        if words and words[-1] + whole in known:
            words[-1] += whole  # `e-mail`, `meta_data`, `uId`
        else:
            words += _glued(whole)
    return tuple(words)


def fold(name: str) -> str:
    """Return a name without case and separators."""
    return "".join(parts(name))


def singular(word: str) -> str:
    """Return the singular of a plural, any other word as it is."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return _IRREGULAR.get(word, word)
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("uses", "sses", "xes", "zes", "ches")) else word[:-1]


def is_plural(word: str) -> bool:
    """Tell whether a word is a plural."""
    return singular(word) != word


@lru_cache(maxsize=KEPT)
def alike(word: str, wanted: str) -> float:
    """Return how surely `word` (singular) says what `wanted` says: 1.0 for the same, 0.0 for nothing in common."""
    if word == wanted:
        return 1.0
    table = lexicon()
    if word in mates(wanted):
        return 0.85
    if word in table.known:
        return 0.0
    if _slip(word, wanted):
        return 0.92
    if shortens(word, wanted):
        return 0.85
    return 0.0 if mates(wanted).isdisjoint(senses(word)) else 0.8


@lru_cache(maxsize=KEPT)
def senses(word: str) -> frozenset[str]:
    """Return the words of the table that `word` may be: itself, or those that it may be a slip of."""
    if word in lexicon().known:
        return frozenset((word,))
    letters, by_length = frozenset(word), _by_length()
    near = (known for length in range(len(word) - 2, len(word) + 3) for known in by_length.get(length, ()))
    return frozenset(known for known, used in near if len(letters ^ used) < 5 and _slip(word, known))


@cache
def _by_length() -> Mapping[int, Sequence[tuple[str, frozenset[str]]]]:
    """Return the words of the table with their letters, by length: most are too unlike to be compared any closer."""
    words: dict[int, list[tuple[str, frozenset[str]]]] = {}
    for known in lexicon().rows:
        words.setdefault(len(known), []).append((known, frozenset(known)))
    return words


@lru_cache(maxsize=KEPT)
def mates(word: str) -> frozenset[str]:
    """Return the words that mean the same as `word`; itself is among them, if there are any."""
    table = lexicon()
    return frozenset().union(*map(table.row, table.rows.get(word, ())))


@lru_cache(maxsize=KEPT)
def edits(left: str, right: str, most: int) -> int:
    """Return how many letters to add, drop, change or swap make one text the other; `most + 1` for more than `most`."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and b == left[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


@lru_cache(maxsize=KEPT)
def parts(name: str) -> tuple[str, ...]:
    """Return what case and separators make of a name, in lower case; `split` looks for words in that."""
    name = _PLURAL_CAPITALS.sub("S", name)  # userIDs: one word, not `I` and `Ds`
    return tuple(part.lower() for part in _GAPS.split(_HUMPS.sub(" ", name)) if part)


@lru_cache(maxsize=KEPT)
def _glued(word: str) -> tuple[str, ...]:
    """Return the known words that a word without separators is put together from, or the word by itself."""
    known = lexicon().known
    if singular(word) in known or not 5 <= len(word) <= _LONGEST_GLUED:
        return (word,)
    best: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(2, len(word) + 1):
        for start in range(end - 1):
            part = word[start:end]
            long_enough = len(part) > 2 or part in SHORT_PARTS
            if start in best and long_enough and singular(part) in known and len(best[start]) < 4:
                found = (*best[start], part)
                best[end] = min(best.get(end, found), found, key=len)
    return best.get(len(word), (word,))


def _slip(word: str, wanted: str) -> bool:
    """Tell whether a word is another one mistyped. In words of four letters only a swap is, in shorter ones nothing."""
    shorter = min(len(word), len(wanted))
    if shorter < 4 or abs(len(word) - len(wanted)) > 2:
        return False
    if shorter == 4 and len(word) == len(wanted):
        return sorted(word) == sorted(wanted) and edits(word, wanted, 1) == 1
    return edits(word, wanted, most := 2 if shorter > 8 else 1) <= most


def shortens(word: str, wanted: str) -> bool:
    """Tell whether a word abbreviates another one: by its first letters, or by its first letter and consonants."""
    if len(word) < 3 or len(wanted) < len(word) + 2:
        return False
    if wanted.startswith(word):
        return True
    letters = iter(wanted[1:])
    return word[0] == wanted[0] and not set(word[1:]) & set("aeiou") and all(letter in letters for letter in word[1:])
