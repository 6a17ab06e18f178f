"""The invariants of `environment`, under any calls in any order, against a model made of plain dicts and lists."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mock_server.errors import NotFound
from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Contact, Identity, Micros, SortKey, Window
from mock_server.state.responses import ResponseQuery
from mock_server.state.segments import parse_rule
from tests.state.person import KEYS, Person, is_on_trial, same_email

T = TypeVar("T")

START: Micros = 1_741_953_600_000_000
ALL = Window(1, 1_000)
ids = st.sampled_from(["u1", "u2", "u3", "u4"])
emails = st.sampled_from(["a@x.org", "A@X.org", "b@x.org", "c@x.org"])
named = st.one_of(
    st.builds(Identity, id=ids), st.builds(Identity, email=emails), st.builds(Identity, id=ids, email=emails)
)
cookies = st.sampled_from(["cookie-1", "cookie-2"])
identities = st.one_of(
    named,
    st.builds(Identity, cookie_uuid=cookies),
    st.builds(Identity, id=st.none() | ids, email=st.none() | emails, cookie_uuid=cookies),
)
traits = st.dictionaries(
    st.sampled_from(["plan", "name"]), st.sampled_from(["trial", "pro", "Zoe", "adam", "", None]), max_size=2
)
accounts = st.none() | st.sampled_from(["acme", "other"])


class World(RuleBasedStateMachine):
    """Calls an environment and its model side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.environment = Environment("world", now=START)
        self.now = START
        self.calls: list[Callable[[Environment], object]] = []
        self.people: dict[str, Person] = {}
        self.made = 0
        self.entered: list[tuple[str, str]] = []
        self.manual = self.do(lambda world: world.create_segment("Manual")).uuid
        self.ruled: dict[str, Callable[[Person], bool]] = {}
        self.add_rule("Trial", {"trait": "plan", "operator": "equals", "value": "trial"}, is_on_trial)
        self.forms = [self.do(lambda world: world.create_form("NPS")).uuid for _ in range(2)]
        self.walk: tuple[list[str], set[str], SortKey | None] | None = None

    def do(self, call: Callable[[Environment], T]) -> T:
        self.calls.append(call)
        return call(self.environment)

    # the model

    def find(self, identity: Identity) -> str | None:
        """Return the uuid of whom an identity means, by the rules of the dossier read anew."""
        by_age = sorted(self.people, key=lambda uuid: self.people[uuid].serial)
        same = [uuid for uuid in by_age if identity.email and same_email(self.people[uuid].email, identity.email)]
        with_cookie = [
            uuid for uuid in by_age if identity.cookie_uuid and self.people[uuid].cookie == identity.cookie_uuid
        ]
        if identity.id or identity.email:  # the visitor of a cookie who has a name is somebody else
            with_cookie = [uuid for uuid in with_cookie[:1] if not (self.people[uuid].id or self.people[uuid].email)]
        if identity.id is None:
            return next(iter(same + with_cookie), None)
        by_id = [uuid for uuid in by_age if self.people[uuid].id == identity.id]
        return next(iter(by_id + [uuid for uuid in same if self.people[uuid].id is None] + with_cookie), None)

    def meet(self, identity: Identity, contact: Contact, *, seen: bool) -> Person:
        """Return the person, made if unknown, after an identity came in."""
        known = self.find(identity)
        if known is None:
            assert contact.uuid not in self.people
            self.made += 1
            self.people[contact.uuid] = Person(self.made, self.now, self.now)
        else:
            assert contact.uuid == known
        person = self.people[contact.uuid]
        person.id = person.id or identity.id
        person.email = identity.email or person.email
        person.cookie = identity.cookie_uuid or person.cookie
        person.last_seen = self.now if seen else person.last_seen
        return person

    def segments_of(self, person: Person) -> set[str]:
        ruled = {uuid for uuid, holds in self.ruled.items() if holds(person)}
        return {"All Users"} | person.manual | ruled

    def add_rule(self, name: str, document: object, holds: Callable[[Person], bool]) -> None:
        segment = self.do(lambda world: world.create_segment(name, is_manual=False, rule=parse_rule(document)))
        self.ruled[segment.uuid] = holds

    # what may happen

    @rule(identity=identities, given=traits, account=accounts)
    def identify(self, identity: Identity, given: dict[str, str | None], account: str | None) -> None:
        group = AccountInput(account, {}) if account else None
        contact = self.do(lambda world: world.identify(identity, given, group))
        person = self.meet(identity, contact, seen=True)
        person.account = account or person.account
        for name, value in given.items():
            person.traits.pop(name, None)
            if value:
                person.traits[name] = value

    @rule(identity=identities, event=st.sampled_from(["Paid", "Left"]))
    def track(self, identity: Identity, event: str) -> None:
        contact = self.do(lambda world: world.track(identity, event))
        self.meet(identity, contact, seen=True).events[event] += 1

    @rule(identity=identities)
    def add_to_segment(self, identity: Identity) -> None:
        contact = self.do(lambda world: world.add_to_segment(identity, self.manual))
        self.meet(identity, contact, seen=False).manual.add(self.manual)

    @rule(identity=identities)
    def remove_from_segment(self, identity: Identity) -> None:
        known = self.find(identity)
        try:
            contact = self.do(lambda world: world.remove_from_segment(identity, self.manual))
        except NotFound:
            assert known is None
        else:
            assert contact.uuid == known
            self.people[contact.uuid].manual.discard(self.manual)

    @rule(identity=identities, number=st.integers(0, 1), verb=st.sampled_from(["see", "complete", "dismiss"]))
    def interact(self, identity: Identity, number: int, verb: str) -> None:
        form, data = self.forms[number], {"nps": str(number)}
        if verb == "see":
            response = self.do(lambda world: world.see_survey(identity, form))
        elif verb == "dismiss":
            response = self.do(lambda world: world.dismiss_survey(identity, form))
        else:
            response = self.do(lambda world: world.complete_survey(identity, form, data))
        person = self.meet(identity, self.environment.contact_by_uuid(response.contact_uuid), seen=False)
        person.responses[response.uuid] = form
        if verb == "complete":
            person.answer(data, self.now)

    @rule(identity=identities, score=st.integers(0, 9), days=st.integers(0, 3))
    def store_response(self, identity: Identity, score: int, days: int) -> None:
        at = self.now - days * 86_400_000_000
        form = self.forms[0]
        response = self.do(lambda world: world.store_response(identity, form, {"csat": score}, date=at))
        person = self.meet(identity, self.environment.contact_by_uuid(response.contact_uuid), seen=False)
        if response.uuid in person.responses:
            return
        person.responses[response.uuid] = form
        person.answer({"csat": str(score)}, at)

    @rule(identity=identities)
    def delete(self, identity: Identity) -> None:
        known = self.find(identity)
        try:
            contact = self.do(lambda world: world.delete_contact(identity))
        except NotFound:
            assert known is None
            return
        assert contact.uuid == known
        for uuid in self.people.pop(contact.uuid).responses:
            try:
                self.environment.response(uuid)
            except NotFound:
                continue
            raise AssertionError(uuid)
        if self.walk is not None:
            self.walk[1].discard(contact.uuid)

    @rule(hours=st.integers(1, 48))
    def wait(self, hours: int) -> None:
        self.now += hours * 3_600_000_000
        now = self.now
        self.do(lambda world: world.clock.advance_to(now))

    @precondition(lambda self: len(self.ruled) < 2)
    @rule()
    def create_ruled_segment(self) -> None:
        self.environment.outbox.clear()
        paid_twice = {"event": "Paid", "operator": "greater_than", "value": 1}
        document = {"any": [paid_twice, {"answer": "nps", "operator": "is_set"}]}
        self.add_rule("Active", document, lambda person: person.events["Paid"] > 1 or "nps" in person.answers)
        assert self.environment.outbox == []

    @rule()
    def start_walking(self) -> None:
        self.walk = ([], set(self.people), None)

    @precondition(lambda self: self.walk is not None)
    @rule(length=st.integers(1, 2))
    def walk_on(self, length: int) -> None:
        assert self.walk is not None
        seen, lasting, after = self.walk
        page = self.environment.contacts(Window(1, length, after))
        seen += [contact.uuid for contact in page.items]
        self.walk = (seen, lasting, page.next_after)
        if page.next_after is None:
            assert len(seen) == len(set(seen))
            assert lasting <= set(seen)
            self.walk = None

    # what always holds

    @invariant()
    def everyone_is_found_as_the_model_says(self) -> None:
        by_id = [Identity(f"u{number}") for number in range(1, 5)]
        by_cookie = [Identity(cookie_uuid=f"cookie-{number}") for number in (1, 2)]
        for identity in [*by_id, *by_cookie, *(Identity(email=f"{letter}@x.org") for letter in "abc")]:
            known = self.find(identity)
            try:
                assert self.environment.contact(identity).uuid == known
            except NotFound:
                assert known is None

    @invariant()
    def every_contact_is_what_the_model_says(self) -> None:
        alone: list[str] = []
        shared: dict[str, str] = {}
        for uuid, person in self.people.items():
            contact = self.environment.contact(Identity(uuid=uuid))
            assert (contact.remote_id, contact.email, contact.traits) == (person.id, person.email, person.traits)
            assert (contact.first_seen_at, contact.last_seen_at) == (person.first_seen, person.last_seen)
            assert {name: tally.count for name, tally in contact.traces.events.items()} == dict(person.events)
            assert (contact.traces.answers, contact.traces.last_form_submission_at) == (
                person.answers,
                person.submitted_at,
            )
            account = self.environment.account_of(contact)
            assert account.remote_id == person.account
            if person.account is None:
                alone.append(account.uuid)
            else:
                assert shared.setdefault(person.account, account.uuid) == account.uuid
        assert len({*alone, *shared.values()}) == len(alone) + len(shared)

    @invariant()
    def memberships_agree_both_ways(self) -> None:
        for segment in self.environment.segments(ALL).items:
            key = "All Users" if segment.silent else segment.uuid
            members = {uuid for uuid, person in self.people.items() if key in self.segments_of(person)}
            listed = self.environment.contacts(ALL, segment_uuid=segment.uuid)
            assert {contact.uuid for contact in listed.items} == members
            for uuid in self.people:
                places = self.environment.contact(Identity(uuid=uuid)).memberships
                assert [place.segment for place in places].count(segment) == (uuid in members)

    @invariant()
    def every_list_is_in_order(self) -> None:
        for order_by, key in KEYS.items():
            expected = sorted(self.people, key=lambda uuid, key=key: key(self.people[uuid]))  # type: ignore[misc]
            assert [contact.uuid for contact in self.environment.contacts(ALL, order_by).items] == expected
        for form in self.forms:
            answering = {uuid for uuid, person in self.people.items() if form in person.responses.values()}
            assert {contact.uuid for contact in self.environment.contacts(ALL, form_uuid=form).items} == answering

    @invariant()
    def every_response_belongs_to_someone(self) -> None:
        rows = self.environment.responses(ResponseQuery(include="all"), ALL).items
        expected = {(key, uuid) for uuid, person in self.people.items() for key in person.responses}
        assert {(row.uuid, row.contact_uuid) for row in rows} == expected
        for form in map(self.environment.form, self.forms):
            of_form = [row for row in rows if row.form_uuid == form.uuid]
            assert form.views_count == sum(row.show_counter for row in of_form)
            assert form.responses_count == sum(row.last_data_reception_at is not None for row in of_form)

    @invariant()
    def events_come_with_the_records_of_their_time(self) -> None:
        for event in self.environment.outbox:
            assert event.contact_attributes["email"] == event.contact.email
            assert event.account.uuid == event.contact.account_uuid
            if event.kind == "Entered Segment":
                assert event.segment in [place.segment for place in event.contact.memberships]
        self.environment.outbox.clear()

    def teardown(self) -> None:
        """The same calls on the same clock make the same world."""
        again = Environment("world", now=START)
        for call in self.calls:
            with suppress(NotFound):
                call(again)
        assert again.contacts(ALL) == self.environment.contacts(ALL)
        assert again.forms(ALL) == self.environment.forms(ALL)


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=max(25, settings().max_examples // 2), stateful_step_count=30, deadline=None)
