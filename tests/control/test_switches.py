"""The settings of one environment, through the control API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract.dialects import dialects, settled

if TYPE_CHECKING:
    from tests.control.conftest import Control


def change(control: Control, **given: Any) -> dict[str, Any]:
    reply = control.call("PATCH", "/environments/default/settings", given)
    assert reply.status == 200, reply.body
    value: dict[str, Any] = reply.json
    return value


def test_they_show_every_doubt_with_its_choices_and_their_evidence(control: Control) -> None:
    """Design 1: users can see how surely a thing is known."""
    shown = control.get("/settings")

    assert (shown["posture"], shown["rate_limits"]) == ("lenient", False)
    assert list(shown["dialect"]) == list(dialects())
    assert shown["dialect"]["unknown-key"] == {
        "choice": "404",
        "default": "404",
        "evidence": "observed",
        "choices": {"404": "observed", "400": "inferred"},
        "about": dialects()["unknown-key"].about,
        "why": dialects()["unknown-key"].why,
        "source": ["f2", "W6W-live", "RUD-proxy"],
    }


def test_what_is_given_changes_and_the_rest_stays(control: Control) -> None:
    change(control, dialect={"page-length": 100})
    shown = change(control, posture="strict", rate_limits=True, dialect={"unknown-key": "400"})

    assert shown == control.get("/settings")
    assert (shown["posture"], shown["rate_limits"]) == ("strict", True)
    assert shown["dialect"]["unknown-key"]["evidence"] == "inferred"
    chosen = {id: each["choice"] for id, each in shown["dialect"].items()}
    assert chosen == settled({"page-length": "100", "unknown-key": "400"})
    assert control.get("")["dialect"] == chosen
    assert control.get("")["posture"] == "strict"


def test_the_next_call_goes_by_them(control: Control) -> None:
    assert control.refiner.get("/contacts").json["pagination"]["page_length"] == 50

    change(control, dialect={"page-length": "100"})

    assert control.refiner.get("/contacts").json["pagination"]["page_length"] == 100


def test_another_environment_is_not_touched(control: Control) -> None:
    control.call("POST", "/environments", {"name": "other"})

    change(control, dialect={"page-length": "100"}, rate_limits=True)

    other = control.call("GET", "/environments/other/settings").json
    assert (other["rate_limits"], other["dialect"]["page-length"]["choice"]) == (False, "50")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ({"posture": "harsh"}, "lenient"),
        ({"rate_limits": "on"}, "true or false"),
        ({"dialect": {"page-lenght": "50"}}, "page-length"),
        ({"dialect": {"page-length": "70"}}, "50 or 100"),
        ({"dialect": {"page-length": None}}, "50 or 100"),
        ({"dialect": {"page-length": ["50"]}}, "50 or 100"),
        ({"dialect": "page-length"}, "object"),
        ({"nonsense": 1}, "posture, dialect, rate_limits"),
    ],
)
def test_what_cannot_be_is_refused_with_the_choices_and_nothing_changes(
    control: Control, value: dict[str, Any], word: str
) -> None:
    before = control.get("/settings")

    status, sentence = control.refused("PATCH", "/settings", {"posture": "strict", "rate_limits": True, **value})

    assert status == 400
    assert word in sentence
    assert control.get("/settings") == before
