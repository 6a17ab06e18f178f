"""Which side of its doubts a live server is on: the points on which our sources disagree or are silent, settled.

Some show in what a case does (`Live.reveal`). Of the others the contract says how answers read under each choice: the
one choice under which all that was answered fits best is the server's.
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.conformance.drift.answers import of_kind
from mock_server.conformance.drift.asking import Got
from mock_server.conformance.drift.live import Live
from mock_server.conformance.drift.shapes import strangers
from mock_server.contract.dialects import Dialect, contract_under, dialects
from mock_server.contract.document import Contract
from mock_server.contract.operations import find

__all__ = ["settle"]

_ROWS, _FEW = 20, 3
"""Items of a list that are looked at."""
_OF_ANSWERS = ("/components/schemas/", "/components/responses/")


def settle(live: Live) -> None:
    """Find out which choices the answers show, and hold the rest of the run to the contract as it reads under them."""
    answers = [got for id in live.contract.operations for got in live.asker.seen(id) if got.ask.key == "right"]
    open_ones = [each for each in dialects().values() if each.id not in live.revealed and _of_answers(each)]
    if answers:
        chosen = _explaining(open_ones, answers)
        for dialect in open_ones:
            choice = chosen.get(dialect.id) or _shown(dialect, chosen, answers)
            if choice is not None:
                live.reveal(dialect.id, choice)
    if live.asker.refused:
        _settle_refusals(live)
    chosen = {id: choice for id, choice in live.revealed.items() if _of_answers(dialects()[id])}
    live.contract = _under(chosen)


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


def _under(chosen: Mapping[str, str]) -> Contract:
    """Return the contract under some choices, made in the order of the file: some build on others."""
    return contract_under({id: chosen[id] for id in dialects() if id in chosen})


def _explaining(open_ones: list[Dialect], answers: list[Got]) -> dict[str, str]:
    """Return the choices that explain departures, the one that explains most first; others see what is left."""
    chosen: dict[str, str] = {}
    left = _departures(_under(chosen), answers)
    while left:
        others = [(each.id, choice) for each in open_ones if each.id not in chosen for choice in each.choices]
        counts = {(id, choice): _departures(_under({**chosen, id: choice}), answers) for id, choice in others}
        best = min(counts, key=lambda pair: counts[pair], default=None)
        if best is None or counts[best] >= left:
            break
        chosen[best[0]], left = best[1], counts[best]
    return chosen


def _shown(dialect: Dialect, chosen: dict[str, str], answers: list[Got]) -> str | None:
    """Return the choice under which the answers fit better than under any other, None where two fit alike.

    First by what departs from the schemas; where that is equal by the keys that are not known.
    """
    contracts = {choice: _under({**chosen, dialect.id: choice}) for choice in dialect.choices}
    for cost in (_departures, _strangers):
        costs = {choice: cost(contract, answers) for choice, contract in contracts.items()}
        contracts = {choice: contracts[choice] for choice in costs if costs[choice] == min(costs.values())}
        if len(contracts) == 1:
            return next(iter(contracts))
    return None


def _departures(contract: Contract, answers: list[Got]) -> int:
    judged = (pair for got in answers if (pair := _judged(contract, got, _ROWS)))
    return sum(1 for pointer, value in judged for _ in contract.validator(pointer).iter_errors(value))


def _strangers(contract: Contract, answers: list[Got]) -> int:
    """Count them in what each operation answered first and last: this is slow."""
    few = {
        id(got): got for first in (answers, answers[::-1]) for got in {got.ask.operation: got for got in first}.values()
    }
    judged = (pair for got in few.values() if (pair := _judged(contract, got, _FEW)))
    return sum(1 for pointer, value in judged for _ in strangers(contract, find(contract.document, pointer), value))


def _judged(contract: Contract, got: Got, rows: int) -> tuple[str, object] | None:
    """Return the schema and the start of an answer, None where other cases have to say that it is none."""
    pointer = of_kind(contract, got)
    if pointer is None or not isinstance(got.value, dict):
        return None
    items = got.value.get("items")
    return pointer, {**got.value, "items": items[:rows]} if isinstance(items, list) else got.value
