"""Snapshots that cannot be: refused with the place, changing nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from mock_server.errors import LimitReached, UsageError
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.records import Identity, Window
from mock_server.state.seeds import plant
from mock_server.state.snapshots import read

START = 1_769_853_600_000_000
ALL = Window(1, 1_000)


def state(environment: Environment) -> dict[str, Any]:
    """Return the snapshot but for where it was taken."""
    return {name: value for name, value in environment.snapshot().items() if name != "environment"}


@pytest.fixture
def demo() -> Environment:
    environment = Environment("demo", seed="demo", now=START)
    plant(environment, "demo")
    return environment


def spoil(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    """Return what puts a value at a path such as `contacts.0.uuid`."""

    def put(document: Any) -> None:
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        for part in way:
            document = document[part]
        document[last] = value

    return put


UNKNOWN = "0da50780-f886-11ef-94b9-279ef2a74de4"
SPOILT = [
    ("format", 2, "format"),
    ("contacts.0.first_seen_at", "today", "contacts[0].first_seen_at"),
    ("contacts.0.first_seen_at", 10**18, "contacts[0].first_seen_at"),
    ("contacts.0.colour", "red", "contacts[0]"),
    ("contacts.0.account_uuid", UNKNOWN, "contacts[0].account_uuid"),
    ("contacts.1.serial", 1, "contacts[1].serial"),
    ("contacts.0.traits", {"unheard_of": "x"}, "contacts[0].traits"),
    ("contacts.0.memberships.0.segment_uuid", UNKNOWN, "contacts[0].memberships[0].segment_uuid"),
    ("accounts.0.remote_id", None, "accounts[0].remote_id"),
    ("segments.0.silent", False, "segments"),
    ("segments.0.rule", {"never": 1}, "segments[0].rule"),
    ("segments.0.is_manual", True, "segments[0].rule"),
    ("forms.0.serial", 9, "forms[0].serial"),
    ("forms.0.history.0.form.name", 7, "forms[0].history[0].form.name"),
    ("responses.0.contact_uuid", UNKNOWN, "responses[0].contact_uuid"),
    ("responses.0.tags", ["unheard of"], "responses[0].tags"),
    ("traits.contact.plan", "colour", "traits.contact.plan"),
    ("traits.contact.email", "string", "traits.contact"),
    ("traits.account", {}, "traits.account"),
    ("accounts.0.traits", {"unheard_of": "x"}, "accounts[0].traits"),
    ("responses.0.last_data_reception_at", None, "responses[0].last_data_reception_at"),
    ("clock", {"mode": "frozen"}, "clock"),
]


@pytest.mark.parametrize(("path", "value", "place"), SPOILT, ids=[f"{path}={value}" for path, value, _ in SPOILT])
def test_a_spoilt_snapshot_is_refused_with_the_place(demo: Environment, path: str, value: object, place: str) -> None:
    document = copy.deepcopy(demo.snapshot())
    spoil(path, value)(document)

    with pytest.raises(UsageError) as refusal:
        read(document)

    assert str(refusal.value).startswith(f"{place}:")


@pytest.mark.parametrize(("email", "place"), [(None, "contacts[0]"), ("a@x.org", "contacts[1].email")])
def test_a_contact_without_an_id_has_an_email_of_its_own_or_a_cookie(email: str | None, place: str) -> None:
    environment = Environment("two", now=START)
    environment.identify(Identity(id="u-1"), {})
    environment.identify(Identity(email="A@x.org"), {})
    document: Any = environment.snapshot()
    document["contacts"][0] |= {"remote_id": None, "email": email}

    with pytest.raises(UsageError) as refusal:
        read(document)

    assert str(refusal.value).startswith(f"{place}:")


@pytest.mark.parametrize("kind", ["accounts", "contacts", "segments", "forms", "tags", "responses"])
def test_nothing_is_there_twice(demo: Environment, kind: str) -> None:
    document: Any = demo.snapshot()
    document[kind].append(document[kind][0])

    with pytest.raises(UsageError, match=rf"{kind}\[\d+\].*uuid"):
        read(document)


def test_a_contact_has_one_open_response_to_a_survey_at_most(demo: Environment) -> None:
    document: Any = demo.snapshot()
    place = give_to_one(document, None)

    with pytest.raises(UsageError, match=rf"responses\[{place}\]: the contact has an open response"):
        read(document)


@pytest.mark.parametrize("ended", ["completed_at", "dismissed_at"])
def test_a_contact_may_have_several_responses_that_are_over(demo: Environment, ended: str) -> None:
    document: Any = demo.snapshot()
    give_to_one(document, ended)

    read(document)


def give_to_one(document: Any, ended: str | None) -> int:
    """Give the contact of one response another one to the same survey, ended alike, and return the place of that."""
    rows = [(place, row) for place, row in enumerate(document["responses"]) if _ended(row) == ended]
    (_, one), (place, other) = next(
        pair for pair in pairwise(rows) if pair[0][1]["form_uuid"] == pair[1][1]["form_uuid"]
    )
    other["contact_uuid"] = one["contact_uuid"]
    return place


def _ended(row: dict[str, Any]) -> str | None:
    return next((name for name in ("completed_at", "dismissed_at") if row.get(name) is not None), None)


@pytest.mark.parametrize("document", [None, [], "x", {}, {"format": 1}, {1: 2}, {"format": object()}])
def test_what_is_no_snapshot_is_refused(document: object) -> None:
    with pytest.raises(UsageError):
        read(document)


def test_a_snapshot_beyond_a_bound_changes_nothing(demo: Environment) -> None:
    small = Environment("small", settings=Settings(max_contacts=2), now=START)
    before = small.snapshot()

    with pytest.raises(LimitReached, match="max_contacts"):
        small.restore(read(demo.snapshot()))

    assert small.snapshot() == before


def test_a_clock_that_would_show_no_time_changes_nothing(demo: Environment) -> None:
    document: Any = demo.snapshot()
    document["clock"] = {"mode": "offset", "shift": 10**18}
    other = Environment("other", now=START)
    before = other.snapshot()

    with pytest.raises(UsageError, match="year"):
        other.restore(read(document))

    assert other.snapshot() == before
