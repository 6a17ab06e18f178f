"""Accounts: how contacts are grouped, seen through the environment."""

from __future__ import annotations

import pytest

from mock_server.errors import NotFound
from mock_server.state.environment import Environment
from mock_server.state.records import Account, AccountInput, Identity

MIRA, BEN = Identity("u-1"), Identity("u-2")


def identify(environment: Environment, who: Identity, account: str | None = None, **traits: object) -> Account:
    given = None if account is None else AccountInput(account, traits)
    return environment.account_of(environment.identify(who, {}, given))


def test_every_contact_has_an_account_even_ungrouped(environment: Environment) -> None:
    """(c) Account: created for every contact, remote_id and domain null if ungrouped (RUD-cap, live)."""
    contact = environment.identify(MIRA, {})
    account = environment.account_of(contact)
    assert (account.remote_id, account.domain, account.traits) == (None, None, {})
    assert account.uuid != contact.uuid
    assert account.first_seen_at == contact.first_seen_at
    assert identify(environment, BEN).uuid != account.uuid


def test_the_account_is_made_after_its_contact(environment: Environment) -> None:
    """(a) Identifiers: the account's uuid is a little younger than its contact's (RUD-cap, live)."""
    contact = environment.identify(MIRA, {})
    assert contact.uuid < contact.account_uuid


def test_one_account_has_many_contacts(environment: Environment) -> None:
    """(c) Account: one account has many contacts; other keys of `account` become its traits (docs)."""
    first = identify(environment, MIRA, "acme", name="Acme", employeeCount=12)
    second = identify(environment, BEN, "acme", plan="pro")
    assert second.uuid == first.uuid
    assert second.traits == {"name": "Acme", "employee_count": 12, "plan": "pro"}
    assert environment.account_of(environment.contact(MIRA)) == second
    assert identify(environment, BEN, "acme", plan="").traits == {"name": "Acme", "employee_count": 12}


def test_an_ungrouped_contacts_own_account_takes_a_new_id(environment: Environment) -> None:
    own = identify(environment, MIRA)
    grouped = identify(environment, MIRA, "acme")
    assert (grouped.uuid, grouped.remote_id) == (own.uuid, "acme")


def test_a_contact_moves_to_the_account_that_has_the_id_and_its_own_one_goes(environment: Environment) -> None:
    acme = identify(environment, MIRA, "acme")
    ungrouped = environment.identify(BEN, {})
    assert identify(environment, BEN, "acme").uuid == acme.uuid
    with pytest.raises(NotFound, match="No account has the uuid"):
        environment.account_of(ungrouped)


def test_a_grouped_contact_moves_and_the_account_it_leaves_stays(environment: Environment) -> None:
    before = environment.identify(MIRA, {}, AccountInput("acme", {}))
    acme, other = environment.account_of(before), identify(environment, MIRA, "other")
    assert other.uuid != acme.uuid
    assert environment.account_of(before) == acme
    assert identify(environment, MIRA).uuid == other.uuid
    assert identify(environment, MIRA, "acme").uuid == acme.uuid


def test_traits_without_an_id_go_to_the_contacts_account(environment: Environment) -> None:
    account = identify(environment, MIRA, "", name="Solo")
    assert (account.remote_id, account.traits) == (None, {"name": "Solo"})


def test_a_grouped_account_outlives_its_contacts(environment: Environment) -> None:
    """(g13) Whether the account goes with its contact: kept (assumed)."""
    acme, _ = identify(environment, MIRA, "acme"), identify(environment, BEN)
    environment.delete_contact(MIRA)
    ungrouped = environment.delete_contact(BEN)
    assert identify(environment, BEN, "acme").uuid == acme.uuid
    with pytest.raises(NotFound):
        environment.account_of(ungrouped)


def test_account_traits_and_contact_traits_are_two_registries(environment: Environment) -> None:
    contact = environment.identify(MIRA, {"plan": "a"}, AccountInput("acme", {"size": 3}))
    assert "size" not in environment.contact_attributes(contact)
    assert list(environment.account_attributes(environment.account_of(contact))) == ["name", "size"]
