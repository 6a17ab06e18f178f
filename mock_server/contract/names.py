"""Which documented parameter was meant by an unknown name: spelling, words and meaning, weighed with the value.

General judgement, no list of known mistakes. A wrong guess is worse than none, so weak evidence and ties give None.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mock_server.contract.doubts import Doubt, doubt
from mock_server.contract.fit import MEMBER, Look, fit, look
from mock_server.contract.likeness import Likeness, likenesses
from mock_server.contract.operations import Operation
from mock_server.contract.words import lexicon, singular, split

__all__ = ["Meant", "control_meant", "is_ordinary", "meant"]

_LONGEST = 80
"""A longer name is nobody's slip."""
_MOST = 50
"""Names in an object, or texts in a list, that are looked at."""
_ENOUGH = 0.68
_AHEAD = 0.045
_MISSING = 0.2
_GIVEN = 0.15
_NEVER = -1.0


@dataclass(frozen=True, slots=True)
class Meant:
    """What was probably meant."""

    name: str
    """The documented name, bare."""
    why: str
    """What speaks for it, in words that fit after a colon."""


def meant(
    name: str, value: object, operation: Operation, given: Collection[str], missing: Collection[str]
) -> Meant | None:
    """Return which parameter of `operation` an unknown name was meant to be, None for no good guess.

    Args:
        name: as it came.
        value: as it came, before coercion.
        operation: it takes no other names than its own.
        given: the documented names that the call carries; none of them is guessed, unless the name is but another
            spelling of it.
        missing: the required names that it lacks; of several that would do, all.
    """
    if len(name) > _LONGEST:
        return None
    call = (operation, given, missing)
    return _spelt_with_text(name, value, *call) or _best(name, value, *call) or _inside(name, value, *call)


def control_meant(
    name: str, value: object, operation: Operation, given: Collection[str], missing: Collection[str]
) -> Meant | None:
    """Return what a free name of an open operation (a trait, an answer) was meant to be, None where it is just that.

    Only what can hardly be a trait is suspected: another spelling of a parameter; a name for what the call lacks; an
    object that wraps the traits (then `Meant.name` is the first name in it, one that the call lacks before others);
    a parameter of another call about the same person (then `Meant.name` is that call: `POST /sync-segment`).
    """
    found = None if len(name) > _LONGEST else doubt(operation, name)
    if found is None:
        return None
    seen = look(value)
    suspects = [each for each in found.likenesses if _is_control(each, found, seen, given, missing)]
    best = _choose(suspects, seen, given, missing)
    if best is not None:
        return Meant(best.parameter.name, _why(best, missing))
    if isinstance(value, Mapping) and (found.wraps or found.envelops):
        return _wrapped(name, value, found, operation, given, missing)
    if found.call is not None and (found.is_calls_own or _is_of_refiner(seen)):
        return Meant(found.call, "that call takes it, this one does not")
    return None


def is_ordinary(operation: Operation, name: str) -> bool:
    """Tell whether `control_meant` finds nothing in a free name, whatever its value and the rest of the call."""
    return len(name) > _LONGEST or doubt(operation, name) is None


def _best(
    name: str, value: object, operation: Operation, given: Collection[str], missing: Collection[str]
) -> Meant | None:
    best = _choose(likenesses(operation, name), look(value), given, missing)
    if best is None or (best.parameter.name in given and best.how != "spelling"):
        return None
    return Meant(best.parameter.name, _why(best, missing))


def _choose(
    likely: Iterable[Likeness], seen: Look, given: Collection[str], missing: Collection[str]
) -> Likeness | None:
    """Return the likeliest, None if that is not likely, or the next one nearly as likely."""
    weighed = ((_weight(each, seen, given, missing), each) for each in likely)
    ranked = sorted(weighed, key=lambda pair: -pair[0])[:2]
    if not ranked or ranked[0][0] < _ENOUGH or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _AHEAD):
        return None
    return ranked[0][1]


