"""Segments: members, rules in words, and making one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages


def test_each_stands_with_its_rule_and_its_members(pages: Pages) -> None:
    parts = [
        {"any": [{"trait": "plan", "operator": "is_set"}, {"event": "Exported", "operator": "equals", "value": 0}]},
        {"answer": "nps", "operator": "greater_than", "value": 8},
    ]
    pages.refiner.segment_uuid("Odd", rule={"all": parts})
    pages.refiner.segment_uuid("Pro", rule={"trait": "plan", "operator": "equals", "value": "pro"})
    pages.refiner.identify("u-1", plan="pro")
    pages.refiner.identify("u-2", plan="trial")

    outline = pages.open("/segments")

    everybody, odd, pro = outline.all("segment")
    assert "everybody everybody 2 members" in everybody
    assert "(trait plan is set or event Exported is 0) and answer nps is more than 8 0 members" in odd
    assert "by rule trait plan is pro 1 member" in pro
    assert_whole(outline)


def test_a_manual_one_is_made(pages: Pages) -> None:
    outline = done(pages, "/segments", do="create", name="Beta testers", kind="manual", about="ignored")
    assert "The segment is there" in outline.one("notice")
    assert any("Beta testers" in row and "manual" in row for row in outline.all("segment"))


def test_one_with_a_condition_is_made_and_takes_in_whom_it_fits(pages: Pages) -> None:
    pages.refiner.identify("u-1", plan="pro")
    rule = {"subject": "trait", "about": "plan", "operator": "equals", "value": "pro"}
    outline = done(pages, "/segments", do="create", name="Pro", kind="rule", **rule)
    assert any("trait plan is pro 1 member" in row for row in outline.all("segment"))

    rule = {"subject": "event", "about": "Exported", "operator": "is_set", "value": "left over"}
    outline = done(pages, "/segments", do="create", name="Did", kind="rule", **rule)
    assert any("event Exported is set 0 members" in row for row in outline.all("segment"))


def test_one_with_a_rule_in_json_is_made(pages: Pages) -> None:
    rule = '{"any": [{"trait": "a", "operator": "is_set"}, {"trait": "b", "operator": "is_set"}]}'
    outline = done(pages, "/segments", do="create", name="Either", kind="json", rule=rule)
    assert any("trait a is set or trait b is set" in row for row in outline.all("segment"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "kind": "manual"}, "The field name is missing."),
        ({"name": "Kept", "kind": "json", "rule": "{nope"}, "The rule is no JSON"),
        ({"name": "Kept", "kind": "json", "rule": "[1]"}, "must be an object"),
        ({"name": "Kept", "kind": "rule", "subject": "trait", "about": "", "operator": "equals"}, "needs the name"),
        ({"name": "Kept", "kind": "rule", "subject": "trait", "about": "p", "operator": "equals"}, "needs a value"),
    ],
)
def test_what_is_refused_is_said_and_kept(pages: Pages, fields: dict[str, str], said: str) -> None:
    outline = refused(pages, "/segments", do="create", **fields)
    assert said in outline.one("refusal")
    assert fields["name"] in outline.attributes("input", "value")
    kinds = [given["value"] for _, given in outline.elements if given.get("name") == "kind" and "checked" in given]
    assert kinds == [fields["kind"]]
    assert_whole(outline)
