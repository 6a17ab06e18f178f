"""`refiner-mock clock`."""

from __future__ import annotations

import pytest

from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say


def test_the_clock_is_frozen_moved_set_and_let_go(say: Say) -> None:
    def clock(*words: str) -> str:
        said = say("clock", "--env", "ENV", *words)
        assert said.code == 0, said.err
        return said.out.strip()

    assert clock("freeze", "2026-01-31T10:00:00Z") == "2026-01-31T10:00:00.000000Z frozen"
    assert clock("advance", "1h30m") == "2026-01-31T11:30:00.000000Z frozen"
    assert clock("set", "2026-02-28") == "2026-02-28T00:00:00.000000Z frozen"
    assert clock() == clock("show") == "2026-02-28T00:00:00.000000Z frozen"
    assert clock("resume").endswith(" real")
    assert clock("freeze").endswith(" frozen")


def test_a_duration_that_is_none_is_wrong_usage(say: Say) -> None:
    said = say("clock", "advance", "soon", "--env", "ENV")
    assert (said.code, said.out) == (3, "")
    assert "soon" in said.err


def test_the_environment_may_be_named_behind_the_change(say: Say, refiner: RemoteEnvironment) -> None:
    say("clock", "freeze", "2026-01-31", "--env", "ENV")
    assert refiner.clock()["mode"] == "frozen"


def test_going_back_is_refused_with_what_does_it(say: Say) -> None:
    said = say("clock", "advance", "-6h", "--env", "ENV")
    assert (said.code, said.out) == (3, "")
    assert "cannot go back by -6h; refiner-mock clock set TIME" in said.err


@pytest.mark.parametrize("change", ["set", "freeze"])
def test_a_time_that_is_none_is_wrong_usage(say: Say, change: str) -> None:
    said = say("clock", change, "tomorrow", "--env", "ENV")

    assert (said.code, said.out) == (3, "")
    assert "TIME: 'tomorrow' is no ISO time such as 2026-01-31T10:00:00Z" in said.err
