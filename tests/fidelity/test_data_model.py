"""How true the mock is: section (c), the data model.

Each test is one fact with its section and its sources' tags; facts marked `client` or `guess` are not listed here.
"""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.state.records import Identity
from tests.api.door import Client

OUT_OF_REACH = (
    ("(c) a new project has sample surveys within 90 ms [RUD-cap]", "left out on purpose: seed `empty` is empty"),
    ("(c) the computed trait `country` [KB-ds, RUD-cap]", "follows the browser's address; the mock sees no browser"),
    ("(c) newer projects collect metadata only if enabled [KB-ds]", "a setting of the dashboard"),
    ("(c) a project setting closes a partial after N minutes [KB-ds]", "a setting of the dashboard; off"),
    ("(c) that setting decides whether partials fire completed-type integrations [KB-ds]", "the same; they do not"),
)
ACCOUNT = ["uuid", "remote_id", "domain", "display_name", "first_seen_at", "last_seen_at", "attributes"]


def shown(refiner: Client, id: str = "u-1") -> dict[str, Any]:
    contact: dict[str, Any] = refiner.get("/contact", id=id).json
    return contact


def new_attributes(refiner: Client, name: str, value: object) -> dict[str, object]:
    """Return the attributes that u-1 gains when a trait is set."""
    refiner.identify("u-1")
    before = shown(refiner)["attributes"]
    refiner.identify("u-1", **{name: value})
    return {slug: text for slug, text in shown(refiner)["attributes"].items() if slug not in before}


def test_a_new_project_has_all_users(refiner: Client) -> None:
    """(c) Environment: a new project is seeded with a segment "All Users" [RUD-cap]."""
    refiner.identify("u-1")
    assert [segment["name"] for segment in refiner.get("/segments").json["items"]] == ["All Users"]
    assert [segment["name"] for segment in shown(refiner)["segments"]] == ["All Users"]


def test_contact_keys(refiner: Client) -> None:
    """(c) Contact: its keys in the order of the captures and samples [RUD-cap, PIPE]."""
    refiner.identify("u-1")
    keys = "uuid remote_id email display_name first_seen_at last_seen_at attributes segments account"
    assert list(shown(refiner)) == keys.split()


def test_display_name_follows_the_trait_name(refiner: Client) -> None:
    """(c) Contact: name set → same text; null → "" [RUD-cap]."""
    refiner.identify("u-1")
    assert shown(refiner)["display_name"] == ""
    refiner.identify("u-1", name="Mira Holt")
    assert shown(refiner)["display_name"] == "Mira Holt"


def test_last_seen_at_stays_when_a_survey_is_shown_or_completed(refiner: Client) -> None:
    """(c) Contact: `last_seen_at` did not move when a survey was shown or completed [RUD-cap]."""
    refiner.identify("u-1")
    before, form = shown(refiner)["last_seen_at"], refiner.form_uuid()
    refiner.advance("1h")
    refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form)
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})

    assert shown(refiner)["last_seen_at"] == before


def test_attributes_merge_traits_metadata_and_latest_answers(refiner: Client) -> None:
    """(c) Contact: attributes = traits + computed + latest answers; every trait, null where unset, sorted [RUD-cap]."""
    refiner.identify("u-2", plan="pro", zone="eu")
    form = refiner.form_uuid()
    for score in (3, 9):
        refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": score})
    attributes = shown(refiner)["attributes"]

    assert list(attributes) == sorted(attributes)
    assert (attributes["plan"], attributes["zone"], attributes["nps"]) == (None, None, "9")
    assert {"email", "first_seen_at", "last_seen_at"} <= set(attributes)


def test_counts_and_answers_are_text(refiner: Client) -> None:
    """(c) Answer values: in attributes counts and numeric answers are strings [RUD-cap, PIPE]; data: strings."""
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=refiner.form_uuid(), data={"nps": 9})
    attributes = shown(refiner)["attributes"]

    assert (attributes["form_views_count"], attributes["form_submissions_count"]) == ("1", "1")
    assert (attributes["nps"], refiner.get("/responses").json["items"][0]["data"]) == ("9", {"nps": "9"})


def test_account_keys(refiner: Client) -> None:
    """(c) Account: keys; remote_id null if ungrouped, domain null, display_name "" [RUD-cap]."""
    refiner.identify("u-1")
    account = shown(refiner)["account"]

    assert list(account) == ACCOUNT
    assert (account["remote_id"], account["domain"], account["display_name"]) == (None, None, "")


