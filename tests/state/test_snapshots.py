"""The whole of an environment: copied, out, in and undone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from mock_server.errors import LimitReached, NotFound
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.state.listings import ORDERS
from mock_server.state.records import AccountInput, Identity, Question, Window
from mock_server.state.responses import INCLUDES, ResponseQuery
from mock_server.state.seeds import plant
from mock_server.state.segments import parse_rule
from mock_server.state.snapshots import read
from mock_server.state.surveys import LISTINGS

START = 1_769_853_600_000_000
ALL = Window(1, 1_000)


def state(environment: Environment) -> dict[str, Any]:
    """Return the snapshot but for where it was taken."""
    return {name: value for name, value in environment.snapshot().items() if name != "environment"}


def seen(environment: Environment) -> list[object]:
    """Return everything that lists show, in every order."""
    forms = environment.forms(ALL, "all_with_archived").items
    return [
        *(environment.contacts(ALL, order).items for order in ORDERS),
        *(environment.contacts(ALL, form_uuid=form.uuid).items for form in forms),
        *(environment.contacts(ALL, segment_uuid=segment.uuid).items for segment in environment.segments(ALL).items),
        *(environment.responses(ResponseQuery(include=include), ALL).items for include in INCLUDES),
        *(environment.responses(ResponseQuery(form_uuids=(form.uuid,), include="all"), ALL).items for form in forms),
        *(environment.forms(ALL, listing).items for listing in LISTINGS),
        *(environment.form_history(form.uuid, ALL).items for form in forms),
        *(environment.contact_attributes(contact) for contact in environment.contacts(ALL).items),
        environment.segments(ALL).items,
        environment.tracked_events(),
        environment.usage(),
    ]


def restored(environment: Environment, name: str = "other") -> Environment:
    other = Environment(name)
    other.restore(read(environment.snapshot()))
    return other


@pytest.fixture
def demo() -> Environment:
    environment = Environment("demo", seed="demo", now=START)
    plant(environment, "demo")
    return environment


ids = st.sampled_from(["u1", "u2", "u3"])
people = st.one_of(
    st.builds(Identity, id=ids),
    st.builds(Identity, email=st.sampled_from(["a@x.org", "A@x.org", "b@x"])),
    st.builds(Identity, id=st.none() | ids, cookie_uuid=st.sampled_from(["cookie-1", "cookie-2"])),
)
traits = st.dictionaries(
    st.sampled_from(["plan", "age", "isOn", "born_at"]), st.sampled_from(["pro", 7, True, "", None])
)


class Moves(RuleBasedStateMachine):
    """An environment that is now and then replaced by a copy of itself, beside one that never is."""

    def __init__(self) -> None:
        super().__init__()
        self.stayed = Environment("stayed", now=START)
        self.stayed.create_segment("Pro", is_manual=False, rule=parse_rule({"trait": "plan", "operator": "is_set"}))
        self.segment = self.stayed.create_segment("Friends").uuid
        self.forms = [self.stayed.create_form(name, [Question("nps", "?", "nps")]).uuid for name in ("B", "A")]
        self.moved = self.stayed.fork("moved-0")
        self.moves = 0

    def both(self, call: Callable[[Environment], object]) -> None:
        with suppress(NotFound):
            call(self.stayed)
        with suppress(NotFound):
            call(self.moved)

    @rule(who=people, given=traits, account=st.none() | st.sampled_from(["acme", "other"]))
    def identify(self, who: Identity, given: dict[str, object], account: str | None) -> None:
        group = AccountInput(account, {"seats": 5}) if account else None
        self.both(lambda world: world.identify(who, given, group))

    @rule(who=people, verb=st.sampled_from(["track", "delete", "join", "leave", "store"]))
    def act(self, who: Identity, verb: str) -> None:
        acts: dict[str, Callable[[Environment], object]] = {
            "track": lambda world: world.track(who, "Paid"),
            "delete": lambda world: world.delete_contact(who),
            "join": lambda world: world.add_to_segment(who, self.segment),
            "leave": lambda world: world.remove_from_segment(who, self.segment),
            "store": lambda world: world.store_response(who, self.forms[0], {"nps": 3}, tags=["old"]),
        }
        self.both(acts[verb])

    @rule(who=people, number=st.integers(0, 1), verb=st.sampled_from(["see", "answer", "complete", "dismiss"]))
    def interact(self, who: Identity, number: int, verb: str) -> None:
        form = self.forms[number]
        acts: dict[str, Callable[[Environment], object]] = {
            "see": lambda world: world.see_survey(who, form),
            "answer": lambda world: world.answer_survey(who, form, {"nps": "9", "why": ["a", "b"]}),
            "complete": lambda world: world.complete_survey(who, form, {"nps": number}),
            "dismiss": lambda world: world.dismiss_survey(who, form),
        }
        self.both(acts[verb])

    @rule(tag=st.sampled_from(["vip", "todo"]))
    def tag_the_latest(self, tag: str) -> None:
        for world in (self.stayed, self.moved):
            rows = world.responses(ResponseQuery(include="all"), ALL).items
            if rows:
                world.tag_response(rows[0].uuid, [tag])

    @rule(minutes=st.integers(0, 60 * 24 * 40))
    def pass_time(self, minutes: int) -> None:
        self.both(lambda world: world.clock.advance_to(world.clock.now() + minutes * 60_000_000))

    @rule(number=st.integers(0, 1), published=st.booleans())
    def publish(self, number: int, published: bool) -> None:
        self.both(lambda world: world.publish_form(self.forms[number], published))

    @rule(by=st.sampled_from(["fork", "snapshot"]))
    def move(self, by: str) -> None:
        shown, before, outside = seen(self.moved), state(self.moved), self.moved
        self.moves += 1
        name = f"moved-{self.moves}"
        self.moved = outside.fork(name) if by == "fork" else restored(outside, name)

        assert state(self.moved) == before
        assert seen(self.moved) == shown
        self.moved.outbox.clear()

    def teardown(self) -> None:
        assert shape(seen(self.moved)) == shape(seen(self.stayed))


def shape(shown: list[object]) -> list[int]:
    """Return how long the lists are: uuids differ between the two, as every copy makes its own."""
    return [len(part) for part in shown if isinstance(part, tuple)]


TestMoves = Moves.TestCase
TestMoves.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_a_snapshot_put_into_another_environment_and_taken_again_is_equal(demo: Environment) -> None:
    other = restored(demo)

    assert state(other) == state(demo)
    assert seen(other) == seen(demo)
    assert (other.name, other.seed) == ("other", "empty")
    assert other.project_uuid != demo.project_uuid
    assert demo.api_key not in str(demo.snapshot())


@pytest.mark.parametrize("copied", [lambda world: world.fork("copy"), lambda world: restored(world, "copy")])
def test_a_copy_is_independent_and_makes_ids_of_its_own(
    demo: Environment, copied: Callable[[Environment], Environment]
) -> None:
    """Both clocks stand still at the same time, so only the node tells their ids apart."""
    other = copied(demo)
    before = state(demo)

    made = [other.identify(Identity(id=f"new-{number}"), {"colour": "red"}).uuid for number in range(20)]
    other.delete_contact(Identity(uuid=other.contacts(ALL).items[-1].uuid))
    other.clock.advance_to(START + 1)

    assert state(demo) == before
    assert not set(made) & {demo.identify(Identity(id=f"new-{number}"), {}).uuid for number in range(20)}
    assert "colour" not in demo.contact_attributes(demo.contact(Identity(id="new-0")))


def test_the_same_snapshot_restored_again_goes_on_with_the_same_ids(demo: Environment) -> None:
    """Design, rule 4.5: the same calls give the same journal."""
    snapshot = read(demo.snapshot())
    demo.restore(snapshot)
    first = demo.identify(Identity(id="new"), {}).uuid

    demo.restore(snapshot)

    assert demo.identify(Identity(id="new"), {}).uuid == first


def test_every_way_a_clock_runs_is_kept(demo: Environment) -> None:
    demo.clock.resume(3_600_000_000)
    other = restored(demo)
    assert (other.clock.mode, other.clock.shift) == ("offset", 3_600_000_000)

    demo.clock.resume()
    assert restored(demo).clock.mode == "real"


def test_a_reset_gives_what_creation_gave() -> None:
    environments = Environments(Settings())
    environment = environments.create("shop", seed="demo", now=START)
    key, before = environment.api_key, environment.snapshot()
    environment.identify(Identity(id="new"), {"colour": "red"})
    environment.clock.advance_to(START + 60_000_000)
    environment.posture = "strict"

    environments.reset("shop")

    assert environment.snapshot() == {**before, "posture": "strict"}
    assert environments.by_key(key) is environment
    assert environment.outbox == []


def test_a_fork_is_an_environment_among_the_others() -> None:
    environments = Environments(Settings(max_environments=3))
    source = environments.create("shop")

    fork, named = environments.fork("shop"), environments.fork(source.project_uuid, "named")

    assert (fork.name, named.name, named.project_name) == ("env-1", "named", "named")
    assert environments.by_key(fork.api_key) is fork
    assert environments.get(fork.project_uuid) is fork
    with pytest.raises(LimitReached, match="max_environments"):
        environments.fork("shop")
