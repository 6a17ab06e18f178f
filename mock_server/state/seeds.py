"""Seeds: what an environment holds when it is new.

`empty` has nothing but the segment "All Users", `demo` is a small invented SaaS, `crowded` has thousands of generated
contacts to page through, and anybody can write a document of their own (`fixtures/README.md`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import orjson

from mock_server.errors import RefinerMockError, UsageError
from mock_server.resources import fixture_path
from mock_server.spelling import advice
from mock_server.state.clock import Clock
from mock_server.state.environment import Environment
from mock_server.state.seed_documents import Node, Planting, check, timeline

__all__ = ["SEEDS", "crowded", "plant"]


def plant(environment: Environment, seed: object = "empty") -> None:
    """Fill a new environment by its public verbs; no webhook fires for what is planted.

    `seed` is one of `SEEDS` or a seed document. Its times are relative to the clock's now; the clock travels while the
    seed is planted and shows its own time again afterwards.

    Raises:
        UsageError: when there is no such seed or the document makes no sense; the message names the path.
    """
    if isinstance(seed, str):
        if seed not in SEEDS:
            raise UsageError(f"seed is {seed!r}, neither a seed nor a document (./mine.json); {advice(seed, SEEDS)}")
        document = SEEDS[seed]()
    else:
        document = check(seed)
    waiting = len(environment.outbox)
    planting = Planting(environment)
    with _time_travel(environment.clock):
        for step in timeline(document, environment.clock.now()):
            environment.clock.freeze(step.at)
            try:
                step.act(planting)
            except RefinerMockError as error:
                raise UsageError(f"{step.path}: {error}") from error
    del environment.outbox[waiting:]


@contextmanager
def _time_travel(clock: Clock) -> Iterator[None]:
    mode, now, shift = clock.mode, clock.now(), clock.shift
    clock.freeze(now)
    try:
        yield
    finally:
        clock.resume(shift)
        if mode == "frozen":
            clock.freeze(now)


@cache
def _packaged(name: str) -> Node:
    document: Node = orjson.loads(fixture_path(f"environments/{name}.json").read_bytes())
    return document


_FIRST_NAMES: Final = ("Ada", "Bo", "Cleo", "Dara", "Edda", "Finn", "Gita", "Hana", "Ivo", "Jun", "Kai", "Lena")
_LAST_NAMES: Final = ("Abel", "Brook", "Castle", "Dune", "Ember", "Fjord", "Grove", "Heath", "Isle", "Juniper")
_PLANS: Final = ("trial", "starter", "team", "business")
_REASONS: Final = ("Fast support", "Too many clicks", "Does what we need", "Missing an export", "Easy to learn")


def crowded(number: int = 1, contacts: int = 3_000) -> dict[str, object]:
    """Return a seed document with many contacts, about every second one with a response; `number` varies it."""
    dice = random.Random(number)
    return {
        "segments": [
            {"name": "Power users"},
            {"name": "Trial", "rule": {"trait": "plan", "operator": "equals", "value": "trial"}},
        ],
        "surveys": [
            {
                "name": "NPS",
                "questions": [
                    {"identifier": "nps", "text": "How likely are you to recommend us?", "type": "nps"},
                    {"identifier": "reason", "text": "Why?", "type": "text"},
                ],
            }
        ],
        "contacts": [_stranger(dice, rank) for rank in range(1, contacts + 1)],
    }


def _stranger(dice: random.Random, rank: int) -> dict[str, Any]:
    since = dice.randrange(3_600, 90 * 86_400)
    contact: dict[str, Any] = {
        "id": f"user-{rank:05}",
        "email": f"user-{rank:05}@example.org",
        "at": f"-{since}s",
        "traits": {
            "name": f"{dice.choice(_FIRST_NAMES)} {dice.choice(_LAST_NAMES)}",
            "plan": dice.choice(_PLANS),
            "seats": dice.randrange(1, 200),
        },
        "account": {"id": f"account-{dice.randrange(1, 200):03}"},
    }
    if dice.random() < 0.1:
        contact["segments"] = [{"segment": "Power users", "at": f"-{since // 2}s"}]
    if dice.random() < 0.5:
        state = dice.choices(("completed", "partial", "dismissed", "shown"), (6, 1, 2, 1))[0]
        response: dict[str, Any] = {"survey": "NPS", "at": f"-{dice.randrange(since)}s", "state": state}
        if state in ("completed", "partial"):
            response["answers"] = {"nps": dice.randrange(11), "reason": dice.choice(_REASONS)}
        contact["responses"] = [response]
    return contact


SEEDS: Final[Mapping[str, Callable[[], Node]]] = {
    "empty": lambda: _packaged("empty"),
    "demo": lambda: _packaged("demo"),
    "crowded": crowded,
}
"""The seeds that have a name."""
