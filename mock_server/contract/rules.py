"""The rules that clients are judged by, from `contracts/rules.yaml`, and how grave a broken one is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args

from mock_server.contract.prepared import stored
from mock_server.errors import ContractError
from mock_server.frozen import frozen

__all__ = ["CAP", "CODES", "LEVELS", "OF_THE_PARAMETER", "SECTIONS", "Level", "Rule", "rules", "severity"]

Level = Literal["error", "warning", "note"]

LEVELS: tuple[Level, ...] = get_args(Level)
"""From grave to slight."""

CODES = frozenset(
    {
        "wrong-parameter",
        "unknown-parameter",
        "missing-parameter",
        "bad-value",
        "bad-encoding",
        "unknown-route",
        "wrong-method",
        "bad-credentials",
        "legacy-route",
        "stray-trait",
        "identity-misuse",
        "paging",
        "time",
        "mock-only",
        "retry",
        "key-in-url",
        "advice",
    }
)
"""What a violation can be; reports are sorted by it."""

SECTIONS = ("exchange", "refusals", "sequence")
"""The parts of the file: over one call by itself, over its answer, over several."""

OF_THE_PARAMETER = "of-the-parameter"
"""Stands in a rule whose evidence is that of the parameter or operation in question."""

# What nobody has documented must not fail a build: the surer the fact, the graver a departure from it may be called.
CAP: Mapping[str, Level] = {"observed": "error", "documented": "error", "inferred": "warning", "assumed": "note"}


@frozen
class Rule:
    """One rule."""

    id: str
    """Stays for good: reports, baselines and `--pedantic` go by it."""
    code: str
    """One of `CODES`."""
    level: Level
    """How grave it is where its facts are sure."""
    evidence: str
    """Of the fact it rests on, or `of-the-parameter`."""
    source: tuple[str, ...]
    about: str
    fact: str
    """A pointer into `contracts/refiner.yaml`."""


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by its id, in the order of the file.

    Raises:
        ContractError: when the file is missing or broken.
    """
    document = stored("rules.yaml")
    try:
        found = [_rule(entry) for section in SECTIONS for entry in document[section]]
    except (KeyError, TypeError, ValueError) as reason:
        raise ContractError(f"contracts/rules.yaml cannot be read: {reason!r}") from reason
    if len({rule.id for rule in found}) != len(found):
        raise ContractError("contracts/rules.yaml has two rules with one id")
    return MappingProxyType({rule.id: rule for rule in found})


def severity(rule_id: str, evidence: str | None = None, *, pedantic: bool = False) -> Level:
    """Return how grave it is that a rule was broken: its level, but no more than the evidence allows.

    Args:
        rule_id: the rule.
        evidence: of the fact that was departed from; None: the rule's own.
        pedantic: whatever the evidence, the rule's level counts.

    Raises:
        ContractError: when there is no such rule.
    """
    rule = rules().get(rule_id)
    if rule is None:
        raise ContractError(f"contracts/rules.yaml has no rule {rule_id}")
    if pedantic:
        return rule.level
    cap = CAP.get(evidence or rule.evidence, "note")
    return max(rule.level, cap, key=LEVELS.index)


def _rule(entry: Mapping[str, Any]) -> Rule:
    rule = Rule(
        id=entry["id"],
        code=entry["code"],
        level=entry["level"],
        evidence=entry["x-evidence"],
        source=tuple(entry["x-source"]),
        about=entry["about"],
        fact=entry["fact"],
    )
    if rule.code not in CODES or rule.level not in LEVELS or rule.evidence not in (*CAP, OF_THE_PARAMETER):
        raise ValueError(rule.id)
    return rule
