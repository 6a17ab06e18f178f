"""Objects: the plain dicts, their keys in Refiner's order."""

from __future__ import annotations

from dataclasses import replace

from mock_server.state.objects import (
    account_object,
    contact_object,
    display_name,
    form_object,
    response_object,
    revision_object,
    segment_object,
    tag_object,
    webhook_response_object,
)
from mock_server.state.records import (
    Account,
    Contact,
    Form,
    FormRevision,
    Membership,
    Question,
    Response,
    Segment,
    Tag,
    Traces,
)

AT = 1_741_944_011_567_000  # 2025-03-14T09:20:11.567Z
ISO, PLAIN = "2025-03-14T09:20:11.000000Z", "2025-03-14 09:20:11"

SEGMENT = Segment("s-1", "Trial", True, None, AT - 1_000_000_000)
ACCOUNT = Account("a-1", 1, "acc-9", None, {"name": "Holt Ltd"}, AT, AT)
CONTACT = Contact(
    "c-1", 1, "u-204", "mira@example.org", {"name": "Mira Holt"}, "a-1", AT, AT, (Membership(SEGMENT, AT, AT),)
)
FORM = Form("f-1", 1, "Spring NPS", (Question("nps", "How likely?", "nps"),), AT, AT)
RESPONSE = Response("r-1", 1, "f-1", "c-1", AT, AT, 1, AT, AT, AT, AT, None, {"nps": "8"}, (Tag("t-1", "bug"),))


def keys(value: object) -> list[str]:
    assert isinstance(value, dict)
    return list(value)


def test_a_contact_has_the_keys_of_the_documented_sample() -> None:
    """(b) GET /contact: key order of the sample; segments carry uuid and name only (docs)."""
    shown = contact_object(CONTACT, ACCOUNT, {"plan": None}, {"name": "Holt Ltd"})
    assert keys(shown) == [
        "uuid", "remote_id", "email", "display_name", "first_seen_at", "last_seen_at", "attributes", "segments",
        "account",
    ]  # fmt: skip
    assert shown["segments"] == [{"uuid": "s-1", "name": "Trial"}]
    assert shown["attributes"] == {"plan": None}
    assert (shown["display_name"], shown["first_seen_at"]) == ("Mira Holt", ISO)


def test_an_account_has_the_keys_as_captured() -> None:
    """(d) Payload: account keys, domain null, times with zone (live, RUD-cap)."""
    assert account_object(ACCOUNT, {"name": "Holt Ltd"}) == {
        "uuid": "a-1",
        "remote_id": "acc-9",
        "domain": None,
        "display_name": "Holt Ltd",
        "first_seen_at": ISO,
        "last_seen_at": ISO,
        "attributes": {"name": "Holt Ltd"},
    }
    assert keys(account_object(ACCOUNT, {}))[:4] == ["uuid", "remote_id", "domain", "display_name"]


def test_an_ungrouped_account_has_a_null_id_and_an_empty_name() -> None:
    """(c) Account: remote_id null if ungrouped, display_name "" if none (live, RUD-cap)."""
    shown = account_object(replace(ACCOUNT, remote_id=None, traits={}), {})
    assert (shown["remote_id"], shown["display_name"]) == (None, "")


def test_times_are_whole_seconds_with_six_zeros() -> None:
    """(a) Timestamps: real values are truncated to whole seconds (live, RUD-cap)."""
    assert account_object(ACCOUNT, {})["first_seen_at"] == ISO


def test_display_name_follows_the_trait_name() -> None:
    """(c) Contact: name set, same text; null, empty string (live, RUD-cap)."""
    assert display_name({"name": "Mira Holt"}) == "Mira Holt"
    assert display_name({}) == ""
    assert display_name({"name": 7}) == "7"


def test_a_webhook_shows_the_times_of_the_membership() -> None:
    """(c) Segments: in webhooks created_at and updated_at are those of the membership (live, RUD-cap)."""
    shown = contact_object(CONTACT, ACCOUNT, {}, {}, webhook=True)
    assert shown["segments"] == [{"uuid": "s-1", "name": "Trial", "created_at": ISO, "updated_at": ISO}]


def test_a_webhook_has_cookie_uuid_second_and_only_where_there_is_one() -> None:
    """(d) Payload: cookie_uuid is absent unless a browser client was involved (live, RUD-cap)."""
    assert "cookie_uuid" not in contact_object(CONTACT, ACCOUNT, {}, {}, webhook=True)
    browser = replace(CONTACT, traces=Traces(cookie_uuid="cookie"))
    assert keys(contact_object(browser, ACCOUNT, {}, {}, webhook=True))[:3] == ["uuid", "cookie_uuid", "remote_id"]
    assert "cookie_uuid" not in contact_object(browser, ACCOUNT, {}, {})


