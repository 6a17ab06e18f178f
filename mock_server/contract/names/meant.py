"""Which documented parameter was meant by an unknown name: spelling, words and meaning, weighed with the value.

General judgement, no list of known mistakes. A wrong guess is worse than none, so weak evidence and ties give None.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from mock_server.contract.names.doubts import Doubt, doubt
from mock_server.contract.names.fit import ANY, FITS, MEMBER, TELLS, Look, fit, look
from mock_server.contract.names.likeness import SPELT, Likeness, likenesses
from mock_server.contract.names.words import lexicon, singular, split
from mock_server.contract.operations import Operation
from mock_server.frozen import frozen

__all__ = ["Meant", "control_meant", "is_ordinary", "meant"]

_LONGEST = 80
"""A longer name is nobody's slip."""
_MOST = 20
"""Names in an object, or texts in a list, that are looked at."""

# What things weigh, on the scale on which a score of likeness goes from 0 to 1. Set by trial on the lists in
# tests/contract/names, so that no list has a wrong suggestion; who changes one runs them all.
_ENOUGH = 0.68
"""What weighs less is no good guess."""
_AHEAD = 0.045
"""By how much a guess must be better than the next one, or there is none."""
_MISSING = 0.2
"""The call needs the parameter and lacks it."""
_GIVEN = 0.15
"""The call has it already, which tells against it."""
_NEVER = -1.0
_CERTAIN = 2.0
_WHY = {
    "spelling": "the same name, spelt another way",
    "slip": "nearly the same name",
    "words": "the same words",
    "meaning": "it means the same",
    "choice": "the name is one of its choices",
    "asking": "the value is one of its choices",
}


@frozen
class Meant:
    """What was probably meant."""

    name: str
    """The documented name, bare."""
    why: str
    """What speaks for it, in words that fit after a colon."""


@frozen
class _Call:
    operation: Operation
    given: Collection[str]
    missing: Collection[str]


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
    if len(name) > _LONGEST or not split(name):
        return None
    call = _Call(operation, given, missing)
    return _spelt_with_text(name, value, call) or _best(name, value, call) or _inside(name, value, call)


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
    call, seen = _Call(operation, given, missing), look(value)
    best = _choose((each for each in found.likenesses if _is_control(each, found, seen, call)), seen, call)
    if best is not None:
        return _told(name, best, call)
    if isinstance(value, Mapping) and (found.wraps or found.envelops):
        return _wrapped(name, value, found, call)
    if found.call is not None and (found.is_calls_own or _is_of_refiner(seen)):
        return Meant(found.call, "that call takes it, this one does not")
    return None


def is_ordinary(operation: Operation, name: str) -> bool:
    """Tell whether `control_meant` finds nothing in a free name, whatever its value and the rest of the call."""
    return len(name) > _LONGEST or doubt(operation, name) is None


def _best(name: str, value: object, call: _Call) -> Meant | None:
    best = _choose(likenesses(call.operation, name), look(value), call)
    if best is None or (best.parameter.name in call.given and best.how != "spelling"):
        return None
    return _told(name, best, call)


def _choose(likely: Iterable[Likeness], seen: Look, call: _Call) -> Likeness | None:
    """Return the likeliest, None if that is not likely, or the next one nearly as likely."""
    ranked = sorted(((_weight(each, seen, call), each) for each in likely), key=lambda pair: -pair[0])[:2]
    if not ranked or ranked[0][0] < _ENOUGH or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _AHEAD):
        return None
    return ranked[0][1]


def _weight(each: Likeness, seen: Look, call: _Call) -> float:
    name, suits = each.parameter.name, fit(seen, each.parameter)
    if each.score == SPELT:
        return _CERTAIN
    if each.how == "choice":
        suits = FITS if "flag" in seen.kinds else _NEVER
    elif each.how == "asking" and suits < MEMBER:
        suits = _NEVER
    return each.score + suits + _MISSING * (name in call.missing) - _GIVEN * (name in call.given)


