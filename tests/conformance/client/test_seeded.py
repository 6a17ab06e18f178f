"""A seed is planted once for all worlds, none of which sees what another has done, and nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from mock_server.conformance.client.seeded import START, Seeded
from mock_server.conformance.client.world import World
from tests.conformance.client.clients import Honest
from tests.miniatures.running import Served


@pytest.fixture
def server(served: Served) -> Iterator[Seeded]:
    with closing(Seeded(served.url)) as made:
        before = len(made.environments())
        yield made
        made.clear()
        assert len(made.environments()) == before


def test_worlds_of_a_seed_grow_from_one_environment(server: Seeded) -> None:
    base, snapshot = server.base("small", real=False)
    with closing(server.another()) as another:
        again, same = another.base("small", real=False)
        assert (again.name, again.remote) == (base.name, another)
    assert same is snapshot
    assert server.base("small", real=True)[0].name != base.name
    assert server.base({"contacts": 2}, real=False)[0].name != base.name
    assert (base.clock()["mode"], base.clock()["now"][:19]) == ("frozen", START[:19])


def test_what_happens_in_a_world_is_seen_in_no_other(server: Seeded) -> None:
    base, snapshot = server.base("small", real=False)
    with World(server, "small", dialect={"page-length": "100"}, rendering="odd") as odd:
        odd.does("identifyUser", {"id": "early"})
        odd.call(Honest(), "identifyUser", {"id": "late"})
        assert {"early", "late"} <= {contact["remote_id"] for contact in odd.known()["contacts"]}
        assert odd.refiner.settings()["rendering"] == "odd"
    with World(server, "small") as world:
        seen = world.call(Honest(), "identifyUser", {"id": "late"})
        assert len(seen.after["contacts"]) == len(snapshot["contacts"]) + 1
        settings = world.refiner.settings()
        assert (settings["rendering"], settings["dialect"]["page-length"]["choice"]) == ("plain", "50")
        assert settings["rate_limits"] is False
    assert base.snapshot()["contacts"] == snapshot["contacts"]
    assert base.journal() == []
