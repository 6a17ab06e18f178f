"""Texts that fit their parameter by their type and still cannot be meant: `undefined`, `[object Object]`, `%40`."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.document import Parameter
from mock_server.contract.operations import kind_of
from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.spelling import decoded_once_more, is_printed_object, json_inside, with_plus
from mock_server.contract.verdict.terms import NO_TRAIT, NOTHINGS
from mock_server.contract.violation import Finding

__all__ = ["texts"]


def texts(hearing: Hearing) -> Iterator[Finding]:
    """Yield the texts under the operation's own names that went wrong, in lists and known places of maps too."""
    for parameter, raw in hearing.given():
        for place, value in _inside(hearing, parameter, raw):
            finding = _text(hearing, place, value) if isinstance(value, str) else None
            if finding is not None:
                yield finding
                break


def _inside(hearing: Hearing, parameter: Parameter, raw: object) -> Iterator[tuple[Parameter, object]]:
    if isinstance(raw, list) and parameter.kind == "array":
        yield from ((parameter, item) for item in raw)
    elif isinstance(raw, dict) and parameter.kind == "object":
        for name in parameter.schema.get("properties", ()):
            if name in raw:
                yield hearing.part(parameter, name), raw[name]
    else:
        yield parameter, raw


def _text(hearing: Hearing, parameter: Parameter, raw: str) -> Finding | None:
    name = parameter.name
    if raw in NOTHINGS:
        message = f"The {name} field is {raw}, which is how a programming language prints that there is no value."
        if _is_code(hearing, parameter):
            return hearing.finding(
                "placeholder-text", name, raw, "a value, or no such parameter", message, of=parameter
            )
        if raw in NO_TRAIT:
            return hearing.finding("placeholder-trait", name, raw, "a value, or no such parameter", message)
        return None  # a tag may well be called None
    if is_printed_object(raw):
        message = f"The {name} field is an object as a programming language prints it, not its value."
        return hearing.finding("printed-object", name, raw, "the value itself", message, of=parameter)
    return _code(hearing, parameter, raw) or _encoding(hearing, parameter, raw)


def _is_code(hearing: Hearing, parameter: Parameter) -> bool:
    """Tell whether a parameter is no free text: an id or e-mail address, a uuid, a time, one of a few words."""
    named = parameter.name in ("id", "email", "account.id", "page_cursor")
    schema = hearing.contract.resolve(parameter.schema.get("items", parameter.schema))
    free = kind_of(schema) == "string" and schema.keys().isdisjoint({"format", "x-time", "enum"})
    return named or not free


def _code(hearing: Hearing, parameter: Parameter, raw: str) -> Finding | None:
    name, inside = parameter.name, json_inside(raw)
    if not _is_code(hearing, parameter):
        return None
    if inside is not None:
        meant = inside if isinstance(inside, str) else None
        message = f"The {name} field is JSON inside a text; the value itself belongs here."
        return hearing.finding("json-as-text", name, raw, meant, message, of=parameter, suggestion=meant)
    plus = None if hearing.in_json(name) else with_plus(raw)
    if plus is not None:
        message = f"The {name} field has a blank where a plus was meant: in a query or form a plus is written %2B."
        return _encoded(hearing, parameter, "lost-plus", raw, plus, message)
    return None


def _encoding(hearing: Hearing, parameter: Parameter, raw: str) -> Finding | None:
    decoded = decoded_once_more(raw)
    if parameter.name == "page_cursor" and (" " in raw or decoded is not None):
        meant = decoded or raw.replace(" ", "+")
        message = "The page_cursor field was not encoded exactly once on its way, so another one arrived."
        return _encoded(hearing, parameter, "raw-cursor", raw, meant, message)
    if decoded is None or not _is_code(hearing, parameter):
        return None  # a free text may be about percent signs
    message = f"The {parameter.name} field is still percent-encoded after it was decoded once."
    if hearing.in_json(parameter.name):
        if "@" in raw or "@" not in decoded:
            return None
        message = f"The {parameter.name} field is percent-encoded, but nothing decodes JSON."
    return _encoded(hearing, parameter, "double-encoding", raw, decoded, message)


def _encoded(hearing: Hearing, parameter: Parameter, rule: str, raw: str, meant: str, message: str) -> Finding:
    """Return a finding over percent-encoding, whose fact holds for every parameter."""
    evidence = parameter.evidence
    return hearing.finding(rule, parameter.name, raw, meant, message, suggestion=meant, evidence=evidence)
