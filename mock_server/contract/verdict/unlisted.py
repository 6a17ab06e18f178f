"""Names that an operation does not list: slips of its own, wrappers around them, and what is missing for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from mock_server.contract.document import Contract, Operation, Parameter
from mock_server.contract.secrets import is_key_name
from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.spelling import decoded_once_more
from mock_server.contract.verdict.traits import free_of_call, slug
from mock_server.contract.violation import Finding

__all__ = ["missing", "unlisted"]

_MANY = 20
"""Of so many strange names none is told to be the missing one; and there is no need to look at them all."""


def unlisted(hearing: Hearing) -> Iterator[Finding]:
    """Yield the names that the operation does not know; where it takes any, those that were hardly meant as such."""
    if not hearing.extra:
        return
    given = frozenset(parameter.name for parameter, _ in hearing.given())
    found = _each(hearing, given, frozenset(_lacking(hearing, given)))
    yield from found if len(hearing.extra) > _MANY else _with_what_is_missing(hearing, list(found), given)


def _each(hearing: Hearing, given: frozenset[str], lacking: frozenset[str]) -> Iterator[Finding]:
    operation = hearing.operation
    reserved = hearing.contract.document["x-facts"]["reserved-traits"]["names"]
    for name, raw in hearing.extra.items():
        finding = _key(hearing, name, raw) or _encoded(hearing, name, raw) or _escaped(hearing, name, raw)
        if not operation.open:
            finding = finding or _wrapper(hearing, name, raw, lacking)
        finding = finding or _slip(hearing, name, raw, given, lacking) or _wrapper(hearing, name, raw, lacking)
        if finding is None and not operation.open:
            message = f"{operation.id} has no parameter {name[:80]}."
            finding = _over_names(hearing, "unlisted-name", name, raw, message)
        elif finding is None and name in reserved and operation.open:
            message = f"Refiner keeps the name {name} for itself, so it never becomes a trait."
            finding = hearing.finding("reserved-trait", name, raw, "another name", message)
        if finding is not None:
            yield finding


def missing(hearing: Hearing, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what the operation needs and the request lacks, unless one of the findings so far accounts for it."""
    operation, accounted = hearing.operation, frozenset(_accounted(hearing, found))
    for problem in () if hearing.coerced is None else hearing.coerced.problems:
        name, head = problem.name, problem.name.partition(".")[0]
        several = name in operation.one_of and name not in operation.required
        if problem.kind == "missing" and accounted.isdisjoint(operation.one_of if several else {name}):
            if head != name:
                yield _missing_inside(hearing, operation.parameters[head], name.partition(".")[2])
            elif several:
                sent = (each for each in operation.one_of if each in hearing.request.parameters)
                parameter = operation.parameters[next(sent, name)]
                yield _needed(hearing, parameter, " or ".join(operation.one_of))
            else:
                yield _needed(hearing, operation.parameters[name], name)


def _accounted(hearing: Hearing, found: Iterable[Finding]) -> Iterator[str]:
    """Yield the names that findings account for: what was meant, what is inside an object, what one says is missing."""
    for finding in found:
        yield (finding.suggestion or "").partition("[")[0]
        yield from _held(hearing.extra.get(finding.where[1]))
        if finding.rule in ("unlisted-name", "uuid-not-taken"):
            yield from (finding.expected or "").split(" or ")


def _with_what_is_missing(hearing: Hearing, found: list[Finding], given: frozenset[str]) -> Iterator[Finding]:
    """Yield the findings; where one name is strange and one missing that it may stand for, one tells of both."""
    operation, accounted = hearing.operation, frozenset(_accounted(hearing, found))
    needed = [(name,) for name in operation.required] + [operation.one_of] * bool(operation.one_of)
    missing = [names for names in needed if given.isdisjoint(names) and accounted.isdisjoint(names)]
    strange = [finding for finding in found if finding.rule == "unlisted-name"]
    for finding in found:
        if finding in strange and len(strange) == len(missing) == 1:
            kind, raw = operation.parameters[missing[0][0]].kind, hearing.extra[finding.where[1]]
            if (isinstance(raw, list), isinstance(raw, dict)) == (kind == "array", kind == "object"):
                names = " or ".join(missing[0])
                yield replace(finding, expected=names, message=f"{finding.message[:-1]}, and it needs {names}.")
                continue
        yield finding


