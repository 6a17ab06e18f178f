"""`refiner-mock clock`."""

from __future__ import annotations

from mock_server.remote import RemoteEnvironment
from tests.miniatures.running import Served


def test_the_clock_is_frozen_moved_set_and_let_go(served: Served, refiner: RemoteEnvironment) -> None:
    def clock(*words: str) -> str:
        said = served.run("clock", "--env", refiner.name, *words)
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    assert clock("freeze", "2026-01-31T10:00:00Z") == "2026-01-31T10:00:00.000000Z frozen"
    assert clock("advance", "1h30m") == "2026-01-31T11:30:00.000000Z frozen"
    assert clock("set", "2026-02-28") == "2026-02-28T00:00:00.000000Z frozen"
    assert clock() == clock("show") == "2026-02-28T00:00:00.000000Z frozen"
    assert clock("resume").endswith(" real")
    assert clock("freeze").endswith(" frozen")


def test_a_duration_that_is_none_is_wrong_usage(served: Served, refiner: RemoteEnvironment) -> None:
    said = served.run("clock", "advance", "soon", "--env", refiner.name)
    assert said.returncode == 3
    assert "soon" in said.stderr


def test_the_environment_may_be_named_behind_the_change(served: Served, refiner: RemoteEnvironment) -> None:
    served.run("clock", "freeze", "2026-01-31", "--env", refiner.name)
    assert refiner.clock()["mode"] == "frozen"
