"""The whole surface over HTTP under any calls in any order, in two environments, against the model in `model.py`.

Each answer is held to the contract in force by the client of `door.py`, and compared with what the model says.
"""

from __future__ import annotations

import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mock_server.settings import Settings
from tests.api.door import Door
from tests.api.showing import DAY, Json, Row, iso
from tests.api.world import ANSWERS, EVENTS, ORDERS, TRAITS, World
from tests.miniatures.running import Receiver, receiving

sides = st.integers(0, 1)
ids = st.sampled_from(["u1", "u2", "u3"])
emails = st.sampled_from(["a@x.org", "A@X.org", "b@x.org"])
names = st.one_of(
    st.fixed_dictionaries({"id": ids}),
    st.fixed_dictionaries({"email": emails}),
    st.fixed_dictionaries({"id": ids, "email": emails}),
)
whom = names | st.fixed_dictionaries({"pick": st.integers(0, 3)})
"""Also by uuid: the one of whom the model knows at that place."""
accounts = st.sampled_from([None, None, {"id": "acme"}, {"id": "acme", "name": "Acme"}, {"id": "other", "tier": "2"}])
answers = st.lists(st.sampled_from(ANSWERS), max_size=3).map(dict)
tags = st.lists(st.sampled_from(["called", "vip", "bug"]), min_size=1, max_size=2)
pages = st.fixed_dictionaries({}, optional={"page": st.integers(1, 3), "page_length": st.integers(1, 4)})
days = st.sampled_from([-9, -2, -2, 0, 0, 1])
"""From now, odd ones from midnight: responses of these very moments are likely."""
ranges = st.dictionaries(st.sampled_from(["date_range_start", "date_range_end"]), days)
picks = st.integers(0, 7)
some = st.lists(picks, min_size=1, max_size=2)
scopes = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["form_uuids", "segment_uuids"]), some),
        st.tuples(st.just("response_data[nps]"), st.sampled_from(["9", "3"])),
        st.tuples(st.just("contact_data[plan]"), st.sampled_from(["trial", "pro"])),
        st.tuples(st.just("account_data[name]"), st.just("Acme")),
    ),
    max_size=2,
).map(dict)
"""Filters that lists and reports share; too many at once would leave nothing."""


