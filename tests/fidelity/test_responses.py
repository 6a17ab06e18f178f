"""How true the mock is: section (b) 16 to 18, responses.

Each test is one fact with its section and its sources' tags; facts marked `client` or `guess` are not listed here.
"""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.state.records import Identity
from tests.api.door import Client

ITEM = """uuid first_shown_at last_shown_at show_counter first_data_reception_at last_data_reception_at completed_at
received_at dismissed_at form data contact"""


def store(refiner: Client, form: str, id: str = "u-1", **more: Any) -> str:
    """Store a response and return its uuid."""
    uuid: str = refiner.post("/responses", {"form_uuid": form, "id": id, **more}).json["uuid"]
    return uuid


def found(refiner: Client, **query: Any) -> list[str]:
    """Return the uuids that a list shows."""
    reply = refiner.get("/responses", **query)
    assert reply.status == 200, reply.body
    return [item["uuid"] for item in reply.json["items"]]


@pytest.fixture
def form(refiner: Client) -> str:
    return refiner.form_uuid()


def test_item(refiner: Client, form: str) -> None:
    """(b) 16. item in the order of the doc sample [PIPE]; contact and account inside with theirs; no `tags`."""
    store(refiner, form, nps=8, tags=["called"])
    [item] = refiner.get("/responses").json["items"]

    assert list(item) == ITEM.split()
    assert list(item["form"]) == ["uuid", "name"]
    assert list(item["contact"]) == ["uuid", "remote_id", "email", "display_name", "account"]
    assert list(item["contact"]["account"]) == ["uuid", "remote_id", "display_name", "domain"]
    assert item["data"] == {"nps": "8"}


def test_show_counter_is_one_in_the_sample(refiner: Client, form: str) -> None:
    """(b) 16. `show_counter` int|null; (c) 1 in doc samples [PIPE]."""
    store(refiner, form, nps=8)
    assert refiner.get("/responses").json["items"][0]["show_counter"] == 1


def test_with_attributes(refiner: Client, form: str) -> None:
    """(b) 16. `with_attributes` 1/0, default 0, adds `attributes` to the contact [W6W, GAS]."""
    store(refiner, form, nps=8)
    people = [refiner.get("/responses", with_attributes=flag).json["items"][0]["contact"] for flag in (0, 1)]

    assert "attributes" not in people[0]
    assert people[1]["attributes"] == refiner.get("/contact", id="u-1").json["attributes"]


def test_of_surveys(refiner: Client, form: str) -> None:
    """(b) 16. `form_uuid` a single survey, `form_uuids[]` several [W6W, COMP, MIND, SLATES]."""
    other = refiner.form_uuid("Other")
    first, second = store(refiner, form, nps=8), store(refiner, other, nps=8)

    assert found(refiner, form_uuid=form) == [first]
    assert sorted(found(refiner, form_uuids=[form, other])) == sorted([first, second])


def test_of_segments(refiner: Client, form: str) -> None:
    """(b) 16. `segment_uuid`, `segment_uuids[]`: the contact is a member [COMP, MIND, SLATES]."""
    trial, empty = refiner.segment_uuid("Trial"), refiner.segment_uuid("Empty")
    uuid = store(refiner, form, nps=8)
    store(refiner, form, id="u-2", nps=8)
    refiner.post("/sync-segment", {"id": "u-1", "segment_uuid": trial})

    assert found(refiner, segment_uuid=trial) == found(refiner, segment_uuids=[trial, empty]) == [uuid]


def test_of_a_tag(refiner: Client, form: str) -> None:
    """(b) 16. `tag_uuid` [W6W]; (c) tags have uuids and names."""
    uuid = store(refiner, form, nps=8, tags=["called"])
    store(refiner, form, id="u-2", nps=8)
    [tag] = refiner.environment.response(uuid).tags

    assert found(refiner, tag_uuid=tag.uuid) == [uuid]


