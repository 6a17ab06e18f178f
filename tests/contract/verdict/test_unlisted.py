"""What is said of names that an operation does not list: as much as is known, once."""

from __future__ import annotations

import pytest

from tests.contract.verdict.judged import judged

SURVEY, OTHER = "34de57da-fd12-11ef-83b6-81e7e8e25d94", "5f0cbe02-00c1-11f0-9c1d-3b1f6a7d2e90"


def test_a_strange_name_beside_a_missing_one_is_told_with_it() -> None:
    (found,) = judged("POST /track-event", {"id": "u", "headline": "Signed up"})

    assert (found.rule, found.expected, found.suggestion) == ("unlisted-name", "event", None)
    assert found.message == "trackEvent has no parameter headline, and it needs event."


@pytest.mark.parametrize(
    "extra", [{"properties": {"a": 1}}, {"colours": ["red"]}, {"colour": "red", "shape": "round"}], ids=str
)
def test_what_cannot_stand_for_the_missing_one_is_told_by_itself(extra: dict[str, object]) -> None:
    rules = [found.rule for found in judged("POST /track-event", {"id": "u", **extra})]

    assert rules == [*["unlisted-name"] * len(extra), "required-parameter"]


@pytest.mark.parametrize(
    ("call", "value", "heed"),
    [
        ("GET /contacts?offset=50", None, "it counts pages, though, not rows"),
        ("POST /responses", {"form_uuid": SURVEY, "id": "u", "allow_duplicates": True}, "it says the opposite"),
        ("POST /forms/publish", {"form_uuid": SURVEY, "state": "draft"}, "it says the opposite"),
    ],
)
def test_a_name_that_does_not_say_quite_the_same_comes_with_what_to_heed(call: str, value: object, heed: str) -> None:
    (found,) = judged(call, value)

    assert found.suggestion in ("page", "prevent_duplicates", "published")
    assert f"{found.suggestion} was probably meant: {heed}" in found.message


def test_several_values_for_one_go_where_the_operation_takes_several() -> None:
    query = f"form_uuid[]={SURVEY}&form_uuid[]={OTHER}"

    (responses,) = judged("GET /responses", query=query)
    (contacts,) = judged("GET /contacts", query=query)

    assert (responses.rule, responses.suggestion) == ("brackets-on-scalar", "form_uuids[]")
    assert "Several go into form_uuids[]." in responses.message
    assert (contacts.rule, contacts.suggestion) == ("brackets-on-scalar", "form_uuid")


@pytest.mark.parametrize("name", ["uuid", "contact_uuid"])
def test_a_contacts_uuid_where_none_is_taken_is_told_once_and_not_as_an_id(name: str) -> None:
    (found,) = judged("POST /track-event", {name: SURVEY, "event": "e"})

    assert (found.rule, found.where[1], found.expected, found.suggestion) == (
        "uuid-not-taken",
        name,
        "id or email",
        None,
    )
