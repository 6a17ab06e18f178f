"""Who is called what: clients that break a rule, and honest ones that look alike."""

from __future__ import annotations

import pytest

from tests.contract.sequence.sequences import Miniature

MAIL = "mira@example.org"


def identify(mini: Miniature, *ids: str, email: str = MAIL) -> None:
    for id in ids:
        assert mini.post("/identify-user", {"id": id, "email": email}).status == 202


@pytest.mark.parametrize(
    ("first", "second", "suggestion"),
    [
        (MAIL, "u-204", None),
        ("u-204", MAIL, "u-204"),
        ("204", "user-204", "204"),
        ("auth0|5f7c8ec7c33c6c004bbafe82", "5f7c8ec7c33c6c004bbafe82", "auth0|5f7c8ec7c33c6c004bbafe82"),
        ("U-204", "u-204", "U-204"),
    ],
)
def test_two_spellings_of_one_id_are_found(mini: Miniature, first: str, second: str, suggestion: str | None) -> None:
    """(b) 3, docs: `id` is the client's user id; an e-mail may belong to several contacts, so each id makes one."""
    identify(mini, first, second, first, second)

    (violation,) = mini.violations()
    assert (violation["rule"], violation["code"], violation["severity"]) == (
        "person-under-two-ids", "identity-misuse", "warning",
    )  # fmt: skip
    assert (violation["got"], violation["expected"], violation["suggestion"]) == (second, first, suggestion)


def test_an_e_mail_that_goes_back_and_forth_between_two_ids_is_noted(mini: Miniature) -> None:
    identify(mini, "u-1", "u-2", "u-1")
    assert mini.found() == []

    identify(mini, "u-2", "u-1", "u-2")
    (violation,) = mini.violations()
    assert (violation["rule"], violation["severity"]) == ("email-under-two-ids", "note")


def test_events_tell_who_somebody_is_as_well(mini: Miniature) -> None:
    for _ in range(2):
        identify(mini, "7")
        mini.post("/track-event", {"id": "user_7", "email": MAIL, "event": "Exported"})

    assert mini.found() == ["email-under-two-ids"]


@pytest.mark.parametrize(
    "ids",
    [
        ["u-1"] * 6,
        [MAIL] * 6,
        ["u-1", "u-2", "u-3"] * 4,
        ["user-1", "test-user-1"],
        ["1", "u-1"],
        ["old-id", "new-id", "new-id", "new-id"],
    ],
    ids=["one id", "the e-mail", "three people", "two of a kind", "short numbers", "a new id for good"],
)
def test_people_may_share_an_e_mail(mini: Miniature, ids: list[str]) -> None:
    """(b) 3, docs: e-mails are not unique."""
    identify(mini, *ids)

    assert mini.found() == []


def test_different_people_are_different_people(mini: Miniature) -> None:
    for _ in range(3):
        for number in range(20):
            identify(mini, f"u-{number}", email=f"u-{number}@example.org")

    assert mini.found() == []


def test_after_a_deletion_everything_begins_anew(mini: Miniature) -> None:
    identify(mini, MAIL)
    mini.delete("/contact", email=MAIL)
    identify(mini, "u-204")

    assert mini.found() == []


def test_an_event_of_somebody_who_was_deleted_is_noted(mini: Miniature) -> None:
    """(b) 4, docs: an unknown user is created."""
    identify(mini, "u-1")
    mini.delete("/contact", id="u-1")

    for event in ("Exported", "Left", "Came back"):
        mini.post("/track-event", {"id": "u-1", "event": event})

    (violation,) = mini.violations()
    assert (violation["rule"], violation["code"], violation["severity"]) == (
        "revived-after-deletion", "identity-misuse", "note",
    )  # fmt: skip
    assert violation["where"]["name"] == "id"


def test_a_deleted_person_who_signs_up_again_is_welcome(mini: Miniature) -> None:
    """So do tests that clean up after themselves."""
    for _ in range(3):
        identify(mini, "u-1")
        mini.post("/track-event", {"id": "u-1", "event": "Exported"})
        mini.delete("/contact", id="u-1")

    assert mini.found() == []


def test_events_of_others_and_questions_about_the_deleted_are_fine(mini: Miniature) -> None:
    identify(mini, "u-1")
    mini.delete("/contact", id="u-1")

    mini.post("/track-event", {"id": "u-2", "event": "Exported"})
    assert mini.get("/contact", id="u-1").status == 404
    assert mini.delete("/contact", id="u-1").status == 404

    assert mini.found() == []


def test_a_deletion_that_failed_is_none(mini: Miniature) -> None:
    assert mini.delete("/contact", id="u-1").status == 404
    mini.post("/track-event", {"id": "u-1", "event": "Exported"})

    assert mini.found() == []
