"""Clients that write what they are given in another way: texts, names, numbers, what is empty, arrays, queries."""

from __future__ import annotations

import html
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

from tests.miniatures.adapters.honest import Client, Params
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["WORDS"]

WORDS = Wrongs()


def each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value with all that is no array or map in it changed."""
    if isinstance(value, dict):
        return {name: each(part, change) for name, part in value.items()}
    return [each(part, change) for part in value] if isinstance(value, list) else change(value)


def writing(change: Callable[[Any], Any]) -> type[Client]:
    """Return a client that changes every single value before it is sent."""

    class Writes(Client):
        def given(self, operation: str, args: Params) -> dict[str, Any]:
            return {name: each(value, change) for name, value in super().given(operation, args).items()}

    return Writes


def texts(change: Callable[[str], Any]) -> type[Client]:
    """Return a client that changes every text."""
    return writing(lambda value: change(value) if isinstance(value, str) else value)


def querying(change: Callable[[Client, Params], str]) -> type[Client]:
    """Return a client that writes queries in a way of its own."""

    class Queries(Client):
        query = change

    return Queries


def renaming(*operations: str, **names: str) -> type[Client]:
    """Return a client that calls parameters by other names, in some operations."""

    class Renames(Client):
        def given(self, operation: str, args: Params) -> dict[str, Any]:
            given = super().given(operation, args)
            return {names.get(name, name) if operation in operations else name: value for name, value in given.items()}

    return Renames


def guessed(text: str) -> Any:
    """Return what a text reads as, where it is JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def number(text: str) -> Any:
    """Return the number that a text reads as."""
    return int(text) if text.isdecimal() and text.isascii() else text


def joined(given: Params) -> dict[str, Any]:
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in given.items()}


def raw(client: Client, given: Params) -> str:
    return "&".join(f"{name}={value}" for name, value in given.items()).replace(" ", "%20")


def safe(characters: str, encoding: str = "utf-8") -> type[Client]:
    """Return a client that leaves some characters as they are."""
    return querying(
        lambda _, given: urllib.parse.urlencode(
            given, safe=characters, encoding=encoding, errors="replace", quote_via=urllib.parse.quote
        )
    )


