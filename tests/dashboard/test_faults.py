"""Faults on the page: armed by a form, seen to strike, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract.document import load
from mock_server.dashboard.pages.faults import ABOUT, LABELS
from mock_server.faults.kinds import KINDS
from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages

PAGE = "/environments/faults"


def armed(pages: Pages) -> Any:
    return pages.refiner.control("GET", "/faults").json["items"]


def test_every_kind_says_what_it_does_and_has_the_fields_that_it_takes(pages: Pages) -> None:
    outline = pages.open(PAGE)
    names = set(outline.attributes("input", "name"))
    assert set(ABOUT) == set(KINDS)
    assert {f"{kind}[{number}]" for kind, numbers in KINDS.items() for number in numbers} <= names
    assert {number for numbers in KINDS.values() for number in numbers} == set(LABELS)
    assert set(load().operations) <= set(outline.text.split())
    assert "Nothing is told to go wrong here." in outline.one("no-faults")
    assert_whole(outline)


def test_one_is_armed_strikes_and_is_spent(pages: Pages) -> None:
    fields = {"kind": "status", "status[status]": "503", "status[retry_after]": "30", "operation": "identifyUser"}
    outline = done(pages, PAGE, **fields, name="", times="1")
    assert outline.one("notice").startswith("The fault is armed")
    assert outline.one("fault").startswith(
        "status-1 armed status 503, Retry-After 30 s · identifyUser · struck 0×, 1 left"
    )

    bearer = pages.refiner.bearer
    assert pages.door.call("GET", "/v1/segments", headers=bearer).status == 200
    reply = pages.door.call("POST", "/v1/identify-user", headers=bearer, body=b'{"id":"u-1"}')

    assert (reply.status, reply.headers["retry-after"]) == (503, "30")
    assert pages.open(PAGE).one("fault").startswith("status-1 spent")
    assert len(pages.open("/", verdict="fault").all("row")) == 1


def test_only_the_numbers_of_the_kind_are_read(pages: Pages) -> None:
    done(pages, PAGE, kind="rate_limit", name="crowd", **{
        "rate_limit[quota]": "2", "rate_limit[seconds]": "90", "status[status]": "nonsense", "delay[seconds]": "x",
    })  # fmt: skip
    (fault,) = armed(pages)
    assert (fault["name"], fault["quota"], fault["seconds"], fault["status"], fault["times"]) == (
        "crowd",
        2,
        90,
        None,
        None,
    )
    assert "2 calls pass in 90 s · any call · struck 0×, without an end" in pages.open(PAGE).one("fault")


@pytest.mark.parametrize("kind", ["drop", "reset", "truncate", "garble"])
def test_a_kind_without_numbers_needs_none(pages: Pages, kind: str) -> None:
    done(pages, PAGE, kind=kind, times="3")
    assert [(one["kind"], one["left"]) for one in armed(pages)] == [(kind, 3)]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "status"}, "A fault of kind status needs the field status"),
        ({"kind": "status", "status[status]": "200"}, "must be from 400 to 599"),
        ({"kind": "status", "status[status]": "abc"}, "The field status must be a number"),
        ({"kind": "delay", "delay[seconds]": "61"}, "must be from 0.001 to 60"),
        ({"kind": "drop", "times": "0"}, "must be from 1"),
        ({"kind": "drop", "operation": "nonsense"}, "There is no operation 'nonsense'"),
        ({"kind": "drop", "name": "<b>"}, "cannot name a fault"),
        ({"kind": "nonsense"}, "There is no fault of kind 'nonsense'"),
        ({"kind": "delay", "delay": "x"}, "needs the field seconds"),
        ({}, "The field kind is missing"),
    ],
)
def test_what_is_refused_is_said_and_what_was_typed_stays(pages: Pages, fields: dict[str, str], told: str) -> None:
    outline = refused(pages, PAGE, **fields)
    assert told in outline.one("refusal")
    assert armed(pages) == []
    checked = [given["value"] for tag, given in outline.elements if given.get("type") == "radio" and "checked" in given]
    assert checked == [fields["kind"] if fields.get("kind") in KINDS else "status"]
    typed = {value for name, value in fields.items() if name not in ("kind", "operation", "delay")}
    assert typed <= set(outline.attributes("input", "value"))
    assert_whole(outline)


def test_a_name_that_is_taken_is_refused(pages: Pages) -> None:
    done(pages, PAGE, kind="drop", name="lost")
    assert "There is a fault 'lost' already" in refused(pages, PAGE, 409, kind="drop", name="lost").one("refusal")


def test_one_is_removed_or_all_of_them(pages: Pages) -> None:
    for name in ("one", "two", "three"):
        done(pages, PAGE, kind="drop", name=name)
    assert done(pages, f"{PAGE}/remove", name="two").one("notice") == "Removed: it strikes no more."
    assert [one["name"] for one in armed(pages)] == ["one", "three"]
    refused(pages, f"{PAGE}/remove", 404, name="two")
    refused(pages, f"{PAGE}/remove", 404, name="../../webhooks")
    done(pages, f"{PAGE}/remove")
    assert armed(pages) == []