class Surface(RuleBasedStateMachine):
    """Two environments of one server, each beside its model."""

    def __init__(self, door: Door, receiver: Receiver) -> None:
        super().__init__()
        self.receiver = receiver
        other = {"response-tags": "present", "response-times": "iso", "page-length": "100"}
        self.worlds = (World(door, receiver.url, {}), World(door, receiver.url, other))

    def teardown(self) -> None:
        for world in self.worlds:
            world.client.control("DELETE", "")

    # what is written

    @rule(side=sides, who=names, given=st.lists(st.sampled_from(TRAITS), max_size=3), account=accounts)
    def identify(self, side: int, who: Json, given: list[tuple[Json, str, str | None]], account: Json | None) -> None:
        world = self.worlds[side]
        sent: Json = {name: value for trait, _, _ in given for name, value in trait.items()}
        reply = world.client.post("/identify-user", who | sent | ({"account": account} if account else {}))
        person = world.meet(who, seen=True, account=account)
        assert (reply.status, reply.json) == (202, {"message": "ok", "contact_uuid": person.uuid})
        last = {next(iter(trait)): (slug, shown) for trait, slug, shown in given}
        world.model.change(person, dict(last.values()))
        world.model.settle(person)

    @rule(side=sides, who=names, event=st.sampled_from(["Paid", "Left: early"]))
    def track(self, side: int, who: Json, event: str) -> None:
        world = self.worlds[side]
        assert world.client.post("/track-event", who | {"event": event}).status == 202
        world.model.counted[world.model.month, "mte"] += 1
        world.model.settle(world.meet(who, seen=True))

    @rule(side=sides, who=whom, leaves=st.booleans())
    def look_at_one(self, side: int, who: Json, leaves: bool) -> None:
        world = self.worlds[side]
        who = world.whom(who)
        person = world.model.find(who)
        reply = world.client.delete("/contact", **who) if leaves else world.client.get("/contact", **who)
        if person is None:
            assert (reply.status, list(reply.json)) == (404, ["message"])
        elif leaves:
            assert reply.json == {"message": "ok"}
            world.model.delete(person)
        else:
            assert reply.json == world.model.contact(person)

    @rule(side=sides, who=names, segment=st.integers(0, 3), leaves=st.booleans())
    def sync_segment(self, side: int, who: Json, segment: int, leaves: bool) -> None:
        world = self.worlds[side]
        model, uuid = world.model, world.segments[segment % len(world.segments)]
        known, manual = model.find(who), model.segments[uuid].is_manual
        given = {"segment_uuid": uuid} | who
        client = world.client
        reply = client.delete("/sync-segment", **given) if leaves else client.post("/sync-segment", given)
        if not manual or (leaves and known is None):
            assert reply.status == (404 if manual else 400)
            return
        person = world.meet(who, seen=False) if not leaves else known
        assert person is not None
        assert reply.json["contact_uuid"] == person.uuid
        if leaves:
            person.places.pop(uuid, None)
            return
        model.settle(person)
        if uuid not in person.places:
            person.places[uuid] = model.now
            model.fire("Entered Segment", person)

    @rule(side=sides, who=names, form=picks, event=st.sampled_from(EVENTS[:3]), data=answers)
    def interact(self, side: int, who: Json, form: int, event: str, data: Json) -> None:
        world = self.worlds[side]
        model, survey = world.model, world.survey(form)
        what = {"event": event, "contact": who, "form_uuid": survey.uuid, "data": data}
        if event != "Completed Survey":
            del what["data"]
        reply = world.client.control("POST", "/simulate", what)
        if survey.archived is not None:
            assert reply.status == 400
            return
        person = world.meet(who, seen=False)
        row = model.open_row(person, survey) if event != "Saw Survey" else None
        row = row or model.show(person, survey, reply.json["response_uuid"])
        assert (row.uuid, person.uuid) == (reply.json["response_uuid"], reply.json["contact_uuid"])
        if event == "Completed Survey":
            model.receive(row, _texts(data), model.now)
        elif event == "Dismissed Survey":
            row.dismissed = model.now
        model.settle(person, event, row)

    @rule(
        side=sides,
        who=whom,
        form=picks,
        data=answers,
        ago=st.sampled_from([0, 2, 2, 3, 9]),
        again=st.booleans(),
        labels=tags,
    )
    def store(self, side: int, who: Json, form: int, data: Json, ago: int, again: bool, labels: list[str]) -> None:
        world = self.worlds[side]
        model, survey, who = world.model, world.survey(form), world.whom(who)
        more: Json = {"tags": labels} if ago % 2 else {}
        more |= {"date": iso(model.now - ago * DAY)} if ago else {}
        more |= {"prevent_duplicates": False} if again else {}
        reply = world.client.post("/responses", {"form_uuid": survey.uuid} | who | data | more)
        if survey.archived is not None:
            assert reply.status == 400
            return
        person = world.meet(who, seen=False)
        known = None if again else model.same(person, survey, _texts(data))
        if known is None:
            assert reply.json["uuid"] not in model.rows
            row = model.store(person, survey, reply.json["uuid"], _texts(data), model.now - ago * DAY)
            row.tags += dict.fromkeys(more.get("tags", ()))
        else:
            assert reply.json["uuid"] == known.uuid
        model.settle(person)

    @rule(side=sides, row=picks, labels=tags)
    def tag(self, side: int, row: int, labels: list[str]) -> None:
        world = self.worlds[side]
        rows = list(world.model.rows.values())
        if rows:
            tagged = rows[row % len(rows)]
            assert world.client.post("/responses/tags", {"uuid": tagged.uuid, "tags": labels}).json == {"message": "ok"}
            new = [name for name in dict.fromkeys(labels) if name not in tagged.tags]
            tagged.tags += new
            if new:
                world.model.fire("Tag Added", tagged.person, tagged)

    @rule(side=sides, form=picks, verb=st.sampled_from(["publish", "unpublish", "duplicate", "archive", "history"]))
    def keep_surveys(self, side: int, form: int, verb: str) -> None:
        self.worlds[side].keep_survey(verb, form)

    @rule(side=sides, hours=st.sampled_from([1, 14, 24, 24, 48]))
    def wait(self, side: int, hours: int) -> None:
        world = self.worlds[side]
        world.client.advance(f"{hours}h")
        world.model.now += hours * 3_600

    @rule(
        side=sides, events=st.lists(st.sampled_from(EVENTS), min_size=1, max_size=5, unique=True), leaves=st.booleans()
    )
    def keep_webhooks(self, side: int, events: list[str], leaves: bool) -> None:
        self.worlds[side].keep_webhook(events, leaves=leaves)

    @rule(side=sides, who=names)
    def stumble(self, side: int, who: Json) -> None:
        """A fault strikes the next call of its environment, which is not done; that of the other one is."""
        world = self.worlds[side]
        fault = {"kind": "status", "operation": "identifyUser", "status": 503, "times": 1}
        assert world.client.control("POST", "/faults", fault).status == 201
        self.identify(1 - side, who, [], None)
        call, key = world.client.door.call, world.client.bearer
        assert call("POST", "/v1/identify-user", headers=key, body=orjson.dumps(who)).status == 503

    # what is read

    @rule(side=sides, page=pages, order=st.sampled_from(ORDERS), form=picks, segment=picks, which=st.integers(0, 7))
    def list_contacts(self, side: int, page: Json, order: str, form: int, segment: int, which: int) -> None:
        world = self.worlds[side]
        query: Json = {"form": world.survey(form).uuid} if which & 1 else {}
        query |= {"segment": world.segments[segment % len(world.segments)]} if which & 2 else {}
        expected = world.model.contacts(order, search="a" if which & 4 else "", **query)
        sent = {f"{name}_uuid": uuid for name, uuid in query.items()} | ({"search": "A"} if which & 4 else {})
        world.read("/contacts", expected, page, order_by=order, **sent)

    @rule(
        side=sides,
        page=pages,
        include=st.sampled_from(["completed", "partials", "all"]),
        scope=scopes,
        span=ranges,
        tag=st.sampled_from([None, None, "called", "vip"]),
        search=st.sampled_from([None, None, None, "u1", "B@x", "ZOE"]),
    )
    def list_responses(
        self, side: int, page: Json, include: str, scope: Json, span: Json, tag: str | None, search: str | None
    ) -> None:
        world = self.worlds[side]
        query, wanted = world.query(scope, span, include)
        query |= {"search": search} if search else {}
        query |= {"tag_uuid": world.tags[tag]} if tag in world.tags else {}

        def meant(row: Row) -> bool:
            found = not search or search.lower() in world.model.words(row.person)
            return found and (tag not in world.tags or tag in row.tags) and wanted(row)

        shown = [world.model.response(row, attributes=True) for row in world.model.matching(include, meant)]
        world.read("/responses", shown, page, include=include, with_attributes=1, **query)

    @rule(
        side=sides, page=pages, listing=st.sampled_from(["all", "published", "drafts", "archived", "all_with_archived"])
    )
    def list_forms(self, side: int, page: Json, listing: str) -> None:
        world = self.worlds[side]
        info, config = bool(page.get("page", 0) % 2), "page_length" in page
        shown = [world.model.survey(one, info=info, config=config) for one in world.model.forms(listing)]
        world.read("/forms", shown, page, list=listing, include_info=int(info), include_config=int(config))

    @rule(side=sides, scope=scopes, span=ranges, names=st.lists(st.sampled_from(["nps", "score"]), max_size=2))
    def report(self, side: int, scope: Json, span: Json, names: list[str]) -> None:
        self.worlds[side].report(scope, span, names)

    @rule(side=sides)
    def look_across(self, side: int) -> None:
        """What is in one environment is not in the other."""
        here, there = self.worlds[side].model, self.worlds[1 - side].client
        for uuid in here.people:
            assert there.get("/contact", uuid=uuid).status == 404
        for uuid in here.rows:
            assert there.post("/responses/tags", {"uuid": uuid, "tags": ["vip"]}).status == 404
        for uuid in here.surveys:
            assert there.get("/forms/history", form_uuid=uuid).status == 404

    @invariant()
    def both_are_what_their_models_say(self) -> None:
        for world in self.worlds:
            world.read_everything()

    @invariant()
    def webhooks_were_told_what_happened(self) -> None:
        expected = [told for world in self.worlds for told in world.told()]
        received: list[tuple[str, Json]] = []
        while not self.receiver.idle:
            got = self.receiver.next()
            next(world for world in self.worlds if got.path.startswith(f"{world.path}/")).check_payload(got.body)
            received.append((got.path, got.body))
        assert sorted(map(_text, received)) == sorted(map(_text, expected))


def _text(told: tuple[str, Json]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _texts(data: Json) -> Json:
    return {name: value if isinstance(value, list) else str(value) for name, value in data.items()}


def test_any_calls_in_two_environments_are_answered_as_the_model_says() -> None:
    door = Door(Settings(journal_entries=200))
    examples = max(1, settings().max_examples * 3 // 5)
    with receiving() as receiver:

        class Here(Surface):
            def __init__(self) -> None:
                super().__init__(door, receiver)

        run_state_machine_as_test(Here, settings=settings(max_examples=examples, stateful_step_count=40))
    door.close()
