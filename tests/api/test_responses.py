"""listResponses, storeResponse, tagResponse: refiner-api.md (b) 16 to 18 and (c) Response life cycle."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.state.records import Identity
from tests.api.door import Client

NOWHERE = "e942c400-00bd-11f0-8dbd-1700099950d8"


def respondents(refiner: Client, **query: Any) -> list[str]:
    return [response["contact"]["remote_id"] for response in refiner.get("/responses", **query).json["items"]]


def store(refiner: Client, id: str, form: str, **more: Any) -> str:
    reply = refiner.post("/responses", {"id": id, "form_uuid": form, **more})
    assert reply.status == 200, reply.body
    uuid: str = reply.json["uuid"]
    return uuid


def test_a_response_is_shown_as_in_the_documented_sample(refiner: Client) -> None:
    """(b) 16, docs: key order, zone-less times (f6), show_counter an integer (f11), no tags (f16)."""
    form = refiner.form_uuid()
    refiner.identify("u-1", name="Mira Holt", email="mira@example.org", account={"id": "acc-9", "name": "Holt Ltd"})
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form)
    refiner.advance("30s")
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})

    [response] = refiner.get("/responses").json["items"]

    assert list(response) == [
        "uuid", "first_shown_at", "last_shown_at", "show_counter", "first_data_reception_at", "last_data_reception_at",
        "completed_at", "received_at", "dismissed_at", "form", "data", "contact",
    ]  # fmt: skip
    assert (response["first_shown_at"], response["completed_at"]) == ("2026-01-31 10:00:00", "2026-01-31 10:00:30")
    assert (response["show_counter"], response["dismissed_at"]) == (1, None)
    assert response["form"] == {"uuid": form, "name": "Spring NPS"}
    assert response["data"] == {"nps": "9"}
    assert list(response["contact"]) == ["uuid", "remote_id", "email", "display_name", "account"]
    assert list(response["contact"]["account"]) == ["uuid", "remote_id", "display_name", "domain"]


@pytest.mark.parametrize(
    ("include", "expected"),
    [
        ({}, ["completed"]),
        ({"include": "completed"}, ["completed"]),
        ({"include": "partials"}, ["completed", "partial"]),
        ({"include": "all"}, ["completed", "dismissed", "partial", "seen"]),
    ],
)
def test_include_says_how_far_a_response_has_come(
    refiner: Client, include: dict[str, str], expected: list[str]
) -> None:
    """(b) 16, docs: completed by default; partials = partial and completed; all = plus views and dismissals."""
    form = refiner.form_uuid()
    refiner.simulate("Saw Survey", contact={"id": "seen"}, form_uuid=form)
    refiner.simulate("Dismissed Survey", contact={"id": "dismissed"}, form_uuid=form)
    refiner.simulate("Completed Survey", contact={"id": "completed"}, form_uuid=form, data={"nps": 9})
    # Partial answers have no route: the survey itself sends them.
    refiner.environment.answer_survey(Identity(id="partial"), form, {"nps": 3})

    assert sorted(respondents(refiner, **include)) == expected


def test_the_date_range_includes_its_start_and_excludes_its_end(refiner: Client) -> None:
    """(b) 16, docs: start inclusive, end exclusive (f8); a bare date is its midnight."""
    form = refiner.form_uuid()
    for day in ("2026-01-10", "2026-01-11", "2026-01-12"):
        store(refiner, f"u-{day[-2:]}", form, date=f"{day} 08:00:00")

    assert respondents(refiner, date_range_start="2026-01-11") == ["u-12", "u-11"]
    assert respondents(refiner, date_range_start="2026-01-11 08:00:00", date_range_end="2026-01-12") == ["u-11"]
    assert respondents(refiner, date_range_end="2026-01-11T08:00:00Z") == ["u-10"]
    assert refiner.get("/responses", date_range_start="last week").status == 400


def test_the_date_range_is_over_last_data_or_with_all_over_last_shown(refiner: Client) -> None:
    """(b) 16, docs."""
    form = refiner.form_uuid()
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form)
    refiner.advance("2h")
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})

    late = "2026-01-31T11:00:00Z"
    assert respondents(refiner, date_range_start=late) == ["u-1"]
    assert respondents(refiner, date_range_start=late, include="all") == []


def test_newest_come_first(refiner: Client) -> None:
    """(b) 16, docs."""
    form = refiner.form_uuid()
    for id, date in (("u-1", "2026-01-02"), ("u-2", "2026-01-03"), ("u-3", "2026-01-01")):
        store(refiner, id, form, date=date)

    assert respondents(refiner) == ["u-2", "u-1", "u-3"]


def test_responses_are_filtered_by_survey_segment_and_tag(refiner: Client) -> None:
    """(b) 16, docs: one or several surveys and segments; together they are a union (assumed)."""
    forms = [refiner.form_uuid(name) for name in "abc"]
    segment = refiner.segment_uuid()
    uuids = [store(refiner, f"u-{rank}", form) for rank, form in enumerate(forms)]
    refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": segment})
    refiner.post("/responses/tags", {"uuid": uuids[2], "tags": ["called"]})
    [tag] = refiner.environment.response(uuids[2]).tags

    assert respondents(refiner, form_uuid=forms[0]) == ["u-0"]
    assert respondents(refiner, form_uuids=forms[1:]) == ["u-2", "u-1"]
    assert respondents(refiner, form_uuid=forms[0], form_uuids=forms[2:]) == ["u-2", "u-0"]
    assert respondents(refiner, segment_uuid=segment) == respondents(refiner, segment_uuids=[segment]) == ["u-1"]
    assert respondents(refiner, tag_uuid=tag.uuid) == ["u-2"]


def test_responses_are_searched_by_the_contact(refiner: Client) -> None:
    """(b) 16, docs: user id, Refiner uuid, e-mail or name."""
    form = refiner.form_uuid()
    uuid = refiner.identify("u-204", email="mira@example.org", name="Mira Holt")
    store(refiner, "u-204", form)
    store(refiner, "u-3", form)

    for text in ("u-204", uuid, "mira@example.org", "Mira Holt"):
        assert respondents(refiner, search=text) == ["u-204"]


def test_data_filters_ask_for_equality_of_all(refiner: Client) -> None:
    """(b) 16, docs: `response_data[key]`, `contact_data[key]`, `account_data[key]`."""
    form = refiner.form_uuid()
    refiner.identify("u-1", country="France", account={"id": "acc-9", "size": 120})
    store(refiner, "u-1", form, nps=9)
    store(refiner, "u-2", form, nps=9)
    store(refiner, "u-3", form, nps=3)

    assert respondents(refiner, **{"response_data[nps]": 9}) == ["u-2", "u-1"]
    assert respondents(refiner, **{"response_data[nps]": 9, "contact_data[country]": "France"}) == ["u-1"]
    assert respondents(refiner, **{"account_data[size]": "120"}) == ["u-1"]
    assert respondents(refiner, **{"response_data[nps]": 4}) == []


def test_with_attributes_adds_those_of_the_contact(refiner: Client) -> None:
    """(b) 16, docs."""
    store(refiner, "u-1", refiner.form_uuid(), nps=9)

    [response] = refiner.get("/responses", with_attributes=1).json["items"]

    assert response["contact"]["attributes"] == refiner.get("/contact", id="u-1").json["attributes"]


def test_a_stored_response_is_complete_and_dated(refiner: Client) -> None:
    """(b) 17, docs: flat answers, `date`, an unknown user; that all times but one are `date` is assumed (g9)."""
    form = refiner.form_uuid(published=False)

    reply = refiner.post(
        "/responses",
        {
            "form_uuid": form,
            "id": "u-1",
            "date": "2026-01-02T03:04:05+01:00",
            "nps": 9,
            "uses": ["web", "app"],
            "no": None,
        },
    )

    [response] = refiner.get("/responses").json["items"]
    assert reply.json == {"message": "ok", "uuid": response["uuid"]}
    assert response["data"] == {"nps": "9", "uses": ["web", "app"]}
    times = {name: value for name, value in response.items() if name.endswith("_at")}
    assert times.pop("dismissed_at") is None
    assert set(times.values()) == {"2026-01-02 02:04:05"}


def test_answers_become_attributes_of_the_contact(refiner: Client) -> None:
    """(c) Contact: the latest answers are merged into the attributes under their question identifiers, live."""
    form = refiner.form_uuid()
    store(refiner, "u-1", form, nps=3)
    refiner.advance("1h")
    store(refiner, "u-1", form, nps=9)

    assert refiner.get("/contact", id="u-1").json["attributes"]["nps"] == "9"


def test_an_identical_response_is_stored_once_unless_told_otherwise(refiner: Client) -> None:
    """(b) 17, docs: `prevent_duplicates` is true by default; that the first uuid is answered is assumed."""
    form = refiner.form_uuid()
    first = store(refiner, "u-1", form, nps=9)

    assert store(refiner, "u-1", form, nps=9) == first
    assert store(refiner, "u-1", form, nps=8) != first
    assert store(refiner, "u-1", form, nps=9, prevent_duplicates=False) != first
    assert refiner.get("/responses").json["pagination"]["items_count"] == 3


def test_a_stored_response_knows_contact_by_uuid_and_takes_an_account(refiner: Client) -> None:
    """(b) 17, docs: `id`, `email` or `uuid`, and a nested account."""
    form, uuid = refiner.form_uuid(), refiner.identify("u-1")

    reply = refiner.post(
        "/responses", {"form_uuid": form, "uuid": uuid, "account": {"id": "acc-9", "size": 3}, "nps": 9}
    )

    assert reply.status == 200
    account = refiner.get("/contact", uuid=uuid).json["account"]
    assert (account["remote_id"], account["attributes"]["size"]) == ("acc-9", "3")


def test_reserved_names_are_no_answers(refiner: Client) -> None:
    """(b) 17, docs: id, email, uuid, form_uuid, date, prevent_duplicates, tags, account (+ api_key)."""
    form = refiner.form_uuid()
    store(refiner, "u-1", form, email="mira@example.org", date="2026-01-02", prevent_duplicates=1, tags=["a"], nps=9)

    assert refiner.get("/responses").json["items"][0]["data"] == {"nps": "9"}


def test_storing_a_response_fires_nothing(refiner: Client) -> None:
    """(g) 9, assumed."""
    refiner.control("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Completed Survey", "Tag Added"]})

    store(refiner, "u-1", refiner.form_uuid(), nps=9, tags=["called"])

    assert refiner.control("GET", "/deliveries").json["items"] == []


def test_tags_are_made_on_the_fly_and_adding_is_idempotent(refiner: Client) -> None:
    """(b) 18, docs."""
    uuid = store(refiner, "u-1", refiner.form_uuid(), tags=["called"])

    for _ in range(2):
        reply = refiner.post("/responses/tags", {"uuid": uuid, "tags": ["called", "churn risk"]})
        assert (reply.status, reply.json) == (200, {"message": "ok"})

    assert [tag.name for tag in refiner.environment.response(uuid).tags] == ["called", "churn risk"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/responses", {"id": "u-1"}),
        ("/responses", {"form_uuid": "FORM"}),
        ("/responses", {"form_uuid": "FORM", "id": "u-1", "tags": [str(rank) for rank in range(21)]}),
        ("/responses", {"form_uuid": "FORM", "id": "u-1", "tags": "called"}),
        ("/responses", {"form_uuid": "FORM", "id": "u-1", "date": "yesterday"}),
        ("/responses/tags", {"uuid": NOWHERE}),
        ("/responses/tags", {"uuid": NOWHERE, "tags": []}),
        ("/responses/tags", {"uuid": NOWHERE, "tags": [str(rank) for rank in range(21)]}),
    ],
)
def test_what_is_missing_or_too_much_is_refused(refiner: Client, path: str, body: dict[str, Any]) -> None:
    """(b) 17 and 18, docs: what is required, at most 20 tags; status and text are assumed (g1)."""
    form = refiner.form_uuid()

    reply = refiner.post(path, {name: form if value == "FORM" else value for name, value in body.items()})

    assert (reply.status, list(reply.json)) == (400, ["message"])
    assert refiner.get("/contacts").json["items"] == []


def test_an_unknown_survey_response_or_contact_is_not_found(refiner: Client) -> None:
    """(g) 2, assumed."""
    form = refiner.form_uuid()

    assert refiner.post("/responses", {"form_uuid": NOWHERE, "id": "u-1"}).status == 404
    assert refiner.post("/responses", {"form_uuid": form, "uuid": NOWHERE}).status == 404
    assert refiner.post("/responses/tags", {"uuid": NOWHERE, "tags": ["called"]}).status == 404
