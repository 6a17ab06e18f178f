"""Attributes: what Refiner shows of contacts and accounts."""

from __future__ import annotations

from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Identity

MIRA, BEN = Identity("u-1", "mira@example.org"), Identity("u-2")
NOON = "2025-03-14T12:00:00.000000Z"


def test_attributes_hold_every_trait_of_the_environment_sorted_and_null_where_unset(environment: Environment) -> None:
    """(c) Contact: every contact trait of the environment, null where unset, sorted (RUD-cap, live)."""
    environment.identify(BEN, {"plan": "pro", "seats": 4, "isAdmin": True})
    shown = environment.contact_attributes(environment.identify(MIRA, {"zone": "EU"}))
    assert shown == {
        "email": "mira@example.org",
        "first_seen_at": NOON,
        "form_submissions_count": "0",
        "form_views_count": "0",
        "is_admin": None,
        "last_form_submission_at": None,
        "last_form_view_at": None,
        "last_seen_at": NOON,
        "name": None,
        "plan": None,
        "seats": None,
        "zone": "EU",
    }
    assert list(shown) == sorted(shown)


def test_all_values_are_text(environment: Environment) -> None:
    """(c) Answer values: counts and numeric answers are strings in attributes (live, docs)."""
    form = environment.create_form("NPS")
    environment.identify(BEN, {"seats": 4, "vip": True, "since_at": 0})
    environment.complete_survey(BEN, form.uuid, {"nps": 9, "likes": ["a", "b"]})
    shown = environment.contact_attributes(environment.contact(BEN))
    assert shown["email"] is None
    assert (shown["seats"], shown["vip"], shown["since_at"]) == ("4", "1", "1970-01-01T00:00:00.000000Z")
    assert (shown["nps"], shown["likes"]) == ("9", ["a", "b"])
    assert (shown["form_submissions_count"], shown["form_views_count"]) == ("1", "1")
    assert (shown["last_form_submission_at"], shown["last_form_view_at"]) == (NOON, NOON)


def test_the_latest_answers_are_attributes_and_their_identifiers_are_there_for_everyone(
    environment: Environment,
) -> None:
    """(c) Contact: attributes merge traits, metadata and the latest answers under their identifiers (live)."""
    form = environment.create_form("NPS")
    environment.identify(MIRA, {})
    before = environment.traits_revision
    environment.store_response(BEN, form.uuid, {"nps": 9})
    assert environment.traits_revision > before
    environment.store_response(BEN, form.uuid, {"nps": 3})
    assert environment.contact_attributes(environment.contact(BEN))["nps"] == "3"
    assert environment.contact_attributes(environment.contact(MIRA))["nps"] is None


def test_answers_named_like_what_is_computed_do_not_hide_it(environment: Environment) -> None:
    form = environment.create_form("Odd")
    environment.complete_survey(MIRA, form.uuid, {"email": "x", "last_seen_at": "never", "id": "7"})
    shown = environment.contact_attributes(environment.contact(MIRA))
    assert (shown["email"], shown["last_seen_at"]) == ("mira@example.org", NOON)
    assert "id" not in shown


def test_account_attributes_hold_every_account_trait(environment: Environment) -> None:
    """(c) Account: all account traits, nulls, sorted (RUD-cap, live)."""
    environment.identify(BEN, {}, AccountInput("acme", {"tier": 2, "1": "x"}))
    contact = environment.identify(MIRA, {})
    assert environment.account_attributes(environment.account_of(contact)) == {"1": None, "name": None, "tier": None}


def test_what_is_shown_is_the_callers_own(environment: Environment) -> None:
    contact = environment.identify(MIRA, {"plan": "pro"})
    environment.contact_attributes(contact)["plan"] = "changed"
    assert environment.contact_attributes(contact)["plan"] == "pro"