def test_account_name_and_attributes(refiner: Client) -> None:
    """(c) Account: display_name from trait `name`; all account traits, nulls, sorted; numeric slugs occur [RUD-cap]."""
    refiner.identify("u-2", account={"id": "acc-2", "tier": "gold", "1": "one"})
    refiner.identify("u-1", account={"id": "acc-1", "name": "Holt Ltd"})
    account = shown(refiner)["account"]

    assert account["display_name"] == "Holt Ltd"
    assert list(account["attributes"].items()) == [("1", None), ("name", "Holt Ltd"), ("tier", None)]


def test_one_account_has_many_contacts(refiner: Client) -> None:
    """(c) Account: one account has many contacts [KB-dm]."""
    for id in ("u-1", "u-2"):
        refiner.identify(id, account={"id": "acc-9"})
    assert shown(refiner)["account"]["uuid"] == shown(refiner, "u-2")["account"]["uuid"]


def test_rules_take_in_and_let_go(refiner: Client) -> None:
    """(c) Segments: rules are re-evaluated whenever data arrives; users leave when they stop matching [KB-seg]."""
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    refiner.segment_uuid("Payers", is_manual=False, rule=rule)
    names = []
    for plan in ("pro", "free"):
        refiner.identify("u-1", plan=plan)
        names.append([segment["name"] for segment in shown(refiner)["segments"]])

    assert ["Payers" in each for each in names] == [True, False]


def test_a_new_segment_fires_nothing(refiner: Client) -> None:
    """(c) Segments: bulk evaluation after creating a segment fires no integrations [SLATES-spec]."""
    refiner.identify("u-1", plan="pro")
    refiner.control("POST", "/webhooks", {"name": "n", "url": "http://127.0.0.1:9/", "events": ["Entered Segment"]})
    rule = {"trait": "plan", "operator": "equals", "value": "pro"}
    refiner.segment_uuid("Payers", is_manual=False, rule=rule)

    assert "Payers" in [segment["name"] for segment in shown(refiner)["segments"]]
    assert refiner.control("GET", "/deliveries").json["items"] == []


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("What is your job role?", "what_is_your_job_role"),
        ("What's new?", "whats_new"),
        ("A - b", "a_b"),
        ("Wor" + "d wor" * 30, "wor" + "d_wor" * 30),
    ],
    ids=["words", "apostrophe", "other runs", "no short cap"],
)
def test_question_identifiers(refiner: Client, text: str, identifier: str) -> None:
    """(c) Form: lower case, apostrophes dropped, other runs → `_`, no short cap [SEG, FSPY]."""
    refiner.form_uuid(questions=[{"text": text, "type": "text"}])
    config = refiner.get("/forms", include_config=1).json["items"][0]["config"]
    assert config["form_elements"][0]["id"] == identifier


TIMES = ["first_shown", "last_shown", "first_data_reception", "last_data_reception"]
TIMES += ["completed", "received", "dismissed"]
LIFE = {
    "shown": ("see_survey", "first_shown last_shown"),
    "dismissed": ("dismiss_survey", "first_shown last_shown dismissed"),
    "partial": ("answer_survey", "first_shown last_shown first_data_reception last_data_reception received"),
    "completed": (
        "complete_survey",
        "first_shown last_shown first_data_reception last_data_reception completed received",
    ),
}


@pytest.mark.parametrize("state", LIFE)
def test_life_cycle(refiner: Client, state: str) -> None:
    """(c) Response life cycle: which times are set and which are null [W6W, KB-dm, KB-ds, RUD-cap]."""
    verb, expected = LIFE[state]
    answers = [{"nps": 9}] if state in ("partial", "completed") else []
    getattr(refiner.environment, verb)(Identity(id="u-1"), refiner.form_uuid(), *answers)
    [item] = refiner.get("/responses", include="all").json["items"]

    assert [name for name in TIMES if item[f"{name}_at"] is not None] == expected.split()


def test_showing_again_moves_the_same_row(refiner: Client) -> None:
    """(c) shown: re-display of the same row moves last_shown_at; row and uuid are born at first display [RUD-cap]."""
    form = refiner.form_uuid()
    uuids = set()
    for _ in range(2):
        uuids.add(refiner.simulate("Saw Survey", contact={"id": "u-1"}, form_uuid=form)["response_uuid"])
        refiner.advance("1h")
    uuids.add(refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form)["response_uuid"])
    [item] = refiner.get("/responses", include="all").json["items"]

    assert uuids == {item["uuid"]}
    assert (item["first_shown_at"][11:16], item["last_shown_at"][11:16]) == ("10:30", "11:30")
    assert shown(refiner)["attributes"]["form_views_count"] == "2"


