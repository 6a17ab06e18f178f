"""Segments: manual ones, and those that a rule fills; what rules may say and how they read a contact.

A rule as a document is one condition, `{"trait"|"event"|"answer": NAME, "operator": OP, "value": V}`, or a combination,
`{"all": [rules]}` or `{"any": [rules]}`. A trait may also be `email`, `remote_id` or a computed one, and where no such
trait is set the latest answer of that name is read, since answers show among the attributes. An event is counted by
`equals`, `not_equals`, `greater_than` and `less_than`; `before` and `after` look at when it was last sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from mock_server.errors import Invalid, LimitReached, NotFound
from mock_server.state.clock import Clock, iso, parse_time
from mock_server.state.ids import Ids
from mock_server.state.orders import KeptOrder, alphabetical
from mock_server.state.records import Contact, Membership, Micros, Rule, Segment, Slice, SortKey, Window
from mock_server.state.traits import slug

__all__ = ["OPERATORS", "SUBJECTS", "Segments", "parse_rule", "rule_document"]

Holds = Callable[[Contact], bool]
Test = Callable[[object], bool]

SUBJECTS: Final = ("trait", "event", "answer")
COMBINATIONS: Final = ("all", "any")
OPERATORS: Final = (
    "equals", "not_equals", "contains", "greater_than", "less_than", "before", "after", "is_set", "is_not_set",
)  # fmt: skip
_WITHOUT_VALUE: Final = ("is_set", "is_not_set")
_MAX_DEPTH: Final = 10
_MAX_PARTS: Final = 100
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{1,99})?")


class Segments:
    """All segments of one environment. "All Users" is there from the start (observed, RUD-cap)."""

    def __init__(self, clock: Clock, ids: Ids, most: int, segments: Iterable[Segment] = ()) -> None:
        """Begin with these segments, if any: one of them is "All Users"; hold at most `most`."""
        self._most = most
        self._clock = clock
        self._ids = ids
        self._segments: dict[str, Segment] = {}
        self._serials: dict[str, int] = {}
        self._by_name: KeptOrder[Segment] = KeptOrder(self._place)
        self.ruled: list[tuple[Segment, Holds]] = []
        """The segments that rules fill, but for "All Users", which everyone enters on being made and never leaves."""
        for segment in segments:
            self._keep(segment)
        everyone = next((segment for segment in self if segment.silent), None)
        self.all_users = everyone or self._keep(
            Segment(ids.uuid(), "All Users", False, Rule("all"), clock.now(), silent=True)
        )

    def __iter__(self) -> Iterator[Segment]:
        """Walk all segments in the order of their making."""
        return iter(self._segments.values())

    def create(self, name: str, *, is_manual: bool, rule: Rule | None) -> Segment:
        """Return a new segment, still without members.

        Raises:
            Invalid: when the name is empty, a manual segment has a rule or another one has none.
            LimitReached: when the environment may hold no more segments.
        """
        if not name:
            raise Invalid("A segment needs a name", "name")
        if is_manual and rule is not None:
            raise Invalid("A manual segment has no rule; send is_manual: false with it", "rule")
        if not is_manual and rule is None:
            raise Invalid("A segment that is not manual needs a rule", "rule")
        if len(self._segments) >= self._most:
            raise LimitReached(f"The environment holds {self._most} segments; raise the setting max_definitions")
        segment = Segment(self._ids.uuid(), name, is_manual, rule, self._clock.now())
        return self._keep(segment)

    def get(self, uuid: str) -> Segment:
        """Return one segment. Raises NotFound when there is no such segment."""
        try:
            return self._segments[uuid]
        except KeyError:
            raise NotFound(f"No segment has the uuid {uuid[:80]!r}") from None

    def manual(self, uuid: str) -> Segment:
        """Return a segment that is filled by hand. Raises NotFound, and Invalid when a rule fills it."""
        segment = self.get(uuid)
        if not segment.is_manual:
            raise Invalid(f"The segment {segment.name!r} is filled by a rule, not by hand", "segment_uuid")
        return segment

    def listing(self, window: Window) -> Slice[Segment]:
        """Return one part of the segments, ordered by name (documented)."""
        return self._by_name.slice(window)

    def fits(self, contact: Contact, segment: Segment) -> bool:
        """Tell whether a segment's rule holds for a contact; a manual segment has none that could."""
        return any(holds(contact) for ruled, holds in self.ruled if ruled.uuid == segment.uuid)

    def evaluate(self, contact: Contact, at: Micros) -> tuple[tuple[Membership, ...], tuple[Segment, ...]]:
        """Return the memberships a contact has by the rules as it is now, and the segments it enters with them.

        The memberships are the contact's very own where nothing changes.
        """
        inside = {membership.segment.uuid for membership in contact.memberships}
        left: set[str] = set()
        entered: list[Segment] = []
        for segment, holds in self.ruled:
            if holds(contact):
                if segment.uuid not in inside:
                    entered.append(segment)
            elif segment.uuid in inside:
                left.add(segment.uuid)
        if not left and not entered:
            return contact.memberships, ()
        stayed = (membership for membership in contact.memberships if membership.segment.uuid not in left)
        return (*stayed, *(Membership(segment, at, at) for segment in entered)), tuple(entered)

    def _keep(self, segment: Segment) -> Segment:
        self._segments[segment.uuid] = segment
        self._serials[segment.uuid] = len(self._serials) + 1
        self._by_name.add(segment)
        if segment.rule is not None and not segment.silent:
            self.ruled.append((segment, _predicate(segment.rule)))
        return segment

    def _place(self, segment: Segment) -> SortKey:
        return alphabetical(segment.name, self._serials[segment.uuid])


