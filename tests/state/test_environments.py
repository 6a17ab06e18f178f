from __future__ import annotations

from typing import Any

import pytest

from mock_server.errors import LimitReached, UnknownEnvironment, UsageError
from mock_server.settings import Settings
from mock_server.state.environments import Environments
from mock_server.state.ids import new_api_key
from mock_server.state.records import Micros, Window

ALL = Window(1, 100)


@pytest.fixture
def environments() -> Environments:
    return Environments(Settings())


def test_an_environment_is_found_by_name_project_and_key(environments: Environments) -> None:
    one, other = environments.create("default"), environments.create("other")
    assert environments.get("default") is environments.get(one.project_uuid) is environments.by_key(one.api_key) is one
    assert environments.by_key(new_api_key()) is None
    assert list(environments) == [one, other]
    assert len(environments) == 2


def test_environments_without_a_name_are_numbered(environments: Environments) -> None:
    environments.create("env-2")
    assert [environments.create().name for _ in range(2)] == ["env-1", "env-3"]


def test_an_unknown_environment_is_refused_with_those_there_are(environments: Environments) -> None:
    for name in "abcdef":
        environments.create(name)
    with pytest.raises(UnknownEnvironment, match=r"'x'; there are: a, b, c, d, e, \.\.\.$"):
        environments.get("x")


def test_a_deleted_environment_is_gone_and_its_name_free(environments: Environments) -> None:
    one = environments.create("one")
    assert environments.delete("one") is one
    assert environments.by_key(one.api_key) is None
    with pytest.raises(UnknownEnvironment):
        environments.get(one.project_uuid)
    with pytest.raises(UnknownEnvironment):
        environments.delete("one")
    assert environments.create("one").api_key != one.api_key


@pytest.mark.parametrize(
    "wish",
    [
        {"name": ""}, {"name": "a b"}, {"name": "a/b"}, {"name": "x" * 65}, {"name": "ä"}, {"name": "taken"},
        {"name": "0da50780-f886-11ef-94b9-279ef2a74de4"}, {"posture": "angry"}, {"api_key": "secret"}, {"seed": "wild"},
        {"seed": {"contacts": 5}}, {"name": "."}, {"name": ".."}, {"name": "-x"},
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused_and_leaves_nothing(environments: Environments, wish: dict[str, Any]) -> None:
    environments.create("taken")
    with pytest.raises(UsageError):
        environments.create(**wish)
    assert [environment.name for environment in environments] == ["taken"]


def test_every_environment_has_a_key_of_its_own(environments: Environments) -> None:
    """(a) Key: one key per environment (W6W, API, docs)."""
    key = new_api_key()
    assert environments.create(api_key=key).api_key == key
    with pytest.raises(UsageError, match="belongs to another environment") as refusal:
        environments.create(api_key=key)
    assert key not in str(refusal.value)


def test_environments_are_bounded() -> None:
    environments = Environments(Settings(max_environments=1))
    environments.create()
    with pytest.raises(LimitReached, match="max_environments"):
        environments.create()


def test_settings_are_the_default_and_what_is_given_wins() -> None:
    environments = Environments(Settings(posture="strict", dialect={"a": "1", "b": "1"}))
    assert environments.create().posture == "strict"
    one = environments.create(posture="lenient", dialect={"b": "2"})
    assert (one.posture, one.dialect) == ("lenient", {"a": "1", "b": "2"})


def test_the_clock_can_stand_still_from_the_start(environments: Environments, now: Micros) -> None:
    one = environments.create("one", now=now)
    assert (one.clock.mode, one.created_at) == ("frozen", now)
    environments.delete("one")
    assert environments.create("one", now=now).project_uuid == one.project_uuid
    assert environments.create("two", now=now).project_uuid != one.project_uuid


def test_a_seed_fills_an_environment(environments: Environments) -> None:
    assert environments.create(seed="demo").contacts(ALL).total >= 40
    document = {"contacts": [{"id": "u-1"}]}
    planted = environments.create(seed=document)
    assert planted.contacts(ALL).total == 1
    assert planted.seed == document
    assert environments.create(seed="empty").contacts(ALL).total == environments.create().contacts(ALL).total == 0
