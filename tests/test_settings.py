"""Knobs, their variables and their refusals."""

from __future__ import annotations

import pytest

from mock_server.errors import UsageError
from mock_server.settings import Settings


def test_a_variable_sets_a_knob_and_an_argument_wins_over_it() -> None:
    environ = {"REFINER_MOCK_PORT": "9000", "REFINER_MOCK_ANY_KEY": "yes", "REFINER_MOCK_DELIVERY_TIMEOUT": "2.5"}

    settings = Settings.from_environment(environ, port=9001, host=None)

    assert (settings.port, settings.any_key, settings.delivery_timeout) == (9001, True, 2.5)
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize(
    ("variable", "text"),
    [("REFINER_MOCK_PORT", "http"), ("REFINER_MOCK_ANY_KEY", "perhaps"), ("REFINER_MOCK_MAX_BODY", "1k")],
)
def test_an_unreadable_variable_is_named_with_its_value(variable: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"{variable} is '{text}'"):
        Settings.from_environment({variable: text})


@pytest.mark.parametrize("knob", ["max_body", "journal_entries", "delivery_timeout", "delivery_concurrency"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_of_nothing_is_refused(knob: str, value: int) -> None:
    with pytest.raises(UsageError, match=f"{knob} is {value}; it must be above 0"):
        Settings(**{knob: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"posture": "angry"}, {"port": 70_000}])
def test_an_impossible_setting_is_refused_with_the_choices(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="choose"):
        Settings(**wrong)  # type: ignore[arg-type]


def test_variables_of_others_are_left_alone() -> None:
    assert Settings.from_environment({"PORT": "1", "REFINER_MOCK_URL": "http://x"}) == Settings()
