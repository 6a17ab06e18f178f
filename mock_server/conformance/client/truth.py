"""The general truth: a client that does what it was asked leaves the same traces as the honest one in its twin.

What it said, what it returned, what it sent, what it changed, and what the contract says of it are compared, so no
operation needs a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from mock_server.conformance.client.calls import arrived_whole, shown, wire
from mock_server.conformance.client.expecting import Expected, Wrong
from mock_server.conformance.client.likeness import Difference, Likeness, Texts
from mock_server.conformance.client.observing import Observation, Snapshot
from mock_server.conformance.client.reference import kept
from mock_server.conformance.client.wire import Sent
from mock_server.conformance.plain import harmless
from mock_server.conformance.protocol import Outcome, misshapen, promised_key
from mock_server.frozen import frozen

__all__ = ["TOLD_APART", "Expected", "Wrong", "amiss"]

TOLD_APART = ("auth", "not-found", "rate-limited")
"""The kinds of errors that a client must tell apart."""
_LEVELS = {"error": "MUST", "warning": "SHOULD"}
_FLAGS = {"true": "1", "false": "0"}
"""How a boolean may be written where all is text, and how Refiner keeps one that it is sent as such."""
_DATA = ("traits", "accounts", "segments", "contacts", "forms", "tags", "responses", "events")
"""The parts of a snapshot that calls are about."""
_MOST = 6
"""Differences that are told."""


def amiss(seen: Observation, expected: Expected | None = None) -> list[Wrong]:
    """Return what is wrong with a call, the gravest first; nothing where the client said that it cannot do it.

    Args:
        seen: the call, and what the honest client did.
        expected: what it is held to; by default the same as the honest client.
    """
    if seen.outcome.outcome == "unsupported":
        return []
    expected = expected or Expected()
    judge = _Judge.of(seen, expected)
    # What was sent wrongly is the cause of all that follows from it.
    found = [*judge.violated(), *wire(seen, expected), *judge.said(), *judge.returned(), *judge.changed()]
    return sorted(found, key=lambda wrong: wrong.level != "MUST")


@frozen
class _Judge:
    seen: Observation
    expected: Expected
    likeness: Likeness
    state: Sequence[Difference]
    """What differs afterwards from how it should be."""

    @classmethod
    def of(cls, seen: Observation, expected: Expected) -> _Judge:
        known = Texts(seen.before)
        text = any(call.as_text for call in seen.calls)

        def compared(target: Snapshot) -> tuple[Likeness, Sequence[Difference]]:
            likeness = Likeness(known, seen.since, text, _own(seen) | (_FLAGS if text else {}))
            return likeness, _changes(likeness, seen.after, target)

        found = [compared(target) for target in _targets(seen, expected)]
        same = next((one for one in found if not one[1]), None)
        return cls(
            seen, expected, *(same or (found[0] if found else (Likeness(known, seen.since, text, _own(seen)), ())))
        )

    def said(self) -> Iterator[Wrong]:
        """Yield what is wrong with the outcome."""
        seen, told, outcome = self.seen, self.seen.told, self.seen.outcome
        wanted = {"same": (told.outcome,), "either": ("ok", "error")}.get(self.expected.expect, (self.expected.expect,))
        last = seen.calls[-1] if seen.calls else None
        if outcome.outcome not in wanted:
            if outcome.outcome == "ok":
                yield Wrong(f"It reported success, although {_failure(seen)}.", sent=last)
            else:
                yield Wrong(f"It reported an error ({_words(outcome)}), although {_success(seen)}.", sent=last)
        elif outcome.outcome == "error":
            kinds = self.expected.kinds or ((told.kind,) if told.kind in TOLD_APART else ())
            if told.outcome == "error" and told.kind not in TOLD_APART:
                kinds = ()
            if kinds and outcome.kind not in kinds:
                wished = " or ".join(map(str, kinds))
                what = f"It reported the error as {_words(outcome)}, but it is {wished}: {_failure(seen)}."
                yield Wrong(what, sent=last)

    def returned(self) -> Iterator[Wrong]:
        """Yield what is wrong with the value."""
        seen, told = self.seen, self.seen.told
        if seen.outcome.outcome != "ok" or told.outcome != "ok" or self.expected.value == "any":
            return
        if told.value is None:
            return
        last = seen.calls[-1] if seen.calls else None
        if wrong := misshapen(seen.operation, seen.outcome.value):
            what = f"What it returned has not the shape that is promised for {seen.operation}: {wrong}."
            yield Wrong(what, sent=last)
            return
        got = kept(seen.operation, seen.outcome.value) or seen.outcome.value
        if self.expected.value == "whole":
            yield from self._whole(got["items"])
            return
        likeness = Likeness(self.likeness.known, seen.since, pairs=self.likeness.pairs, typed=True)
        found = [*islice(likeness.differences(got, told.value), _MOST)]
        if found:
            yield Wrong(_gist(seen, got, told.value), _listed(found, "returned", "Refiner sent"), sent=last)

    def _whole(self, items: Sequence[Any]) -> Iterator[Wrong]:
        """Yield what a list lacks that was there all the time, and what it has that never was."""
        assert self.seen.told.value is not None, "a list was read"
        first = (self.seen.earlier or self.seen.told).value["items"]
        last = self.seen.told.value["items"]
        ids = [{item.get("uuid") for item in each} for each in (items, first, last)]
        if lost := (ids[1] & ids[2]) - ids[0]:
            count = f"{len(lost)} of {len(ids[1] & ids[2])} items"
            yield Wrong(
                f"{count} that were there all the time are missing in what it returned.",
                "The list changed while it was read: follow next_page_cursor where there is one.",
            )
        if ids[0] - ids[1] - ids[2]:
            yield Wrong("It returned items that were never there.")

    def changed(self) -> Iterator[Wrong]:
        """Yield what is wrong with the environment afterwards."""
        if self.state:
            count = f"{len(self.state)} things differ" if len(self.state) > 1 else "one thing differs"
            detail = _listed(self.state[:_MOST], "is", "should be")
            last = self.seen.calls[-1] if self.seen.calls else None
            yield Wrong(f"Afterwards Refiner does not hold what it should: {count}.", detail, sent=last)

    def violated(self) -> Iterator[Wrong]:
        """Yield what the contract says of what was sent, but for what it says of the honest client, too."""
        honest = {_kind(violation) for one in self.seen.asked for violation in one.violations}
        told: set[Any] = set()
        for one in self.seen.sent:
            for violation in one.violations:
                kind, level = _kind(violation), _LEVELS.get(violation["severity"])
                if level is None or violation["injected"] or kind in honest | told or self._is_of_args(one, violation):
                    continue
                told.add(kind)
                suggestion = violation["suggestion"]
                meant = f"Meant: {suggestion}" if suggestion and suggestion not in violation["message"] else ""
                yield Wrong(harmless(violation["message"], 400), meant, level, (violation,), one)

    def _is_of_args(self, one: Sent, violation: Mapping[str, Any]) -> bool:
        """Tell whether a violation is of what was asked for, and not of how it was sent."""
        name = str(violation["where"]["name"]).partition(".")[0].partition("[")[0]
        return one.operation == self.seen.operation and arrived_whole(self.seen, one, name)


def _targets(seen: Observation, expected: Expected) -> Sequence[Snapshot]:
    """Return the states of which one must be there afterwards; none where any will do."""
    untouched = seen.outcome.outcome == "error" and seen.told.outcome == "ok"
    return {
        "same": (seen.before,) if untouched else (seen.should,),
        "unchanged": (seen.before,),
        "either": (seen.should, seen.before),
        "any": (),
    }[expected.state]


def _changes(likeness: Likeness, after: Snapshot, target: Snapshot) -> Sequence[Difference]:
    parts = _DATA[likeness.as_text :]  # text says nothing of the types of traits
    there, wanted = ({name: each[name] for name in parts} for each in (after, target))
    return [*likeness.differences(there, wanted)]


def _own(seen: Observation) -> dict[str, str]:
    """Return what the two environments are called, each in its own answers."""
    own, twins = seen.after["environment"], seen.should["environment"]
    return {own[name]: twins[name] for name in ("project_uuid", "name")}


def _kind(violation: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return by what violations of both clients are told alike: each may send its key in its own way."""
    code = violation["code"]
    return (code,) if code == "bad-credentials" else (violation["rule"], violation["where"]["name"])


