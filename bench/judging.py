"""What the judge costs: the verdict on clean W1 bodies, by itself, without a server around it."""

from __future__ import annotations

import time
from statistics import median

from bench.figures import Budget, Figure, Section, Session, spread
from bench.servers import apart
from bench.workloads import USERS, WORKLOADS
from mock_server.api.mirror import Mirror
from mock_server.app import Rooms, create_app
from mock_server.journal import Exchange

__all__ = ["measure_judging"]


JUDGING = Budget(must=40, moonshot=12, at_most=True)


def measure_judging(session: Session) -> list[Section]:
    """Return the median time of one verdict in microseconds, of each round over the bodies of all users."""
    times = apart(_judged, session.rounds, core=session.cores.server)
    figure = Figure("judging", "the verdict on one clean W1 body", "µs", times, JUDGING)
    title = "judging one clean W1 body: microseconds, median, min, max"
    return [Section(title, [spread("refiner-mock", times, ".1f")], [figure], {"microseconds": times})]


def _judged(rounds: int) -> list[float]:
    """Time the verdicts.

    The users are known, as they are while W1 is measured. Each body is read and coerced right before, as it is in the
    server, but that is not the judge's doing and not counted.
    """
    rooms: Rooms = create_app().state.rooms
    mirror = Mirror(rooms.settings, rooms.contract, rooms.environments, rooms.engine, rooms.faults, rooms.judge)
    key = rooms.environments.get("default").api_key
    for number in range(USERS):
        exchange = _opened(mirror, key, number)
        answer = mirror.answer(exchange)
        assert (answer.status, exchange.violations) == (202, ()), "W1 is clean"
    return [median(_timed(rooms, _opened(mirror, key, number)) for number in range(USERS)) for _ in range(rounds)]


def _opened(mirror: Mirror, key: str, number: int) -> Exchange:
    body = WORKLOADS[0].bodies[number].encode()
    headers = [(b"authorization", f"Bearer {key}".encode()), (b"content-type", b"application/json")]
    return mirror.open(f"bench-{number}", mirror.head("POST", WORKLOADS[0].path, b"", headers), body)


def _timed(rooms: Rooms, exchange: Exchange) -> float:
    begun = time.perf_counter_ns()
    rooms.judge.before(exchange)
    return (time.perf_counter_ns() - begun) / 1_000