def test_completed_is_last_data_is_received(refiner: Client) -> None:
    """(c) completed_at = last data = received_at in both captures; data is stored after each step [KB-ds]."""
    form, who = refiner.form_uuid(), Identity(id="u-1")
    refiner.environment.answer_survey(who, form, {"nps": 9})
    refiner.advance("1m")
    refiner.environment.complete_survey(who, form, {"why": "Fast"})
    [item] = refiner.get("/responses").json["items"]

    assert item["data"] == {"nps": "9", "why": "Fast"}
    assert item["completed_at"] == item["last_data_reception_at"] == item["received_at"]
    assert item["first_data_reception_at"] < item["completed_at"]


def test_events_are_names_of_free_text(refiner: Client) -> None:
    """(c) Events: name only, per user; no properties [W6W, RUD-docs]."""
    refiner.post("/track-event", {"id": "u-1", "event": "Report: exported"})
    [event] = refiner.control("GET", "/events").json["items"]
    assert event["event"] == "Report: exported"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("plan", "pro", {"plan": "pro"}, id="string [KB-tr]"),
        pytest.param("seats", 14, {"seats": "14"}, id="unquoted integer [W6W, KB-tr]"),
        pytest.param("seats", "14", {"seats": "14"}, id="text of digits [W6W, KB-tr]"),
        pytest.param("seats", 2147483647, {"seats": "2147483647"}, id="largest integer [KB-tr]"),
        pytest.param("seats", -2147483647, {"seats": "-2147483647"}, id="smallest integer [KB-tr]"),
        pytest.param(
            "paid_at", "2026-01-31", {"paid_at": "2026-01-31T00:00:00.000000Z"}, id="_at ISO [KB-tr, RUD-cap]"
        ),
        pytest.param("paid_date", 1769853600, {"paid_date": "2026-01-31T10:00:00.000000Z"}, id="_date Unix [KB-tr]"),
        pytest.param("userCountry", "FR", {"user_country": "FR"}, id="camelCase [RUD-cap]"),
        pytest.param("userId", "x", {"user_id": "x"}, id="userId [RUD-cap]"),
        pytest.param("username", "x", {"username": "x"}, id="all lower kept [RUD-cap]"),
        pytest.param("address", {"city": "Lyon"}, {"address_city": "Lyon"}, id="nested [RUD-cap]"),
        pytest.param("userAddress", {"state": "x"}, {"user_address_state": "x"}, id="nested camelCase [RUD-cap]"),
        pytest.param("note", "x" * 10_000, {"note": "x" * 10_000}, id="10,000 characters [KB-tr, KB-js]"),
    ],
)
def test_traits(refiner: Client, name: str, value: object, expected: dict[str, str]) -> None:
    """(c) Traits: types, dates by suffix, slugging, flattening, length."""
    assert new_attributes(refiner, name, value) == expected


def test_booleans_are_traits(refiner: Client) -> None:
    """(c) Traits: newer pages add boolean [KB-tr, KB-dm]; unquoted ones keep their type: true and false differ."""
    on, off = new_attributes(refiner, "beta", True), new_attributes(refiner, "alpha", False)
    assert list(on) + list(off) == ["beta", "alpha"]
    assert on["beta"] != off["alpha"]


def test_an_account_trait_may_be_a_date(refiner: Client) -> None:
    """(c) Traits: stored as ….000000Z (account trait `a_date_at` at midnight) [RUD-cap]."""
    refiner.identify("u-1", account={"id": "acc-9", "a_date_at": "2026-01-31"})
    assert shown(refiner)["account"]["attributes"]["a_date_at"] == "2026-01-31T00:00:00.000000Z"


def test_a_thousand_traits(refiner: Client) -> None:
    """(c) Traits: made on first reception; 1,000 per environment, further ones silently dropped [KB-di]."""
    for start in range(0, 1_100, 550):
        refiner.identify("u-1", **{f"t_{rank}": "x" for rank in range(start, start + 550)})
    names = [name for name in shown(refiner)["attributes"] if name.startswith("t_")]

    assert 990 <= len(names) <= 1_000
    assert "t_0" in names
    assert "t_1099" not in names


@pytest.mark.parametrize("name", ["first_seen_at", "last_seen_at", "form_views_count", "form_submissions_count"])
def test_computed_traits_cannot_be_set(refiner: Client, name: str) -> None:
    """(c) Traits: reserved identifiers exist [KB-tr]; computed ones are Refiner's own [KB-ds, RUD-cap]."""
    refiner.identify("u-1", **{name: "1999-01-01"})
    assert not str(shown(refiner)["attributes"][name]).startswith("1999")
