"""Which side of its doubts a live server is on: the points on which our sources disagree or are silent, settled.

Some show in what a case does (`Live.reveal`). Of the others the contract says how answers read under each choice: the
one choice under which all that was answered fits best is the server's.
"""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.conformance.drift.answers import of_kind
from mock_server.conformance.drift.asking import Got
from mock_server.conformance.drift.live import Live
from mock_server.conformance.drift.shapes import cost
from mock_server.contract.dialects import Dialect, contract_under, dialects
from mock_server.contract.document import Contract

__all__ = ["settle"]

_ROWS = 20
"""Items of a list that are looked at."""
_OF_ANSWERS = ("/components/schemas/", "/components/responses/")


def settle(live: Live) -> None:
    """Find out which choices the answers show, and hold the rest of the run to the contract as it reads under them."""
    answers = [got for id in live.contract.operations for got in live.asker.seen(id) if got.ask.key == "right"]
    if answers:
        for dialect in dialects().values():
            if dialect.id not in live.revealed and _of_answers(dialect) and (choice := _shown(dialect, answers)):
                live.reveal(dialect.id, choice)
    if live.asker.refused:
        _settle_refusals(live)
    chosen = {id: choice for id, choice in live.revealed.items() if _of_answers(dialects()[id])}
    live.contract = contract_under(chosen)


def _settle_refusals(live: Live) -> None:
    got = live.asker.refused[0]
    if got.retry_after is not None:
        live.reveal("retry-after", "seconds" if got.retry_after.strip().isdigit() else "date")
    if isinstance(got.value, dict):
        live.reveal("rate-limit-body", "message" if "message" in got.value else "error")


def _of_answers(dialect: Dialect) -> bool:
    """Tell whether a dialect changes how answers read."""
    changes = (change for choice in dialect.choices.values() for change in choice.changes)
    return any(str(place).startswith(_OF_ANSWERS) for change in changes for place in change.values())


def _shown(dialect: Dialect, answers: list[Got]) -> str | None:
    """Return the choice under which the answers fit better than under any other, None where two fit alike."""
    costs = {choice: _cost(contract_under({dialect.id: choice}), answers) for choice in dialect.choices}
    best = min(costs.values())
    (first, *others) = [choice for choice, each in costs.items() if each == best]
    return first if not others else None


def _cost(contract: Contract, answers: list[Got]) -> tuple[int, int]:
    costs = [cost(contract, pointer, value) for got in answers for pointer, value in _judged(contract, got)]
    return sum(errors for errors, _ in costs), sum(strange for _, strange in costs)


def _judged(contract: Contract, got: Got) -> Iterator[tuple[str, object]]:
    """Yield the schema and the start of an answer; one of an unknown status is for other cases."""
    pointer = of_kind(contract, got)
    if pointer is None or not isinstance(got.value, dict):
        return
    items = got.value.get("items")
    yield pointer, {**got.value, "items": items[:_ROWS]} if isinstance(items, list) else got.value
