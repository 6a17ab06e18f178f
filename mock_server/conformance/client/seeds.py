"""What there is in the world of a case at first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from mock_server.errors import ContractError
from mock_server.resources import contract_path

__all__ = ["BUILT_IN", "seed_document"]

BUILT_IN = ("empty", "demo")
"""Those that the server knows by itself."""
_QUESTIONS = [{"identifier": "nps", "text": "How likely are you to recommend us?", "type": "nps"}]


def seed_document(seed: str | Mapping[str, Any]) -> str | Mapping[str, Any]:
    """Return what an environment is seeded with: a name that the server knows, or a seed document.

    Args:
        seed: such a name, that of a file in `contracts/cases/client/seeds`, numbers of generated things
            (`{"contacts": 120}`, in `contracts/case.schema.json`), or a seed document, which is returned as it is.

    Raises:
        ContractError: when there is no such file.
    """
    if isinstance(seed, str):
        return seed if seed in BUILT_IN else _stored(seed)
    counted = all(isinstance(value, int) for value in seed.values()) and bool(seed)
    return _generated(**seed) if counted else seed


@cache
def _stored(name: str) -> Mapping[str, Any]:
    try:
        document: Mapping[str, Any] = json.loads(contract_path(f"cases/client/seeds/{name}.json").read_bytes())
    except ValueError as reason:
        raise ContractError(f"contracts/cases/client/seeds/{name}.json is no JSON: {reason}") from None
    return document


def _generated(contacts: int = 0, forms: int = 0, segments: int = 0, responses: int = 0) -> Mapping[str, Any]:
    """Return a seed document with so many of each, every one a minute after the one before."""
    people = [_person(rank, rank <= responses) for rank in range(1, max(contacts, responses) + 1)]
    surveys = max(forms, 1 if responses else 0)
    return {
        "segments": [{"name": f"Segment {rank:02}", "at": "-9d"} for rank in range(1, segments + 1)],
        "surveys": [
            {"name": f"Survey {rank:02}", "at": "-9d", "questions": _QUESTIONS} for rank in range(1, surveys + 1)
        ],
        "contacts": [
            {**person, "at": f"-{len(people) - rank + 60}m"} | _answered(person, len(people) - rank)
            for rank, person in enumerate(people)
        ],
    }


def _person(rank: int, answers: bool) -> dict[str, Any]:
    person: dict[str, Any] = {"id": f"u{rank}", "email": f"u{rank}@example.org", "traits": {"name": f"User {rank}"}}
    return {**person, "responses": [{"rank": rank}]} if answers else person


def _answered(person: Mapping[str, Any], minutes: int) -> dict[str, Any]:
    if "responses" not in person:
        return {}
    rank = person["responses"][0]["rank"]
    answer = {"survey": "Survey 01", "state": "completed", "at": f"-{minutes + 2}m", "answers": {"nps": str(rank % 11)}}
    return {"responses": [answer]}
