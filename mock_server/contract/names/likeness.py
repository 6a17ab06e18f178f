"""How much a name is like each parameter of an operation, whatever its value: by spelling, by words, by meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from mock_server.contract.names.words import (
    KEPT,
    alike,
    edits,
    fold,
    is_plural,
    lexicon,
    mates,
    senses,
    singular,
    split,
)
from mock_server.contract.operations import Operation, Parameter
from mock_server.frozen import frozen

__all__ = ["SPELT", "Likeness", "likenesses", "topic"]

SPELT = 1.1
"""The score of a name that differs in nothing but case and separators."""

_LEAST = 0.55
_LITTLE = 0.08
"""What a word weighs that says little: a filler, or what the operation is about anyway."""
_LISTS = frozenset(("list", "array", "arr"))
_PHRASE = 0.9
"""What is left of the likeness to a phrase that only means the parameter."""
_WHOLE = 0.7
_OTHER_NUMBER = 0.1
_NAMED_CHOICE = 0.75
_ASKED = 0.6
"""Enough if the value is one of the choices."""
_IMPLIED = 0.8
"""What a word says for an id if it names the thing that has the id: `user` for `id`."""


@frozen
class Likeness:
    """How much a name is like one parameter."""

    parameter: Parameter
    score: float
    """From 0 to 1, or `SPELT`."""
    how: str
    """`spelling`, `slip`, `words`, `meaning`; `choice`: the name is one of the parameter's choices, so the value has to
    be a flag; `asking`: the name asks for some choice, so the value has to be one of the parameter's."""
    whole: bool
    """Every word of the name, fillers aside, says something of the parameter, the last one by itself."""


@frozen
class _Target:
    """What is known of one parameter before any name is seen."""

    parameter: Parameter
    words: tuple[str, ...]
    weights: tuple[float, ...]
    """A word says the less of a parameter, the more parameters of the operation have it."""
    about: frozenset[str]
    """What the operation is about: words that a name may have without meaning more."""
    is_id: bool
    has_twin: bool
    """The operation takes one and several of it: `form_uuid` and `form_uuids`."""


@lru_cache(maxsize=KEPT)
def likenesses(operation: Operation, name: str) -> tuple[Likeness, ...]:
    """Return what a name has in common with the parameters of an operation, without those that it is quite unlike."""
    words = split(name)
    found = (_likeness(name, words, target) for target in _targets(operation))
    return tuple(each for each in found if each.score >= _LEAST)


@lru_cache(maxsize=512)
def _targets(operation: Operation) -> tuple[_Target, ...]:
    words = {name: tuple(map(singular, split(name))) for name in operation.parameters}
    everywhere = [word for each in words.values() for word in each]
    people = lexicon().row("person")
    about_call = topic(operation).union(map(singular, split(operation.id)))

    def target(parameter: Parameter) -> _Target:
        own = words[parameter.name]
        is_id = lexicon().row("identity").issuperset(own)
        others = {mate for each in words.values() if each != own for word in each for mate in (word, *mates(word))}
        about = people if parameter.name in operation.one_of else about_call - others if is_id else about_call
        weights = tuple(_LITTLE if word in lexicon().particles else 1 / everywhere.count(word) for word in own)
        has_twin = list(words.values()).count(own) > 1
        return _Target(parameter, own, weights, about, is_id or parameter.name in operation.one_of, has_twin)

    return tuple(map(target, operation.parameters.values()))


def topic(operation: Operation) -> frozenset[str]:
    """Return what an operation is about: the words of its path, and those that mean the same."""
    words = frozenset(map(singular, split(operation.path)))
    return words.union(*map(mates, words))


def _is_many(words: Sequence[str]) -> bool:
    return any(map(is_plural, words)) or not _LISTS.isdisjoint(words)


def _likeness(name: str, words: Sequence[str], target: _Target) -> Likeness:
    parameter = target.parameter
    plain = tuple(map(singular, words))
    if fold(name) == fold(parameter.name):
        return Likeness(parameter, SPELT, "spelling", whole=True)
    if plain == target.words and not target.has_twin:
        return Likeness(parameter, 0.98, "spelling", whole=True)
    literal = _compare(plain, target.words, target.weights, target)
    pairs = [literal, *_compare_phrases(plain, target)]
    score = max(likely for likely, _ in pairs)
    whole = any(also for likely, also in pairs if likely > _WHOLE or likely == literal[0])
    if target.has_twin and _is_many(words) != (parameter.kind == "array"):
        score -= _OTHER_NUMBER
    how = "words" if score > 0.9 else "meaning"
    for likely, also in ((_slip(name, plain, parameter), "slip"), (_choice(plain, target), "choice")):
        if likely > score:
            score, how, whole = likely, also, True
    if score < _ASKED and _chooses(plain, target):
        score, how = _ASKED, "asking"
    return Likeness(parameter, score, how, whole)


