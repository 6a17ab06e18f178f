"""The documented call nearest to one that does not exist: across REST habits, other names, slips and wrong prefixes.

What each call is about and what it does is read off the contract: its path, its operationId, its parameters. Where
nothing is near, the answer is None; a route that only refiner-mock has is never the answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mock_server.contract.document import Contract, Operation
from mock_server.contract.likeness import likenesses
from mock_server.contract.words import alike, lexicon, singular, split

__all__ = ["nearest_call"]

_LONGEST = 200
_ENOUGH = 0.62
_AHEAD = 0.045
_EARLIER = 0.35
"""What a word weighs that stands before the last one of the path: in `/surveys/42/responses` that is `surveys`."""
_EXPLAINED = 0.8
"""What a word says for a call that takes such a thing as a parameter: `surveys` for listResponses, which takes `form_uuid`."""
_PREFIX = re.compile(r"api|rest|v\d+", re.IGNORECASE)
_ID = re.compile(r"[{:<].*|.*[\d@].*")
_FILE = re.compile(r"\.(?!json$)\w+$")
_ACTIONS: Mapping[str, Mapping[str, float]] = {
    "GET": {"read": 1.0},
    "HEAD": {"read": 1.0},
    "POST": {"create": 1.0, "update": 0.95},
    "PUT": {"update": 1.0, "create": 0.9},
    "PATCH": {"update": 1.0, "create": 0.9},
    "DELETE": {"delete": 1.0},
}


@dataclass(frozen=True, slots=True)
class _Call:
    """A documented call, as something to be meant."""

    operation: Operation
    things: tuple[str, ...]
    """What it is about; all of it should be said."""
    doings: frozenset[str]
    """The words for what it does."""
    values: frozenset[str]
    """The choices of a parameter that it needs: a path may name one (`/nps`)."""
    takes: frozenset[str]
    """The first words of its parameters."""
    shows: frozenset[str]
    """What it shows, by its summary, where it takes no parameters that would say it."""
    actions: frozenset[str]
    is_list: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a call that does not exist wants."""

    words: tuple[tuple[str, float], ...]
    """Its words in the singular, each with its weight."""
    actions: Mapping[str, float]
    path: str
    """Plain, lower case; empty where an id is in it."""
    has_id: bool
    is_single: bool
    parameters: Collection[str]


def nearest_call(contract: Contract, method: str, path: str, parameters: Mapping[str, object]) -> str | None:
    """Return the documented call that was probably meant, None where none is near.

    Args:
        contract: the calls to choose from.
        method: in capitals.
        path: with or without `/v1` and other prefixes.
        parameters: what came with the call, by name.

    Returns:
        Method and path without `/v1`: `POST /identify-user`.
    """
    wanted = _wanted(contract, method, path, parameters)
    if wanted is None:
        return None
    ranked = sorted(((_score(wanted, call), call) for call in _calls(contract)), key=lambda pair: -pair[0])
    (best, call), (second, _) = ranked[:2]
    if best < _ENOUGH or best - second < _AHEAD:
        return None
    return f"{call.operation.method} {call.operation.path}"


def _wanted(contract: Contract, method: str, path: str, parameters: Mapping[str, object]) -> _Wanted | None:
    steps = [step for step in path.partition("?")[0].split("/") if step]
    while steps and (_PREFIX.fullmatch(steps[0]) or (steps[0] == "e" and len(steps) > 1)):
        steps = steps[2 if steps[0] == "e" else 1 :]
    if len(path) > _LONGEST or method not in _ACTIONS or not steps or _FILE.search(steps[-1]):
        return None
    steps[-1] = steps[-1].removesuffix(".json")
    verbs = lexicon().verbs
    idle = frozenset().union(*verbs.values()) - _path_words(contract)
    said = [[] if _ID.fullmatch(step) else [word for word in split(step) if word not in idle] for step in steps]
    last = max((at for at, words in enumerate(said) if words), default=None)
    if last is None:
        return None
    words = [(singular(word), 1.0 if at == last else _EARLIER) for at, step in enumerate(said) for word in step]
    all_words = {word for step in steps if not _ID.fullmatch(step) for word in split(step)}
    actions = {name: 1.0 for name, members in verbs.items() if members & all_words}
    has_id = any(map(_ID.fullmatch, steps))
    return _Wanted(
        words=tuple(words),
        actions=actions if actions and method != "DELETE" else _ACTIONS[method],
        path="" if has_id else "/" + "/".join(steps).lower(),
        has_id=has_id,
        is_single=bool(_ID.fullmatch(steps[-1])) or all(singular(word) == word for word in said[last]),
        parameters=[name for name in list(parameters)[:50] if name not in contract.credential_names],
    )


def _score(wanted: _Wanted, call: _Call) -> float:
    heard = dict.fromkeys(call.things, 0.0)
    said = total = done = 0.0
    for word, weight in wanted.words:
        likes = {thing: _says(word, thing, call) for thing in call.things}
        does = max((alike(word, doing) for doing in call.doings), default=0.0)
        chooses = 0.85 if word in call.values or _shown(word, call) else 0.0
        explains = _EXPLAINED if any(alike(word, taken) >= _EXPLAINED for taken in call.takes) else 0.0
        heard = {thing: max(before, likes[thing], chooses) for thing, before in heard.items()}
        done = max(done, does)
        said += weight * max(*likes.values(), does, chooses, explains)
        total += weight
    whole = max(sum(heard.values()) / len(heard), 0.85 * done)
    score = said / total * (0.5 + 0.5 * whole)
    fits = max((wanted.actions.get(action, 0.0) for action in call.actions), default=0.0)
    score *= fits or (0.75 if wanted.path == call.operation.path else 0.55)
    if call.actions == {"read"}:
        single = wanted.is_single or not call.operation.parameters.keys().isdisjoint(_lone(wanted, call))
        score += -0.04 if call.is_list == single else 0.04
    return score - 0.2 * _unmet(wanted, call)
