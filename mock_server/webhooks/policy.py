"""What the delivery policy of an environment does to its webhooks, apart from copies and losses, which are counted.

The order of a policy is that of deliveries which fall due together. Events come one at a time, so under any order but
`in-order` first attempts are gathered: for `GATHERING` on the environment's clock, or until somebody settles it or
moves it. Then they start in the order of the policy, as do retries that meet. What is chosen by dice is drawn for each
attempt by itself, so that no race between receivers changes it: the same seed and calls give the same choices.

That Refiner delivers in order, once and at once is assumed (g5); all else is a disturbance that somebody asked for.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache

from mock_server.state.records import Micros
from mock_server.webhooks.log import Delivery

__all__ = ["GATHERING", "ORDERS", "Dice", "arranged", "dice"]

Dice = Callable[[Delivery], float]
"""Returns a number from 0 to 1 for the next attempt of a delivery, always the same one for the same attempt."""

ORDERS = ("in-order", "reversed", "shuffled")

GATHERING: Micros = 2_000_000
"""How long first attempts are gathered from the first of them on: longer than it takes to make the next event."""


def dice(seed: Callable[[], str], first: int) -> Dice:
    """Return the dice of a world that has made `first` deliveries before: begun anew, it throws the same again.

    `seed` is asked for with the first throw: it may be a long document, and most worlds never throw.
    """
    root = cache(lambda: random.Random(seed()).getrandbits(64))
    return lambda one: random.Random(f"{root()}/{one.number - first}/{len(one.attempts)}").random()


def arranged(due: Sequence[Delivery], order: str, throw: Dice) -> Sequence[Delivery]:
    """Return deliveries that are due together, given as they happened, in the order in which they are to start."""
    if order == "reversed":
        return due[::-1]
    return sorted(due, key=throw) if order == "shuffled" else due