MIXED = "trait-mixed"
WORDS |= {
    "leaves a plus in a query as it is": Wrong(safe("+@"), "get-contact-plus", "plus"),
    "looks for a blank in place of a plus": Wrong(safe("+"), "search-plus", "search"),
    "leaves an ampersand as it is": Wrong(safe("&"), "search-ampersand", "search"),
    "leaves a percent sign as it is": Wrong(safe("%"), "search-encoded-text", "search"),
    "encodes nothing but blanks": Wrong(querying(raw), "search-equals", "search"),
    "writes queries in Latin-1": Wrong(safe("", "latin-1"), "search-unicode", "UTF-8"),
    "encodes a query twice": Wrong(
        querying(lambda _, given: urllib.parse.urlencode({k: urllib.parse.quote(v) for k, v in given.items()})),
        "search-blank",
        "percent-encoded",
    ),
    "encodes e-mails twice": Wrong(
        querying(lambda _, given: urllib.parse.urlencode({k: urllib.parse.quote(v) for k, v in given.items()})),
        "get-contact-email",
        "percent-encoded",
    ),
    "encodes texts like parts of a URL": Wrong(texts(urllib.parse.quote), "event-slash", "event"),
    "decodes what looks encoded": Wrong(texts(urllib.parse.unquote), "event-encoded-text", "event"),
    "reads a plus as a blank": Wrong(texts(lambda text: text.replace("+", " ")), "event-plus", "event"),
    "escapes texts for HTML": Wrong(texts(html.escape), "event-html", "&lt;"),
    "reads entities of HTML": Wrong(texts(html.unescape), "event-encoded-text", "event"),
    "takes markup out": Wrong(texts(lambda text: text.replace("<b>", "").replace("</b>", "")), "event-html", "event"),
    "writes ASCII only": Wrong(
        texts(lambda text: text.encode("ascii", "ignore").decode()), "event-umlauts", "arrived as"
    ),
    "writes Latin-1": Wrong(texts(lambda text: text.encode("latin-1", "replace").decode("latin-1")), MIXED, "motto"),
    "reads UTF-8 as Latin-1": Wrong(texts(lambda text: text.encode().decode("latin-1")), "event-scripts", "event"),
    "drops what is beyond 16 bits": Wrong(
        texts(lambda text: "".join(one for one in text if ord(one) < 65_536)), "event-emoji", "event"
    ),
    "cuts texts at a hundred": Wrong(texts(lambda text: text[:100]), "event-longest", "event"),
    "cuts texts at 255 bytes": Wrong(
        texts(lambda text: text.encode()[:255].decode(errors="ignore")), "trait-long", "bio"
    ),
    "cuts texts at a null byte": Wrong(texts(lambda text: text.split("\0")[0]), "event-null-byte", "event"),
    "leaves null bytes out": Wrong(texts(lambda text: text.replace("\0", "")), "event-null-byte", "event"),
    "squeezes blanks": Wrong(texts(lambda text: " ".join(text.split(" ") if "  " not in text else text.split())),
                             "event-blank", "event"),
    "puts everything into one line": Wrong(texts(lambda text: text.replace("\n", " ")), "answer-lines", "why"),
    "ends lines like Windows": Wrong(texts(lambda text: text.replace("\n", "\r\n")), "event-newline", "event"),
    "writes texts in lower case": Wrong(texts(str.lower), "identify-user-case", "id"),
    "doubles single quotes": Wrong(texts(lambda text: text.replace("'", "''")), "event-single-quote", "event"),
    "escapes quotes": Wrong(texts(lambda text: text.replace('"', '\\"')), "event-double-quotes", "event"),
    "takes backslashes for slashes": Wrong(texts(lambda text: text.replace("\\", "/")), "event-backslash", "event"),
    "reads text as JSON": Wrong(texts(guessed), "event-boolean-text", "event"),
    "makes numbers of digits": Wrong(texts(number), "event-number-text", "event"),
    "makes numbers of ids": Wrong(texts(number), "track-event-leading-zeros", "id"),
    "makes numbers of traits": Wrong(texts(number), "trait-big-text", "customer_number"),
    "writes numbers as text": Wrong(
        writing(lambda value: str(value) if isinstance(value, (int, float)) else value), "trait-number", "seats"
    ),
    "writes booleans as text": Wrong(
        writing(lambda value: str(value).lower() if isinstance(value, bool) else value), "trait-false", "beta"
    ),
    "writes booleans as numbers": Wrong(
        writing(lambda value: int(value) if isinstance(value, bool) else value), "trait-true", "beta"
    ),
    "writes null as text": Wrong(
        writing(lambda value: "null" if value is None else value), "trait-erased-by-null", "plan"
    ),
    "rounds numbers": Wrong(
        writing(lambda value: round(value) if isinstance(value, float) else value), "property-identifyUser", "arrived"
    ),
    "keeps numbers positive": Wrong(
        writing(lambda value: abs(value) if isinstance(value, (int, float)) else value), "trait-smallest", "score"
    ),
    "keeps numbers in 16 bits": Wrong(
        writing(lambda value: value % 65_536 if type(value) is int else value), "trait-largest", "score"
    ),
    "joins arrays by commas": Wrong(
        querying(lambda _, given: urllib.parse.urlencode(joined(given))), "report-two-forms", "form_uuids"
    ),
    "forgets the brackets of arrays": Wrong(
        querying(lambda _, given: urllib.parse.urlencode(given, doseq=True)), "report-two-forms", "form_uuids"
    ),
    "sends the first of an array": Wrong(
        querying(lambda _, given: urllib.parse.urlencode(
            {f"{name}[]" if isinstance(value, list) else name: value[:1] if isinstance(value, list) else value
             for name, value in given.items()}, doseq=True)),
        "report-two-questions", "question_identifiers"
    ),
    "calls a user user_id": Wrong(renaming("identifyUser", id="userId"), "identify-user-plain", "userId"),
    "calls an event event_name": Wrong(renaming("trackEvent", event="event_name"), "track-event-plain", "event_name"),
    "calls a segment segment_id": Wrong(
        renaming("addToSegment", segment_uuid="segment_id"), "add-to-segment-plain", "segment_id"
    ),
    "calls a form form": Wrong(renaming("archiveForm", form_uuid="form"), "archive-form-plain", "form"),
    "calls a contact's uuid its id": Wrong(renaming("getContact", uuid="id"), "get-contact-uuid", "uuid"),
    "calls an e-mail id": Wrong(renaming("trackEvent", email="id"), "track-event-email", "email"),
    "calls an id user_id in a query": Wrong(renaming("getContact", id="user_id"), "get-contact-plain", "user_id"),
    "calls tags labels": Wrong(renaming("tagResponse", tags="labels"), "tag-response-plain", "labels"),
    "calls the date of a response created_at": Wrong(
        renaming("storeResponse", date="created_at"), "response-date", "created_at"
    ),
    "calls an order sort": Wrong(renaming("listContacts", order_by="sort"), "contacts-by-last-seen-at", "sort"),
    "calls a search q": Wrong(renaming("listContacts", search="q"), "contacts-search", "search"),
    "calls a range since and until": Wrong(
        renaming("listResponses", date_range_start="since", date_range_end="until"), "responses-range", "since"
    ),
    "calls a list of forms status": Wrong(renaming("listForms", list="status"), "forms-drafts", "status"),
    "calls a report report_type": Wrong(renaming("getReporting", type="report_type"), "get-reporting-plain", "type"),
    "calls a copy's name title": Wrong(renaming("duplicateForm", name="title"), "duplicate-form-plain", "title"),
}  # fmt: skip
