"""Snapshots: the whole state of an environment as one JSON document, out and in.

Their shape is `contracts/snapshot.schema.json`. Times are microseconds since the epoch; where a record holds another
(a membership its segment, a response its tags) the document names it. What was read is checked as a whole before
anything is done with it: shape, then that everything named is there and nothing is there twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final, cast

import jsonschema_rs
import orjson

from mock_server.errors import Invalid, UsageError
from mock_server.resources import contract_path
from mock_server.state.clock import Clock
from mock_server.state.records import (
    Account,
    Contact,
    DeliveryPolicy,
    EventTally,
    Form,
    FormRevision,
    Membership,
    Micros,
    Question,
    Response,
    Segment,
    Tag,
    TrackedEvent,
)
from mock_server.state.segments import parse_rule, rule_document
from mock_server.state.shapes import shaped
from mock_server.state.traits import RESERVED
from mock_server.state.world import Content

__all__ = ["FORMAT", "Saved", "read", "written"]

Node = Mapping[str, Any]

FORMAT: Final = 1
"""The version of the document's shape; it rises when older documents could not be read any more."""
_NAMES: Final = {kind: [part.name for part in fields(kind)] for kind in (Contact, Form, Response, Segment)}


def written(
    facts: Mapping[str, object], switches: Mapping[str, object], clock: Clock, content: Content
) -> dict[str, object]:
    """Return the document.

    `facts` say where it was taken: they are for whoever reads it and never restored. `switches` are `posture`,
    `rate_limits`, `rendering`, `delivery` and `dialect`.
    """
    month, users, events, responses = content.usage
    document = {
        "format": FORMAT,
        "environment": facts,
        **switches,
        "clock": _clock_document(clock),
        "usage": {"month": month, "mtu": users, "mte": events, "msr": responses},
        "traits": {"contact": content.contact_traits, "account": content.account_traits},
        "accounts": content.accounts,
        "segments": [{**_named(segment), "rule": _rule_document(segment)} for segment in content.segments],
        "contacts": [{**_named(contact), "memberships": _places(contact)} for contact in content.contacts],
        "forms": [{**_named(form), "history": content.history[form.uuid]} for form in content.forms],
        "tags": content.tags,
        "responses": [{**_named(row), "tags": [tag.name for tag in row.tags]} for row in content.responses],
        "events": content.events,
    }
    # The way through JSON makes plain values of the records, at the speed of C.
    return cast("dict[str, object]", orjson.loads(orjson.dumps(document, default=dict)))


@dataclass(frozen=True, slots=True)
class Saved:
    """A snapshot that was read and is sound."""

    posture: str
    rate_limits: bool
    rendering: str
    delivery: DeliveryPolicy
    dialect: Mapping[str, str]
    content: Content
    digest: str
    """Tells apart documents that differ in anything."""
    mode: str
    at: Micros
    """Where a frozen clock stands, or how far another one is ahead of real time."""

    def start(self, clock: Clock) -> None:
        """Let a clock run as the snapshot's did. Raises UsageError where the shifted time is none."""
        if self.mode == "frozen":
            clock.freeze(self.at)
        else:
            clock.resume(self.at)


def read(document: object) -> Saved:
    """Return what a document says.

    Raises:
        UsageError: when it is no snapshot, or one that does not hold together; the message names the place.
    """
    try:
        problem = next(iter(_shape().iter_errors(document)), None)
        digest = hashlib.blake2b(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
    except (ValueError, TypeError) as error:  # a key that is no text, a value that JSON has not
        raise UsageError(f"the snapshot is no JSON document: {error}") from None
    if problem is not None:
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.instance_path)
        raise UsageError(f"{path.lstrip('.') or 'the snapshot'}: {problem.message}")
    node = cast("Node", document)
    clock = node["clock"]
    content = _Reading(node).content()
    shown = clock.get("at", clock.get("shift", 0))
    switches = node["posture"], node["rate_limits"], node["rendering"], DeliveryPolicy(**node["delivery"])
    return Saved(*switches, node["dialect"], content, digest, clock["mode"], shown)