def _weight(each: Likeness, seen: Look, given: Collection[str], missing: Collection[str]) -> float:
    name, suits = each.parameter.name, fit(seen, each.parameter)
    if each.how == "choice":
        suits = 0.1 if "flag" in seen.kinds else _NEVER
    elif each.how == "asking" and suits < MEMBER:
        suits = _NEVER
    return each.score + suits + _MISSING * (name in missing) - _GIVEN * (name in given)


def _why(best: Likeness, missing: Collection[str]) -> str:
    why = {
        "spelling": "the same name, spelt another way",
        "slip": "nearly the same name",
        "words": "the same words",
        "meaning": "it means the same",
        "choice": "the name is one of its choices",
        "asking": "the value is one of its choices",
    }[best.how]
    return f"{why}, and the call lacks it" if best.parameter.name in missing else why


def _spelt_with_text(
    name: str, value: object, operation: Operation, given: Collection[str], missing: Collection[str]
) -> Meant | None:
    """Return the flag that name and value spell together: `include=config`, `expand[]=info`, `status=published`."""
    table = lexicon()
    if not frozenset(map(singular, split(name))) <= table.choices | table.row("inclusion"):
        return None
    texts = value.split(",", _MOST) if isinstance(value, str) else value if isinstance(value, list) else ()
    for text in texts[:_MOST]:
        if isinstance(text, str) and text and len(text) <= _LONGEST:
            for spelling in (f"{name} {text}", text):
                found = _best(spelling, 1, operation, given, missing)
                if found is not None and operation.parameters[found.name].kind == "boolean":
                    return found
    return None


def _inside(
    name: str,
    value: object,
    operation: Operation,
    given: Collection[str],
    missing: Collection[str],
    *,
    wraps: bool = False,
) -> Meant | None:
    """Return what was meant one step deeper: `filter[form_uuid]=...`, `date_range: {start: ...}`, `user: {id: ...}`."""
    table = lexicon()
    wraps = wraps or frozenset(map(singular, split(name))) <= table.fillers | table.envelopes
    for key, item in list(value.items())[:_MOST] if isinstance(value, Mapping) else ():
        if len(str(key)) <= _LONGEST:
            found = _best(f"{name} {key}", item, operation, given, missing)
            if found is None and wraps:
                found = _best(str(key), item, operation, given, missing)
            if found is not None:
                return found
    return None


def _is_control(each: Likeness, found: Doubt, seen: Look, given: Collection[str], missing: Collection[str]) -> bool:
    """Tell whether a free name and its value can hardly be anything else than this parameter."""
    parameter, suits = each.parameter, fit(seen, each.parameter)
    if each.how == "spelling" and each.score == 1.0:
        return parameter.name not in given or len(parameter.name) > 2  # `_id` beside `id` comes from a database
    if parameter.name in given:
        return False
    if each.how == "spelling":
        return suits >= 0 or (parameter.name in missing and "list" in seen.kinds)
    if each.how == "slip":
        return suits >= 0.07
    if parameter.name in missing:
        return suits > 0 or each.score >= 0.85
    own = found.words.intersection(map(singular, split(parameter.name)))
    if parameter.kind == "array":
        return bool(own) and "list" in seen.kinds
    if own and found.words <= own | lexicon().selves:
        return suits > 0
    # `mail: a@b.example`, `submitted_at: 2026-01-31`, `avoid_duplicates: false`
    if "uuid" in seen.kinds or found.names_person:
        return False
    return suits >= 0.15 or (suits >= 0.1 and len(split(parameter.name)) > 1)


def _wrapped(
    name: str,
    value: Mapping[str, object],
    found: Doubt,
    operation: Operation,
    given: Collection[str],
    missing: Collection[str],
) -> Meant | None:
    inner = _inside(name, value, operation, given, missing, wraps=True) if missing else None
    if inner is not None and inner.name in missing:
        return Meant(inner.name, f"it stands beside the other names, not inside {name}")
    if found.wraps and value:
        first = str(next(iter(value)))[:_LONGEST]
        return Meant(first, f"names stand beside each other, not inside {name}")
    return None


def _is_of_refiner(seen: Look) -> bool:
    """Tell whether a value is an object of Refiner's, or a list, which no trait is."""
    inner = seen.inner or seen
    return "own_uuid" in inner.kinds or (seen.inner is not None and "text" not in seen.kinds)
