"""The cases of `contracts/cases/`, read: what is sent to a receiver and what is demanded of it.

The words are those of `contracts/case.schema.json`, which explains each; the files are checked against it in tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cache
from typing import Any

from mock_server.conformance.cases import Heading, read_cases, written_out
from mock_server.conformance.receiver.posting import Answer
from mock_server.frozen import frozen
from mock_server.webhooks.subscriptions import EVENTS

__all__ = ["ANSWERS", "Case", "Demand", "Step", "Story", "receiver_cases"]


@frozen
class Demand:
    """What may be demanded of an answer."""

    words: str
    statuses: frozenset[int]
    """Those that meet it."""
    silence: bool = False
    """Whether it can be said of no answer at all that it is not met; otherwise nothing is known then."""
    busy: bool = False
    """Whether it can be said of a receiver that asks to come again later; otherwise nothing is known then."""

    def tells(self, answer: Answer) -> bool:
        """Tell whether something can be said of it by an answer, or by there being none."""
        return (self.silence or answer.came == "answer") and (self.busy or not answer.puts_off)

    def met(self, answer: Answer) -> bool:
        """Tell whether it is met."""
        return answer.came == "answer" and answer.status in self.statuses


_ANY = frozenset(range(1000))
_2XX, _3XX, _5XX = (frozenset(range(first, first + 100)) for first in (200, 300, 500))

ANSWERS: Mapping[str, Demand] = {
    "accepted": Demand("a 2xx", _2XX, silence=True),
    "refused": Demand("401 or 403", frozenset((401, 403)), silence=True),
    "turned-away": Demand("neither a 2xx nor a 5xx", _ANY - _2XX - _5XX, silence=True),
    "not-5xx": Demand("anything but a 5xx", _ANY - _5XX, silence=True),
    "not-2xx": Demand("anything but a 2xx", _ANY - _2XX),
    "no-redirect": Demand("anything but a 3xx", _ANY - _3XX, busy=True),
    "anything": Demand("any answer", _ANY, silence=True, busy=True),
}


@frozen
class Story:
    """To whom the events of a case happen."""

    contact: str = "known"
    traits: Mapping[str, Any] = field(default_factory=lambda: {"name": "Mira Holt", "plan": "pro", "seats": 14})
    account: Mapping[str, Any] | None = field(default_factory=lambda: {"name": "Holt Ltd"})
    answers: Mapping[str, Any] = field(default_factory=lambda: {"nps": "9", "why": "Fast support"})


@frozen
class Step:
    """One thing that is sent, perhaps several times, and what is demanded then."""

    events: tuple[str, ...] = EVENTS
    of: str | None = None
    story: Story = field(default_factory=Story)
    change: Mapping[str, Any] = field(default_factory=dict)
    body: str | Mapping[str, str] = "whole"
    content_type: str | None = "application/json"
    token: str = "right"  # noqa: S105 - the name of a manner to send it
    times: int = 1
    together: bool = False
    at_once: int = 1
    answer: str | None = None
    should: str | None = None
    probe: str | None = None

    def demands(self, level: str) -> Iterator[tuple[str, Demand]]:
        """Yield what is demanded of its answers, with the level of each, in a case of that level."""
        for of_level, demanded in ((level, self.answer), ("SHOULD", self.should)):
            if demanded is not None:
                yield of_level, ANSWERS[demanded]

    @property
    def wanted(self) -> str:
        """The best answer, in words."""
        demanded = self.should or self.answer
        return ANSWERS[demanded].words if demanded else "whatever comes"

    @property
    def insists(self) -> bool:
        """Whether nothing but a 2xx will do."""
        return "accepted" in (self.answer, self.should)

    def event(self, registered: Sequence[str]) -> str | None:
        """Return which event is sent to a receiver that is registered for these, None where it wants none of them."""
        return next((event for event in self.events if event in registered), None)


@frozen(kw_only=True)
class Case(Heading):
    """One scenario."""

    send: tuple[Step, ...]
    needs_probe: bool = False
    generate: int = 0
    """With how many generated payloads the only step is done; 0: with that of its story."""

    @property
    def quiet(self) -> bool:
        """Whether the probe must show nothing of it from beginning to end."""
        return all(step.probe == "unchanged" for step in self.send)

    @property
    def rank(self) -> int:
        """Its place: the cheap ones come first, and the wrong tokens last, as some receivers lock such callers out."""
        return 3 if self.quiet else 2 if self.generate else int(any(step.at_once > 1 for step in self.send))


@cache
def receiver_cases() -> tuple[Case, ...]:
    """Return the cases for receivers, in the order in which they are run.

    Raises:
        ContractError: when a file is missing or broken.
    """
    return tuple(_rested(sorted(read_cases("receiver", _case), key=lambda case: case.rank)))


def _rested(cases: Iterable[Case]) -> Iterator[Case]:
    """Yield cases in their order, each with all that it comes after, directly or not."""
    known: dict[str, tuple[str, ...]] = {}
    for case in cases:
        known[case.id] = tuple(dict.fromkeys(id for near in case.after for id in (*known[near], near)))
        yield replace(case, after=known[case.id])


def _case(described: Mapping[str, Any]) -> Case:
    given = dict(described)
    given["needs_probe"] = given.pop("needs", None) == "probe"
    given["send"] = tuple(_step(step) for step in given["send"])
    return Case(**given)


def _step(described: Mapping[str, Any]) -> Step:
    given = dict(described)
    given["story"] = Story(**written_out(given.get("story", {})))
    if "events" in given:
        given["events"] = tuple(given["events"])
    return Step(**given)
