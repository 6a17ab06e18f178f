"""Payloads that are true: what the pretend service says when the five events really happen to somebody.

The people are new each time. A receiver that remembers what it has seen, as it should, takes the first delivery of
every run for a first one, however often it is checked.
"""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Mapping
from typing import Any, Self

from mock_server.conformance.receiver.cases import Step, Story
from mock_server.frozen import frozen
from mock_server.state.clock import Clock
from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Identity, Question
from mock_server.webhooks.payloads import payload

__all__ = ["Person", "altered", "body"]

_SECOND = 1_000_000
_OTHERS = {"name": "Noor Haddad", "plan": "trial", "seats": 3}
"""The traits of somebody else: a contact without them shows null."""
_QUESTIONS = (Question("nps", "How likely are you to recommend us?", "nps"), Question("why", "Why?", "text"))


@frozen
class Person:
    """Somebody to whom things have happened."""

    payloads: Mapping[str, dict[str, Any]]
    """What Refiner would post of each of them, by the name of the event."""
    environment: Environment
    identity: Identity

    @classmethod
    def new(cls, story: Story) -> Self:
        """Return a new person to whom all five events have happened."""
        mark = secrets.token_hex(4)
        environment = Environment(f"check {mark}", now=Clock().now() - 600 * _SECOND)
        survey, other = (environment.create_form(name, _QUESTIONS) for name in ("Spring NPS", "Exit survey"))
        segment = environment.create_segment("Trial")
        others_account = AccountInput(f"acc-{mark}-2", {"name": "Haddad & Co"})
        environment.identify(Identity(id=f"u-{mark}-2"), _OTHERS, others_account)
        identity = _identity(story.contact, mark)
        account = None if story.account is None else AccountInput(f"acc-{mark}", story.account)
        environment.identify(identity, story.traits, account)
        environment.outbox.clear()
        environment.add_to_segment(identity, segment.uuid)
        _answer(environment, identity, survey.uuid, story.answers)
        environment.dismiss_survey(identity, other.uuid)
        return cls(_posted(environment), environment, identity)

    def again(self, story: Story) -> Person:
        """Return the same person, who meanwhile has seen and answered another survey as the story says."""
        self.environment.outbox.clear()
        survey = self.environment.create_form("Summer NPS", _QUESTIONS)
        _answer(self.environment, self.identity, survey.uuid, story.answers)
        return Person(_posted(self.environment), self.environment, self.identity)


def altered(payload: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload in which the values at some JSON pointers are set."""
    made = copy.deepcopy(dict(payload))
    for pointer, value in change.items():
        *path, last = pointer.split("/")[1:]
        around: Any = made
        for name in path:
            around = around[name]
        around[last] = value
    return made


def body(step: Step, payload: Mapping[str, Any]) -> bytes:
    """Return the bytes that a step posts of a payload."""
    if not isinstance(step.body, str):
        return step.body["text"].encode()
    escaped = json.dumps(payload, separators=(",", ":"))
    if step.body == "escaped":
        return escaped.replace("/", "\\/").encode()
    try:
        whole = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can only say by an escape
        whole = escaped.encode()
    return whole[: len(whole) // 2] if step.body == "cut" else whole


def _answer(environment: Environment, identity: Identity, survey: str, answers: Mapping[str, Any]) -> None:
    """Let somebody see a survey, complete it, and get a tag for it, in two or three minutes."""
    clock = environment.clock
    clock.advance_to(clock.now() + 60 * _SECOND)
    environment.see_survey(identity, survey)
    clock.advance_to(clock.now() + 41 * _SECOND)
    response = environment.complete_survey(identity, survey, answers)
    environment.tag_response(response.uuid, ["churn risk"])
    clock.advance_to(clock.now() + 60 * _SECOND)


def _posted(environment: Environment) -> dict[str, dict[str, Any]]:
    return {event.kind: json.loads(json.dumps(payload(event))) for event in environment.outbox}


def _identity(contact: str, mark: str) -> Identity:
    cookie = f"{mark}-3d42-0f6b-c1d7-2a9f4e8b6c30"  # what browsers make is no valid UUID (observed, RUD-cap)
    if contact == "anonymous":
        return Identity(cookie_uuid=cookie)
    return Identity(
        id=f"u-{mark}", email=f"mira.{mark}@example.org", cookie_uuid=cookie if contact == "browser" else None
    )
