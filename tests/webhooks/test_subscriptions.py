"""Registration of webhooks: what is accepted, what is shown, who wants what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Invalid, LimitReached, NotFound
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.records import Membership, Segment, Window
from mock_server.webhooks.subscriptions import EVENTS, Subscriptions

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent

URL = "http://127.0.0.1:8080/hook"
SPRING = "34de57da-fd12-11ef-83b6-81e7e8e25d94"
TRIAL = Segment("603947ee-fc29-11ef-8606-95315d9dc9f8", "Trial", True, None, 0)
OTHER = Segment("703947ee-fc29-11ef-8606-95315d9dc9f8", "Other", True, None, 0)


@pytest.fixture
def webhooks() -> Subscriptions:
    clock = Clock()
    clock.freeze(1_741_953_600_000_000)
    return Subscriptions(clock, Ids(clock, "seed"), 3)


def test_a_webhook_has_name_target_events_and_an_optional_token(webhooks: Subscriptions) -> None:
    """(d) Configuration: name, target URL, trigger event, optional secret token (KB-wh)."""
    made = webhooks.create({"name": "CRM", "url": URL, "events": ["Completed Survey"], "auth_token": "s3cret"})
    assert webhooks.public(made) == {
        "uuid": made.uuid,
        "name": "CRM",
        "url": URL,
        "events": ["Completed Survey"],
        "has_auth_token": True,
        "form_uuids": [],
        "segment_uuids": [],
        "active": True,
        "created_at": "2025-03-14T12:00:00.000000Z",
        "updated_at": "2025-03-14T12:00:00.000000Z",
    }


def test_no_token_is_ever_shown(webhooks: Subscriptions) -> None:
    made = webhooks.create({"url": URL, "events": EVENTS, "auth_token": "s3cret"})
    changed = webhooks.update(made.uuid, {"auth_token": "n3w"})
    for shown in (repr(changed), str(webhooks.public(changed)), str(list(webhooks))):
        assert "s3cret" not in shown
        assert "n3w" not in shown


def test_the_name_is_the_address_where_none_is_given(webhooks: Subscriptions) -> None:
    assert webhooks.create({"url": URL, "events": EVENTS}).name == URL


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        7,
        "/hook",
        "127.0.0.1:8080",
        "ftp://127.0.0.1/",
        "http://",
        "http:///hook",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://[::1/",
        "http://me:secret@127.0.0.1/",
        "http://me@127.0.0.1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\r\nX: y",
        "http://127.0.0.1/" + "x" * 2_048,
    ],
)
def test_a_target_must_be_an_absolute_http_url_without_a_password(webhooks: Subscriptions, url: object) -> None:
    with pytest.raises(Invalid) as refusal:
        webhooks.create({"url": url, "events": EVENTS})
    assert refusal.value.name == "url"
    assert "secret@" not in str(refusal.value)
    assert len(webhooks) == 0


@pytest.mark.parametrize("url", ["https://receiver.test/hook?a=b", "http://localhost:1", "http://[::1]:8080/"])
def test_http_and_https_names_and_addresses_are_targets(webhooks: Subscriptions, url: str) -> None:
    assert webhooks.create({"url": url, "events": EVENTS}).url == url


@pytest.mark.parametrize("events", [None, [], "Completed Survey", ["Completed survey"], [["Saw Survey"]], [None]])
def test_events_must_be_among_the_five_and_the_refusal_lists_them(webhooks: Subscriptions, events: object) -> None:
    """(d) `triggered_event` strings; the message names all five."""
    with pytest.raises(Invalid) as refusal:
        webhooks.create({"url": URL, "events": events})
    if events is not None:
        assert all(event in str(refusal.value) for event in EVENTS)


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\nb", "\x00", "\x7f", "\u2028", "\ud800", 7, ["t"], "x" * 4_097])
def test_a_token_must_fit_into_a_header(webhooks: Subscriptions, token: object) -> None:
    with pytest.raises(Invalid) as refusal:
        webhooks.create({"url": URL, "events": EVENTS, "auth_token": token})
    assert refusal.value.name == "auth_token"
    assert "X-Evil" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("name", 5),
        ("form_uuids", SPRING),
        ("form_uuids", ["spring"]),
        ("segment_uuids", [7]),
        ("active", "yes"),
        ("token", "x"),
    ],
)
def test_every_other_field_is_checked_by_name(webhooks: Subscriptions, name: str, value: object) -> None:
    with pytest.raises(Invalid, match=name) as refusal:
        webhooks.create({"url": URL, "events": EVENTS, name: value})
    assert refusal.value.name == name


@given(st.dictionaries(st.sampled_from(["name", "url", "events", "auth_token", "form_uuids", "active"]), st.text()))
def test_nothing_but_a_sentence_comes_of_bad_values(values: dict[str, object]) -> None:
    clock = Clock()
    with pytest.raises(Invalid, match=r"\.$"):
        Subscriptions(clock, Ids(clock, ""), 1).create(values)


def test_there_is_a_limit_and_the_message_names_its_setting(webhooks: Subscriptions) -> None:
    for _ in range(3):
        webhooks.create({"url": URL, "events": EVENTS})
    with pytest.raises(LimitReached, match="max_webhooks"):
        webhooks.create({"url": URL, "events": EVENTS})


def test_an_update_changes_what_is_given_and_remembers_the_token_before(webhooks: Subscriptions) -> None:
    made = webhooks.create({"url": URL, "events": ["Saw Survey"], "auth_token": "one"})
    changed = webhooks.update(made.uuid.upper(), {"auth_token": "two", "active": False, "name": None})
    assert changed == replace(made, auth_token="two", previous_token="one", active=False)
    assert webhooks.update(made.uuid, {"name": "later"}).previous_token == "one"
    assert webhooks.update(made.uuid, {"auth_token": None}).auth_token is None


def test_a_deleted_webhook_is_gone(webhooks: Subscriptions) -> None:
    made = webhooks.create({"url": URL, "events": EVENTS})
    assert webhooks.delete(made.uuid) == made
    for verb in (webhooks.get, webhooks.delete, lambda uuid: webhooks.update(uuid, {})):
        with pytest.raises(NotFound):
            verb(made.uuid)
    webhooks.switch_off(made.uuid)
    assert list(webhooks) == []


def test_the_list_is_paged_oldest_first(webhooks: Subscriptions) -> None:
    made = [webhooks.create({"url": f"{URL}/{number}", "events": EVENTS}) for number in range(3)]
    second = webhooks.list(Window(2, 2))
    assert (second.items, second.total, second.start, second.next_after) == ((made[2],), 3, 2, None)


@pytest.mark.parametrize("kind", EVENTS)
def test_a_webhook_is_told_of_its_events_only(webhooks: Subscriptions, make_event: MakeEvent, kind: str) -> None:
    """(d) Trigger kinds: survey interaction, segment entry, tag added (KB-wh, KB-seg)."""
    wanting = webhooks.create({"url": URL, "events": [kind]})
    webhooks.create({"url": URL, "events": [event for event in EVENTS if event != kind]})
    webhooks.create({"url": URL, "events": EVENTS, "active": False})
    assert webhooks.wants(make_event(kind, segment=TRIAL)) == (wanting,)


@pytest.mark.parametrize("kind", [event for event in EVENTS if event != "Entered Segment"])
def test_a_survey_filter_keeps_other_surveys_out(webhooks: Subscriptions, make_event: MakeEvent, kind: str) -> None:
    wanting = webhooks.create({"url": URL, "events": EVENTS, "form_uuids": [SPRING.upper()]})
    assert webhooks.wants(make_event(kind, form_uuid=SPRING)) == (wanting,)
    assert webhooks.wants(make_event(kind, form_uuid="44de57da-fd12-11ef-83b6-81e7e8e25d94")) == ()


def test_a_survey_filter_does_not_concern_segment_entries(webhooks: Subscriptions, make_event: MakeEvent) -> None:
    webhooks.create({"url": URL, "events": EVENTS, "form_uuids": [SPRING]})
    assert len(webhooks.wants(make_event("Entered Segment", segment=TRIAL))) == 1


def test_a_segment_filter_picks_entries_and_the_surveys_of_members(
    webhooks: Subscriptions, make_event: MakeEvent
) -> None:
    webhooks.create({"url": URL, "events": EVENTS, "segment_uuids": [TRIAL.uuid]})
    outsider = make_event().contact
    member = replace(outsider, memberships=(Membership(OTHER, 0, 0), Membership(TRIAL, 0, 0)))
    assert len(webhooks.wants(make_event("Entered Segment", segment=TRIAL))) == 1
    assert len(webhooks.wants(make_event("Entered Segment", contact=member, segment=OTHER))) == 0
    assert len(webhooks.wants(make_event(contact=member))) == 1
    assert len(webhooks.wants(make_event(contact=outsider))) == 0
