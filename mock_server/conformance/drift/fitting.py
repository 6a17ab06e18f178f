"""What can be asked for with a filter: a value that some row has, taken from an answer, and which rows fit it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from mock_server.conformance.drift.asking import Borrowed
from mock_server.conformance.drift.live import Live, Skipped, dig, objects

__all__ = ["FILTERS", "Row"]

Row = dict[str, Any]
Fits = Callable[[Row], bool]


def _of_form(live: Live) -> tuple[object, Fits]:
    uuid = live.first("listResponses", "form", "uuid", label="FORM_UUID")
    return uuid, lambda row: dig(row, "form", "uuid") == uuid


def _of_forms(live: Live) -> tuple[object, Fits]:
    uuid, fits = _of_form(live)
    return (uuid,), fits


def _in_segment(live: Live) -> tuple[object, Fits]:
    rows = live.items("listContacts")
    uuid = _segment(rows, "listContacts")
    return uuid, lambda row: uuid in _segments(row)


def _segments(contact: Row) -> list[Any]:
    return [segment.get("uuid") for segment in objects(contact, "segments")]


def _segment(contacts: list[Row], operation: str) -> Borrowed:
    """Return the segment of some contact, the one that fewest are in: of one that all are in nothing can be told."""
    all_of = Counter(uuid for row in contacts for uuid in _segments(row) if isinstance(uuid, str))
    if not all_of:
        raise Skipped(f"{operation} shows nobody who is in a segment.")
    return Borrowed(min(all_of, key=lambda uuid: all_of[uuid]), "SEGMENT_UUID")


def _of_segment(live: Live) -> tuple[object, Fits]:
    """Members alone are known, and only those of the first page."""
    answered = [dig(row, "contact", "uuid") for row in live.items("listResponses")]
    contacts = live.items("listContacts")
    uuid = _segment([row for row in contacts if row.get("uuid") in answered], "listResponses")
    outside = [row.get("uuid") for row in contacts if uuid not in _segments(row)]
    return uuid, lambda row: dig(row, "contact", "uuid") not in outside


def _of_segments(live: Live) -> tuple[object, Fits]:
    uuid, fits = _of_segment(live)
    return (uuid,), fits


def _answered(live: Live) -> tuple[object, Fits]:
    """A contact that is linked to a survey: how, nobody documents, so nothing but its being taken is looked at."""
    return live.first("listResponses", "form", "uuid", label="FORM_UUID"), lambda _: True


def _searched(live: Live) -> tuple[object, Fits]:
    email = live.first("listContacts", "email", label="CONTACT_EMAIL")
    return email, lambda row: email.casefold() in "\n".join(_searchable(row))


def _respondent(live: Live) -> tuple[object, Fits]:
    email = live.first("listResponses", "contact", "email", label="CONTACT_EMAIL")
    return email, lambda row: email.casefold() in "\n".join(_searchable(dig(row, "contact")))


def _searchable(contact: Any) -> list[str]:
    return [str(dig(contact, name) or "").casefold() for name in ("email", "remote_id", "display_name", "uuid")]


def _equal_answers(live: Live) -> tuple[object, Fits]:
    for row in live.items("listResponses"):
        for name, value in _texts(dig(row, "data")):
            return {name: Borrowed(value, "ANSWER")}, partial(_same_answer, name, value)
    raise Skipped("listResponses shows no answer to ask about.")


def _same_answer(name: str, value: str, row: Row) -> bool:
    return str(dig(row, "data", name)) == value


def _equal_traits(*path: str) -> Callable[[Live], tuple[object, Fits]]:
    """Return what asks for a trait of somebody who answered; of contacts on the first page it is known who has it."""

    def taken(live: Live) -> tuple[object, Fits]:
        traits = {str(row.get("uuid")): dig(row, *path, "attributes") for row in live.items("listContacts")}
        for uuid in (str(dig(row, "contact", "uuid")) for row in live.items("listResponses")):
            for name, value in _texts(traits.get(uuid)):
                if name not in _COMPUTED:
                    return {name: Borrowed(value, "TRAIT")}, partial(_same_trait, traits, name, value)
        raise Skipped(f"No {'.'.join((*path, 'attributes'))} of somebody who answered shows on the first pages.")

    return taken


_COMPUTED = frozenset(("first_seen_at", "last_seen_at", "email"))
"""Among the attributes, and perhaps no traits."""


def _same_trait(traits: Mapping[str, Any], name: str, value: str, row: Row) -> bool:
    known = traits.get(str(dig(row, "contact", "uuid")))
    return known is None or dig(known, name) == value


def _texts(values: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts of a map whose names a query can carry."""
    for name, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, str) and value and not set(name) & set("[]"):
            yield name, value


FILTERS: Mapping[tuple[str, str], Callable[[Live], tuple[object, Fits]]] = {
    ("listContacts", "form_uuid"): _answered,
    ("listContacts", "segment_uuid"): _in_segment,
    ("listContacts", "search"): _searched,
    ("listResponses", "form_uuid"): _of_form,
    ("listResponses", "form_uuids"): _of_forms,
    ("listResponses", "segment_uuid"): _of_segment,
    ("listResponses", "segment_uuids"): _of_segments,
    ("listResponses", "search"): _respondent,
    ("listResponses", "response_data"): _equal_answers,
    ("listResponses", "contact_data"): _equal_traits(),
    ("listResponses", "account_data"): _equal_traits("account"),
}
"""A value that some row has, and which rows have it."""