def _missing_inside(hearing: Hearing, holder: Parameter, name: str) -> Finding:
    """Return the finding over a name that a map lacks, such as `account.id`, or over the slip that was meant for it."""
    from mock_server.contract import names

    part, raw = hearing.part(holder, name), hearing.request.parameters.get(holder.name)
    inner = _as_operation(hearing.contract, hearing.operation, holder.name)
    for key, value in raw.items() if isinstance(raw, dict) else ():
        guess = names.meant(key, value, inner, (), {name})
        if guess is not None:
            written = f"{holder.name}.{key}"
            message = f"The {holder.name} has {key[:80]}, but needs {name}, which was probably meant: {guess.why}."
            return hearing.finding("near-miss-name", written, value, part.name, message, of=part, suggestion=part.name)
    return _needed(hearing, part, part.name)


@lru_cache(maxsize=256)
def _as_operation(contract: Contract, operation: Operation, name: str) -> Operation:
    """Return a map with known names, `account`, as if it were an operation that takes these names alone."""
    schema = operation.parameters[name].schema
    parts = {
        part: replace(operation.parameters[name], name=part, kind="string", schema=contract.resolve(entry))
        for part, entry in schema["properties"].items()
    }
    needed = tuple(schema.get("required", ()))
    return replace(operation, id=name, path=f"/{name}", parameters=parts, required=needed, one_of=(), open=False)


def _needed(hearing: Hearing, parameter: Parameter, names: str) -> Finding:
    name = parameter.name
    empty = hearing.request.parameters.get(name) == ""
    message = f"{hearing.operation.id} needs {names}{', and it is empty' if empty else ''}."
    return hearing.finding("required-parameter", name, "" if empty else None, names, message, of=parameter)


def _lacking(hearing: Hearing, given: frozenset[str]) -> Iterator[str]:
    """Yield the names that the operation needs and the request lacks; of several that would do, all."""
    operation = hearing.operation
    yield from (name for name in operation.required if name not in given)
    if given.isdisjoint(operation.one_of):
        yield from operation.one_of


def _key(hearing: Hearing, name: str, raw: object) -> Finding | None:
    """Return the finding over a name that is nearly that of the API key, which therefore is no secret any more."""
    if not is_key_name(name) or not isinstance(raw, str):
        return None
    message = f"{name[:80]} is not where the API key is looked for; the parameter is called api_key."
    rule = "control-like-trait" if hearing.operation.open else "near-miss-name"
    return _over_names(hearing, rule, name, raw, message, suggestion="api_key")


def _encoded(hearing: Hearing, name: str, raw: object) -> Finding | None:
    """Return what is wrong with a name that is still percent-encoded: `form_uuids%5B%5D`."""
    plain = decoded_once_more(name)
    if plain is None or plain.partition("[")[0] not in hearing.operation.parameters:
        return None
    message = f"The name {name[:80]} is still percent-encoded after it was decoded once."
    return hearing.finding("double-encoding", name, raw, plain, message, suggestion=plain)


def _escaped(hearing: Hearing, name: str, raw: object) -> Finding | None:
    """Return what is wrong with a name that is left of an `&` written `&amp;`, as in HTML: `amp;event`."""
    plain = name.removeprefix("amp;")
    parameter = hearing.operation.parameters.get(plain)
    if plain == name or parameter is None:
        return None
    message = f"The & before {plain[:80]} is written &amp;, as in HTML, so the name arrives as {name[:80]}."
    return _over_names(hearing, "near-miss-name", name, raw, message, parameter, _written(hearing, name, parameter))


