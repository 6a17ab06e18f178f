"""How true the mock is: section (b) 11 to 15, surveys.

Each test is one fact with its section and its sources' tags; facts marked `client` or `guess` are not listed here.
"""

from __future__ import annotations

import pytest

from tests.api.door import Client

OUT_OF_REACH = (
    ("(b) 11. the format of `config` may change [W6W]", "a warning; what is in it is unknown (g7)"),
    ("(b) 15. `snapshot` holds the full config and questions [W6W]", "their own form is unknown (g7)"),
)


def form_names(refiner: Client, listing: str | None = None) -> list[str]:
    query = {} if listing is None else {"list": listing}
    return [item["name"] for item in refiner.get("/forms", **query).json["items"]]


def test_forms_lists(refiner: Client) -> None:
    """(b) 11. `list`: all (= not archived, default), published, drafts, archived, all_with_archived; by name [W6W]."""
    refiner.form_uuid("C")
    refiner.form_uuid("B", published=False)
    refiner.delete("/forms", form_uuid=refiner.form_uuid("A"))

    assert form_names(refiner) == form_names(refiner, "all") == ["B", "C"]
    assert (form_names(refiner, "published"), form_names(refiner, "drafts")) == (["C"], ["B"])
    assert (form_names(refiner, "archived"), form_names(refiner, "all_with_archived")) == (["A"], ["A", "B", "C"])


@pytest.mark.parametrize(
    ("query", "more"),
    [
        ({}, ""),
        ({"include_info": 0, "include_config": 0}, ""),
        (
            {"include_info": 1},
            """channels created_at updated_at published_at archived_at first_form_view_at last_form_view_at
            responses_count views_count folder page_url""",
        ),
        ({"include_config": 1}, "config"),
    ],
    ids=["default", "0", "info", "config"],
)
def test_forms_keys(refiner: Client, query: dict[str, int], more: str) -> None:
    """(b) 11. base uuid, name; `include_info` 1/0 adds metadata, `include_config` 1/0 adds config [COMP, MIND, ERD]."""
    refiner.form_uuid()
    assert set(refiner.get("/forms", **query).json["items"][0]) == {"uuid", "name", *more.split()}


def test_publish(refiner: Client) -> None:
    """(b) 12. `form_uuid` required, `published` 1|0, default 1 → {"message":"ok"} [W6W, SLATES, MIND]."""
    form = refiner.form_uuid(published=False)

    assert refiner.post("/forms/publish", {"form_uuid": form}).json == {"message": "ok"}
    assert form_names(refiner, "published") == ["Spring NPS"]
    refiner.post("/forms/publish", {"form_uuid": form, "published": 0})
    assert form_names(refiner, "published") == []
    assert refiner.post("/forms/publish", {}).status == 400


def test_duplicate(refiner: Client) -> None:
    """(b) 13. `form_uuid`, `name` required; the copy is a draft; source_form_uuid, new_form_uuid [W6W, SLATES]."""
    form = refiner.form_uuid()
    copied = refiner.post("/forms/duplicate", {"form_uuid": form, "name": "Copy"}).json

    assert list(copied) == ["message", "source_form_uuid", "new_form_uuid"]
    assert (copied["source_form_uuid"], form_names(refiner, "drafts")) == (form, ["Copy"])
    assert refiner.post("/forms/duplicate", {"form_uuid": form}).status == 400


def test_archive(refiner: Client) -> None:
    """(b) 14. leaves list=all, shows in archived → {"message":"ok"} [W6W, SLATES, MIND]."""
    assert refiner.delete("/forms", form_uuid=refiner.form_uuid()).json == {"message": "ok"}
    assert (form_names(refiner), form_names(refiner, "archived")) == ([], ["Spring NPS"])


def test_history(refiner: Client) -> None:
    """(b) 15. `form_uuid` required; items uuid, action, snapshot, created_at [W6W]."""
    items = refiner.get("/forms/history", form_uuid=refiner.form_uuid()).json["items"]

    assert list(items[0]) == ["uuid", "action", "snapshot", "created_at"]
    assert refiner.get("/forms/history").status == 400
