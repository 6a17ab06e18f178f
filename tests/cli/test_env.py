"""`refiner-mock env`."""

from __future__ import annotations

import json

from mock_server.remote import RemoteEnvironment
from tests.miniatures.running import Served


def test_an_environment_is_made_shown_listed_and_deleted(served: Served) -> None:
    made = json.loads(served.run("env", "create", "shop", "--seed", "demo", "--posture", "strict", "--json").stdout)
    shown = json.loads(served.run("env", "show", "shop", "--json").stdout)
    listed = json.loads(served.run("env", "list", "--json").stdout)

    assert made["base_url"] == f"{served.url}/e/shop/v1"
    assert made.items() <= shown.items()
    assert (shown["seed"], shown["posture"]) == ("demo", "strict")
    assert shown in listed

    assert served.run("env", "delete", "shop").returncode == 0
    gone = served.run("env", "show", "shop")
    assert gone.returncode == 3
    assert "shop" in gone.stderr


def test_without_an_action_they_are_listed_for_people(served: Served, refiner: RemoteEnvironment) -> None:
    lines = served.run("env").stdout.splitlines()
    assert [refiner.name, refiner.api_key, refiner.base_url] in [line.split() for line in lines]


def test_show_takes_the_environment_that_env_names(served: Served, refiner: RemoteEnvironment) -> None:
    said = served.run("env", "show", "--env", refiner.name)
    assert ["api_key", refiner.api_key] in [line.split() for line in said.stdout.splitlines()]


def test_what_the_server_refuses_is_wrong_usage(served: Served, refiner: RemoteEnvironment) -> None:
    said = served.run("env", "create", refiner.name)
    assert said.returncode == 3
    assert refiner.name in said.stderr


def test_a_dialect_is_given_by_key_and_value(served: Served) -> None:
    made = json.loads(served.run("env", "create", "--json", "--dialect", "webhook-retries=none").stdout)
    shown = json.loads(served.run("env", "show", made["name"], "--json").stdout)
    assert shown["dialect"] == {"webhook-retries": "none"}
