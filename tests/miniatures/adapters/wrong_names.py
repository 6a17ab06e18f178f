"""Clients that call things by other names, forget a parameter, call another route, or show their key in another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.miniatures.adapters.honest import CALLS, Client, Params
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["NAMES"]


def renaming(operation: str, name: str, other: str) -> type[Client]:
    """Return a client that calls a parameter of one operation by another name."""

    class Renames(Client):
        def given(self, named: str, args: Params) -> dict[str, Any]:
            given = super().given(named, args)
            return {other if (named, key) == (operation, name) else key: value for key, value in given.items()}

    return Renames


def forgetting(operation: str, name: str) -> type[Client]:
    """Return a client that never sends a parameter of one operation."""

    class Forgets(Client):
        def given(self, named: str, args: Params) -> dict[str, Any]:
            given = super().given(named, args)
            return {key: value for key, value in given.items() if (named, key) != (operation, name)}

    return Forgets


def calling(operation: str, route: str) -> type[Client]:
    """Return a client that calls one operation by another method or path."""

    class Calls(Client):
        def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
            method, path = (route if CALLS[operation] == f"{method} {path}" else f"{method} {path}").split()
            return super().request(method, path, given)

    return Calls


def keyed(headers: Callable[[str], dict[str, str]]) -> type[Client]:
    """Return a client that shows its key in a way of its own."""

    class Keyed(Client):
        def headers(self) -> dict[str, str]:
            return {"Content-Type": "application/json", **headers(self.api_key)}

    return Keyed


RENAMED = [
    ("identifyUser", "id", "userId", "identify-user-plain"),
    ("identifyUser", "email", "emailAddress", "identify-user-email-only"),
    ("identifyUser", "account", "company", "identify-user-account"),
    ("trackEvent", "event", "event_name", "track-event-plain"),
    ("trackEvent", "email", "id", "track-event-email"),
    ("getContact", "uuid", "id", "get-contact-uuid"),
    ("getContact", "id", "user_id", "get-contact-plain"),
    ("deleteContact", "uuid", "contact_uuid", "delete-contact-uuid"),
    ("addToSegment", "segment_uuid", "segment_id", "add-to-segment-plain"),
    ("removeFromSegment", "segment_uuid", "segment", "remove-from-segment-plain"),
    ("archiveForm", "form_uuid", "form", "archive-form-plain"),
    ("duplicateForm", "name", "title", "duplicate-form-plain"),
    ("publishForm", "published", "status", "publish-form-plain"),
    ("listFormHistory", "form_uuid", "formUuid", "list-form-history-plain"),
    ("storeResponse", "date", "created_at", "response-date"),
    ("tagResponse", "tags", "labels", "tag-response-plain"),
    ("tagResponse", "uuid", "response_uuid", "tag-response-one"),
    ("listContacts", "order_by", "sort", "contacts-by-last-seen-at"),
    ("listContacts", "search", "q", "contacts-search"),
    ("listForms", "list", "status", "forms-drafts"),
    ("listResponses", "date_range_start", "since", "responses-range"),
    ("getReporting", "type", "report_type", "get-reporting-plain"),
    ("getReporting", "tag_uuids", "tags", "report-one-tag"),
]
FORGOTTEN = [
    ("identifyUser", "account", "identify-user-account"),
    ("identifyUser", "email", "identify-user-both"),
    ("storeResponse", "date", "response-date-time"),
    ("storeResponse", "tags", "response-tags"),
    ("listContacts", "order_by", "contacts-by-last-form-submission-at"),
    ("listContacts", "form_uuid", "contacts-of-form"),
    ("listContacts", "segment_uuid", "contacts-of-segment"),
    ("listContacts", "search", "contacts-search-nobody"),
    ("listForms", "list", "forms-archived"),
    ("listResponses", "form_uuid", "responses-of-form"),
    ("listResponses", "segment_uuid", "responses-of-segment"),
    ("listResponses", "date_range_start", "responses-from"),
    ("listResponses", "date_range_end", "responses-until"),
    ("listResponses", "include", "responses-partials"),
    ("listResponses", "search", "responses-search"),
    ("getReporting", "form_uuids", "report-one-form"),
    ("getReporting", "segment_uuids", "report-one-segment"),
    ("getReporting", "tag_uuids", "report-two-tags"),
    ("getReporting", "question_identifiers", "report-one-question"),
    ("getReporting", "date_range_start", "report-start"),
    ("getReporting", "date_range_end", "report-nps-range"),
]
ROUTED = [
    ("publishForm", "PUT /forms/publish", "publish-form-off", "MUST"),
    ("deleteContact", "POST /contact", "delete-contact-plain", "MUST"),
    ("identifyUser", "POST /users", "identify-user-id-only", "MUST"),
    ("listForms", "GET /surveys", "list-forms-plain", "MUST"),
    ("trackEvent", "POST /track", "track-event-plain", "SHOULD"),
    ("getReporting", "POST /reporting", "get-reporting-count", "MUST"),
    ("getContact", "GET /contacts", "get-contact-email", "MUST"),
    ("removeFromSegment", "POST /sync-segment", "remove-from-segment-email", "MUST"),
]
KEYED: list[tuple[str, Callable[[str], dict[str, str]], str]] = [
    ("no key", lambda _: {}, "verify-key-plain"),
    ("its key as a Token", lambda key: {"Authorization": f"Token {key}"}, "verify-key-plain"),
    ("its key without a word", lambda key: {"Authorization": key}, "list-segments-plain"),
    ("its key in quotes", lambda key: {"Authorization": f'Bearer "{key}"'}, "get-account-plain"),
    ("its key in a header of its own", lambda key: {"X-Api-Key": key}, "list-contacts-plain"),
]
NAMES = Wrongs(
    {
        f"calls {name} {other} in {operation}": Wrong(renaming(operation, name, other), case, name)
        for operation, name, other, case in RENAMED
    }
    | {
        f"forgets {name} in {operation}": Wrong(forgetting(operation, name), case, f"{name} never arrived")
        for operation, name, case in FORGOTTEN
    }
    | {
        f"calls {operation} by {route}": Wrong(calling(operation, route), case, route.split("/")[-1], level)
        for operation, route, case, level in ROUTED
    }
    | {f"sends {what}": Wrong(keyed(headers), case, "error (auth") for what, headers, case in KEYED}
)
