"""What a run knows of a live server: how to call an operation, what is there to ask about, which doubts it settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.conformance.drift.asking import ABSENT, Ask, Asker, Borrowed, Got, Key
from mock_server.conformance.drift.shapes import Drift
from mock_server.contract.document import Contract
from mock_server.contract.operations import Operation, Parameter, find
from mock_server.frozen import frozen

__all__ = ["Case", "Live", "Skipped", "dig", "objects", "status_drift"]


class Skipped(Exception):
    """A case has nothing to look at; the message says what is missing."""


@frozen
class Case:
    """One thing that the contract says and that a live server can be asked."""

    id: str
    title: str
    evidence: str
    pointer: str
    run: Callable[[Live], Iterable[Drift]]
    writes: bool = False


@dataclass
class Live:
    """One server under the eyes of one run."""

    asker: Asker
    contract: Contract
    """As it reads under the choices that the server shows."""
    last: Got | None = None
    """What was asked for latest, which a finding repeats."""
    revealed: dict[str, str] = field(default_factory=dict)
    """Dialects: the choice that the server shows."""
    made: dict[str, Borrowed] = field(default_factory=dict)
    """What writing calls made, by what it is."""

    def operation(self, id: str) -> Operation:
        """Return an operation of the contract."""
        return self.contract.operations[id]

    def call(self, id: str, /, **given: object) -> Got:
        """Call an operation with parameters; what it cannot do without is filled in with what was seen.

        Raises:
            CannotJudge: when it gets no answer.
            Skipped: when there is nothing to fill in.
        """
        return self.send(id, given)

    def send(self, id: str, given: Mapping[str, object], *, key: Key = "right", form: bool = False) -> Got:
        """Call an operation with any key, its body perhaps as a form."""
        operation = self.operation(id)
        filled = {**self._needed(operation), **given} if operation.method == "GET" else given
        pairs = tuple(pair for name, value in filled.items() for pair in _pairs(operation, name, value))
        query, body = ((), pairs) if operation.method in ("POST", "PATCH") else (pairs, ())
        return self.ask(Ask(operation.method, operation.path, query, body, key, id, form))

    def ask(self, ask: Ask) -> Got:
        """Make any request."""
        self.last = self.asker.ask(ask)
        return self.last

    def items(self, id: str, /, **given: object) -> list[dict[str, Any]]:
        """Return the objects on a list's first page.

        Raises:
            Skipped: when it answers no list; another case has that to say.
        """
        value = self.good(id, **given).value
        if not isinstance(dig(value, "items"), list):
            raise Skipped(f"{id} answers no items.")
        return objects(value, "items")

    def good(self, id: str, /, **given: object) -> Got:
        """Return a successful answer.

        Raises:
            Skipped: when it is not; another case has that to say.
        """
        got = self.call(id, **given)
        if got.status // 100 != 2 or not isinstance(got.value, dict):
            raise Skipped(f"{id} does not answer as it should: another case says so.")
        return got

    def first(self, id: str, /, *path: str | int, label: str, **given: object) -> Borrowed:
        """Return a text of the first item of a list that has it.

        Raises:
            Skipped: when no item has.
        """
        for item in self.items(id, **given):
            value = dig(item, *path)
            if isinstance(value, str) and value:
                return Borrowed(value, label)
        raise Skipped(f"{id} shows nothing with {'.'.join(map(str, path))} to ask about.")

    def reveal(self, dialect: str, choice: str) -> None:
        """Note which choice of a dialect the server shows; the first word counts."""
        self.revealed.setdefault(dialect, choice)

    def fact(self, name: str) -> tuple[str, str]:
        """Return the evidence and the pointer of one of the contract's facts."""
        return str(find(self.contract.document, f"#/x-facts/{name}")["x-evidence"]), f"#/x-facts/{name}"

    def _needed(self, operation: Operation) -> dict[str, object]:
        if operation.id == "getContact":
            return {}
        fill: Mapping[str, Callable[[], object]] = {
            "form_uuid": lambda: self.first("listForms", "uuid", label="FORM_UUID"),
            "type": lambda: "count",
        }
        return {name: fill[name]() for name in operation.required}


def dig(value: Any, *path: str | int) -> Any:
    """Return what stands at a path in a JSON value, None where nothing does."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def objects(value: Any, *path: str | int) -> list[dict[str, Any]]:
    """Return the objects in the list that stands at a path in a JSON value, none where no list does."""
    found = dig(value, *path)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def status_drift(live: Live, got: Got, parameter: Parameter | None = None) -> Iterator[Drift]:
    """Yield what is wrong with the status, media type and form of an answer that should be a success.

    Another success than the contract's departs from that fact only; no success from the operation, or the parameter.
    """
    assert got.ask.operation is not None
    operation = live.operation(got.ask.operation)
    says = f"{operation.success}"
    if got.status // 100 == 2 and got.status != operation.success:
        special = str(operation.success) in find(live.contract.document, "#/x-facts/success-status")["fact"]
        evidence, pointer = live.fact("success-status" if special else "other-success-status")
        yield Drift("status", says, str(got.status), evidence, pointer)
    elif got.status != operation.success:
        about = f" for {parameter.name}" if parameter is not None else ""
        source: Operation | Parameter = operation if parameter is None else parameter
        yield Drift("status", says + about, _in_words(got), source.evidence, source.pointer)
    elif got.media_type != "application/json":
        shown = got.media_type if got.media_type.replace("/", "").replace("-", "").isalnum() else "none that is known"
        yield Drift("media type", "application/json", shown[:60], "documented", operation.pointer)
    elif got.value is ABSENT:
        yield Drift("", "a JSON document", "something that is no JSON", "documented", operation.pointer)


def _in_words(got: Got) -> str:
    return f"{got.status}, a redirect, which is not followed" if got.status // 100 == 3 else str(got.status)


def _pairs(operation: Operation, name: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield a parameter as it is sent: a list has brackets in a query only, a map always one name for each entry."""
    if isinstance(value, Mapping):
        yield from ((f"{name}[{inner}]", one) for inner, one in value.items())
    elif isinstance(value, tuple) and operation.method not in ("POST", "PATCH"):
        yield f"{name}[]", value
    else:
        yield name, value
