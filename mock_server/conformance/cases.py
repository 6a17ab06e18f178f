"""The cases of `contracts/cases/`, read: what is sent to a receiver and what is demanded of it.

The words are those of `contracts/case.schema.json`, which explains each; the files are checked against it in tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from mock_server.contract.prepared import read
from mock_server.errors import ContractError, UsageError
from mock_server.resources import contract_path
from mock_server.webhooks.subscriptions import EVENTS

__all__ = ["ANSWERS", "BROKEN_BY_ANSWERS", "Case", "Step", "Story", "receiver_cases", "selected"]

ANSWERS: Mapping[str, tuple[str, frozenset[int]]] = {
    "accepted": ("a 2xx", frozenset(range(200, 300))),
    "refused": ("401 or 403", frozenset((401, 403))),
    "turned-away": ("neither a 2xx nor a 5xx", frozenset((*range(200), *range(300, 500), *range(600, 1000)))),
    "not-5xx": ("anything but a 5xx", frozenset((*range(500), *range(600, 1000)))),
    "not-2xx": ("anything but a 2xx", frozenset((*range(200), *range(300, 1000)))),
    "no-redirect": ("anything but a 3xx", frozenset((*range(300), *range(400, 1000)))),
    "anything": ("any answer", frozenset(range(1000))),
}
"""What may be demanded of an answer: in words, and the statuses that meet it."""
BROKEN_BY_ANSWERS = ("no-redirect", "not-2xx")
"""What only an answer can break: where none comes, nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Story:
    """To whom the events of a case happen."""

    contact: str = "known"
    traits: Mapping[str, Any] = field(default_factory=lambda: {"name": "Mira Holt", "plan": "pro", "seats": 14})
    account: Mapping[str, Any] | None = field(default_factory=lambda: {"name": "Holt Ltd"})
    answers: Mapping[str, Any] = field(default_factory=lambda: {"nps": "9", "why": "Fast support"})


@dataclass(frozen=True, slots=True)
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

    @property
    def wants_2xx(self) -> bool:
        """Whether it is to be accepted, at best."""
        return "accepted" in (self.answer, self.should)

    def event(self, registered: Sequence[str]) -> str | None:
        """Return which event is sent to a receiver that is registered for these, None where it wants none of them."""
        return next((event for event in self.events if event in registered), None)


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario."""

    id: str
    title: str
    level: str
    """MUST, SHOULD or MAY."""
    evidence: str
    source: tuple[str, ...]
    about: str
    send: tuple[Step, ...]
    after: tuple[str, ...] = ()
    """The cases without which it proves nothing: what is never accepted is no good example of refusing."""
    needs_probe: bool = False
    generate: int = 0
    """With how many generated payloads the only step is done; 0: with that of its story."""

    @property
    def quiet(self) -> bool:
        """Whether the probe must show nothing of it from beginning to end."""
        return all(step.probe == "unchanged" for step in self.send)

    @property
    def rank(self) -> int:
        """The order of cases: the cheap ones first, and last the wrong tokens, after some of which who sends is shut out."""
        return 3 if self.quiet else 2 if self.generate else int(any(step.at_once > 1 for step in self.send))


@cache
def receiver_cases() -> tuple[Case, ...]:
    """Return the cases for receivers, in the order in which they are run.

    Raises:
        ContractError: when a file is missing or broken.
    """
    found = []
    try:
        for path in sorted(contract_path("cases/receiver").glob("*.yaml")):
            found += _cases(read(path.read_bytes()))
    except (KeyError, TypeError, AttributeError) as reason:
        raise ContractError(f"contracts/cases/receiver holds a case that cannot be read: {reason!r}") from reason
    return tuple(sorted(found, key=lambda case: case.rank))


def selected(cases: Sequence[Case], globs: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases whose id one of the patterns fits and those that they come after, all without a pattern.

    Raises:
        UsageError: when a pattern fits none.
    """
    for glob in globs:
        if not any(fnmatchcase(case.id, glob) for case in cases):
            raise UsageError(f"No case is called {glob!r}; --list names them all.")
    wanted = {case.id for case in cases if not globs or any(fnmatchcase(case.id, glob) for glob in globs)}
    for case in reversed(cases):  # what a case comes after stands before it
        wanted.update(case.after if case.id in wanted else ())
    return tuple(case for case in cases if case.id in wanted)


def _cases(file: Mapping[str, Any]) -> Iterator[Case]:
    for described in file["cases"]:
        yield _case({**described, "after": [*file.get("after", ()), *described.get("after", ())]})


def _case(described: Mapping[str, Any]) -> Case:
    given = dict(described)
    given["needs_probe"] = given.pop("needs", None) == "probe"
    given["source"], given["after"] = tuple(given["source"]), tuple(given["after"])
    given["send"] = tuple(_step(step) for step in given["send"])
    return Case(**given)


def _step(described: Mapping[str, Any]) -> Step:
    given = dict(described)
    given["story"] = Story(**_values(given.get("story", {})))
    if "events" in given:
        given["events"] = tuple(given["events"])
    return Step(**given)


def _values(given: Any) -> Any:
    """Return a value of the data with its repeated texts written out."""
    if not isinstance(given, dict):
        return given
    if given.keys() == {"repeat", "times"}:
        return given["repeat"] * given["times"]
    return {name: _values(value) for name, value in given.items()}
