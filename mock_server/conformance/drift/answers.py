"""Cases over what each reading call answers: called plainly, its status and media type; of all answers, the shape."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mock_server.conformance.drift.asking import Got
from mock_server.conformance.drift.live import Case, Live, status_drift
from mock_server.conformance.drift.shapes import Drift, departures, strangers
from mock_server.contract.document import Contract
from mock_server.contract.operations import Operation, find

__all__ = ["answer_cases", "ask_plainly", "of_kind", "shape_cases", "unknown_keys"]


def answer_cases(contract: Contract) -> Iterator[Case]:
    """Yield a case for each reading operation that needs no contact's name."""
    for operation in _reading(contract):
        if operation.id != "getContact":
            title = f"{operation.id} answers {operation.success} with JSON"
            run = partial(_answer, operation)
            yield Case(f"{operation.id}-answer", title, operation.evidence, operation.pointer, run)


def shape_cases(contract: Contract) -> Iterator[Case]:
    """Yield a case for each reading operation, over all that it answered so far: they come last."""
    for operation in _reading(contract):
        pointer = f"{operation.pointer}/responses/{operation.success}"
        evidence = _evidence(contract, operation)
        title = f"{operation.id} answers in the documented shape"
        yield Case(f"{operation.id}-shape", title, evidence, pointer, partial(_shape, operation))


def of_kind(contract: Contract, got: Got) -> str | None:
    """Return the pointer of the schema that an answer must meet, None where the contract knows no such answer.

    A report has the schema of its type, as otherwise that of another type would do.
    """
    assert got.ask.operation is not None
    operation = contract.operations[got.ask.operation]
    wanted = dict(got.ask.query).get("type")
    if operation.id == "getReporting" and got.status == operation.success and isinstance(wanted, str):
        return f"#/components/schemas/{wanted.capitalize()}Report"
    return contract.answer_pointer(operation, got.status)


def _reading(contract: Contract) -> Iterator[Operation]:
    return (each for each in contract.operations.values() if each.method == "GET" and not each.mock_only)


def _evidence(contract: Contract, operation: Operation) -> str:
    response = find(contract.document, f"{operation.pointer}/responses/{operation.success}")
    return str(contract.resolve(response).get("x-evidence", operation.evidence))


def _answer(operation: Operation, live: Live) -> Iterator[Drift]:
    yield from status_drift(live, live.call(operation.id))


def ask_plainly(live: Live, operation: str) -> None:
    """See that a reading operation has answered something.

    Raises:
        CannotJudge: when it gets no answer.
        Skipped: when there is nothing to ask about.
    """
    if operation == "getContact":
        live.call(operation, uuid=live.first("listContacts", "uuid", label="CONTACT_UUID"))
    else:
        live.call(operation)


def _shape(operation: Operation, live: Live) -> Iterator[Drift]:
    ask_plainly(live, operation.id)
    told = set[tuple[str, str]]()
    for got in live.asker.seen(operation.id):
        if got.status != operation.success or got.ask.key != "right":
            continue
        live.last = got
        pointers = dict.fromkeys((live.contract.answer_pointer(operation, got.status), of_kind(live.contract, got)))
        for pointer in filter(None, pointers):
            for drift in departures(live.contract, pointer, got.value, _evidence(live.contract, operation)):
                if (drift.place, drift.says) not in told:
                    told.add((drift.place, drift.says))
                    yield drift


def unknown_keys(live: Live) -> Iterator[tuple[str, list[str]]]:
    """Yield the keys of each reading operation's answers that the contract does not know."""
    for operation in _reading(live.contract):
        found = dict[str, None]()
        for got in live.asker.seen(operation.id):
            pointer = live.contract.answer_pointer(operation, got.status)
            if pointer is not None and got.status == operation.success:
                found |= dict.fromkeys(strangers(live.contract, find(live.contract.document, pointer), got.value))
        if found:
            yield operation.id, sorted(found)