def test_range(refiner: Client, form: str) -> None:
    """(b) 16. start inclusive [COMP, MIND], end exclusive; a bare date as end leaves that day out [COMP, MIND, W6W]."""
    uuid = store(refiner, form, nps=8, date="2026-01-20T00:00:00Z")

    assert found(refiner, date_range_start="2026-01-20") == [uuid]
    assert found(refiner, date_range_start="2026-01-20T00:00:01Z") == []
    assert found(refiner, date_range_end="2026-01-20") == []
    assert found(refiner, date_range_end="2026-01-20T00:00:01Z") == [uuid]


def test_include(refiner: Client, form: str) -> None:
    """(b) 16. completed (default); partials = partial + completed; all = plus views and dismissals [W6W]."""
    done = store(refiner, form, nps=8)
    seen = refiner.simulate("Saw Survey", contact={"id": "u-2"}, form_uuid=form)["response_uuid"]
    gone = refiner.simulate("Dismissed Survey", contact={"id": "u-3"}, form_uuid=form)["response_uuid"]
    # No call makes a partial: the verb is what a browser client would lead to.
    part = refiner.environment.answer_survey(Identity(id="u-4"), form, {"nps": 3}).uuid

    assert found(refiner) == found(refiner, include="completed") == [done]
    assert set(found(refiner, include="partials")) == {done, part}
    assert set(found(refiner, include="all")) == {done, part, seen, gone}


def test_range_and_order_follow_include(refiner: Client, form: str) -> None:
    """(b) 16. range over last_data_reception_at, last_shown_at when include=all; newest first [W6W]."""
    seen = refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form)["response_uuid"]
    refiner.advance("1h")
    later = store(refiner, form, id="u-2", nps=8)
    refiner.advance("1h")
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})
    after = "2026-01-31T12:00:00Z"

    assert found(refiner) == [seen, later]
    assert found(refiner, include="all") == [later, seen]
    assert found(refiner, date_range_start=after) == [seen]
    assert found(refiner, date_range_start=after, include="all") == []


@pytest.mark.parametrize("by", ["id", "uuid", "email", "name"])
def test_search(refiner: Client, form: str, by: str) -> None:
    """(b) 16. `search`: contact user id, Refiner uuid, email or name [W6W]."""
    uuid = refiner.identify("u-1", email="mira@example.org", name="Mira Holt")
    response = store(refiner, form, nps=8)
    store(refiner, form, id="v-2", nps=8)
    text = {"id": "u-1", "uuid": uuid, "email": "mira@example.org", "name": "Mira Holt"}[by]

    assert found(refiner, search=text) == [response]


@pytest.mark.parametrize(
    "filters",
    [
        {"response_data[nps]": 8},
        {"response_data[nps]": 8, "response_data[why]": "Fast"},
        {"contact_data[plan]": "pro"},
        {"account_data[tier]": "gold"},
        {"response_data[nps]": 8, "contact_data[plan]": "pro", "account_data[tier]": "gold"},
    ],
    ids=" ".join,
)
def test_data_filters(refiner: Client, form: str, filters: dict[str, Any]) -> None:
    """(b) 16. response_data, contact_data, account_data: equality, all must match [W6W]."""
    refiner.identify("u-1", plan="pro", account={"id": "acc-9", "tier": "gold"})
    uuid = store(refiner, form, nps=8, why="Fast")
    store(refiner, form, id="u-2", nps=7, why="Fast")

    assert found(refiner, **filters) == [uuid]
    assert found(refiner, **{**filters, "response_data[why]": "Slow"}) == []


@pytest.mark.parametrize("by", ["id", "email", "uuid"])
def test_store(refiner: Client, form: str, by: str) -> None:
    """(b) 17. `id`|`email`|`uuid`; → {"message":"ok","uuid":…} [W6W, SLATES, MIND]."""
    who = {"id": "u-1", "email": "mira@example.org"}
    who["uuid"] = refiner.identify(**who)
    reply = refiner.post("/responses", {"form_uuid": form, by: who[by], "nps": 9})

    assert (list(reply.json), reply.json["message"]) == (["message", "uuid"], "ok")
    assert refiner.get("/responses").json["items"][0]["contact"]["uuid"] == who["uuid"]


