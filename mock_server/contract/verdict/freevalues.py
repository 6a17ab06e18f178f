"""Values of traits and answers that Refiner has no place for, or that were hardly meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.spelling import is_printed_object, with_plus
from mock_server.contract.verdict.terms import NO_TRAIT
from mock_server.contract.verdict.traits import Free, free_of_account, free_of_call, is_trait_time, keeps_kind, slug
from mock_server.contract.violation import Finding
from mock_server.frozen import frozen

__all__ = ["free_values"]

_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_ARTICLES = {"array": "a list", "object": "an object", "boolean": "a boolean", "null": "null"}
_MANY = {"array": "lists", "object": "objects", "null": "nulls"}
_DEEPEST = 32


@frozen
class _Spot:
    """One value under a free name."""

    hearing: Hearing
    free: Free
    name: str
    """With those of the objects around it: `account.size`."""
    last: str
    """The innermost name alone."""
    raw: object

    def finding(
        self, rule: str, expected: str, message: str, *, sure: bool = True, suggestion: str | None = None
    ) -> Finding:
        """Return a finding over it; what is `sure` has the evidence of what traits may be, else of the rule."""
        evidence, pointer = (self.free.evidence, self.free.pointer) if sure else (None, None)
        return self.hearing.finding(
            rule, self.name, self.raw, expected, message, suggestion=suggestion, evidence=evidence, pointer=pointer
        )


def free_values(hearing: Hearing) -> Iterator[Finding]:
    """Yield what is wrong with the values of traits and answers, those of the account included."""
    free = free_of_call(hearing.contract, hearing.operation)
    if free is not None:
        for name, raw in hearing.extra.items():
            yield from _judged(_Spot(hearing, free, name, name, raw))
    inner = free_of_account(hearing.contract, hearing.operation)
    for parameter, raw in hearing.given():
        if parameter.name in inner and isinstance(raw, dict):
            named = parameter.schema["properties"]
            for name, value in raw.items():
                if name not in named:
                    yield from _judged(_Spot(hearing, inner[parameter.name], f"{parameter.name}.{name}", name, value))


def _judged(spot: _Spot, depth: int = _DEEPEST) -> Iterator[Finding]:
    raw = spot.raw
    if raw is None or raw == "":
        return  # erases a trait, is no answer
    if isinstance(raw, dict) and "object" in spot.free.kinds:
        for name, value in raw.items() if depth else ():
            yield from _judged(replace(spot, name=f"{spot.name}.{name}", last=name, raw=value), depth - 1)
        return
    for check in (_type, _time, _range, _text, _length, _kind):
        finding = check(spot)
        if finding is not None:
            yield finding
            return


def _type(spot: _Spot) -> Finding | None:
    free, raw = spot.free, spot.raw
    kind = _TYPES[type(raw)]
    items = raw if isinstance(raw, list) else ()
    if kind in free.kinds and free.items.issuperset(_TYPES.get(type(item), "null") for item in items):
        return None
    lists = ", or a list of these" if "array" in free.kinds else ""
    what = _ARTICLES.get(kind, kind)
    if lists and items:
        inner_kinds = (_TYPES.get(type(item), "null") for item in items)
        what = f"a list of {next(_MANY.get(each, each) for each in inner_kinds if each not in free.items)}"
    place = "a trait" if free.times else "an answer" if lists else "such a trait"
    message = f"The value of {spot.name} is {what}, which {place} cannot be."
    # What is wrapped into an object was mostly meant to stand beside the other names.
    inner = next(iter(raw), None) if isinstance(raw, dict) else None
    return spot.finding("trait-type", f"text, a number or a boolean{lists}", message, suggestion=inner)


def _time(spot: _Spot) -> Finding | None:
    if not spot.free.is_time(spot.last) or is_trait_time(spot.raw):
        return None
    meant = with_plus(spot.raw) if isinstance(spot.raw, str) else None
    if meant is not None and is_trait_time(meant) and not spot.hearing.in_json(spot.name):
        message = f"The time {spot.name} has a blank where a plus was meant: in a query or form a plus is written %2B."
        return spot.finding("lost-plus", meant, message, sure=False, suggestion=meant)
    message = f"The trait {spot.name} is a time by its name, and this value is not one."
    return spot.finding("date-trait", "an ISO 8601 date or time, or Unix seconds", message, sure=False)


def _range(spot: _Spot) -> Finding | None:
    raw, free = spot.raw, spot.free
    if not isinstance(raw, int) or free.is_time(spot.last) or free.low <= raw <= free.high:
        return None
    if spot.name.partition(".")[0] not in spot.hearing.extra:
        return None  # the source speaks of contacts' whole numbers, not of accounts'
    message = f"The whole number {spot.name} is beyond what a trait holds."
    return spot.finding("trait-range", f"a whole number from {free.low:.0f} to {free.high:.0f}", message)


def _text(spot: _Spot) -> Finding | None:
    name, raw = spot.name, spot.raw
    if not isinstance(raw, str):
        return None
    if is_printed_object(raw):
        message = f"The value of {name} is an object as a programming language prints it."
        return spot.finding("printed-object", "the value itself", message)
    if raw in NO_TRAIT:
        message = f"The value of {name} is {raw}, which is how a programming language prints that there is no value."
        return spot.finding("placeholder-trait", "a value, or no such name", message, sure=False)
    return None


def _length(spot: _Spot) -> Finding | None:
    raw, free = spot.raw, spot.free
    if not isinstance(raw, str) or len(raw) <= free.advised:
        return None
    message = f"The value of {spot.name} has {len(raw)} characters."
    if len(raw) > free.longest:
        return spot.finding("trait-length", f"at most {free.longest} characters", message)
    return spot.finding("trait-over-255", f"at most {free.advised} characters", message, sure=False)


def _kind(spot: _Spot) -> Finding | None:
    hearing = spot.hearing
    if hearing.world is None or not spot.free.times or spot.name not in hearing.extra:
        return None  # the kinds of an account's traits and of answers are not asked for
    kind = hearing.world.trait_kinds.get(slug(spot.name))
    if keeps_kind(kind, spot.raw):
        return None
    wanted = "a whole number" if kind == "integer" else "a boolean"
    message = f"The trait {spot.name} has been {wanted} so far, and this value is not one."
    return spot.finding("trait-kind-changed", wanted, message, sure=False)
