"""`refiner-mock env`."""

from __future__ import annotations

import json

from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say
from tests.miniatures.running import Served


def test_an_environment_is_made_shown_listed_and_deleted(say: Say, served: Served) -> None:
    made = json.loads(say("env", "create", "shop", "--seed", "demo", "--posture", "strict", "--json").out)
    shown = json.loads(say("env", "show", "shop", "--json").out)
    listed = json.loads(say("env", "list", "--json").out)

    assert made["base_url"] == f"{served.url}/e/shop/v1"
    assert made.items() <= shown.items()
    assert (shown["seed"], shown["posture"]) == ("demo", "strict")
    assert shown in listed

    assert say("env", "delete", "shop").code == 0
    gone = say("env", "show", "shop")
    assert gone.code == 3
    assert "shop" in gone.err


def test_without_an_action_they_are_listed_for_people(say: Say, refiner: RemoteEnvironment) -> None:
    lines = say("env").out.splitlines()
    assert [refiner.name, refiner.api_key, refiner.base_url] in [line.split() for line in lines]


def test_show_takes_the_environment_that_env_names(say: Say, refiner: RemoteEnvironment) -> None:
    for words in (("show", "--env", "ENV"), ("--env", "ENV", "show")):
        said = say("env", *words)
        assert ["api_key", refiner.api_key] in [line.split() for line in said.out.splitlines()]


def test_what_the_server_refuses_is_wrong_usage(say: Say, refiner: RemoteEnvironment) -> None:
    said = say("env", "create", "ENV")
    assert (said.code, said.out) == (3, "")
    assert refiner.name in said.err


def test_a_dialect_is_given_by_key_and_value(say: Say) -> None:
    made = json.loads(say("env", "create", "--json", "--dialect", "webhook-retries=none").out)
    shown = json.loads(say("env", "show", made["name"], "--json").out)
    assert shown["dialect"]["webhook-retries"] == "none"


def test_people_are_shown_only_the_dialects_that_differ(say: Say, refiner: RemoteEnvironment) -> None:
    name = json.loads(say("env", "create", "--json", "--dialect", "webhook-retries=none").out)["name"]
    assert ["dialect", "webhook-retries=none"] in [line.split() for line in say("env", "show", name).out.splitlines()]
    assert "the default of everything" in say("env", "show", refiner.name).out


def test_an_unknown_dialect_is_refused_with_those_there_are(say: Say) -> None:
    said = say("env", "create", "--dialect", "webhook-retry=none")
    assert said.code == 3
    assert "webhook-retries" in said.err
