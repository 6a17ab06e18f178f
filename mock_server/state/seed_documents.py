"""Seed documents: reading one into steps on a timeline.

Their shape is `fixtures/environments/seed.schema.json`, explained in `fixtures/README.md`. The whole document is read
before anything is planted, and the steps come in the order of their times: the environment gets the past that it would
have had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import orjson

from mock_server.errors import Invalid, UsageError
from mock_server.frozen import frozen
from mock_server.resources import fixture_path
from mock_server.state.clock import parse_duration, parse_time
from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Identity, Micros, Question, Rule
from mock_server.state.segments import parse_rule

if TYPE_CHECKING:
    from jsonschema_rs import Validator

__all__ = ["Planting", "Step", "check", "timeline"]

Node = Mapping[str, Any]

_ANSWERING: Final = "40s"
"""How long people take to answer when the document does not say."""


@dataclass(slots=True)
class Planting:
    """An environment that is being seeded, with the uuids of the surveys and segments it has so far, by name."""

    environment: Environment
    uuids: dict[tuple[str, str], str] = field(default_factory=dict)

    def uuid(self, kind: str, name: str) -> str:
        """Return the uuid of a `survey` or `segment`. Raises Invalid while it is not made."""
        if (kind, name) not in self.uuids:
            raise Invalid(f"the {kind} {name!r} is made later than this")
        return self.uuids[kind, name]


@frozen
class Step:
    """One thing that happened at one time; `path` is where the document says so."""

    at: Micros
    path: str
    act: Callable[[Planting], object]


def check(document: object) -> Node:
    """Return the document, which has the shape of a seed.

    Raises:
        UsageError: when it has not; the message names the path.
    """
    try:
        problem = next(iter(_shape().iter_errors(document)), None)
    except ValueError as error:  # a key that is no text, a value that JSON has not
        raise UsageError(f"the seed is no JSON document: {error}") from None
    if problem is not None:
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.instance_path)
        raise UsageError(f"{path.lstrip('.') or 'the seed'}: {problem.message}")
    return cast("Node", document)


def timeline(document: Node, now: Micros) -> list[Step]:
    """Return the steps of a checked document in the order of their times.

    Raises:
        UsageError: when a time, a name or a rule in it makes no sense; the message names the path.
    """
    return _Reading(document, now).steps()


@cache
def _shape() -> Validator:
    from jsonschema_rs import validator_for  # only for those who bring a document

    schema = orjson.loads(fixture_path("environments/seed.schema.json").read_bytes())
    return validator_for(schema, mask="what stands there")


class _Reading:
    """One reading of one document."""

    def __init__(self, document: Node, now: Micros) -> None:
        self._document = document
        self._now = now
        self._names = {
            "survey": _names(document, "surveys"),
            "segment": _names(document, "segments"),
        }

    def steps(self) -> list[Step]:
        people: list[Step] = []
        for path, node in _nodes(self._document, "contacts"):
            people += self._contact(path, node)
        first = min((step.at for step in people), default=self._now)
        made: list[Step] = []
        for path, node in _nodes(self._document, "segments"):
            made.append(Step(self._time(path, node, "at", first), path, _making_segment(node, _rule(path, node))))
        for path, node in _nodes(self._document, "surveys"):
            made += self._survey(path, node, first)
        # Sorting keeps what stands first among equal times, so nothing is used before it is made.
        return sorted(made + people, key=lambda step: step.at)

    def _survey(self, path: str, node: Node, first: Micros) -> list[Step]:
        name = node["name"]
        steps = [Step(self._time(path, node, "at", first), path, _making_survey(node))]
        if "unpublished_at" in node:
            at = self._time(path, node, "unpublished_at")
            steps.append(Step(at, path, lambda to: to.environment.publish_form(to.uuid("survey", name), False)))
        if "archived_at" in node:
            at = self._time(path, node, "archived_at")
            steps.append(Step(at, path, lambda to: to.environment.archive_form(to.uuid("survey", name))))
        return steps

    def _contact(self, path: str, node: Node) -> list[Step]:
        known = Identity(id=node.get("id"), email=node.get("email"))
        if not known.id and not known.email:
            raise UsageError(f"{path}: a contact needs an id or an email")
        whom = Identity(id=known.id) if known.id else known
        deeds: list[Step] = []
        for part_path, part in _nodes(node, "events", path):
            deeds.append(Step(self._time(part_path, part), part_path, _tracking(whom, part["event"])))
        for part_path, part in _nodes(node, "segments", path):
            name = self._named("segment", part_path, part)
            deeds.append(Step(self._time(part_path, part), part_path, _joining(whom, name)))
        for part_path, part in _nodes(node, "responses", path):
            deeds += self._response(part_path, part, whom)
        if "last_seen_at" in node:
            at = self._time(path, node, "last_seen_at")
            deeds.append(Step(at, path, lambda to: to.environment.identify(whom, {})))
        first = min((step.at for step in deeds), default=self._now)
        at = self._time(path, node, "at", first)
        if at > first:
            raise UsageError(f"{path}.at: it is later than something that this contact did")
        traits, account = node.get("traits", {}), _account(node)
        return [Step(at, path, lambda to: to.environment.identify(known, traits, account)), *deeds]

    def _response(self, path: str, node: Node, whom: Identity) -> list[Step]:
        survey, state, answers = self._named("survey", path, node), node["state"], node.get("answers", {})
        if bool(answers) != (state in ("partial", "completed")) and state != "dismissed":
            raise UsageError(f"{path}.answers: partial and completed responses have some, shown ones none")
        if node.get("tags") and state == "shown":
            raise UsageError(f"{path}.tags: a response that was only shown has none")
        shown = [self._time(path, node)]
        if "again_at" in node:
            shown.append(self._time(path, node, "again_at"))
        after = self._duration(f"{path}.after", node.get("after", _ANSWERING))
        end = min(max(shown) + after, self._now)
        steps = [Step(at, path, lambda to: to.environment.see_survey(whom, to.uuid("survey", survey))) for at in shown]
        return [*steps, Step(end, path, _finishing(whom, survey, node))]

    def _named(self, kind: str, path: str, node: Node) -> str:
        name, names = node[kind], self._names[kind]
        if name not in names:
            raise UsageError(f"{path}.{kind}: {name!r} is not in this seed; it has {', '.join(names) or 'none'}")
        return str(name)

    def _time(self, path: str, node: Node, key: str = "at", default: Micros | None = None) -> Micros:
        text = node.get(key)
        if text is None:
            return self._now if default is None else default
        at = parse_time(text)
        if text.startswith("-"):
            at = self._now - self._duration(f"{path}.{key}", text[1:])
        if at is None or not 0 <= at <= self._now:
            raise UsageError(f"{path}.{key}: {text!r} is no past time; write one like -12d, -1d6h or 2026-01-31")
        return at

    def _duration(self, path: str, text: str) -> Micros:
        try:
            return parse_duration(text)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None


def _nodes(node: Node, key: str, path: str = "") -> list[tuple[str, Node]]:
    start = f"{path}.{key}" if path else key
    return [(f"{start}[{rank}]", part) for rank, part in enumerate(node.get(key, ()))]


def _names(document: Node, key: str) -> dict[str, str]:
    paths: dict[str, str] = {}
    for path, node in _nodes(document, key):
        if node["name"] in paths:
            raise UsageError(f"{path}.name: {node['name']!r} is the name of {paths[node['name']]}; names must differ")
        paths[node["name"]] = path
    return paths


def _account(node: Node) -> AccountInput | None:
    raw = dict(node.get("account", {}))
    return AccountInput(raw.pop("id"), raw) if raw else None


def _rule(path: str, node: Node) -> Rule | None:
    try:
        return parse_rule(node["rule"]) if "rule" in node else None
    except Invalid as error:
        raise UsageError(f"{path}.rule: {error}") from None


def _making_segment(node: Node, rule: Rule | None) -> Callable[[Planting], None]:
    def make(to: Planting) -> None:
        segment = to.environment.create_segment(node["name"], is_manual=rule is None, rule=rule)
        to.uuids["segment", segment.name] = segment.uuid

    return make


def _making_survey(node: Node) -> Callable[[Planting], None]:
    questions = [Question(part.get("identifier", ""), part["text"], part["type"]) for part in node.get("questions", ())]

    def make(to: Planting) -> None:
        form = to.environment.create_form(node["name"], questions, published=node.get("published", True))
        to.uuids["survey", form.name] = form.uuid

    return make


def _tracking(whom: Identity, event: str) -> Callable[[Planting], object]:
    return lambda to: to.environment.track(whom, event)


def _joining(whom: Identity, segment: str) -> Callable[[Planting], object]:
    return lambda to: to.environment.add_to_segment(whom, to.uuid("segment", segment))


def _finishing(whom: Identity, survey: str, node: Node) -> Callable[[Planting], None]:
    state, answers = node["state"], node.get("answers", {})
    tags: Sequence[str] = node.get("tags", ())

    def finish(to: Planting) -> None:
        form = to.uuid("survey", survey)
        if state == "completed":
            response = to.environment.complete_survey(whom, form, answers)
        elif answers:
            response = to.environment.answer_survey(whom, form, answers)
        if state == "dismissed":
            response = to.environment.dismiss_survey(whom, form)
        if tags:
            to.environment.tag_response(response.uuid, tags)

    return finish
