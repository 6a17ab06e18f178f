"""What leaving a segment leaves behind: nothing for webhooks, a line for whoever shows what a call did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_server.state.environment import Environment
from mock_server.state.records import Identity
from mock_server.state.segments import parse_rule

if TYPE_CHECKING:
    from collections.abc import Callable

MIRA = Identity("u-204")
TRIAL = {"trait": "plan", "operator": "equals", "value": "trial"}


def test_who_leaves_a_segment_by_rule_or_by_hand_is_among_the_departures() -> None:
    environment = Environment("departures")
    trial = environment.create_segment("Trial", is_manual=False, rule=parse_rule(TRIAL))
    beta = environment.create_segment("Beta")
    mira = environment.identify(MIRA, {"plan": "trial"})
    environment.add_to_segment(MIRA, beta.uuid)
    assert list(environment.departures) == []

    environment.identify(MIRA, {"plan": "pro"})
    environment.remove_from_segment(MIRA, beta.uuid)
    environment.remove_from_segment(MIRA, beta.uuid)

    left = [(one.contact_uuid, one.segment) for one in environment.departures]
    assert left == [(mira.uuid, trial), (mira.uuid, beta)]
    assert [event.kind for event in environment.outbox] == ["Entered Segment"] * 2


def test_departures_are_of_this_world_and_of_the_latest_only() -> None:
    environment = Environment("departures")
    beta = environment.create_segment("Beta").uuid
    turn: Callable[[Identity, str], object]
    for _ in range(1_001):
        for turn in (environment.add_to_segment, environment.remove_from_segment):
            turn(MIRA, beta)
    assert len(environment.departures) == 1_000
    assert len(environment.fork("other").departures) == 0
    environment.reset()
    assert len(environment.departures) == 0
