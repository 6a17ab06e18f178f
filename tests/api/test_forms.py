"""listForms, publishForm, duplicateForm, archiveForm, listFormHistory: refiner-api.md (b) 11 to 15."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.door import Client

NOWHERE = "34de57da-fd12-11ef-83b6-81e7e8e25d94"


def names(refiner: Client, **query: Any) -> list[str]:
    return [form["name"] for form in refiner.get("/forms", **query).json["items"]]


@pytest.fixture
def forms(refiner: Client) -> dict[str, str]:
    """One survey in each state, with its uuid by name."""
    made = {name: refiner.form_uuid(name, published=name != "Draft") for name in ("Live", "Draft", "Archived")}
    assert refiner.delete("/forms", form_uuid=made["Archived"]).json == {"message": "ok"}
    return made


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["Draft", "Live"]),
        ({"list": "all"}, ["Draft", "Live"]),
        ({"list": "published"}, ["Live"]),
        ({"list": "drafts"}, ["Draft"]),
        ({"list": "archived"}, ["Archived"]),
        ({"list": "all_with_archived"}, ["Archived", "Draft", "Live"]),
    ],
)
def test_surveys_are_listed_by_state_and_name(
    refiner: Client, forms: dict[str, str], wanted: dict[str, str], expected: list[str]
) -> None:
    """(b) 11, docs: the values of `list`, `all` is not archived, ordered by name; (b) 14: archiving."""
    assert names(refiner, **wanted) == expected


def test_an_unknown_list_is_refused(refiner: Client) -> None:
    """(g) 1, assumed."""
    assert refiner.get("/forms", list="everything").status == 400


def test_a_survey_is_shown_with_what_is_asked_for(refiner: Client) -> None:
    """(b) 11, docs: uuid and name; `include_info` adds metadata, `include_config` adds `config`."""
    questions = [{"identifier": "nps", "text": "How likely?", "type": "nps"}]
    refiner.form_uuid("Spring NPS", questions=questions)

    [bare] = refiner.get("/forms").json["items"]
    [info] = refiner.get("/forms", include_info=1).json["items"]
    [both] = refiner.get("/forms", include_info=1, include_config=1).json["items"]

    assert list(bare) == ["uuid", "name"]
    assert info.keys() - bare.keys() == {
        "channels", "created_at", "updated_at", "published_at", "archived_at", "first_form_view_at",
        "last_form_view_at", "responses_count", "views_count", "folder", "page_url",
    }  # fmt: skip
    assert both.keys() - info.keys() == {"config"}
    assert refiner.get("/forms", include_info="true").json["items"] == [info], "g12: true and false are understood"


def test_counters_follow_views_and_responses(refiner: Client) -> None:
    """(b) 11, docs: views_count, responses_count and the times of the first and last view."""
    form = refiner.form_uuid()
    for id in ("u-1", "u-2"):
        refiner.simulate("Saw Survey", contact={"id": id}, form_uuid=form)
        refiner.advance("1h")
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})

    [shown] = refiner.get("/forms", include_info=1).json["items"]

    assert (shown["views_count"], shown["responses_count"]) == (2, 1)
    assert shown["first_form_view_at"] == "2026-01-31T10:00:00.000000Z"
    assert shown["last_form_view_at"] == "2026-01-31T11:00:00.000000Z"


def test_a_survey_is_published_and_taken_back(refiner: Client, forms: dict[str, str]) -> None:
    """(b) 12, docs: `published` is 1 or 0, 1 by default."""
    assert refiner.post("/forms/publish", {"form_uuid": forms["Draft"]}).json == {"message": "ok"}
    assert names(refiner, list="published") == ["Draft", "Live"]

    assert refiner.form("/forms/publish", f"form_uuid={forms['Draft']}&published=0").json == {"message": "ok"}
    assert names(refiner, list="published") == ["Live"]


def test_a_copy_is_a_draft(refiner: Client, forms: dict[str, str]) -> None:
    """(b) 13, docs: answers both uuids; the new survey is a draft."""
    reply = refiner.post("/forms/duplicate", {"form_uuid": forms["Live"], "name": "Copy"})

    [copy] = [form for form in refiner.get("/forms", list="drafts").json["items"] if form["name"] == "Copy"]
    assert reply.json == {"message": "ok", "source_form_uuid": forms["Live"], "new_form_uuid": copy["uuid"]}


def test_archiving_takes_query_or_body(refiner: Client) -> None:
    """(b) 14: the query is documented, the body accepted (f15)."""
    form = refiner.form_uuid()

    assert refiner.post("/forms", {"form_uuid": form}, method="DELETE").status == 200
    assert refiner.delete("/forms", form_uuid=form).status == 200
    assert names(refiner, list="archived") == ["Spring NPS"]


def test_history_tells_what_was_done_with_the_survey_as_it_was(refiner: Client) -> None:
    """(b) 15, docs: uuid, action, snapshot, created_at; pages without a cursor."""
    form = refiner.form_uuid(published=False)
    refiner.advance("1h")
    refiner.post("/forms/publish", {"form_uuid": form})
    refiner.advance("1h")
    refiner.delete("/forms", form_uuid=form)

    page = refiner.get("/forms/history", form_uuid=form, page_length=2).json

    assert [list(line) for line in page["items"]] == [["uuid", "action", "snapshot", "created_at"]] * 2
    assert [line["created_at"][11:13] for line in page["items"]] == ["12", "11"]
    assert page["items"][1]["snapshot"]["archived_at"] is None
    assert page["pagination"] == {"items_count": 3, "current_page": 1, "last_page": 2, "page_length": 2}


def test_an_unknown_survey_is_not_found_and_a_missing_one_refused(refiner: Client) -> None:
    """(g) 1 and 2, assumed."""
    calls = [("POST", "/forms/publish"), ("POST", "/forms/duplicate"), ("DELETE", "/forms"), ("GET", "/forms/history")]
    for method, path in calls:
        assert refiner.post(path, {"form_uuid": NOWHERE, "name": "Copy"}, method=method).status == 404
        assert "form_uuid" in refiner.post(path, {"name": "Copy"}, method=method).json["message"]
    assert "name" in refiner.post("/forms/duplicate", {"form_uuid": refiner.form_uuid()}).json["message"]
