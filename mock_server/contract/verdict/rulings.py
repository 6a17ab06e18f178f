"""The closer look at one request: every rule in its turn, and nothing secret in what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from mock_server.contract.verdict.bodies import bodies
from mock_server.contract.verdict.calls import is_preflight, own_call, unknown_call
from mock_server.contract.verdict.freevalues import free_values
from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.keys import keys
from mock_server.contract.verdict.periods import periods
from mock_server.contract.verdict.persons import overwritten, persons, uuid_not_taken
from mock_server.contract.verdict.shapes import bracketed_keys, numbered_lists, shapes
from mock_server.contract.verdict.texts import texts
from mock_server.contract.verdict.unlisted import missing, unlisted
from mock_server.contract.verdict.values import bad_values, numbers_as_text
from mock_server.contract.verdict.veil import without_secrets
from mock_server.contract.violation import Finding

__all__ = ["MOST", "rulings"]

MOST = 50
"""Findings over one request; who sends a thousand unknown names learns as much from the first."""

Rules = Callable[[Hearing], Iterable[Finding]]

# One mistake, one message: of several findings over one name the first counts, so what explains more comes first.
RULES: tuple[Rules, ...] = (
    shapes,
    bracketed_keys,
    texts,
    uuid_not_taken,
    unlisted,
    bad_values,
    free_values,
    persons,
    overwritten,
    periods,
    numbers_as_text,
    numbered_lists,
)


def rulings(hearing: Hearing, is_key: Callable[[str], bool]) -> tuple[Finding, ...]:
    """Return what is wrong with a request; `is_key` tells of a UUID whether it is an API key."""
    found = tuple(islice(_found(hearing), MOST))
    return without_secrets(found, hearing, is_key) if found else ()


def _found(hearing: Hearing) -> Iterator[Finding]:
    if is_preflight(hearing):
        return
    over_key = list(keys(hearing)) if hearing.mirrored else []
    yield from over_key
    if hearing.called is None:
        yield from unknown_call(hearing)
        return
    yield from own_call(hearing)
    if hearing.called.mock_only:
        return  # its parameters are ours, so nothing is to be learnt from them about Refiner
    unread = list(bodies(hearing))
    yield from unread
    if any(finding.rule != "untyped-body" for finding in unread):
        return  # what is in the body did not arrive, so all else would be the same mistake once more
    said = {finding.where[1]: finding for finding in over_key}
    for rules in RULES:
        for finding in rules(hearing):
            if said.setdefault(finding.where[1], finding) is finding:
                yield finding
    yield from missing(hearing, said.values())
