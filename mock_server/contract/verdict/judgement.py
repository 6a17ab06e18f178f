"""The verdict on one exchange by itself: what of it departs from the contract.

What an exchange means as one of many is for `sequence`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mock_server.contract.coercion import Coerced
from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Request
from mock_server.contract.verdict.screen import is_clean
from mock_server.contract.verdict.terms import World
from mock_server.contract.violation import Finding

__all__ = ["World", "judge"]


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
    nowhere: str | None = None,
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
        nowhere: the environment that the path names, where there is none of that name.
    """
    if not refused and is_clean(contract, called, request, coerced, world):
        return ()
    from mock_server.contract.verdict.hearing import Hearing  # what clean requests never need is not loaded before
    from mock_server.contract.verdict.rulings import rulings

    facts = contract, called, request, coerced, world, now, refused, mirrored, whole_last_day, tuple(headers), nowhere
    return rulings(Hearing(*facts), is_key or (lambda _: False))
