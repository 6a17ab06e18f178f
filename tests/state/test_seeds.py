"""Seeds: empty, demo, crowded and documents of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from mock_server.errors import UsageError
from mock_server.resources import fixture_path
from mock_server.state.clock import Clock, parse_duration
from mock_server.state.environment import Environment
from mock_server.state.records import Identity, Window
from mock_server.state.responses import ResponseQuery
from mock_server.state.seed_documents import check
from mock_server.state.seeds import SEEDS, crowded, plant

NOW = 1_741_944_011_000_000
DAY = 86_400_000_000
ALL = Window(page=1, length=10_000)


def planted(seed: object, now: int | None = NOW) -> Environment:
    environment = Environment("tests", now=now)
    plant(environment, seed)
    return environment


def by_id(environment: Environment, user: str) -> Any:
    return environment.contact(Identity(id=user))


@pytest.fixture(scope="module")
def demo() -> Environment:
    return planted("demo")


def test_empty_has_nothing_but_all_users() -> None:
    environment = planted("empty")
    assert [segment.name for segment in environment.segments(ALL).items] == ["All Users"]
    assert environment.contacts(ALL).total == environment.forms(ALL, "all_with_archived").total == 0


def test_demo_is_a_small_saas(demo: Environment) -> None:
    """Issue 2, 10: at least 40 contacts in 6 accounts, 3 surveys, 2 manual and 2 rule-driven segments."""
    contacts = demo.contacts(ALL).items
    accounts = [demo.account_of(contact).remote_id for contact in contacts]
    assert len(contacts) >= 40
    assert len(set(accounts) - {None}) == 6
    forms = demo.forms(ALL).items
    types = {question.type for form in forms for question in form.questions}
    assert len(forms) == 3
    assert {"nps", "csat"} < types
    assert demo.forms(ALL, "published").total >= 2
    segments = [segment for segment in demo.segments(ALL).items if segment.name != "All Users"]
    assert [segment.is_manual for segment in segments].count(True) == 2
    assert [segment.is_manual for segment in segments].count(False) == 2


def test_every_segment_of_demo_has_members_and_others(demo: Environment) -> None:
    everyone = demo.contacts(ALL).total
    for segment in demo.segments(ALL).items:
        members = demo.contacts(ALL, segment_uuid=segment.uuid).total
        assert members == everyone if segment.name == "All Users" else 0 < members < everyone


def test_demo_has_an_anonymous_and_an_ungrouped_contact(demo: Environment) -> None:
    """(c) Contact remote_id may be null; (c) Account remote_id is null for the ungrouped (live)."""
    contacts = demo.contacts(ALL).items
    assert any(contact.remote_id is None for contact in contacts)
    assert any(contact.remote_id and demo.account_of(contact).remote_id is None for contact in contacts)


def test_demo_has_responses_in_every_state_over_sixty_days(demo: Environment) -> None:
    """(c) Response life cycle: shown, partial, completed, dismissed."""
    rows = demo.responses(ResponseQuery(include="all"), ALL).items
    states = {(bool(row.last_data_reception_at), bool(row.completed_at), bool(row.dismissed_at)) for row in rows}
    assert states >= {(False, False, False), (True, False, False), (True, True, False), (False, False, True)}
    times = [row.last_shown_at for row in rows]
    assert max(times) > NOW - 2 * DAY
    assert NOW - 60 * DAY <= min(times) < NOW - 45 * DAY
    assert any(row.tags for row in rows)
    assert any(row.show_counter == 2 for row in rows)


def test_demo_tells_of_tracked_events(demo: Environment) -> None:
    assert len({event.event for event in demo.tracked_events()}) >= 4


def test_ids_and_times_of_a_seed_are_those_of_its_past(demo: Environment) -> None:
    """(a) Identifiers: contact uuid = first_seen_at, response uuid = first_shown_at (live)."""
    for contact in demo.contacts(ALL).items:
        assert abs(dated(contact.uuid) - contact.first_seen_at) < 1_000_000
        assert contact.first_seen_at <= contact.last_seen_at <= NOW
    for row in demo.responses(ResponseQuery(include="all"), ALL).items:
        assert dated(row.uuid) == row.first_shown_at


def dated(uuid: str) -> int:
    """Return the microseconds since the epoch that a UUID of version 1 was made at."""
    return (UUID(uuid).time - 0x01B21DD213814000) // 10


def test_planting_fires_nothing(demo: Environment) -> None:
    assert demo.outbox == []


def test_planting_leaves_in_the_outbox_what_was_there() -> None:
    environment = Environment("tests", now=NOW)
    form = environment.create_form("Other")
    environment.complete_survey(Identity(id="u-1"), form.uuid, {"nps": 9})
    before = list(environment.outbox)
    plant(environment, "demo")
    assert environment.outbox == before


def test_the_same_seed_at_the_same_time_gives_the_same_world(demo: Environment) -> None:
    """design.md 4.5: on a frozen clock the same seed and the same calls give the same ids."""
    again = planted("demo")
    query = ResponseQuery(include="all")
    assert again.contacts(ALL).items == demo.contacts(ALL).items
    assert again.responses(query, ALL).items == demo.responses(query, ALL).items


def freeze(clock: Clock) -> None:
    clock.freeze(NOW)


def shift(clock: Clock) -> None:
    clock.advance_to(clock.now() + DAY)


@pytest.mark.parametrize(("mode", "prepare"), [("real", None), ("frozen", freeze), ("offset", shift)])
def test_the_clock_shows_its_own_time_again(mode: str, prepare: Callable[[Clock], None] | None) -> None:
    environment = Environment("tests")
    if prepare is not None:
        prepare(environment.clock)
    before = environment.clock.now()
    plant(environment, {"contacts": [{"id": "u-1", "at": "-3d"}]})
    assert environment.clock.mode == mode
    assert 0 <= environment.clock.now() - before < 60_000_000
    assert 0 <= by_id(environment, "u-1").first_seen_at - (before - 3 * DAY) < 60_000_000


def test_the_clock_comes_back_also_from_a_seed_that_fails() -> None:
    environment = Environment("tests")
    with pytest.raises(UsageError):
        plant(environment, {"surveys": [{"name": "A", "at": "-1d", "unpublished_at": "-2d"}]})
    assert environment.clock.mode == "real"


def test_crowded_has_thousands_and_varies_with_its_number() -> None:
    environment = planted(crowded(2, contacts=300))
    assert environment.contacts(ALL).total == 300
    assert 100 < environment.responses(ResponseQuery(include="all"), ALL).total < 200
    assert len(check(crowded())["contacts"]) == 3_000
    assert crowded(1) == crowded(1) != crowded(2)


@pytest.mark.parametrize("name", SEEDS)
def test_every_seed_with_a_name_has_the_documented_shape(name: str) -> None:
    check(SEEDS[name]())


@pytest.mark.parametrize("name", ["empty", "demo"])
def test_packaged_seeds_have_invented_addresses_only(name: str) -> None:
    contacts = orjson.loads(fixture_path(f"environments/{name}.json").read_bytes())["contacts"]
    assert all(contact["email"].endswith(("example.org", "example.com")) for contact in contacts)


# documents of one's own


def test_a_document_may_be_brief() -> None:
    environment = planted(
        {
            "surveys": [{"name": "NPS"}],
            "contacts": [{"id": "u-1", "responses": [{"survey": "NPS", "at": "-3h", "state": "shown"}]}],
        }
    )
    at = NOW - parse_duration("3h")
    assert by_id(environment, "u-1").first_seen_at == at
    assert environment.forms(ALL).items[0].created_at == at
    assert environment.responses(ResponseQuery(include="all"), ALL).items[0].first_shown_at == at


def test_a_document_can_say_everything() -> None:
    environment = planted(orjson.loads(Path(__file__).with_name("full_seed.json").read_bytes()))
    contact = by_id(environment, "u-1")
    assert contact.first_seen_at == NOW - 7 * DAY
    assert contact.last_seen_at == NOW - 20 * 60_000_000 - 11_000_000
    account = environment.account_of(contact)
    assert (account.remote_id, account.traits) == ("acc-1", {"name": "Holt Ltd"})
    assert [place.segment.name for place in contact.memberships] == ["All Users", "Beta", "Fans"]
    assert contact.memberships[1].created_at == NOW - 6 * DAY
    (row,) = environment.responses(ResponseQuery(), ALL).items
    assert (row.first_shown_at, row.last_shown_at, row.show_counter) == (NOW - 4 * DAY, NOW - 3 * DAY, 2)
    assert row.completed_at == NOW - 3 * DAY + 90_000_000
    assert (row.data, [tag.name for tag in row.tags]) == ({"nps": "9"}, ["praise"])
    lists = {name: [form.name for form in environment.forms(ALL, name).items] for name in ("drafts", "archived")}
    assert lists == {"drafts": ["Draft", "NPS"], "archived": ["Old"]}


def test_the_document_in_the_readme_of_fixtures_can_be_planted() -> None:
    text = fixture_path("README.md").read_text(encoding="utf-8")
    environment = planted(orjson.loads(text.split("```json\n")[1].split("```")[0]))
    contact = by_id(environment, "u-1")
    assert {place.segment.name for place in contact.memberships} == {"All Users", "Beta testers", "Promoters"}


def test_a_dismissed_response_may_have_been_answered_in_part() -> None:
    seed = {"survey": "NPS", "state": "dismissed", "answers": {"nps": 2}, "tags": ["short"]}
    environment = planted({"surveys": [{"name": "NPS"}], "contacts": [{"email": "a@example.org", "responses": [seed]}]})
    (row,) = environment.responses(ResponseQuery(include="partials"), ALL).items
    assert row.dismissed_at == row.last_data_reception_at == NOW
    assert row.completed_at is None


def one(**contact: object) -> dict[str, object]:
    return {
        "surveys": [{"name": "NPS", "at": "-2d"}],
        "segments": [{"name": "Beta"}],
        "contacts": [{"id": "u", **contact}],
    }


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        ("crowd", r"seed is 'crowd', neither a seed nor .* did you mean crowded\? \(choose from empty, demo, crowded"),
        ([], r'the seed: what stands there is not of type "object"'),
        ({1: 2}, "no JSON document"),
        ({"people": []}, r"the seed: .*'people'"),
        ({"contacts": [{"id": "a"}, {"name": "b"}]}, r"contacts\[1\]: .*'name'"),
        ({"contacts": [{"id": "a"}, {}]}, r"contacts\[1\]: a contact needs an id or an email"),
        (one(traits="x"), r"contacts\[0\]\.traits: "),
        (one(account={"name": "x"}), r"contacts\[0\]\.account: \"id\""),
        (one(at="yesterday"), r"contacts\[0\]\.at: 'yesterday' is no past time"),
        (one(at="2999-01-01"), r"contacts\[0\]\.at: '2999-01-01' is no past time"),
        (one(at="-3 days"), r"contacts\[0\]\.at: "),
        (one(at="-9999999d"), r"contacts\[0\]\.at: "),
        (one(at="-1h", events=[{"event": "x", "at": "-2h"}]), r"contacts\[0\]\.at: it is later"),
        (one(segments=[{"segment": "Alpha"}]), r"contacts\[0\]\.segments\[0\]\.segment: 'Alpha' .* Beta"),
        (one(responses=[{"survey": "CSAT", "state": "shown"}]), r"responses\[0\]\.survey: 'CSAT' .* NPS"),
        (one(responses=[{"survey": "NPS", "state": "open"}]), r"contacts\[0\]\.responses\[0\]\.state: "),
        (one(responses=[{"survey": "NPS", "state": "partial"}]), r"responses\[0\]\.answers: "),
        (one(responses=[{"survey": "NPS", "state": "shown", "answers": {"a": 1}}]), r"responses\[0\]\.answers: "),
        (one(responses=[{"survey": "NPS", "state": "shown", "tags": ["a"]}]), r"responses\[0\]\.tags: "),
        (one(responses=[{"survey": "NPS", "state": "shown", "after": "1 h"}]), r"responses\[0\]\.after: "),
        (one(responses=[{"survey": "NPS", "state": "shown", "at": "-3d"}]), r"responses\[0\]: .*'NPS' is made later"),
        ({"surveys": [{"name": "A"}, {"name": "A"}]}, r"surveys\[1\]\.name: 'A' is the name of surveys\[0\]"),
        ({"segments": [{"name": "A", "rule": {"trait": "x"}}]}, r"segments\[0\]\.rule: "),
        (
            {
                "segments": [{"name": "A", "rule": {"trait": "x", "operator": "is_set"}}],
                "contacts": [{"id": "u", "segments": [{"segment": "A"}]}],
            },
            r"contacts\[0\]\.segments\[0\]: ",
        ),
    ],
)
def test_a_wrong_document_is_refused_with_the_path(seed: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        planted(seed)
