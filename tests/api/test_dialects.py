"""Every choice of contracts/dialects.yaml is obeyed, and shows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from mock_server.contract.dialects import dialects
from mock_server.settings import Settings
from tests.api import scenes_of_calls, scenes_of_records
from tests.api.door import Door
from tests.api.scene import NOBODY, Scene
from tests.miniatures.running import Receiver, receiving

SEEN = {**scenes_of_calls.SEEN, **scenes_of_records.SEEN}
CHOICES = [(id, choice) for id, dialect in dialects().items() for choice in dialect.choices]


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    made = Door(Settings())
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def test_every_dialect_has_a_scenario_that_tells_its_choices_apart() -> None:
    """Issue "Whole API", 4: each choice is tested."""
    assert SEEN.keys() == dialects().keys()
    for id, (_, seen) in SEEN.items():
        assert list(seen) == list(dialects()[id].choices)
        assert all(one != other for one, other in combinations(seen.values(), 2)), id


@pytest.mark.parametrize(("id", "choice"), CHOICES)
def test_the_server_obeys_a_choice(door: Door, receiver: Receiver, id: str, choice: str) -> None:
    """Issue "Whole API", 4: the server obeys each, and contract validation follows the dialect in force."""
    scenario, seen = SEEN[id]

    assert scenario(Scene(door, {id: choice}, receiver)) == seen[choice]


@pytest.mark.parametrize(("id", "choice"), CHOICES)
def test_a_living_environment_can_change_its_mind(door: Door, receiver: Receiver, id: str, choice: str) -> None:
    """Design 3.2: PATCH .../settings; nothing that was kept for the old choice shows."""
    scenario, seen = SEEN[id]
    others = [name for name in dialects()[id].choices if name != choice]
    scene = Scene(door, {id: others[0]}, receiver)
    scene.post("/identify-user", {"id": "before", "plan": "pro"})
    scene.get("/contacts")
    scene.walk("/contacts", order_by="first_seen_at")
    scene.delete("/contact", id="before")
    scene.post("/contact", {"id": "before"}, method="DELETE")

    assert scene.control("PATCH", "/settings", {"dialect": {id: choice}}).status == 200

    assert scenario(scene) == seen[choice]


def test_all_other_choices_go_together(door: Door, receiver: Receiver) -> None:
    """Whatever the choices, the answers are those of the contract under all of them at once."""
    dialect = {id: next(name for name in each.choices if name != each.default) for id, each in dialects().items()}
    scene = Scene(door, dialect, receiver)
    form_uuid, segment_uuid = scene.form_uuid(), scene.segment_uuid()
    scene.listen("Completed Survey")

    replies = [
        scene.post("/identify-user", {"id": "u-1", "beta": True, "account": {"id": "acc-1"}}),
        scene.post("/track-event", {"id": "u-1", "event": "Exported"}),
        scene.post("/sync-segment", {"id": "u-1", "segment_uuid": segment_uuid}),
        scene.post("/responses", {"id": "u-1", "form_uuid": form_uuid, "nps": 9, "uses": ["web", "app"]}),
        scene.get("/contacts"),
        scene.get("/contact", id="u-1"),
        scene.get("/responses", include="all", with_attributes=1),
        scene.get("/segments"),
        scene.get("/forms", include_info=1, include_config=1),
        scene.get("/forms/history", form_uuid=form_uuid),
        scene.get("/reporting", type="ratings"),
        scene.get("/reporting", type="nonsense"),
        scene.get("/contact", id="nobody"),
        scene.get("/account", api_key=NOBODY),
        scene.delete("/contact", id="u-1"),
    ]

    assert [reply.status for reply in replies] == [201, 200, *[200] * 9, 422, 422, 400, 200]
    assert scene.payload("Completed Survey")["response"]["data"] == {"nps": 9, "uses": "web, app"}