def _slip(hearing: Hearing, name: str, raw: object, given: frozenset[str], lacking: frozenset[str]) -> Finding | None:
    """Return the finding over a name that resembles one of the operation's own."""
    from mock_server.contract import names  # reads the table of words, which a good call never needs

    operation = hearing.operation
    guess = (names.control_meant if operation.open else names.meant)(name, raw, operation, given, lacking)
    head, dot, tail = name.partition(".")
    if guess is None and dot and not operation.open and not hearing.in_json(name):
        guess = names.meant(head, {tail: raw}, operation, given, lacking)
    if guess is None:
        return None
    parameter = operation.parameters.get(guess.name)
    written = guess.name if parameter is None else _written(hearing, name, parameter)
    if operation.open and guess.name not in lacking:
        free = free_of_call(hearing.contract, operation)
        if isinstance(raw, dict) and free is not None and "object" not in free.kinds:
            return None  # as a value of that type it is a graver mistake
        if free is not None and free.times:
            becomes = f"is stored as the trait {_slug(name, raw)[:80]}"
        elif given.issuperset(operation.one_of[:1]) and guess.name in operation.one_of:
            return None  # "What is your e-mail?" is a question like any other to somebody who has an id
        else:
            becomes = "becomes an answer of that name"
        message = f"{name[:80]} {becomes}; {written} was probably meant: {guess.why}."
        return _over_names(hearing, "control-like-trait", name, raw, message, parameter, written)
    message = f"{operation.id} has no parameter {name[:80]}; {written} was probably meant: {guess.why}."
    return _over_names(hearing, "near-miss-name", name, raw, message, parameter, written)


def _slug(name: str, raw: object) -> str:
    """Return the slug under which a free name is stored; an object is taken apart: `traits_plan`."""
    while isinstance(raw, dict) and raw:
        part, raw = next(iter(raw.items()))
        name = f"{name}_{part}"
    return slug(name)


def _written(hearing: Hearing, name: str, parameter: Parameter) -> str:
    """Return a parameter as it is written where `name` stands: in query and form with its brackets."""
    if hearing.in_json(name):
        return parameter.name
    if parameter.kind == "array":
        return f"{parameter.name}[]"
    tail = name.partition(".")[2]
    return f"{parameter.name}[{tail}]" if tail and parameter.kind == "object" else parameter.name


def _wrapper(hearing: Hearing, name: str, raw: object, lacking: frozenset[str]) -> Finding | None:
    """Return the finding over an object, or a list of objects, that holds what the operation lacks."""
    inside = [key for key in _held(raw) if key in lacking]
    if not inside:
        return None
    listed = ", ".join(inside)
    once = ", and once" if isinstance(raw, list) else ""
    message = f"{hearing.operation.id} takes {listed} at the top{once}, not inside {name[:80]}."
    suggestion = inside[0] if len(inside) == 1 else None
    return _over_names(hearing, "wrapped-parameters", name, raw, message, suggestion=suggestion)


def _held(raw: object) -> Iterable[str]:
    """Return the names inside an object, or inside the first one of a list."""
    first = raw[0] if isinstance(raw, list) and raw else raw
    return first if isinstance(first, dict) else ()


def _over_names(
    hearing: Hearing,
    rule: str,
    name: str,
    raw: object,
    message: str,
    parameter: Parameter | None = None,
    suggestion: str | None = None,
) -> Finding:
    """Return a finding whose fact is the operation's list of parameters, of an alias that of what it stands for."""
    listed = hearing.contract.operations[hearing.operation.id]
    return hearing.finding(
        rule,
        name,
        raw,
        suggestion,
        message,
        suggestion=suggestion,
        evidence=listed.evidence,
        pointer=parameter.pointer if parameter is not None else listed.pointer,
    )
