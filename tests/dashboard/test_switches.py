"""Settings and dialect on the page: what is in force, what it means, and how it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.contract.dialects import dialects
from mock_server.dashboard.pages import switches
from mock_server.settings import POSTURES, RENDERINGS
from tests.dashboard.acting import done, refused

if TYPE_CHECKING:
    from tests.dashboard.conftest import Outline, Pages

SETTINGS, DIALECT = "/environments/settings", "/environments/dialect"
WHOLE = {
    "posture": "strict", "rendering": "odd", "rate_limits": "true", "delivery[order]": "shuffled",
    "delivery[duplicate]": "2", "delivery[drop]": "1", "delivery[delay]": "1.5", "delivery[jitter]": "0.25",
}  # fmt: skip


def settings(pages: Pages) -> Any:
    return pages.refiner.control("GET", "/settings").json


def ticked(outline: Outline) -> set[str]:
    return {given["value"] for tag, given in outline.elements if tag == "input" and "checked" in given}


def test_every_choice_says_what_it_means() -> None:
    assert tuple(switches.POSTURES) == POSTURES
    assert tuple(switches.RENDERINGS) == RENDERINGS


def test_the_settings_are_shown_and_saved_as_a_whole(pages: Pages) -> None:
    assert ticked(pages.open(SETTINGS)) == {"lenient", "plain"}

    outline = done(pages, SETTINGS, **WHOLE)

    assert outline.one("notice").startswith("The settings are saved")
    assert ticked(outline) == {"strict", "odd", "true"}
    saved = settings(pages)
    assert (saved["posture"], saved["rendering"], saved["rate_limits"]) == ("strict", "odd", True)
    assert saved["delivery"] == {"order": "shuffled", "duplicate": 2, "drop": 1, "delay": 1.5, "jitter": 0.25}
    numbers = {given["name"]: given["value"] for tag, given in outline.elements if given.get("type") == "number"}
    assert numbers["delivery[delay]"] == "1.5"


def test_strict_refuses_the_next_wrong_call(pages: Pages) -> None:
    done(pages, SETTINGS, **{**WHOLE, "rendering": "plain"})
    reply = pages.door.call("GET", "/v1/contacts", query="pageLength=5", headers=pages.refiner.bearer)
    assert reply.status == 400


def test_a_box_that_is_not_ticked_is_off(pages: Pages) -> None:
    done(pages, SETTINGS, **WHOLE)
    done(pages, SETTINGS, **{name: value for name, value in WHOLE.items() if name != "rate_limits"})
    assert settings(pages)["rate_limits"] is False


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("posture", "angry", "The field posture must be one of lenient, strict"),
        ("delivery[duplicate]", "101", "The field duplicate must be a number from 0 to 100"),
        ("delivery[jitter]", "much", "The field jitter must be a number from 0 to 1"),
        ("delivery[delay]", "", "The field delay must be a number"),
        ("delivery[order]", "sideways", "The field order must be one of"),
        ("delivery[nonsense]", "1", "There is no field 'nonsense'"),
    ],
)
def test_what_is_refused_changes_nothing_and_keeps_what_was_typed(
    pages: Pages, name: str, value: str, told: str
) -> None:
    outline = refused(pages, SETTINGS, **{**WHOLE, name: value})
    assert told in outline.one("refusal")
    assert settings(pages)["rendering"] == "plain"
    assert "odd" in ticked(outline)
    if name not in ("posture", "delivery[order]", "delivery[nonsense]"):
        assert value in outline.attributes("input", "value")


def test_every_switch_is_there_with_its_reason_its_choices_and_their_evidence(pages: Pages) -> None:
    outline = pages.open(DIALECT)
    rows = outline.all("dialect")
    assert len(rows) == len(dialects())
    for row, one in zip(rows, dialects().values(), strict=True):
        assert row.startswith(one.id)
        assert all(f"{name} {choice.evidence}" in row for name, choice in one.choices.items())
        assert one.why.replace("`", "") in row
    assert outline.one("changed-count") == f"None of {len(dialects())} changed"


def test_a_choice_holds_from_the_next_call_on_is_marked_and_taken_back(pages: Pages) -> None:
    outline = done(pages, DIALECT, **{"dialect[unknown-key]": "400"})
    (row,) = (one for one in outline.all("dialect") if one.startswith("unknown-key"))
    assert "changed 400 inferred" in row
    assert "Back to 404" in row
    assert outline.one("changed-count") == f"1 of {len(dialects())} changed"
    assert pages.open(DIALECT, changed=1).all("dialect") == [row]
    key = {"Authorization": "Bearer 11111111-1111-4111-8111-111111111111"}
    assert pages.door.call("GET", "/e/default/v1/contacts", headers=key).status == 400

    assert done(pages, DIALECT, reset="unknown-key").all("changed") == []
    assert pages.door.call("GET", "/e/default/v1/contacts", headers=key).status == 404


def test_all_go_back_to_their_defaults_at_once(pages: Pages) -> None:
    done(pages, DIALECT, **{"dialect[unknown-key]": "400", "dialect[page-length]": "100"})
    assert done(pages, DIALECT, reset="all").all("changed") == []
    assert "Everything is at its default" in pages.open(DIALECT, changed=1).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"dialect[unknown-key]": "418"}, "dialect unknown-key cannot be '418'; choose from 404, 400"),
        ({"dialect[nonsense]": "x"}, "there is no dialect 'nonsense'"),
        ({"dialect": "x"}, "The field dialect must be an object"),
        ({"reset": "nonsense"}, "there is no dialect 'nonsense'"),
    ],
)
def test_a_choice_that_there_is_not_is_refused(pages: Pages, fields: dict[str, str], told: str) -> None:
    outline = refused(pages, DIALECT, **fields)
    assert told in outline.one("refusal")
    assert outline.all("changed") == []


def test_a_choice_leads_to_its_switch(pages: Pages) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    body = b"dialect%5Bunknown-key%5D=400"
    reply = pages.door.call("POST", f"/_mock{DIALECT}", query="env=default", headers=form, body=body)
    assert (
        reply.headers["location"] == "/_mock/environments/dialect?env=default&notice=dialect-saved#dialect-unknown-key"
    )
