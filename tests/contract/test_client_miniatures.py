"""Real clients over real sockets: the wrong ones are told what is wrong, and nothing else is held against anybody."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.document import load
from mock_server.contract.prepared import stored
from mock_server.contract.rules import SECTIONS, rules
from mock_server.remote import Remote
from tests.miniatures.clients import habits, scene, slips
from tests.miniatures.clients.habits import Habit
from tests.miniatures.clients.honest import CALLS, Client
from tests.miniatures.clients.scene import Place
from tests.miniatures.clients.slips import Slip, Slipping
from tests.miniatures.clients.writing import KEYS, WRITERS
from tests.miniatures.running import PATIENCE, Served, surroundings, tool

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests" / "miniatures" / "clients"
PROGRAMS = {"requests_client.py": [sys.executable], "curl_client.sh": ["curl", "sh"], "fetch_client.mjs": ["node"]}
"""What each takes to run; the last one starts it."""
HONEST = list(itertools.product(WRITERS, KEYS))

CAUGHT, SILENT, LOOK_ALIKES = "wrong clients caught", "honest clients silent", "blameless look-alikes silent"

Found = list[tuple[str, ...]]


@pytest.fixture(scope="session")
def world(served: Served) -> Iterator[Place]:
    remote = Remote(served.url)
    yield scene.scene(remote)
    remote.close()


@pytest.fixture(scope="session")
def crowded(served: Served) -> Iterator[Place]:
    remote = Remote(served.url)
    yield scene.crowd(remote)
    remote.close()


def found(place: Place) -> Found:
    """Return all that was found by the end of a client's run."""
    return sorted(
        (one["code"], one["rule"], *one["where"].values(), one["suggestion"] or "", one["severity"])
        for one in place.refiner.violations(closing=True)
    )


def of_slip(world: Place, slip: Slip) -> Found:
    with world.copied(**slip.told.get("dialect", {})) as place, Slipping(place, slip.told) as client:
        client.slip()
        return found(place)


def of_habit(world: Place, habit: Habit) -> Found:
    with world.copied() as place, habit.client(place) as client:
        habit.job(client)
        return found(place)


@pytest.mark.miniature(SILENT)
@pytest.mark.parametrize(("write", "key"), HONEST)
def test_an_honest_client_is_silent_all_day(world: Place, write: str, key: str) -> None:
    """But for the note about a key in the URL, which is due each time."""
    with world.copied() as place, Client(place, write, key) as client:
        client.live_a_day()
        verdict = place.refiner.verdict()
        told = Counter(one["rule"] for one in place.refiner.violations(closing=True))

    assert set(verdict["operations"]) == set(CALLS)
    assert told == {rule: times for rule, times in {"key-in-url": client.keys_in_urls}.items() if times}
    assert bool(told) == (key == "parameter" and write != "form always")


@pytest.mark.miniature(SILENT)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_does_its_work_is_silent(world: Place, program: str) -> None:
    starter = [tool(name) for name in PROGRAMS[program]][-1]
    with world.copied() as place:
        refiner = place.refiner
        given = {"REFINER_BASE_URL": refiner.base_url, "REFINER_API_KEY": refiner.api_key}
        subprocess.run(
            [starter, str(CLIENTS / program)],
            env=surroundings({**given, "SEGMENT_UUID": place.names["$SEGMENT"]}),
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )

        assert found(place) == []
        assert refiner.verdict()["judged"] > 15


@pytest.mark.miniature(CAUGHT)
@pytest.mark.parametrize("slip", slips.WRONG, ids=str)
def test_one_slip_is_told_as_what_it_is_and_nothing_else_is(world: Place, slip: Slip) -> None:
    assert of_slip(world, slip) == slip.expected(world)


def names_suggested(slip: Slip) -> bool:
    """Tell whether all that is suggested are names to write instead, of parameters of the same call."""
    own = next(each for each in load().operations.values() if each.id == slip.told["call"]).parameters
    told = [slip.told, *slip.told.get("also", ())]
    as_values = slip.told.keys().isdisjoint({"query", "body", "route"})
    return as_values and all(
        one["at"][1] not in own and "." not in one["at"][1] and one.get("suggestion", "").partition("[")[0] in own
        for one in told
    )


