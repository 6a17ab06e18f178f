"""The verdict on one exchange by itself: what of it departs from the contract.

What an exchange means as one of many is for `sequence`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice

from mock_server.contract.bodies import bodies
from mock_server.contract.calls import is_preflight, own_call, unknown_call
from mock_server.contract.coercion import Coerced
from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Request
from mock_server.contract.freevalues import free_values
from mock_server.contract.hearing import Hearing, World
from mock_server.contract.keys import is_token_name, keys, masked, secrets
from mock_server.contract.periods import periods
from mock_server.contract.persons import overwritten, persons, uuid_not_taken
from mock_server.contract.screen import is_clean
from mock_server.contract.shapes import bracketed_keys, numbered_lists, shapes
from mock_server.contract.texts import texts
from mock_server.contract.unlisted import missing, unlisted
from mock_server.contract.values import bad_values, numbers_as_text
from mock_server.contract.violation import LONGEST_GOT, Finding

__all__ = ["MOST", "World", "judge"]

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


def judge(
    contract: Contract,
    called: Operation | None,
    request: Request,
    coerced: Coerced | None,
    world: World | None,
    now: int,
    *,
    refused: bool,
    mirrored: bool = True,
    whole_last_day: bool = False,
    headers: Iterable[tuple[bytes, bytes]] = (),
    is_key: Callable[[str], bool] | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong with one request, () nearly always. Never raises, changes nothing.

    Args:
        contract: as it reads under the environment's dialect.
        called: the operation that method and path name, the alias where they name one; None for none.
        request: as it was sent.
        coerced: its parameters as the operation wants them; None where there is no operation or nothing can be read.
        world: the environment before the request; None where the request belongs to none.
        now: the environment's time in microseconds since the epoch.
        refused: the API key does not open the environment.
        mirrored: the path was below a `/v1`; elsewhere there is nothing but unknown routes.
        whole_last_day: `date_range_end` counts as a whole day (the dialect's `range-end` is `inclusive`).
        headers: as they came, lower-case names; read only where something is wrong, to see whether another one than
            Authorization has the key.
        is_key: tells of a UUID whether it is an API key, so that it is shown nowhere; those of the request itself
            never are.
    """
    if not refused and is_clean(contract, called, request, coerced, world):
        return ()
    hearing = Hearing(contract, called, request, coerced, world, now, refused, mirrored, whole_last_day, tuple(headers))
    found = tuple(islice(_found(hearing), MOST))
    return _without_secrets(found, hearing, is_key or (lambda _: False)) if found else ()


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


def _without_secrets(
    found: tuple[Finding, ...], hearing: Hearing, is_key: Callable[[str], bool]
) -> tuple[Finding, ...]:
    """Return findings as they may be shown: no key whole, no token at all, and short."""
    known = secrets(hearing)

    def shortened(text: str | None, longest: int) -> str | None:
        text = masked(text, known, is_key)
        return text if text is None or len(text) <= longest else text[: longest - 1] + "…"

    return tuple(
        replace(
            each,
            where=(each.where[0], shortened(each.where[1], LONGEST_GOT) or ""),
            got="…" if is_token_name(each.where[1]) else shortened(each.got, LONGEST_GOT),
            expected=shortened(each.expected, 3 * LONGEST_GOT),
            message=shortened(each.message, 4 * LONGEST_GOT) or "",
            suggestion=shortened(each.suggestion, 3 * LONGEST_GOT),
        )
        for each in found
    )