def test_a_segment_shows_whether_it_is_manual() -> None:
    """(b) GET /segments: uuid, name, is_manual (docs)."""
    assert segment_object(SEGMENT) == {"uuid": "s-1", "name": "Trial", "is_manual": True}


def test_a_survey_is_its_uuid_and_name_until_more_is_asked_for() -> None:
    """(b) GET /forms: base item; include_info adds metadata, include_config adds config (docs)."""
    assert form_object(FORM) == {"uuid": "f-1", "name": "Spring NPS"}
    assert keys(form_object(FORM, info=True)) == [
        "uuid", "name", "channels", "created_at", "updated_at", "published_at", "archived_at", "first_form_view_at",
        "last_form_view_at", "responses_count", "views_count", "folder", "page_url",
    ]  # fmt: skip
    assert keys(form_object(FORM, config=True)) == ["uuid", "name", "config"]


def test_the_metadata_of_a_survey_are_times_counts_and_nulls() -> None:
    seen = replace(FORM, published_at=AT, first_form_view_at=AT, last_form_view_at=AT, views_count=3, responses_count=1)
    assert form_object(seen, info=True) == {
        "uuid": "f-1", "name": "Spring NPS", "channels": ["web"], "created_at": ISO, "updated_at": ISO,
        "published_at": ISO, "archived_at": None, "first_form_view_at": ISO, "last_form_view_at": ISO,
        "responses_count": 1, "views_count": 3, "folder": None, "page_url": None,
    }  # fmt: skip


def test_a_line_of_history_holds_the_whole_survey() -> None:
    """(b) GET /forms/history: uuid, action, snapshot (full config and questions), created_at (docs)."""
    shown = revision_object(FormRevision("h-1", "update", FORM, AT))
    assert keys(shown) == ["uuid", "action", "snapshot", "created_at"]
    assert shown["snapshot"] == form_object(FORM, info=True, config=True)


def test_a_listed_response_has_the_keys_and_times_of_the_documented_sample() -> None:
    """(b) GET /responses, f6, f11, f16: zone-less times, integer show_counter, no tags (docs)."""
    shown = response_object(RESPONSE, FORM, CONTACT, ACCOUNT)
    assert keys(shown) == [
        "uuid", "first_shown_at", "last_shown_at", "show_counter", "first_data_reception_at", "last_data_reception_at",
        "completed_at", "received_at", "dismissed_at", "form", "data", "contact",
    ]  # fmt: skip
    assert (shown["first_shown_at"], shown["dismissed_at"], shown["show_counter"]) == (PLAIN, None, 1)
    assert (shown["form"], shown["data"]) == ({"uuid": "f-1", "name": "Spring NPS"}, {"nps": "8"})
    assert shown["contact"] == {
        "uuid": "c-1",
        "remote_id": "u-204",
        "email": "mira@example.org",
        "display_name": "Mira Holt",
        "account": {"uuid": "a-1", "remote_id": "acc-9", "display_name": "Holt Ltd", "domain": None},
    }


def test_a_listed_response_has_attributes_where_they_are_asked_for() -> None:
    """(b) GET /responses: with_attributes adds attributes to the contact object (docs)."""
    person = response_object(RESPONSE, FORM, CONTACT, ACCOUNT, {"plan": None})["contact"]
    assert keys(person)[-1] == "attributes"


def test_the_response_of_a_webhook_has_the_keys_as_captured() -> None:
    """(d) Payload: dismissed_at before received_at, show_counter null, times with zone, tags (live, RUD-cap)."""
    shown = webhook_response_object(RESPONSE)
    assert keys(shown) == [
        "uuid", "first_shown_at", "last_shown_at", "show_counter", "first_data_reception_at", "last_data_reception_at",
        "completed_at", "dismissed_at", "received_at", "data", "tags",
    ]  # fmt: skip
    assert (shown["completed_at"], shown["dismissed_at"], shown["show_counter"]) == (ISO, None, None)
    assert shown["tags"] == [{"uuid": "t-1", "name": "bug"}]
    assert webhook_response_object(replace(RESPONSE, tags=()))["tags"] == []


def test_a_tag_is_its_uuid_and_name() -> None:
    """(g) 6: assumed."""
    assert tag_object(Tag("t-1", "bug")) == {"uuid": "t-1", "name": "bug"}
