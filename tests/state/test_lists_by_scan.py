"""Every list, filter, order and cursor against the plain answer: look at all there is, sort it, cut it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.settings import Settings
from mock_server.state import followers, layers
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.state.listings import ORDERS
from mock_server.state.queries import INCLUDES, ResponseQuery, date_of
from mock_server.state.records import AccountInput, Contact, Identity, Response, Rule, Slice, SortKey, Window
from mock_server.state.snapshots import read

ALL = Window(page=1, length=10_000)
SECOND = 1_000_000
NAMES = ("Mira", "Jon", "mirabel", "ÉLAN")
Act = tuple[str, int, int, int]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["identify", "regroup", "track", "enter", "leave", "see", "answer", "store", "tag", "delete", "wait", "ask"]
        ),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    min_size=5,
    max_size=15,
)


class Town:
    """An environment, the uuids of everyone who ever was in it, and acts upon it."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.segments = [environment.create_segment(name).uuid for name in ("One", "Two")]
        rule = Rule("trait", "plan", "equals", "plan-1")
        self.segments.append(environment.create_segment("Ruled", is_manual=False, rule=rule).uuid)
        self.forms = [environment.create_form(name).uuid for name in ("NPS", "CSAT")]
        self.tags: list[str] = []
        for who in range(4):
            for act in ("regroup", 0), ("identify", 1), ("store", 1), ("answer", 1):
                self.act((act[0], who, act[1], who % 2))

    def act(self, act: Act) -> None:
        verb, who, what, which = act
        env, person = self.environment, Identity(id=f"u-{who}", email=f"{NAMES[who][:2]}{who}@example.org")
        form = self.forms[which % 2]
        acts: dict[str, Callable[[], object]] = {
            "identify": lambda: env.identify(person, {"name": NAMES[what], "plan": f"plan-{which}", "vip": which == 1}),
            "regroup": lambda: env.identify(person, {}, AccountInput(f"acme-{which % 2}", {"size": what})),
            "track": lambda: env.track(person, f"event-{what}"),
            "enter": lambda: env.add_to_segment(person, self.segments[which % 2]),
            "leave": lambda: env.find(person) and env.remove_from_segment(person, self.segments[which % 2]),
            "see": lambda: env.see_survey(person, form),
            "answer": lambda: env.answer_survey(person, form, {"nps": what, "tools": ["pen", "ink"][:which]}),
            "store": lambda: env.store_response(person, form, {"nps": what}, date=env.clock.now() - which * SECOND),
            "tag": self.tag,
            "delete": lambda: env.find(person) and env.delete_contact(person),
            "wait": lambda: env.clock.advance_to(env.clock.now() + what * SECOND),
            "ask": lambda: check(self, which),
        }
        acts[verb]()

    def tag(self) -> None:
        for row in rows(self)[:1]:
            tagged = self.environment.tag_response(row.uuid, ["vip"])
            self.tags = [tag.uuid for tag in tagged.tags]


def contacts(town: Town) -> list[Contact]:
    found = (town.environment.find(Identity(id=f"u-{who}")) for who in range(4))
    return [contact for contact in found if contact is not None]


def rows(town: Town) -> list[Response]:
    return [row for contact in contacts(town) for row in town.environment.responses_of(contact.uuid)]


def mentions(contact: Contact, text: str) -> bool:
    fields = (contact.email, contact.remote_id, contact.traits.get("name"))
    return any(text.casefold() in str(field).casefold() for field in fields if field is not None)


