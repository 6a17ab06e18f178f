"""The list of contacts: parts, search, filters, order, and identifying somebody by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import HOSTILE, assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages


def people(pages: Pages, count: int) -> None:
    for rank in range(count):
        pages.refiner.identify(f"u-{rank:03}", name=f"Person {rank:03}", email=f"p{rank:03}@example.org")


def test_with_nobody_to_show_it_says_where_contacts_come_from(pages: Pages) -> None:
    outline = pages.open("/contacts")
    assert "There is nobody yet" in outline.one("empty")
    assert_whole(outline)


def test_a_contact_stands_with_name_account_segments_and_times(pages: Pages) -> None:
    segment = pages.refiner.segment_uuid("Beta")
    pages.refiner.freeze("2026-01-31T10:00:00Z")
    account = {"id": "acme", "name": "Acme"}
    pages.refiner.identify("u-1", name="Mira Holt", email="mira@example.org", account=account)
    pages.refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment})

    row = pages.open("/contacts").one("contact")

    assert row == "Mira Holt mira@example.org u-1 Acme Beta 2026-01-31 10:00 2026-01-31 10:00"


def test_the_list_comes_in_parts_of_fifty_that_lead_to_each_other(pages: Pages) -> None:
    people(pages, 120)

    first, last = pages.open("/contacts"), pages.open("/contacts", page=3)

    assert len(first.all("contact")) == 50
    assert "1 to 50 of 120 contacts" in first.one("count")
    assert "/_mock/contacts?page=2" in first.attributes("a", "href")
    assert (len(last.all("contact")), last.all("later")) == (20, [])
    assert "101 to 120 of 120 contacts" in last.one("count")
    assert {"/_mock/contacts", "/_mock/contacts?page=2"} <= set(last.attributes("a", "href"))


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 40, ""])
def test_a_page_that_is_no_number_is_the_first(pages: Pages, page: str) -> None:
    people(pages, 2)
    assert len(pages.open("/contacts", page=page).all("contact")) == 2


def test_beyond_the_end_it_leads_back(pages: Pages) -> None:
    people(pages, 2)
    outline = pages.open("/contacts", page=999_999_999)
    assert "The list ends before this part" in outline.one("empty")
    assert_whole(outline)


def test_it_is_searched_ordered_and_filtered_and_the_parts_keep_that(pages: Pages) -> None:
    people(pages, 60)
    segment = pages.refiner.segment_uuid("Beta")
    pages.refiner.post("/sync-segment", {"id": "u-007", "segment_uuid": segment})

    assert [row[:10] for row in pages.open("/contacts", q="p007@").all("contact")] == ["Person 007"]
    assert [row[:10] for row in pages.open("/contacts", segment_uuid=segment).all("contact")] == ["Person 007"]
    assert pages.open("/contacts", order="display_name").all("contact")[0].startswith("Person 000")
    assert pages.open("/contacts", order="nonsense").all("contact")[0].startswith("Person 059")
    later = pages.open("/contacts", q="person", order="email").attributes("a", "href")
    assert "/_mock/contacts?q=person&order=email&page=2" in later


def test_nobody_found_is_said(pages: Pages) -> None:
    people(pages, 1)
    assert "Nobody meets the filters" in pages.open("/contacts", q="zzz").one("empty")


@pytest.mark.parametrize("name", ["segment_uuid", "form_uuid"])
def test_an_unknown_survey_or_segment_is_not_found(pages: Pages, name: str) -> None:
    assert_whole(pages.open("/contacts", status=404, **{name: "nope"}))


def test_somebody_is_identified_by_the_form_and_it_is_no_traffic(pages: Pages) -> None:
    traits = "plan = pro\r\nseats=5\r\n\r\n"
    fields = {"id": "u-1", "email": "", "account": "acme", "account_name": "Acme", "traits": traits}

    outline = done(pages, "/contacts", do="identify", **fields)

    assert "The contact is identified." in outline.one("notice")
    assert "plan pro" in outline.one("attributes")
    assert "seats 5" in outline.one("attributes")
    assert pages.refiner.get("/contact", id="u-1").json["account"]["remote_id"] == "acme"
    assert [item["operation"] for item in pages.refiner.control("GET", "/journal").json["items"]] == ["getContact"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "", "traits": "plan = pro"}, "id"),
        ({"id": "u-1", "traits": "no equals sign"}, "this line is none: no equals sign"),
        ({"id": "u-1", "traits": "account = x"}, "account is no trait"),
        ({"id": "u-1", "account_name": "Acme"}, "account.id"),
    ],
)
def test_what_is_refused_is_said_beside_the_form_and_what_was_typed_stays(
    pages: Pages, fields: dict[str, str], said: str
) -> None:
    outline = refused(pages, "/contacts", do="identify", **fields)

    assert said in outline.one("refusal")
    assert fields["traits"] in outline.text if "traits" in fields else "Acme" in outline.attributes("input", "value")
    assert_whole(outline)
    assert pages.open("/contacts").all("contact") == []


def test_a_form_that_asks_for_nothing_known_is_refused(pages: Pages) -> None:
    assert "nothing that can be done here" in refused(pages, "/contacts", do="explode").one("error")
    assert "nothing that can be done here" in refused(pages, "/contacts").one("error")


def test_hostile_contacts_stay_text(pages: Pages) -> None:
    for rank, text in enumerate(HOSTILE):
        pages.refiner.identify(f"u-{rank}", name=text, account={"id": text[:200], "name": text})
        pages.refiner.segment_uuid(text)
        pages.refiner.form_uuid(text)
    outline = pages.open("/contacts", q=HOSTILE[0])
    assert_whole(outline)
    outline = pages.open("/contacts")
    assert len(outline.all("contact")) == len(HOSTILE)
    assert {tag for tag, _ in outline.elements} & {"iframe", "object"} == set()
    assert "\u202e" not in outline.text
    assert_whole(outline)
