"""Who goes next, checked without any network."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mock_server.webhooks.log import Delivery
from mock_server.webhooks.turnstile import Turnstile


def delivery(number: int, target: int = 0, contact: str = "") -> Delivery:
    url = f"http://127.0.0.1:{8000 + target}/hook"
    return Delivery(
        id=f"d{number}",
        number=number,
        event="Completed Survey",
        event_id="e1",
        webhook_uuid="w",
        url=url,
        contact_uuid=contact or f"contact-{number}",
        body=b"{}",
        cause=None,
        created_at=0,
        due=0,
    )


def all_next(turnstile: Turnstile) -> list[Delivery]:
    return list(iter(turnstile.next, None))


def test_no_more_than_the_bounds_are_under_way() -> None:
    turnstile = Turnstile(5, 3)
    for number in range(20):
        turnstile.offer(delivery(number, target=number % 2))
    first = all_next(turnstile)
    assert len(first) == 5
    assert {sum(one.url == two.url for two in first) for one in first} == {2, 3}
    turnstile.done(first[0])
    assert len(all_next(turnstile)) == 1


def test_one_target_starts_in_the_order_of_offers() -> None:
    turnstile = Turnstile(32, 1)
    offers = [delivery(number, contact=f"contact-{number % 3}") for number in range(9)]
    for offer in offers:
        turnstile.offer(offer)
    started = []
    while (going := turnstile.next()) is not None:
        started.append(going)
        turnstile.done(going)
    assert started == offers


def test_the_events_of_one_contact_go_one_after_the_other() -> None:
    turnstile = Turnstile(32, 8)
    saw, completed, other = delivery(1, contact="a"), delivery(2, contact="a"), delivery(3, contact="b")
    for offer in (saw, completed, other):
        turnstile.offer(offer)
    assert all_next(turnstile) == [saw, other]
    turnstile.done(saw)
    assert all_next(turnstile) == [completed]


def test_a_crowded_target_does_not_hold_up_a_quiet_one() -> None:
    turnstile = Turnstile(4, 4)
    for number in range(100):
        turnstile.offer(delivery(number, target=0))
    quiet = delivery(100, target=1)
    turnstile.offer(quiet)
    assert quiet in all_next(turnstile)


@given(
    total=st.integers(1, 6),
    per_target=st.integers(1, 4),
    offers=st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), max_size=40),
    dice=st.randoms(use_true_random=False),
)
def test_bounds_and_order_hold_and_everything_goes_through(
    total: int, per_target: int, offers: list[tuple[int, str]], dice: Random
) -> None:
    turnstile = Turnstile(total, per_target)
    waiting = [delivery(number, target, contact) for number, (target, contact) in enumerate(offers)]
    under_way: list[Delivery] = []
    started: list[Delivery] = []
    while waiting or under_way:
        if waiting and dice.random() < 0.5:
            turnstile.offer(waiting.pop(0))
        elif under_way:
            turnstile.done(under_way.pop(dice.randrange(len(under_way))))
        going = all_next(turnstile)
        under_way += going
        started += going
        assert len(under_way) <= total
        lanes = [(one.url, one.contact_uuid) for one in under_way]
        assert len(set(lanes)) == len(lanes)
        assert all([one.url for one in under_way].count(one.url) <= per_target for one in under_way)
    assert sorted(one.number for one in started) == list(range(len(offers)))
    for lane in {(one.url, one.contact_uuid) for one in started}:
        numbers = [one.number for one in started if (one.url, one.contact_uuid) == lane]
        assert numbers == sorted(numbers)
