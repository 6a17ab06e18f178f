from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from mock_server.state.making import maker
from mock_server.state.records import Account, Contact, EventTally, Membership, TrackedEvent


def test_a_made_record_is_the_very_same_as_a_constructed_one() -> None:
    made = maker(Contact)("u", 1, None, "a@x.org", {"plan": "pro"}, "a", 5, 6, form_views_count=2)
    constructed = Contact("u", 1, None, "a@x.org", {"plan": "pro"}, "a", 5, 6, form_views_count=2)
    assert type(made) is Contact
    assert made == constructed
    assert repr(made) == repr(constructed)
    assert made.answers is not maker(Contact)("u", 1, None, None, {}, "a", 5, 6).answers


@pytest.mark.parametrize("record", [Account, Contact, EventTally, Membership, TrackedEvent])
def test_every_record_can_be_made(record: type) -> None:
    slots: tuple[str, ...] = record.__slots__  # type: ignore[attr-defined]
    made = maker(record)(*range(len(slots)))
    assert made == record(*range(len(slots)))
    with pytest.raises(FrozenInstanceError):
        setattr(made, slots[0], 5)
