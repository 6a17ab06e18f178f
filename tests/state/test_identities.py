"""Who is meant by an identity, where several contacts could be."""

from __future__ import annotations

import pytest

from mock_server.errors import NotFound
from mock_server.state.environment import Environment
from mock_server.state.records import Identity
from mock_server.state.snapshots import read

COOKIE = "visitor-1"
NOBODY = "0da50780-f886-11ef-94b9-279ef2a74de4"


def test_the_uuid_decides_before_id_and_email(environment: Environment) -> None:
    """(b) POST /responses, DELETE /contact: id, email or uuid; that the uuid wins is assumed."""
    mira = environment.identify(Identity(id="u-1", email="mira@x.org"), {})
    jon = environment.identify(Identity(id="u-2"), {})
    form = environment.create_form("NPS").uuid

    stored = environment.store_response(Identity(uuid=jon.uuid, id="u-1", email="new@x.org"), form, {"nps": 9})
    deleted = environment.delete_contact(Identity(uuid=mira.uuid, id="u-2"))

    assert (stored.contact_uuid, deleted.uuid) == (jon.uuid, mira.uuid)
    assert environment.contact(Identity(id="u-2")).email is None
    with pytest.raises(NotFound):
        environment.contact(Identity(email="new@x.org"))


def test_an_unknown_uuid_means_nobody_whatever_stands_beside_it(environment: Environment) -> None:
    environment.identify(Identity(id="u-1"), {})
    both = Identity(uuid=NOBODY, id="u-1")

    with pytest.raises(NotFound, match=NOBODY):
        environment.delete_contact(both)
    with pytest.raises(NotFound, match=NOBODY):
        environment.identify(both, {})


def test_a_cookie_goes_on_to_the_next_who_has_it(environment: Environment) -> None:
    first = environment.identify(Identity(id="u-1", cookie_uuid=COOKIE), {})
    second = environment.identify(Identity(id="u-2", cookie_uuid=COOKIE), {})
    assert environment.contact(Identity(cookie_uuid=COOKIE)).uuid == first.uuid

    environment.delete_contact(Identity(uuid=first.uuid))

    assert environment.contact(Identity(cookie_uuid=COOKIE)).uuid == second.uuid


def test_an_anonymous_visitor_outlives_a_snapshot(environment: Environment) -> None:
    environment.create_form("NPS")
    shown = environment.see_survey(Identity(cookie_uuid=COOKIE))
    environment.see_survey(Identity(cookie_uuid="visitor-2"))
    other = Environment("other")

    other.restore(read(environment.snapshot()))

    assert other.contact(Identity(cookie_uuid=COOKIE)).uuid == shown.contact_uuid
