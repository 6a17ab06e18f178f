"""Faults through the control API: design 3.2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.settings import Settings

if TYPE_CHECKING:
    from tests.control.conftest import Control

DROP = {"name": "drop-1", "kind": "drop", "operation": None, "times": 1, "fired": 0, "left": 1}
NOTHING = {"status": None, "retry_after": None, "seconds": None, "quota": None, "body": None}


def names(control: Control) -> list[str]:
    return [fault["name"] for fault in control.get("/faults")["items"]]


def test_a_fault_is_handed_back_with_its_name_and_listed(control: Control) -> None:
    armed = control.post("/faults", {"kind": "drop"})

    assert armed == {**DROP, **NOTHING}
    assert control.get("/faults") == {"items": [armed]}


def test_null_counts_as_not_given(control: Control) -> None:
    assert control.post("/faults", {"kind": "drop", "name": None, "times": None, **NOTHING})["name"] == "drop-1"


def test_how_often_each_has_struck_is_listed_spent_ones_included(control: Control) -> None:
    control.post("/faults", {"kind": "status", "status": 503, "operation": "trackEvent", "name": "never"})
    control.post("/faults", {"kind": "status", "status": 429, "operation": "getAccount", "name": "once"})
    control.post("/faults", {"kind": "status", "status": 400, "operation": "getAccount", "times": 3, "name": "on"})

    assert [control.refiner.get("/account").status for _ in range(3)] == [429, 400, 400]

    fired = {fault["name"]: (fault["fired"], fault["left"]) for fault in control.get("/faults")["items"]}
    assert fired == {"never": (0, 1), "once": (1, 0), "on": (2, 1)}


def test_those_that_never_struck_are_in_the_verdict(control: Control) -> None:
    for name, operation in (("missed", "trackEvent"), ("met", "getAccount"), ("many", "identifyUser")):
        control.post("/faults", {"kind": "rate_limit", "quota": 1, "operation": operation, "name": name})
    assert control.get("/verdict")["unfired"] == ["missed", "met", "many"]

    assert [control.refiner.get("/account").status for _ in range(2)] == [200, 429]
    control.refiner.identify("u-1")

    assert control.get("/verdict")["unfired"] == ["missed", "many"]
    control.call("DELETE", "/environments/default/faults/missed")
    assert control.get("/verdict")["unfired"] == ["many"]


def test_they_are_removed_by_name_or_all_at_once(control: Control) -> None:
    for name in ("a", "b", "c"):
        control.post("/faults", {"kind": "drop", "name": name})

    assert control.call("DELETE", "/environments/default/faults/b").status == 204
    assert names(control) == ["a", "c"]
    assert control.refused("DELETE", "/faults/b")[0] == 404
    assert control.call("DELETE", "/environments/default/faults").status == 204
    assert names(control) == []
    assert control.refiner.get("/account").status == 200


def test_a_name_is_given_once(control: Control) -> None:
    control.post("/faults", {"kind": "drop", "name": "outage"})

    status, sentence = control.refused("POST", "/faults", {"kind": "reset", "name": "outage"})

    assert (status, "outage" in sentence) == (409, True)


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({}, "kind"),
        ({"kind": 3}, "kind"),
        ({"kind": "explode"}, "rate_limit"),
        ({"kind": "drop", "tmies": 3}, "times"),
        ({"kind": "drop", "times": 0}, "times"),
        ({"kind": "drop", "times": 1.5}, "whole number"),
        ({"kind": "drop", "times": True}, "times"),
        ({"kind": "drop", "operation": "identify_user"}, "identifyUser"),
        ({"kind": "drop", "status": 503}, "takes no status"),
        ({"kind": "status", "status": "all"}, "status"),
        ({"kind": "delay"}, "seconds"),
        ({"kind": "delay", "seconds": "long"}, "seconds"),
        ({"kind": "delay", "seconds": 3_600}, "60"),
        ({"kind": "rate_limit"}, "quota"),
        ({"kind": "drop", "name": "no/name"}, "cannot name"),
    ],
)
def test_what_could_never_strike_is_refused_and_nothing_is_armed(
    control: Control, told: dict[str, Any], word: str
) -> None:
    status, sentence = control.refused("POST", "/faults", told)

    assert (status, word in sentence) == (400, True), sentence
    assert names(control) == []


def test_there_is_a_bound_that_spent_ones_do_not_count_against(control: Control) -> None:
    most = Settings().max_faults
    for _ in range(most):
        control.post("/faults", {"kind": "status", "status": 400})
    status, sentence = control.refused("POST", "/faults", {"kind": "drop"})
    assert (status, "max_faults" in sentence) == (409, True)

    assert control.refiner.get("/account").status == 400

    assert control.post("/faults", {"kind": "drop"})["name"] == f"drop-{most + 1}"
    assert len(names(control)) == most


def test_they_end_with_a_reset_and_with_a_restore(control: Control) -> None:
    snapshot = control.get("/snapshot")
    control.post("/faults", {"kind": "drop"})
    control.post("/reset")
    assert names(control) == []

    control.post("/faults", {"kind": "drop"})
    control.put("/snapshot", snapshot)
    assert names(control) == []
    assert control.refiner.get("/account").status == 200


def test_none_is_left_armed_by_an_environment_that_ends_or_begins_anew(control: Control) -> None:
    """While any is, every call of the server takes the longer way."""
    snapshot = control.get("/snapshot")

    def armed() -> bool:
        return control.door.rooms.faults.armed

    def gone() -> None:
        control.call("POST", "/environments", {"name": "gone"})
        control.call("POST", "/environments/gone/faults", {"kind": "drop"})
        control.call("DELETE", "/environments/gone")

    gone()
    assert not armed()
    for method, path, value in (("POST", "/reset", None), ("PUT", "/snapshot", snapshot)):
        control.post("/faults", {"kind": "drop"})
        assert armed()
        control.call(method, f"/environments/default{path}", value)
        assert not armed()
    control.post("/faults", {"kind": "drop"})
    gone()
    assert armed(), "another environment's is still to come"


def test_a_fork_and_an_environment_of_the_same_name_have_none(control: Control) -> None:
    for _ in range(2):
        control.call("POST", "/environments", {"name": "shop"})
        assert control.call("GET", "/environments/shop/faults").json == {"items": []}
        control.call("POST", "/environments/shop/faults", {"kind": "drop"})
        fork = control.call("POST", "/environments/shop/fork").json["name"]
        assert control.call("GET", f"/environments/{fork}/faults").json == {"items": []}
        control.call("DELETE", "/environments/shop")