def test_store_needs_survey_and_person(refiner: Client, form: str) -> None:
    """(b) 17. `form_uuid` required, it must exist; one of id, email, uuid is needed [W6W, SLATES, MIND]."""
    assert refiner.post("/responses", {"id": "u-1", "nps": 9}).status == 400
    assert refiner.post("/responses", {"form_uuid": form, "nps": 9}).status == 400
    assert refiner.post("/responses", {"form_uuid": "c41a7e52-00c4-11f0-8f3b-0b6f9d2e7a11", "id": "u-1"}).status == 404


def test_store_into_an_unpublished_empty_survey(refiner: Client) -> None:
    """(b) 17. an unpublished empty one is fine; other keys are answers, flat, by identifier [W6W]."""
    store(refiner, refiner.form_uuid("Draft", published=False, questions=[]), any_question="yes")
    assert refiner.get("/responses").json["items"][0]["data"] == {"any_question": "yes"}


def test_store_takes_a_date(refiner: Client, form: str) -> None:
    """(b) 17. `date` ISO, default now [W6W, SLATES, MIND]."""
    store(refiner, form, nps=9)
    store(refiner, form, nps=8, date="2026-01-20T10:00:00Z")

    completed = [item["completed_at"] for item in refiner.get("/responses").json["items"]]
    assert completed == ["2026-01-31 10:30:00", "2026-01-20 10:00:00"]


def test_store_prevents_duplicates(refiner: Client, form: str) -> None:
    """(b) 17. `prevent_duplicates` default true; false stores an identical response again [W6W, SLATES, MIND]."""
    for more in ({}, {}, {"prevent_duplicates": False}):
        refiner.post("/responses", {"form_uuid": form, "id": "u-1", "nps": 9, **more})
    assert len(found(refiner)) == 2


def test_store_takes_tags_and_an_account(refiner: Client, form: str) -> None:
    """(b) 17. `tags[]` ≤20 strings; `account` object [W6W]."""
    uuid = store(refiner, form, nps=9, tags=["called", "vip"], account={"id": "acc-9", "name": "Holt Ltd"})

    assert [tag.name for tag in refiner.environment.response(uuid).tags] == ["called", "vip"]
    assert refiner.get("/responses").json["items"][0]["contact"]["account"]["remote_id"] == "acc-9"
    many = {"form_uuid": form, "id": "u-1", "tags": [f"t-{rank}" for rank in range(20)]}
    assert refiner.post("/responses", many).status == 200


def test_reserved_names_are_no_answers(refiner: Client, form: str) -> None:
    """(b) 17. reserved: id, email, uuid, form_uuid, date, prevent_duplicates, tags, account, api_key [W6W]."""
    body: dict[str, Any] = {
        "email": "mira@example.org",
        "date": "2026-01-20",
        "prevent_duplicates": True,
        "tags": ["x"],
    }
    more: dict[str, Any] = {"account": {"id": "acc-9"}, "api_key": refiner.environment.api_key}
    store(refiner, form, **body, **more, nps=9)

    assert refiner.get("/responses").json["items"][0]["data"] == {"nps": "9"}


def test_tags(refiner: Client, form: str) -> None:
    """(b) 18. `uuid`, `tags[]` 1..20; adds, creates on the fly, idempotent → {"message":"ok"} [W6W, MIND, SLATES]."""
    uuid = store(refiner, form, nps=9, tags=["called"])
    for _ in range(2):
        assert refiner.post("/responses/tags", {"uuid": uuid, "tags": ["called", "new"]}).json == {"message": "ok"}

    assert [tag.name for tag in refiner.environment.response(uuid).tags] == ["called", "new"]
    assert refiner.post("/responses/tags", {"uuid": uuid, "tags": []}).status == 400