@cache
def _shape() -> jsonschema_rs.Validator:
    schema = orjson.loads(contract_path("snapshot.schema.json").read_bytes())
    return jsonschema_rs.validator_for(schema, mask="what stands there")


class _Reading:
    """One reading of one document whose shape is right. Every list is read after those that it names things of."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self._traits: Mapping[str, Mapping[str, str]] = document["traits"]
        self._accounts: dict[str, Account] = {}
        self._segments: dict[str, Segment] = {}
        self._contacts: dict[str, Contact] = {}
        self._forms: dict[str, Form] = {}
        self._tags: dict[str, Tag] = {}

    def content(self) -> Content:
        document, usage = self._document, self._document["usage"]
        for kind, slugs in self._traits.items():
            _check_slugs(f"traits.{kind}", slugs)
        for path, node in self._nodes("accounts", "serial", "remote_id"):
            self._check_traits(path, node, "account")
            self._accounts[node["uuid"]] = Account(**node)
        self._segments = {node["uuid"]: self._segment(path, node) for path, node in self._nodes("segments")}
        if sum(segment.silent for segment in self._segments.values()) != 1:
            raise UsageError("segments: exactly one is silent, the one that every contact enters")
        for path, node in self._nodes("contacts", "serial", "remote_id"):
            self._contacts[node["uuid"]] = self._contact(path, node)
        self._check_people()
        self._forms = {node["uuid"]: _form(node) for _, node in self._nodes("forms")}
        for rank, form in enumerate(self._forms.values()):
            if form.serial != rank + 1:  # the next one's serial is told by how many there are
                raise UsageError(f"forms[{rank}].serial: surveys are numbered from 1 in the order of their making")
        self._tags = {node["name"]: Tag(**node) for _, node in self._nodes("tags", "name")}
        responses = tuple(self._response(path, node) for path, node in self._nodes("responses", "serial"))
        self._check_seats(responses)
        return Content(
            self._traits["contact"],
            self._traits["account"],
            tuple(self._accounts.values()),
            tuple(self._segments.values()),
            tuple(self._contacts.values()),
            tuple(self._forms.values()),
            {node["uuid"]: tuple(_revision(line) for line in node["history"]) for node in document["forms"]},
            tuple(self._tags.values()),
            responses,
            tuple(TrackedEvent(**node) for node in document["events"]),
            (usage["month"], usage["mtu"], usage["mte"], usage["msr"]),
        )

    def _nodes(self, kind: str, *unique: str) -> Iterable[tuple[str, Node]]:
        """Yield path and value of each item of a list; no two may share their uuid or another `unique` field."""
        seen: set[tuple[str, object]] = set()
        for rank, node in enumerate(self._document[kind]):
            path = f"{kind}[{rank}]"
            for name in ("uuid", *unique):
                place = (name, node.get(name))
                if place in seen:
                    raise UsageError(f"{path}.{name}: {node[name]!r} is there already, and may be only once")
                if node.get(name) is not None:
                    seen.add(place)
            yield path, node

    def _segment(self, path: str, node: Node) -> Segment:
        try:
            rule = None if node["rule"] is None else parse_rule(node["rule"])
        except Invalid as error:
            raise UsageError(f"{path}.rule: {error}") from None
        if node["is_manual"] != (rule is None):
            raise UsageError(f"{path}.rule: a manual segment has none, every other has one")
        return Segment(**{**node, "rule": rule})

    def _contact(self, path: str, node: Node) -> Contact:
        if node["account_uuid"] not in self._accounts:
            raise UsageError(f"{path}.account_uuid: the snapshot has no such account")
        self._check_traits(path, node, "contact")
        first = node["first_seen_at"]
        places = [
            self._membership(f"{path}.memberships[{rank}]", one, first) for rank, one in enumerate(node["memberships"])
        ]
        if len({place.segment.uuid for place in places}) < len(places):
            raise UsageError(f"{path}.memberships: a contact is in a segment only once")
        events = {name: EventTally(**tally) for name, tally in node.get("events", {}).items()}
        traits = shaped(node["traits"])
        return Contact(**{**node, "memberships": tuple(places), "events": events, "traits": traits})

    def _check_traits(self, path: str, node: Node, kind: str) -> None:
        if unknown := set(node["traits"]) - set(self._traits[kind]):
            raise UsageError(f"{path}.traits: {min(unknown)!r} is not among traits.{kind}")

    def _membership(self, path: str, node: Node, first_seen_at: Micros) -> Membership:
        segment = self._segments.get(node["segment_uuid"])
        if segment is None:
            raise UsageError(f"{path}.segment_uuid: the snapshot has no such segment")
        return Membership.begun(segment, node["created_at"], node["updated_at"], first_seen_at)

    def _check_people(self) -> None:
        """Hold what accounts and identities rely on."""
        sizes = Counter(contact.account_uuid for contact in self._contacts.values())
        for rank, account in enumerate(self._accounts.values()):
            if account.remote_id is None and sizes[account.uuid] != 1:
                raise UsageError(f"accounts[{rank}].remote_id: an account without one belongs to exactly one contact")
        nameless: set[str] = set()
        for rank, contact in enumerate(self._contacts.values()):
            if contact.remote_id:
                continue
            if not (contact.email or contact.cookie_uuid):
                raise UsageError(f"contacts[{rank}]: a contact has a remote_id, an email or a cookie_uuid")
            email = (contact.email or "").lower()
            if email in nameless:
                raise UsageError(f"contacts[{rank}].email: of the contacts without a remote_id no two share an email")
            if email:
                nameless.add(email)

    def _response(self, path: str, node: Node) -> Response:
        for name, kept in (("form_uuid", self._forms), ("contact_uuid", self._contacts)):
            if node[name] not in kept:
                raise UsageError(f"{path}.{name}: the snapshot has no such {name.partition('_')[0]}")
        if missing := set(node.get("tags", ())) - set(self._tags):
            raise UsageError(f"{path}.tags: {min(missing)!r} is not among tags")
        if (node.get("data") or node.get("completed_at") is not None) and node.get("last_data_reception_at") is None:
            raise UsageError(f"{path}.last_data_reception_at: a response with data, or a completed one, has it")
        return Response(**{**node, "tags": tuple(self._tags[name] for name in node.get("tags", ()))})

    def _check_seats(self, responses: Iterable[Response]) -> None:
        """Hold that a contact has one open response to a survey at most."""
        seats: set[tuple[str, str]] = set()
        for rank, row in enumerate(responses):
            seat = (row.contact_uuid, row.form_uuid)
            if row.completed_at is not None and row.dismissed_at is not None:
                raise UsageError(f"responses[{rank}].dismissed_at: a completed response cannot be dismissed")
            if row.completed_at is None and row.dismissed_at is None:
                if seat in seats:
                    raise UsageError(f"responses[{rank}]: the contact has an open response to this survey already")
                seats.add(seat)


def _check_slugs(path: str, slugs: Mapping[str, str]) -> None:
    if "name" not in slugs:
        raise UsageError(f"{path}: the trait 'name' is always known")
    if reserved := RESERVED & set(slugs):
        raise UsageError(f"{path}: {min(reserved)!r} is reserved, so it is no trait")


def _named(record: Contact | Form | Response | Segment) -> dict[str, object]:
    return {name: getattr(record, name) for name in _NAMES[type(record)]}


def _rule_document(segment: Segment) -> dict[str, object] | None:
    return None if segment.rule is None else rule_document(segment.rule)


def _places(contact: Contact) -> list[dict[str, object]]:
    names = ("segment_uuid", "created_at", "updated_at")
    return [dict(zip(names, (place.segment.uuid, *place.times(contact)), strict=True)) for place in contact.memberships]


def _clock_document(clock: Clock) -> dict[str, object]:
    if clock.mode == "frozen":
        return {"mode": "frozen", "at": clock.now()}
    return {"mode": "offset", "shift": clock.shift} if clock.shift else {"mode": "real"}


def _form(node: Node) -> Form:
    parts = {name: value for name, value in node.items() if name != "history"}
    questions = tuple(Question(**question) for question in node["questions"])
    return Form(**{**parts, "questions": questions, "channels": tuple(node.get("channels", ("web",)))})


def _revision(node: Node) -> FormRevision:
    return FormRevision(**{**node, "form": _form(node["form"])})
