"""What a call changed, in a few words: made out when somebody looks, so that no call pays for it.

There are three sources. What happened on the way and may fire webhooks is told by the engine (`Happened`). What the
environment dates between the call's beginning and its end was done by it. The rest is what was asked for: a call that
is answered well has done it. On a frozen clock no date tells one call from another; what is said then holds either way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mock_server.contract.document import Operation
from mock_server.dashboard.showing import brief
from mock_server.errors import NotFound, RefusedByRefiner
from mock_server.faults.kinds import IN_PLACE
from mock_server.frozen import frozen
from mock_server.journal import Entry
from mock_server.state.environment import Environment
from mock_server.state.records import Contact, Form, Identity, Micros, Segment, TriggeredEvent

__all__ = ["SAID", "Happened", "changes"]

_KINDS = {
    "Entered Segment": "entered segment {}",
    "Completed Survey": "completed survey {}",
    "Saw Survey": "saw survey {}",
    "Dismissed Survey": "dismissed survey {}",
    "Tag Added": "response to {} tagged",
}


class Happened:
    """What happened by each of the latest causes, as the engine was handed it, webhooks or not."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._by_cause: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def note(self, _environment: Environment, cause: str | None, events: Sequence[TriggeredEvent]) -> None:
        """Keep in words what happened by a cause."""
        if cause is not None:
            self._by_cause[cause] = tuple(map(_words, events))
            if len(self._by_cause) > self._most:
                self._by_cause.popitem(last=False)

    def by(self, cause: str) -> tuple[str, ...]:
        """Return it in words, nothing for a cause by which nothing happened or that fell out."""
        return self._by_cause.get(cause, ())


def changes(
    entry: Entry,
    operation: Operation | None,
    parameters: Mapping[str, Any],
    environment: Environment,
    happened: Sequence[str],
) -> list[str]:
    """Return what an exchange changed, each change in a few words; nothing where it was refused or only read.

    Args:
        entry: the exchange.
        operation: what was called, None where the contract knows no such call.
        parameters: what was sent, decoded.
        environment: as it is now.
        happened: what the engine was told of it (`Happened.by`).
    """
    if operation is None or entry.method in ("GET", "HEAD"):
        return []
    if entry.status >= 400 or entry.fault in IN_PLACE:
        return []
    done = _Done(entry, operation, parameters, environment)
    words = [*done.departures(), *happened]
    say = SAID.get(operation.id)
    first = operation.summary if say is None else say(done)
    return [first, *(one for one in words if one != first)]


@frozen
class _Done:
    """A call that was answered well."""

    entry: Entry
    operation: Operation
    parameters: Mapping[str, Any]
    environment: Environment

    def within(self, at: Micros) -> bool | None:
        """Tell whether something of that time came with this call; None where it cannot be told."""
        start, end = self.entry.at, self.entry.at + self.entry.duration_us
        if at < start:
            return False
        return True if start < end and at <= end else None

    def contact(self) -> Contact | None:
        """Return whom it was about, None where there is no such contact any more."""
        named = {name: str(self.parameters[name]) for name in ("id", "email", "uuid") if self.parameters.get(name)}
        try:
            return self.environment.find(Identity(**named))
        except RefusedByRefiner:
            return None

    def departures(self) -> list[str]:
        contact = self.contact()
        if contact is None:
            return []
        left = (one for one in reversed(self.environment.departures) if one.contact_uuid == contact.uuid)
        return [f"left segment {_quoted(one.segment)}" for one in left if self.within(one.at)]

    def made(self) -> str:
        """Return how its contact came to be what it is."""
        contact = self.contact()
        came = None if contact is None else self.within(contact.first_seen_at)
        return {True: "contact made", False: "contact updated", None: "contact made or updated"}[came]

    def form(self) -> str:
        return self._named(self.environment.form, "form_uuid")

    def segment(self) -> str:
        return self._named(self.environment.segment, "segment_uuid")

    def _named(self, find: Callable[[str], Form | Segment], name: str) -> str:
        uuid = str(self.parameters.get(name, ""))
        try:
            return _quoted(find(uuid))
        except NotFound:  # in another world, before a reset
            return brief(uuid, 40)


def _identified(done: _Done) -> str:
    traits = [brief(name, 30) for name in done.parameters if name not in (*done.operation.parameters, "api_key")]
    more = [f"and {len(traits) - 6} more"] if len(traits) > 6 else []
    return f"{done.made()}{': ' if traits else ''}{', '.join([*traits[:6], *more])}"


def _tracked(done: _Done) -> str:
    event = f"event {_quoted(done.parameters.get('event', ''))} recorded"
    return f"contact made, {event}" if done.made() == "contact made" else event


def _left(done: _Done) -> str:
    left = f"left segment {done.segment()}"
    return left if left in done.departures() else f"not in segment {done.segment()}"


def _published(done: _Done) -> str:
    back = str(done.parameters.get("published", "")).lower() in ("0", "false")
    return f"survey {done.form()} {'is a draft again' if back else 'published'}"


def _tagged(done: _Done) -> str:
    tags = done.parameters.get("tags")
    return f"response tagged {brief(', '.join(map(str, tags)) if isinstance(tags, list) else tags, 60)}"


def _stored(done: _Done) -> str:
    if str(done.parameters.get("prevent_duplicates", "")).lower() in ("0", "false"):
        return f"response to survey {done.form()} stored"
    return f"response to survey {done.form()} stored, unless the same was there"


SAID: Mapping[str, Callable[[_Done], str]] = {
    "identifyUser": _identified,
    "trackEvent": _tracked,
    "deleteContact": lambda _: "contact deleted, with all its responses",
    "addToSegment": lambda done: f"in segment {done.segment()}",
    "removeFromSegment": _left,
    "publishForm": _published,
    "duplicateForm": lambda done: f"survey {done.form()} copied as {_quoted(done.parameters.get('name', ''))}",
    "archiveForm": lambda done: f"survey {done.form()} archived",
    "storeResponse": _stored,
    "tagResponse": _tagged,
}
"""What is said of a call that changes something, by `operationId`; of any other one it is the contract's summary."""


def _words(event: TriggeredEvent) -> str:
    return _KINDS.get(event.kind, event.kind).format(_quoted(event.segment or event.form or ""))


def _quoted(what: Segment | Form | object) -> str:
    return f"“{brief(what.name if isinstance(what, (Segment, Form)) else what, 60)}”"
