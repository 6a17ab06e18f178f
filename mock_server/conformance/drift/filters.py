"""Cases over what the reading calls take: each parameter is there, each documented value taken, each filter filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from mock_server.conformance.drift.asking import Borrowed
from mock_server.conformance.drift.fitting import FILTERS
from mock_server.conformance.drift.live import Case, Live, Skipped, dig, objects, status_drift
from mock_server.conformance.drift.shapes import Drift, told
from mock_server.contract.document import Contract
from mock_server.contract.operations import Operation, Parameter

__all__ = ["filter_cases"]

_ELSEWHERE = frozenset(("page", "page_length", "page_cursor", "order_by"))
"""Parameters that `lists` looks at."""


def filter_cases(contract: Contract) -> Iterator[Case]:
    """Yield a case for each parameter of each reading operation."""
    for operation in contract.operations.values():
        if operation.method != "GET" or operation.mock_only:
            continue
        for parameter in operation.parameters.values():
            if parameter.name not in _ELSEWHERE and (operation.id, parameter.name) != ("listFormHistory", "form_uuid"):
                id, title = f"{operation.id}-{parameter.name.replace('_', '-')}", _title(operation, parameter)
                run = partial(_run, operation, parameter)
                yield Case(id, title, parameter.evidence, parameter.pointer, run)


def _title(operation: Operation, parameter: Parameter) -> str:
    if "enum" in parameter.schema and parameter.kind == "string":
        return f"{operation.id} takes every documented {parameter.name}"
    return f"{operation.id} takes {parameter.name} and does what it says"


def _run(operation: Operation, parameter: Parameter, live: Live) -> Iterator[Drift]:
    if parameter.kind == "boolean":
        yield from _flag(operation, parameter, live)
    elif "enum" in parameter.schema:
        yield from _choices(operation, parameter, live)
    elif operation.id == "getContact":
        yield from _contact(operation, parameter, live)
    elif operation.id == "getReporting":
        yield from _report(operation, parameter, live)
    elif parameter.name.startswith("date_range"):
        yield from _range(operation, parameter, live)
    else:
        yield from _filter(operation, parameter, live)


def _choices(operation: Operation, parameter: Parameter, live: Live) -> Iterator[Drift]:
    """Yield what is wrong where each value of a list of values is given; of some one shows more than another."""
    counts: dict[str, int] = {}
    for choice in parameter.schema["enum"]:
        got = live.call(operation.id, **{parameter.name: choice})
        yield from status_drift(live, got, parameter)
        count = dig(got.value, "pagination", "items_count")
        counts |= {choice: count} if isinstance(count, int) else {}
    for less, more in _INCLUDED.get((operation.id, parameter.name), ()):
        if counts.get(less, 0) > counts.get(more, counts.get(less, 0)):
            says = f"{parameter.name}={more} shows all that {parameter.name}={less} shows"
            yield Drift("pagination.items_count", says, "fewer items", parameter.evidence, parameter.pointer)
    default = parameter.default
    if isinstance(default, str) and default in counts:
        plain = dig(live.good(operation.id).value, "pagination", "items_count")
        if plain != counts[default]:
            says = f"{parameter.name} is {default} unless it is given"
            yield Drift(
                "pagination.items_count", says, "another number of items", parameter.evidence, parameter.pointer
            )


_INCLUDED: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("listForms", "list"): (
        ("published", "all"),
        ("drafts", "all"),
        ("all", "all_with_archived"),
        ("archived", "all_with_archived"),
    ),
    ("listResponses", "include"): (("completed", "partials"), ("partials", "all")),
}
"""Which value shows all that another shows."""


def _flag(operation: Operation, parameter: Parameter, live: Live) -> Iterator[Drift]:
    """Yield what is wrong where something is asked for with 1; words are understood or not (`flags`)."""
    got = live.call(operation.id, **{parameter.name: 1})
    wrong = list(status_drift(live, got, parameter))
    yield from wrong
    rows = dig(got.value, "items")
    if wrong or not isinstance(rows, list) or not rows:
        return
    path = _ADDED[parameter.name]
    if not _has(rows[0], path):
        says = f"{parameter.name}=1 adds {'.'.join(path)}"
        yield Drift(f"items[].{'.'.join(path)}", says, "no such key", parameter.evidence, parameter.pointer)
    elif not _has(dig(live.good(operation.id).value, "items", 0), path):
        words = live.call(operation.id, **{parameter.name: "true"})
        live.reveal("flags", "words" if _has(dig(words.value, "items", 0), path) else "numbers")


_ADDED: Mapping[str, tuple[str, ...]] = {
    "include_info": ("channels",),
    "include_config": ("config",),
    "with_attributes": ("contact", "attributes"),
}


def _has(row: Any, path: tuple[str, ...]) -> bool:
    holder = dig(row, *path[:-1])
    return isinstance(holder, dict) and path[-1] in holder


def _contact(operation: Operation, parameter: Parameter, live: Live) -> Iterator[Drift]:
    """Yield what is wrong where a contact is asked for by one of its names."""
    path = {"id": "remote_id"}.get(parameter.name, parameter.name)
    name = live.first("listContacts", path, label=f"CONTACT_{parameter.name.upper()}")
    got = live.call(operation.id, **{parameter.name: name})
    wrong = list(status_drift(live, got, parameter))
    yield from wrong
    if not wrong and dig(got.value, path) != name:
        yield Drift(path, f"the {path} that was asked for", "another one", parameter.evidence, parameter.pointer)


def _filter(operation: Operation, parameter: Parameter, live: Live) -> Iterator[Drift]:
    """Yield what is wrong where a list is narrowed: more rows than without, or some that do not fit."""
    how = FILTERS.get((operation.id, parameter.name))
    if how is None:
        raise Skipped(f"The answers hold nothing to ask about with {parameter.name}.")
    given, fits = how(live)
    got = live.call(operation.id, **{parameter.name: given})
    wrong = list(status_drift(live, got, parameter))
    yield from wrong
    rows = objects(got.value, "items")
    if wrong:
        return
    misfits = sum(not fits(row) for row in rows)
    if misfits:
        says, came = f"only rows that fit {parameter.name}", f"{misfits} of {len(rows)} rows that do not"
        yield Drift("items", says, came, parameter.evidence, parameter.pointer)
    elif not rows:
        says = f"the row from which {parameter.name} was taken"
        yield Drift("items", says, "no rows", parameter.evidence, parameter.pointer)


def _range(operation: Operation, parameter: Parameter, live: Live) -> Iterator[Drift]:
    """Yield what is wrong where a range begins, or ends, exactly at the newest response."""
    field = "last_data_reception_at"
    moment = live.first(operation.id, field, label="NEWEST_ANSWER_AT")
    got = live.call(operation.id, **{parameter.name: moment})
    wrong = list(status_drift(live, got, parameter))
    yield from wrong
    rows = dig(got.value, "items")
    if wrong or not isinstance(rows, list):
        return
    there = any(dig(row, field) == moment for row in rows)
    if parameter.name == "date_range_end":
        live.reveal("range-end", "inclusive" if there else "exclusive")
        if any(str(dig(row, field)) > moment for row in rows):
            yield Drift("items", "only rows before it", "rows after it", parameter.evidence, parameter.pointer)
    elif not there or any(str(dig(row, field)) < moment for row in rows):
        says, came = "rows from that moment on, inclusive", "rows before it" if there else "not the row of that moment"
        yield Drift("items", says, came, parameter.evidence, parameter.pointer)


def _report(operation: Operation, parameter: Parameter, live: Live) -> Iterator[Drift]:
    """Yield what is wrong where a report is narrowed: it must be taken, and say the range that it was given."""
    given = _REPORTED.get(parameter.name)
    if given is None:
        raise Skipped(f"The answers hold nothing to ask about with {parameter.name}.")
    value = given(live)
    got = live.call(operation.id, type="count", **{parameter.name: value})
    wrong = list(status_drift(live, got, parameter))
    yield from wrong
    shown = dig(got.value, parameter.name)
    if not wrong and isinstance(value, str) and not str(shown).startswith(value):
        says = f"the range that was given, {value}"
        yield Drift(parameter.name, says, told(shown), parameter.evidence, parameter.pointer)


_REPORTED: Mapping[str, Callable[[Live], object]] = {
    "form_uuids": lambda live: (live.first("listForms", "uuid", label="FORM_UUID"),),
    "segment_uuids": lambda live: (live.first("listSegments", "uuid", label="SEGMENT_UUID"),),
    "date_range_start": lambda _: "2025-03-01",
    "date_range_end": lambda _: "2025-03-15",
    "question_identifiers": lambda live: (_question(live),),
}


def _question(live: Live) -> Borrowed:
    for row in live.items("listResponses"):
        if isinstance(data := row.get("data"), dict) and data:
            return Borrowed(next(iter(data)), "QUESTION")
    raise Skipped("listResponses shows no answer to ask about.")