def parse_rule(document: object) -> Rule:
    """Return the rule that a document describes.

    Raises:
        Invalid: when it is none, nests deeper than 10 or has more than 100 parts; the sentence lists the choices.
    """
    rule, parts = _parse(document, _MAX_DEPTH)
    if parts > _MAX_PARTS:
        raise Invalid(f"The rule has {parts} parts; at most {_MAX_PARTS} are allowed", "rule")
    return rule


def rule_document(rule: Rule) -> dict[str, object]:
    """Return the document of a rule, which `parse_rule` reads."""
    if rule.subject in COMBINATIONS:
        return {rule.subject: [rule_document(part) for part in rule.parts]}
    document: dict[str, object] = {rule.subject: rule.name, "operator": rule.operator}
    return document if rule.operator in _WITHOUT_VALUE else {**document, "value": rule.value}


def _parse(document: object, depth: int) -> tuple[Rule, int]:
    if not isinstance(document, Mapping):
        raise Invalid("A rule is an object with one of trait, event, answer, all or any", "rule")
    subjects = [key for key in document if key in (*SUBJECTS, *COMBINATIONS)]
    if len(subjects) != 1:
        raise Invalid("A rule names exactly one of trait, event, answer, all or any", "rule")
    if subjects[0] in SUBJECTS:
        return _condition(subjects[0], document), 1
    rules = document[subjects[0]]
    if len(document) > 1 or not isinstance(rules, list):
        raise Invalid(f"{subjects[0]} is a list of rules, with nothing beside it", "rule")
    if not depth:
        raise Invalid(f"The rule is nested deeper than {_MAX_DEPTH}", "rule")
    parsed = [_parse(part, depth - 1) for part in rules]
    return Rule(subjects[0], parts=tuple(rule for rule, _ in parsed)), 1 + sum(parts for _, parts in parsed)


def _condition(subject: str, document: Mapping[str, object]) -> Rule:
    name, operator, value = document[subject], document.get("operator"), document.get("value")
    if not isinstance(name, str) or not name:
        raise Invalid(f"{subject} needs the name of {'an' if subject[0] in 'ea' else 'a'} {subject}", "rule")
    if extra := set(document) - {subject, "operator", "value"}:
        raise Invalid(f"A rule has no {min(extra)!r}; it has {subject}, operator and value", "rule")
    choices = [choice for choice in OPERATORS if (subject, choice) != ("event", "contains")]
    if operator not in choices:
        raise Invalid(f"The operator of a rule over {subject} is one of {', '.join(choices)}", "rule")
    if operator in _WITHOUT_VALUE:
        return Rule(subject, name, str(operator))
    if not isinstance(value, str | int | float) or value == "":
        raise Invalid(f"{operator} needs a value: text, a number, true or false", "rule")
    if operator in ("before", "after") and parse_time(value) is None:
        raise Invalid(f"{operator} needs a time, such as 2026-01-31 or 2026-01-31T10:00:00Z", "rule")
    if subject == "event" and operator not in ("before", "after") and _number(value) is None:
        raise Invalid(f"{operator} compares how often the event was sent and needs a number", "rule")
    return Rule(subject, name, str(operator), value)


