"""What the judge costs: the verdict on clean W1 bodies, by itself, without a server around it."""

from __future__ import annotations

import time
from statistics import median

from bench.workloads import USERS, WORKLOADS
from mock_server.api.mirror import Mirror
from mock_server.app import Rooms, create_app
from mock_server.journal import Exchange

__all__ = ["measure_judging"]


def measure_judging(rounds: int) -> list[float]:
    """Return the median time of one verdict in microseconds, of each round over the bodies of all users.

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
    scope = {"method": "POST", "path": WORKLOADS[0].path, "query_string": b"", "headers": headers}
    return mirror.open(f"bench-{number}", scope, body)


def _timed(rooms: Rooms, exchange: Exchange) -> float:
    begun = time.perf_counter_ns()
    rooms.judge.before(exchange)
    return (time.perf_counter_ns() - begun) / 1_000
