"""What the model of the state machine knows of a contact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mock_server.state.records import Micros


@dataclass
class Person:
    """What the model knows of a contact."""

    serial: int
    first_seen: Micros
    last_seen: Micros
    id: str | None = None
    email: str | None = None
    account: str | None = None
    traits: dict[str, str] = field(default_factory=dict)
    manual: set[str] = field(default_factory=set)
    events: Counter[str] = field(default_factory=Counter)
    answers: dict[str, str] = field(default_factory=dict)
    answered_at: dict[str, Micros] = field(default_factory=dict)
    submitted_at: Micros | None = None
    cookie: str | None = None
    responses: dict[str, str] = field(default_factory=dict)

    def answer(self, data: Mapping[str, str], at: Micros) -> None:
        """Take in what was answered at a time, unless a later answer is there."""
        for name, value in data.items():
            if at >= self.answered_at.get(name, at):
                self.answers[name], self.answered_at[name] = value, at
        self.submitted_at = max(at, self.submitted_at or at)


def is_on_trial(person: Person) -> bool:
    return person.traits.get("plan") == "trial"


def same_email(one: str | None, other: str) -> bool:
    return one is not None and one.lower() == other.lower()


KEYS: dict[str, Callable[[Person], tuple[object, ...]]] = {
    "first_seen_at": lambda person: (-person.first_seen, -person.serial),
    "last_seen_at": lambda person: (-person.last_seen, -person.serial),
    "last_form_submission_at": lambda person: (
        person.submitted_at is None, -(person.submitted_at or 0), -person.serial,
    ),
    "display_name": lambda person: ("name" not in person.traits, person.traits.get("name", "").lower(), person.serial),
    "email": lambda person: (person.email is None, (person.email or "").lower(), person.serial),
}  # fmt: skip