def _words(outcome: Outcome) -> str:
    parts = (outcome.kind or "", str(outcome.status or ""), harmless(outcome.message, 200).rstrip("."))
    return ", ".join(filter(None, parts))


def _success(seen: Observation) -> str:
    if seen.calls and seen.calls[-1].fault is None:
        return f"an honest client succeeds, and what it sent itself was answered {seen.calls[-1].status}"
    return f"an honest client succeeds with {seen.operation}"


def _failure(seen: Observation) -> str:
    """Say what went wrong for whom."""
    call = seen.calls[-1] if seen.calls else None
    if seen.told.outcome == "error":
        return f"Refiner refuses it: {_words(seen.told)}"
    if call is None:
        return "nothing was done"
    spoiled = {
        "drop": "the connection was cut before the answer",
        "reset": "the connection was reset before anything was done",
        "truncate": "the answer was cut off in the middle",
        "garble": "a page of HTML came in place of the answer",
        "delay": "the answer came late",
        "slow_body": "the answer came slowly",
    }
    return spoiled.get(call.fault or "", f"it was answered {call.status}")


def _gist(seen: Observation, got: Any, want: Any) -> str:
    if promised_key(seen.operation) == "items" and len(got["items"]) != len(want["items"]):
        return f"It returned {len(got['items'])} items; there are {len(want['items'])}."
    return "What it returned is not what Refiner sent."


def _listed(found: Sequence[Difference], is_: str, should: str) -> str:
    return "\n".join(
        f"{harmless(place, 120) or 'it'}: {is_} {shown(got, 120)}, {should} {shown(want, 120)}"
        for place, got, want in found
    )
