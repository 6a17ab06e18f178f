"""The documented call nearest to one that does not exist: across REST habits, other names, slips and wrong prefixes.

What each call is about and what it does is read off the contract: its path, its operationId, its parameters. Where
nothing is near, the answer is None; a route that only refiner-mock has is never the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain, islice

from mock_server.contract.document import Contract, Operation
from mock_server.contract.names.likeness import likenesses
from mock_server.contract.names.words import alike, is_plural, lexicon, singular, split
from mock_server.frozen import frozen

__all__ = ["nearest_call"]

_LONGEST, _LONGEST_NAME = 200, 80
_MOST = 20
_ENOUGH = 0.6
_AHEAD = 0.045
_WORTH = 0.4
"""A call less like it than this is not looked at any closer."""
_SAME_PATH = 0.7
"""What is left of the likeness of a call that does something else, on the same path."""
_OTHER_ACTION = 0.55
_ONE_OR_MANY = 0.04
_TAKEN = 0.1
_UNMET = 0.2
_FOREIGN = 0.3
"""What a documented parameter says against a call that has none such: `segment_uuid` against identifyUser."""
_EARLIER = 0.35
"""What a word weighs that stands before the last one of the path: in `/surveys/42/responses` that is `surveys`."""
_BEFORE = 0.5
"""What is left of that for a word before the last one of a step: in `user-segments` that is `user`."""
_EXPLAINED = 0.8
"""What a word says for a call with such a parameter: `surveys` for listResponses, which takes `form_uuid`."""
_PREFIX = re.compile(r"api|rest|v\d+", re.IGNORECASE)
_ID = re.compile(r"[{:<].*|.*[\d@].*")
_FILE = re.compile(r"\.(?!json$)\w+$")
_ACTIONS: Mapping[str, Mapping[str, float]] = {
    "GET": {"read": 1.0},
    "HEAD": {"read": 1.0},
    "POST": {"create": 1.0, "update": 0.95},
    "PUT": {"update": 1.0, "create": 0.75},
    "PATCH": {"update": 1.0, "create": 0.75},
    "DELETE": {"delete": 1.0},
}


@frozen
class _Call:
    """A documented call, as something to be meant."""

    operation: Operation
    things: tuple[str, ...]
    """What its path is about; all of it should be said."""
    doings: frozenset[str]
    """The words for what it does."""
    actions: frozenset[str]
    """Which of the `verbs` of the table that is."""
    choices: frozenset[str]
    """The choices of a parameter that it needs: a path may name one (`/nps`)."""
    takes: frozenset[str]
    """What its parameters name: `form` for `form_uuid`, `contact` for `contact_data`."""
    shows: frozenset[str]
    """What it shows by its summary, where it takes no parameters that would say it."""
    is_list: bool


@frozen
class _Wanted:
    """A call that does not exist."""

    words: tuple[tuple[str, float, bool], ...]
    """The words of its path in the singular, each with the weight of its step, and whether it is the last one there."""
    actions: Mapping[str, float]
    """Which of the `verbs` of the table it may mean, and how surely."""
    is_told: bool
    """The path says it by a verb."""
    path: str
    """Plain and in lower case; empty where an id is in it."""
    has_id: bool
    is_single: bool
    """It is about one object, not about many."""
    parameters: tuple[str, ...]
    documented: tuple[str, ...]
    """Those of them that some call has; of a single word they may be traits, too."""


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
    ranked = sorted(((_score(wanted, call), call.operation) for call in _calls(contract)), key=lambda pair: -pair[0])
    (best, operation), (second, _) = ranked[:2]
    return f"{operation.method} {operation.path}" if best >= _ENOUGH and best - second >= _AHEAD else None


def _wanted(contract: Contract, method: str, path: str, parameters: Mapping[str, object]) -> _Wanted | None:
    steps = _steps(path) if len(path) <= _LONGEST and method in _ACTIONS else []
    verbs, idle = lexicon().verbs, _idle(contract)
    said = [() if _ID.fullmatch(step) else split(step) for step in steps]
    told = [[singular(word) for word in words if word not in idle] for words in said]
    last = max((at for at, words in enumerate(told) if words), default=None)
    if last is None or (said[-1] and _FILE.search(steps[-1])):
        return None
    actions = {name: 1.0 for name, members in verbs.items() if not members.isdisjoint(chain(*said))}
    people = {name for each in contract.operations.values() for name in each.one_of}
    has_id = not all(said)
    short = (name for name in parameters if len(name) <= _LONGEST_NAME and name not in contract.credential_names)
    came = tuple(islice(short, _MOST))
    listed = {name for each in contract.operations.values() if not each.mock_only for name in each.parameters}
    return _Wanted(
        words=tuple(
            (word, 1.0 if at == last else _EARLIER, word is words[-1])
            for at, words in enumerate(told)
            for word in words
        ),
        actions=actions if actions and method != "DELETE" else _ACTIONS[method],
        is_told=bool(actions),
        path="" if has_id else "/" + "/".join(steps).lower(),
        has_id=has_id,
        is_single=not said[-1] or not any(map(is_plural, said[last])) or not people.isdisjoint(parameters),
        parameters=came,
        documented=tuple(name for name in came if name in listed),
    )


def _steps(path: str) -> list[str]:
    """Return the steps of a path without what stands before it: `/api`, `/v1` (even twice), `/e/<environment>`."""
    steps = [step for step in path.partition("?")[0].removesuffix(".json").split("/") if step]
    while steps and _PREFIX.fullmatch(steps[0]):
        del steps[0]
    return _steps("/".join(steps[2:])) if steps[:1] == ["e"] else steps


def _score(wanted: _Wanted, call: _Call) -> float:
    said = total = done = 0.0
    brought = {word for name in wanted.parameters if name in call.operation.required for word in split(name)}
    heard = [_EXPLAINED * (thing in brought) for thing in call.things]
    for word, step, is_head in wanted.words:
        things = [_says(word, thing, call) for thing in call.things]
        does = max((alike(word, doing) for doing in call.doings), default=0.0)
        heard = list(map(max, heard, things))
        done = max(done, does)
        says = max(*things, does, _explained(word, call, is_last=step == 1.0))
        weight = step * _BEFORE if says and not is_head else step  # a strange word changes the one behind it
        said += weight * says
        total += weight
    score = said / total * (0.5 + 0.5 * max(sum(heard) / len(heard), 0.85 * done))
    fits = max((wanted.actions.get(action, 0.0) for action in call.actions), default=0.0)
    if _is_half_said(wanted, call, done):
        fits = 0.0
    if not fits:  # who writes to a list wants to create something, and would not be served by the list
        same = wanted.path == call.operation.path and not call.is_list and "delete" not in wanted.actions
        fits = _SAME_PATH if same else _OTHER_ACTION
    elif "read" in call.actions:
        score += _ONE_OR_MANY * (1 if wanted.is_single != call.is_list else -1)
    score *= fits
    return score + _brought(wanted, call.operation) if score >= _WORTH else score


def _is_half_said(wanted: _Wanted, call: _Call, done: float) -> bool:
    """Tell whether a call that does something with a person and a thing is named by the thing alone: `/segments/42`."""
    operation = call.operation
    if done or wanted.is_told or not operation.one_of or call.takes.isdisjoint(call.things):
        return False
    said = any(alike(word, "user") for word, _, _ in wanted.words)
    return not said and not any(
        each.parameter.name in operation.one_of for name in wanted.parameters for each in likenesses(operation, name)
    )


def _explained(word: str, call: _Call, *, is_last: bool) -> float:
    """Return what a word says that names a parameter of the call; the last word of a path should say more."""
    if call.operation.one_of and alike(word, "user"):
        return _EXPLAINED
    named = any(alike(word, each) >= _EXPLAINED for each in call.takes)
    return _EXPLAINED * named * (0.5 if is_last else 1.0)


def _says(word: str, thing: str, call: _Call) -> float:
    """Return how surely a word names what a call is about."""
    likeness = alike(word, thing)
    if not call.operation.parameters:  # one object, not many: `account` is ours, `companies` are not
        return max(likeness if likeness > 0.9 else 0.0, max((alike(word, each) for each in call.shows), default=0.0))
    return max(likeness, 0.85 * (word in call.choices))


def _brought(wanted: _Wanted, operation: Operation) -> float:
    """Return what the parameters say: for a call that takes them, against one that needs others."""
    if not wanted.parameters:
        return 0.0
    taken = sum(name in operation.parameters for name in wanted.parameters) / len(wanted.parameters)
    near = {
        each.parameter.name
        for name in wanted.parameters
        if len(name) <= _LONGEST
        for each in likenesses(operation, name)
        if each.score >= 0.7
    }
    foreign = any(
        name not in operation.parameters and not (operation.open and len(split(name)) == 1)
        for name in wanted.documented
    )
    needs = [{name} for name in operation.required] + ([set(operation.one_of)] if operation.one_of else [])
    unmet = 0 if wanted.has_id else sum(near.isdisjoint(need) for need in needs)
    return _TAKEN * taken - _UNMET * unmet - _FOREIGN * foreign


@lru_cache(maxsize=16)
def _calls(contract: Contract) -> tuple[_Call, ...]:
    return tuple(_call(each) for each in contract.operations.values() if not each.mock_only)


def _call(operation: Operation) -> _Call:
    table = lexicon()
    verbs = frozenset().union(*table.verbs.values())
    steps = [[singular(word) for word in split(step)] for step in operation.path.split("/") if step]
    verb, *rest = split(operation.id)
    spoken = list(chain(*steps)) or rest
    # What a call does may be left out where it is but a part of a name (`identify-user`), not where it is a step.
    things = tuple(word for word in spoken if len(steps) > 1 or word not in verbs) or tuple(spoken)
    shown = split(operation.summary) if not operation.parameters else ()
    needed = (operation.parameters[name].schema.get("enum", ()) for name in operation.required)
    named = table.row("identity") | {"data"}
    takes = [words[0] for words in map(split, operation.parameters) if singular(words[-1]) in named]
    return _Call(
        operation=operation,
        things=things,
        doings=frozenset((verb, *spoken)) & verbs - table.verbs["read"] - set(things),
        actions=frozenset(name for name, members in table.verbs.items() if verb in members),
        choices=frozenset(choice for choices in needed for choice in choices),
        takes=frozenset(takes),
        shows=frozenset(singular(word) for word in shown if len(word) > 3) - verbs - table.fillers,
        is_list=verb == "list",
    )


@lru_cache(maxsize=16)
def _idle(contract: Contract) -> frozenset[str]:
    """Return the words that name nothing: verbs that no documented path has (or what they mean), `to` and `from`."""
    table = lexicon()
    verbs = table.verbs
    used = {singular(word) for each in contract.operations.values() for word in split(each.path)}
    return (
        verbs["read"]
        | table.particles
        | {verb for members in verbs.values() for verb in members if not any(alike(verb, word) for word in used)}
    )