def _predicate(rule: Rule) -> Holds:
    """Return the rule as a function: rules are read whenever data arrives, so they are taken apart only once."""
    if rule.subject in COMBINATIONS:
        parts = [_predicate(part) for part in rule.parts]
        if rule.subject == "all":
            return lambda contact: all(part(contact) for part in parts)
        return lambda contact: any(part(contact) for part in parts)
    read, test = _reader(rule), _test(rule.operator, rule.value)
    return lambda contact: test(read(contact))


_BUILT_IN: Final[Mapping[str, Callable[[Contact], object]]] = {
    "email": lambda contact: contact.email,
    "remote_id": lambda contact: contact.remote_id,
    "first_seen_at": lambda contact: iso(contact.first_seen_at),
    "last_seen_at": lambda contact: iso(contact.last_seen_at),
    "form_views_count": lambda contact: contact.traces.form_views_count,
    "form_submissions_count": lambda contact: contact.traces.form_submissions_count,
    "last_form_view_at": lambda contact: _shown(contact.traces.last_form_view_at),
    "last_form_submission_at": lambda contact: _shown(contact.traces.last_form_submission_at),
}


def _shown(at: Micros | None) -> str | None:
    return None if at is None else iso(at)


def _reader(rule: Rule) -> Callable[[Contact], object]:
    name = rule.name
    if rule.subject == "answer":
        return lambda contact: contact.traces.answers.get(name)
    if rule.subject == "event":
        if rule.operator in ("before", "after"):
            return lambda contact: iso(contact.traces.events[name].last_at) if name in contact.traces.events else None
        if rule.operator in _WITHOUT_VALUE:
            return lambda contact: contact.traces.events.get(name)
        return lambda contact: contact.traces.events[name].count if name in contact.traces.events else 0
    key = slug(name)
    if key in _BUILT_IN:
        return _BUILT_IN[key]
    return lambda contact: (
        contact.traces.answers.get(name) or contact.traces.answers.get(key) or contact.traits.get(key)
    )


def _test(operator: str, wanted: object) -> Test:
    """Return the test of one operator. Of a multiple choice one choice is enough; unset values are equal to nothing."""
    if operator in _WITHOUT_VALUE:
        return lambda value: (value is None or value == "") == (operator == "is_not_set")
    if operator == "not_equals":
        equals = _test("equals", wanted)
        return lambda value: not equals(value)
    test = _compared(operator, wanted)

    def some(value: object) -> bool:
        if isinstance(value, list):
            return any(test(choice) for choice in value)
        return value is not None and test(value)

    return some


def _compared(operator: str, wanted: object) -> Test:
    text, number = _text(wanted), _number(wanted)
    if operator == "contains":
        return lambda value: text.lower() in _text(value).lower()
    if operator in ("before", "after"):
        limit = parse_time(wanted) if isinstance(wanted, str | int | float) else None
        return lambda value: _is_before(value, limit, operator == "before")

    def compare(value: object) -> bool:
        other = None if number is None else _number(value)
        # numerically where both sides are numbers, else as text; dates are text that sorts by time
        left, right = (_text(value), text) if number is None or other is None else (other, number)
        if operator == "equals":
            return left == right
        return left > right if operator == "greater_than" else left < right  # type: ignore[operator]

    return compare


def _is_before(value: object, limit: Micros | None, wanted: bool) -> bool:
    at = parse_time(value) if isinstance(value, str | int) else None
    if at is None or limit is None or at == limit:
        return False
    return (at < limit) == wanted


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _number(value: object) -> float | None:
    """Return what a value counts as; a text counts as a number where it is written as one, without leading zeros."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return float(value)
    return None