def _compare(
    words: Sequence[str], wanted: Sequence[str], weights: Sequence[float], target: _Target
) -> tuple[float, bool]:
    """Return how much `words` say the same as `wanted`, and whether they say nothing beyond it."""
    heard = [0.0] * len(wanted)
    said, little, implied, strange = [], 0, 0, 0
    for word in words:
        likes = [alike(word, each) for each in wanted]
        if any(likes):
            said.append(max(likes))
            heard = list(map(max, heard, likes))
        elif target.is_id and not target.about.isdisjoint(senses(word)):
            implied += 1
        elif word in target.about or word in lexicon().fillers:
            little += 1
        else:
            strange += 1
    if not said:
        return (_IMPLIED * 0.9 if implied == len(words) else 0.0), False
    forward = sum(said) / (len(said) + strange + _LITTLE * (little + implied))
    backward = sum(map(float.__mul__, heard, weights)) / sum(weights)
    return forward * (0.5 + 0.5 * backward), not strange and any(alike(words[-1], each) for each in wanted)


def _compare_phrases(words: Sequence[str], target: _Target) -> Iterator[tuple[float, bool]]:
    table = lexicon()
    idle = frozenset() if target.is_id else target.about - table.row("identity")
    for phrase in table.phrases.get(target.parameter.name, ()) if len(target.words) > 1 else ():
        score, whole = _compare(words, phrase, (1.0,) * len(phrase), target)
        yield score * _PHRASE, whole
    for at, word in enumerate(target.words):
        for told in table.phrases.get(word, ()):
            phrase = tuple(each for each in told if each not in idle) or told
            if sum(any(alike(said, each) for each in phrase) for said in words) < len(phrase):
                continue
            wanted = (*target.words[:at], *phrase, *target.words[at + 1 :])
            rest = (1 / len(phrase) * target.weights[at],) * len(phrase)
            weights = (*target.weights[:at], *rest, *target.weights[at + 1 :])
            score, whole = _compare(words, wanted, weights, target)
            yield score * _PHRASE, whole


def _slip(name: str, words: Sequence[str], parameter: Parameter) -> float:
    """Return the likeness of two spellings: one or two slips of the finger are forgiven, in short names none."""
    written, wanted = fold(name), fold(parameter.name)
    shorter = min(len(written), len(wanted))
    if shorter < 4 or (shorter == 4 and (len(written) != 4 or sorted(written) != sorted(wanted))):
        return 0.0
    most = 2 if shorter > 8 and not lexicon().known.issuperset(words) else 1
    slips = edits(written, wanted, most)
    return 0.0 if slips > most else 0.98 - 0.05 * slips


def _choice(words: Sequence[str], target: _Target) -> float:
    """Return the likeness of a name that is one of the choices: `archived=1` for `list=archived`."""
    choices = target.parameter.schema.get("enum", ()) if target.parameter.kind == "string" else ()
    if len(target.words) > 1 or not choices:
        return 0.0
    table = lexicon()
    idle = table.fillers | table.choices | table.row("inclusion") | target.about
    rest = {word for word in words if word not in idle}
    said = {frozenset(map(singular, split(choice))) for choice in choices}
    return _NAMED_CHOICE if frozenset(rest) in said else 0.0


def _chooses(words: Sequence[str], target: _Target) -> bool:
    """Tell whether a name asks for a choice and the parameter offers one; the value must then be one of its choices.

    A parameter of several words says itself what there is to choose (`order_by`).
    """
    table = lexicon()
    offers = len(target.words) == 1 and target.parameter.kind == "string" and "enum" in target.parameter.schema
    idle = table.fillers | table.row("inclusion") | target.about
    asks = not (table.choices | table.row("inclusion")).isdisjoint(words) and (table.choices | idle).issuperset(words)
    return offers and (asks or words[-1:] == target.words)