@pytest.mark.parametrize("slip", [slip for slip in slips.WRONG if names_suggested(slip)], ids=str)
def test_whoever_writes_what_was_suggested_is_done_with_names(world: Place, slip: Slip) -> None:
    with world.copied(**slip.told.get("dialect", {})) as place:
        with Slipping(place, slip.told) as client:
            values = client.values(slip.told["call"])
        told = (slip.told, *slip.told.get("also", ()))
        for one in told:
            values[one["suggestion"].partition("[")[0]] = rewritten(values.pop(one["at"][1]), one["suggestion"])
        kept = {name: slip.told[name] for name in slip.told.keys() & {"call", "write"}}
        with Slipping(place, {**kept, "send": values}) as client:
            client.slip()

        left = {(code, name) for code, _, _, name, _, severity in found(place) if severity != "note"}
        # The value may still be none: `archived=1` for `list=archived`, several ids for one, a cursor that is invented.
        assert left <= {(code, one["suggestion"]) for code in ("bad-value", "paging") for one in told}


def rewritten(value: Any, name: str) -> Any:
    """Return a value as it is written under another name: in a list where that has brackets, else out of one."""
    if name in ("tags", "form_uuids") or name.endswith("[]"):
        return value if isinstance(value, list) else [value]
    if isinstance(value, dict | list) and len(value) == 1 and not name.endswith(("_data", "account")):
        return next(iter(value.values() if isinstance(value, dict) else value))
    return value


@pytest.mark.miniature(CAUGHT)
@pytest.mark.parametrize("habit", habits.WRONG, ids=str)
def test_a_bad_habit_is_told_as_what_it_is_and_nothing_else_is(request: pytest.FixtureRequest, habit: Habit) -> None:
    assert of_habit(place_of(habit, request), habit) == sorted(habit.told)


@pytest.mark.miniature(LOOK_ALIKES)
@pytest.mark.parametrize("slip", slips.RIGHT, ids=str)
def test_a_call_that_looks_like_a_slip_is_silent(world: Place, slip: Slip) -> None:
    assert of_slip(world, slip) == []


@pytest.mark.miniature(LOOK_ALIKES)
@pytest.mark.parametrize("habit", habits.RIGHT, ids=str)
def test_a_habit_that_looks_like_a_bad_one_is_silent(request: pytest.FixtureRequest, habit: Habit) -> None:
    assert of_habit(place_of(habit, request), habit) == []


def place_of(habit: Habit, request: pytest.FixtureRequest) -> Place:
    place: Place = request.getfixturevalue("crowded" if habit.crowded else "world")
    return place


@pytest.mark.parametrize("miniatures", [slips.WRONG + habits.WRONG, slips.RIGHT + habits.RIGHT], ids=["wrong", "right"])
def test_every_rule_has_its_miniatures(miniatures: list[Slip | Habit]) -> None:
    """contracts/rules.yaml is the only list."""
    assert {one.rule for one in miniatures} == set(rules())


def test_miniatures_are_filed_under_the_codes_of_their_rules() -> None:
    listed = stored("rules.yaml")
    codes = {rule["id"]: rule["code"] for section in SECTIONS for rule in listed[section]}
    assert {(slip.rule, slip.code) for slip in slips.WRONG + slips.RIGHT} <= codes.items()


def test_the_readme_says_how_many_there_are() -> None:
    wrong, honest = len(slips.WRONG + habits.WRONG), len(HONEST) + len(PROGRAMS)
    look_alikes = len(slips.RIGHT + habits.RIGHT)
    said = f"{wrong} of {wrong} {CAUGHT}, {honest} of {honest} {SILENT}, {look_alikes} of {look_alikes} {LOOK_ALIKES}"
    assert said in (ROOT / "README.md").read_text("utf-8")


def test_the_rates_are_told_before_pytest_has_the_last_word(tmp_path: Path) -> None:
    """Also where the tests run in other processes, and whatever of a miniature failed."""
    (tmp_path / "test_rates.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def place(request):\n"
        "    assert request.param != 'no set-up'\n"
        "    yield request.param\n"
        "    assert request.param != 'no end'\n"
        "@pytest.mark.miniature('wrong clients caught')\n"
        "@pytest.mark.parametrize('place', ['caught', 'missed', 'no set-up', 'no end'], indirect=True)\n"
        "def test_wrong(place):\n"
        "    assert place != 'missed'\n"
        "@pytest.mark.miniature('honest clients silent')\n"
        "def test_honest(): pass\n"
        "@pytest.mark.miniature('honest silent', 'other miniatures')\n"
        "def test_other(): pass\n",
        "utf-8",
    )
    words = ["-p", "tests.conftest", "-c", "pyproject.toml", "--rootdir", str(tmp_path), "-n", "1", str(tmp_path)]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    said = done.stdout.splitlines()
    assert "miniatures: 1 of 4 wrong clients caught, 1 of 1 honest clients silent" in said
    assert "other miniatures: 1 of 1 honest silent" in said
    assert "1 failed, 4 passed, 2 errors" in said[-1]
