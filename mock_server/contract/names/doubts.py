"""What makes a free name suspicious before its value is seen; nearly every trait is not, which one look tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mock_server.contract.document import load
from mock_server.contract.names.glance import suspects
from mock_server.contract.names.likeness import Likeness, likenesses, topic
from mock_server.contract.names.words import KEPT, lexicon, singular, split
from mock_server.contract.operations import Operation, Parameter
from mock_server.frozen import frozen

__all__ = ["Doubt", "doubt"]

_INTO = re.compile(r"[.\[]")
"""How a name leads into a list or an object: `account.id`, `tags[0]`."""


@frozen
class Doubt:
    """What a free name may be else."""

    words: frozenset[str]
    """Its words in the singular."""
    likenesses: tuple[Likeness, ...]
    """The parameters of the operation that it says nothing else than."""
    names_person: bool
    wraps: bool
    """As an object it wraps what belongs beside it: `attributes`, `user_traits`."""
    envelops: bool
    """As an object it may hold what is missing beside it: `user`, `payload`."""
    call: str | None
    """The other call about the same person that it belongs to: `POST /sync-segment`."""
    is_calls_own: bool
    """It is spelt as that call's parameter."""


@lru_cache(maxsize=KEPT)
def doubt(operation: Operation, name: str) -> Doubt | None:
    """Return what a free name of an open operation may be else, None for an ordinary one."""
    if not suspects((operation, *(other for other, _ in _neighbours(operation))), name):
        return None
    return _weighed(operation, name)


def _weighed(operation: Operation, name: str) -> Doubt | None:
    table = lexicon()
    spoken = tuple(map(singular, split(name)))
    words = frozenset(spoken)
    people = table.row("person") | table.selves
    wrappers = table.wrappers | (topic(operation) - people)
    like = tuple(_likely(operation, name))
    wraps = not wrappers.isdisjoint(spoken[-1:]) and words <= wrappers | people | table.fillers
    envelops = bool(words) and words <= table.envelopes | people
    call, is_own = _elsewhere(operation, name, words)
    if not like and not wraps and not envelops and call is None:
        return None
    return Doubt(words, like, not words.isdisjoint(people), wraps, envelops, call, is_own)


def _likely(operation: Operation, name: str) -> Iterator[Likeness]:
    head = _INTO.split(name, maxsplit=1)[0]
    for each in likenesses(operation, head):
        holds = each.parameter.kind in ("array", "object")
        if each.how == "spelling" and (holds or head == name):
            yield each
            return
    for each in likenesses(operation, name):
        if each.how in ("spelling", "slip") or (each.whole and each.parameter.kind != "object"):
            yield each


def _elsewhere(operation: Operation, name: str, words: frozenset[str]) -> tuple[str | None, bool]:
    for other, parameter in _neighbours(operation):
        for each in likenesses(other, name):
            named = each.whole and not words.isdisjoint(split(parameter.name)[:1])
            if each.parameter is parameter and named:
                return f"{other.method} {other.path}", each.how == "spelling"
    return None, False


@lru_cache(maxsize=64)
def _neighbours(operation: Operation) -> tuple[tuple[Operation, Parameter], ...]:
    """Return the writing calls about the same person, each with a parameter that only it needs."""
    return tuple(
        (other, other.parameters[name])
        for other in load().operations.values()
        if other.method == "POST" and not other.open and not set(other.one_of).isdisjoint(operation.one_of)
        for name in other.required
        if name not in operation.parameters and len(split(name)) > 1
    )
