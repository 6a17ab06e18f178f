"""Records as the plain dicts that Refiner shows, keys in its order.

Times are `2025-03-14T09:20:11.000000Z` everywhere (observed in webhooks, documented for the rest), except in the items
of `GET /responses`, whose documented sample has `2025-03-14 09:20:11` (f6).
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_server.state.clock import iso, plain
from mock_server.state.records import (
    Account,
    Contact,
    Form,
    FormRevision,
    Membership,
    Micros,
    Response,
    Segment,
    Tag,
    TraitValue,
)
from mock_server.state.traits import render_value

__all__ = [
    "account_object",
    "contact_object",
    "display_name",
    "form_object",
    "response_object",
    "revision_object",
    "segment_object",
    "tag_object",
    "webhook_response_object",
]


def display_name(traits: Mapping[str, TraitValue]) -> str:
    """Return the name that a contact or an account goes by: its trait `name`, `""` if unset (observed, RUD-cap)."""
    return render_value(traits.get("name")) or ""


def account_object(account: Account, attributes: Mapping[str, object]) -> dict[str, object]:
    """Return an account as it stands in a contact; `remote_id` is null while ungrouped (observed, RUD-cap)."""
    return {
        "uuid": account.uuid,
        "remote_id": account.remote_id,
        "domain": account.domain,
        "display_name": display_name(account.traits),
        "first_seen_at": iso(account.first_seen_at),
        "last_seen_at": iso(account.last_seen_at),
        "attributes": attributes,
    }


def contact_object(
    contact: Contact,
    account: Account,
    contact_attributes: Mapping[str, object],
    account_attributes: Mapping[str, object],
    *,
    webhook: bool = False,
) -> dict[str, object]:
    """Return a contact, as in `GET /contact` (documented) or as in a webhook (observed, RUD-cap).

    A webhook also has the times of each membership, and `cookie_uuid` where a browser client was involved.
    """
    shown: dict[str, object] = {"uuid": contact.uuid}
    if webhook and contact.cookie_uuid is not None:
        shown["cookie_uuid"] = contact.cookie_uuid
    shown |= {
        "remote_id": contact.remote_id,
        "email": contact.email,
        "display_name": display_name(contact.traits),
        "first_seen_at": iso(contact.first_seen_at),
        "last_seen_at": iso(contact.last_seen_at),
        "attributes": contact_attributes,
        "segments": [_membership_object(place, webhook=webhook) for place in contact.memberships],
        "account": account_object(account, account_attributes),
    }
    return shown


def segment_object(segment: Segment) -> dict[str, object]:
    """Return a segment as in `GET /segments` (documented)."""
    return {"uuid": segment.uuid, "name": segment.name, "is_manual": segment.is_manual}


def form_object(form: Form, info: bool = False, config: bool = False) -> dict[str, object]:
    """Return a survey as in `GET /forms`, with its metadata and its configuration where asked for (documented).

    What `config` holds is unknown (g7): `form_elements` follows the one client that reads it.
    """
    shown: dict[str, object] = {"uuid": form.uuid, "name": form.name}
    if info:
        shown |= {
            "channels": list(form.channels),
            "created_at": iso(form.created_at),
            "updated_at": iso(form.updated_at),
            "published_at": _moment(form.published_at),
            "archived_at": _moment(form.archived_at),
            "first_form_view_at": _moment(form.first_form_view_at),
            "last_form_view_at": _moment(form.last_form_view_at),
            "responses_count": form.responses_count,
            "views_count": form.views_count,
            "folder": None,
            "page_url": form.page_url,
        }
    if config:
        shown["config"] = {
            "form_elements": [
                {"id": question.identifier, "text": question.text, "type": question.type, "required": False}
                for question in form.questions
            ]
        }
    return shown


def revision_object(revision: FormRevision) -> dict[str, object]:
    """Return one line of `GET /forms/history`; the snapshot is the whole survey as it then was (documented)."""
    return {
        "uuid": revision.uuid,
        "action": revision.action,
        "snapshot": form_object(revision.form, info=True, config=True),
        "created_at": iso(revision.created_at),
    }


def response_object(
    response: Response,
    form: Form,
    contact: Contact,
    account: Account,
    attributes: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Return an item of `GET /responses`, keys and zone-less times as in the documented sample.

    `attributes` are the contact's; None leaves the key out (`with_attributes=0`).
    """
    person: dict[str, object] = {
        "uuid": contact.uuid,
        "remote_id": contact.remote_id,
        "email": contact.email,
        "display_name": display_name(contact.traits),
        "account": {
            "uuid": account.uuid,
            "remote_id": account.remote_id,
            "display_name": display_name(account.traits),
            "domain": account.domain,
        },
    }
    if attributes is not None:
        person["attributes"] = attributes
    return {
        "uuid": response.uuid,
        "first_shown_at": plain(response.first_shown_at),
        "last_shown_at": plain(response.last_shown_at),
        "show_counter": response.show_counter,
        "first_data_reception_at": _plain_moment(response.first_data_reception_at),
        "last_data_reception_at": _plain_moment(response.last_data_reception_at),
        "completed_at": _plain_moment(response.completed_at),
        "received_at": _plain_moment(response.received_at),
        "dismissed_at": _plain_moment(response.dismissed_at),
        "form": form_object(form),
        "data": response.data,
        "contact": person,
    }


def webhook_response_object(response: Response) -> dict[str, object]:
    """Return the `response` of a webhook, keys and times as captured, `show_counter` null (observed, RUD-cap)."""
    return {
        "uuid": response.uuid,
        "first_shown_at": iso(response.first_shown_at),
        "last_shown_at": iso(response.last_shown_at),
        "show_counter": None,
        "first_data_reception_at": _moment(response.first_data_reception_at),
        "last_data_reception_at": _moment(response.last_data_reception_at),
        "completed_at": _moment(response.completed_at),
        "dismissed_at": _moment(response.dismissed_at),
        "received_at": _moment(response.received_at),
        "data": response.data,
        "tags": [tag_object(tag) for tag in response.tags],
    }


def tag_object(tag: Tag) -> dict[str, object]:
    """Return a tag (assumed, g6: only empty lists of tags were observed)."""
    return {"uuid": tag.uuid, "name": tag.name}


def _membership_object(place: Membership, *, webhook: bool) -> dict[str, object]:
    shown: dict[str, object] = {"uuid": place.segment.uuid, "name": place.segment.name}
    if webhook:
        shown |= {"created_at": iso(place.created_at), "updated_at": iso(place.updated_at)}
    return shown


def _moment(at: Micros | None) -> str | None:
    return None if at is None else iso(at)


def _plain_moment(at: Micros | None) -> str | None:
    return None if at is None else plain(at)