def holds(wanted: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(values.get(name) == value or value in (values.get(name) or ()) for name, value in wanted.items())


def contact_filters(town: Town) -> Iterator[dict[str, str]]:
    yield {}
    yield from ({"segment_uuid": uuid} for uuid in town.segments)
    yield {"form_uuid": town.forms[0]}
    yield {"form_uuid": town.forms[1], "segment_uuid": town.segments[0]}
    yield {"search": "MIRA"}
    yield {"search": "élan", "form_uuid": town.forms[0]}


def has(town: Town, contact: Contact, filters: Mapping[str, str]) -> bool:
    forms = {row.form_uuid for row in town.environment.responses_of(contact.uuid)}
    segments = {place.segment.uuid for place in contact.memberships}
    return (
        filters.get("form_uuid") in {None, *forms}
        and filters.get("segment_uuid") in {None, *segments}
        and mentions(contact, filters.get("search", ""))
    )


def queries(town: Town) -> Iterator[dict[str, Any]]:
    yield {}
    yield {"form_uuids": (town.forms[0],)}
    yield {"form_uuids": tuple(town.forms), "response_data": {"nps": "1"}}
    yield {"response_data": {"tools": "pen"}}
    yield {"tag_uuids": tuple(town.tags) or ("none",)}
    yield {"segment_uuids": (town.segments[0], town.segments[2])}
    yield {"search": "mira"}
    yield {"contact_data": {"plan": "plan-1"}}
    yield {"contact_data": {"form_views_count": "1"}, "form_uuids": (town.forms[0],)}
    yield {"account_data": {"size": "2"}}
    now = town.environment.clock.now()
    yield {"date_range_start": now - SECOND, "date_range_end": now + 1, "account_data": {"size": "1"}}


def meant(town: Town, row: Response, wanted: Mapping[str, Any], include: str) -> bool:
    env = town.environment
    contact = env.contact_by_uuid(row.contact_uuid)
    places = {place.segment.uuid for place in contact.memberships}
    return (
        INCLUDES[include](row)
        and (not wanted.get("form_uuids") or row.form_uuid in wanted["form_uuids"])
        and (not wanted.get("tag_uuids") or any(tag.uuid in wanted["tag_uuids"] for tag in row.tags))
        and (not wanted.get("segment_uuids") or not places.isdisjoint(wanted["segment_uuids"]))
        and mentions(contact, wanted.get("search", ""))
        and holds(wanted.get("response_data", {}), row.data)
        and holds(wanted.get("contact_data", {}), env.contact_attributes(contact))
        and holds(wanted.get("account_data", {}), env.account_attributes(env.account_of(contact)))
        and wanted.get("date_range_start", 0) <= date_of(row, include) < wanted.get("date_range_end", 1 << 62)
    )


def walk(ask: Callable[[Window], Any], length: int) -> list[object]:
    seen: list[object] = []
    after: SortKey | None = None
    while True:
        part = ask(Window(1, length, after))
        assert part.start == len(seen)
        seen += part.items
        if (after := part.next_after) is None:
            return seen


def by_email(env: Environment, filters: Mapping[str, str], window: Window) -> Slice[Contact]:
    return env.contacts(window, "email", **filters)


def check(town: Town, length: int) -> None:
    env = town.environment
    for filters in contact_filters(town):
        for order, key in ORDERS.items():
            right = sorted((contact for contact in contacts(town) if has(town, contact, filters)), key=key)
            found = env.contacts(ALL, order, **filters)
            assert (list(found.items), found.total) == (right, len(right))
            second = env.contacts(Window(2, length + 1), order, **filters)
            assert list(second.items) == right[length + 1 :][: length + 1]
        assert walk(partial(by_email, env, filters), length + 1) == sorted(
            (contact for contact in contacts(town) if has(town, contact, filters)), key=ORDERS["email"]
        )
    for wanted in queries(town):
        for include in INCLUDES:
            query = ResponseQuery(**wanted, include=include)
            fitting = [row for row in rows(town) if meant(town, row, wanted, include)]
            fitting.sort(key=lambda row: (-date_of(row, include), -row.serial))
            assert list(env.matching(query)) == fitting
            assert env.responses(query, ALL).total == len(fitting)
            assert walk(partial(env.responses, query), length + 1) == fitting


@pytest.fixture(params=["as they are", "tiny"])
def bounds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let histories of a few acts fall behind, be forgotten and lie in layers, too."""
    if request.param == "tiny":
        monkeypatch.setattr(followers, "FEWEST_NOTED", 3)
        monkeypatch.setattr(followers, "MOST_KEPT", 4)
        monkeypatch.setattr(layers, "SMALL", -1)


@pytest.mark.usefixtures("bounds")
@settings(max_examples=10, deadline=None)
@given(ACTS, ACTS, st.sampled_from(["fork", "restore", "neither"]), st.integers(0, 2))
def test_every_list_is_what_a_look_at_everything_gives(
    before: list[Act], after: list[Act], move: str, length: int
) -> None:
    environments = Environments(Settings())
    source = environments.create("town", now=1_741_953_600_000_000)
    town = Town(source)
    for act in before:
        town.act(act)
    check(town, length)
    if move == "restore":
        source.restore(read(source.snapshot()))
    elif move == "fork":
        stayed = source.snapshot()
        town.environment = environments.fork("town")
    for act in after:
        town.act(act)
    check(town, length)
    if move == "fork":
        assert source.snapshot() == stayed
        town.environment = source
        check(town, length)
        for act in after:
            town.act(act)
        check(town, length)