def _told(name: str, best: Likeness, call: _Call) -> Meant:
    why = _caveat(name, best) or _WHY[best.how]
    return Meant(best.parameter.name, f"{why}, and the call lacks it" if best.parameter.name in call.missing else why)


def _caveat(name: str, best: Likeness) -> str | None:
    """Return what to heed of a name that comes near a parameter and yet does not say quite the same."""
    table = lexicon()
    said, wanted = (frozenset(map(singular, split(each))) for each in (name, best.parameter.name))
    pairs = ((word, row) for word in sorted(said - wanted) for each in wanted for row in table.rows.get(each, ()))
    return next((table.caveats[pair] for pair in pairs if pair in table.caveats), None)


def _spelt_with_text(name: str, value: object, call: _Call) -> Meant | None:
    """Return the flag that name and value spell together: `include=config`, `expand[]=info`, `status=published`."""
    table = lexicon()
    asking = table.choices | table.row("inclusion") | table.row("expansion")
    if not frozenset(map(singular, split(name))) <= asking:
        return None
    texts = value.split(",", _MOST) if isinstance(value, str) else value if isinstance(value, list) else ()
    for text in texts[:_MOST]:
        if isinstance(text, str) and text and len(text) <= _LONGEST:
            for spelling in (f"{name} {text}", text):
                found = _best(spelling, 1, call)
                if found is not None and call.operation.parameters[found.name].kind == "boolean":
                    return found
    return None


def _inside(name: str, value: object, call: _Call, *, wraps: bool = False) -> Meant | None:
    """Return what was meant one step deeper: `filter[form_uuid]=...`, `date_range: {start: ...}`, `user: {id: ...}`."""
    table = lexicon()
    wraps = wraps or frozenset(map(singular, split(name))) <= table.fillers | table.envelopes
    for key, item in islice(value.items(), _MOST) if isinstance(value, Mapping) else ():
        if len(str(key)) <= _LONGEST:
            found = _best(f"{name} {key}", item, call)
            if found is None and wraps:
                found = _best(str(key), item, call)
            if found is not None:
                return found
    return None


def _is_control(each: Likeness, found: Doubt, seen: Look, call: _Call) -> bool:
    """Tell whether a free name and its value can hardly be anything else than this parameter."""
    name, suits = each.parameter.name, fit(seen, each.parameter)
    if each.score == SPELT:
        return name not in call.given or len(name) > 2  # `_id` beside `id` comes from a database
    if name in call.given:
        return False
    if each.how == "spelling":  # but for the number: `tag`, `emails`
        return suits >= 0 or (name in call.missing and "list" in seen.kinds)
    if each.how == "slip":
        return suits > ANY
    if name in call.missing:
        return suits > 0 or each.score >= (0.75 if len(found.words) > 1 else 0.85)
    parts = frozenset(map(singular, split(name)))
    own = found.words & parts
    if each.parameter.kind == "array":
        return bool(own) and "list" in seen.kinds
    if own and found.words <= own | lexicon().selves:
        return suits > 0
    # `mail: a@b.example`, `submitted_at: 2026-01-31`, `avoid_duplicates: false`
    hardly_else = suits >= TELLS or (suits >= FITS and len(parts) > 1)
    return hardly_else and "uuid" not in seen.kinds and not found.names_person


def _wrapped(name: str, value: Mapping[str, object], found: Doubt, call: _Call) -> Meant | None:
    inner = _inside(name, value, call, wraps=True) if call.missing else None
    if inner is not None and inner.name in call.missing:
        return Meant(inner.name, f"it stands beside the other names, not inside {name}")
    if found.wraps and value:
        return Meant(str(next(iter(value)))[:_LONGEST], f"names stand beside each other, not inside {name}")
    return None


def _is_of_refiner(seen: Look) -> bool:
    """Tell whether a value is an object of Refiner's, or a list, which no trait is."""
    inner = seen.inner or seen
    return "own_uuid" in inner.kinds or (seen.inner is not None and "text" not in seen.kinds)
