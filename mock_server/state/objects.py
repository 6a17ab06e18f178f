"""Records as the plain dicts that Refiner shows, keys in its order; a `Style` decides what the sources leave open.

Times are `2025-03-14T09:20:11.000000Z` everywhere (observed in webhooks, documented for the rest), except in the items
of `GET /responses`, whose documented sample has `2025-03-14 09:20:11` (f6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from mock_server.state.clock import iso
from mock_server.state.records import (
    Account,
    AnswerValue,
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
from mock_server.state.ways import USUAL, Style

__all__ = [
    "account_object",
    "contact_object",
    "data_object",
    "display_name",
    "form_object",
    "response_object",
    "revision_object",
    "segment_object",
    "tag_object",
    "webhook_response_object",
]


_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,14})?")


def display_name(traits: Mapping[str, TraitValue], style: Style = USUAL) -> str | None:
    """Return the name that a contact or an account goes by: its trait `name`, `""` if unset (observed, f13)."""
    return render_value(traits.get("name"), style.flags) or style.nameless


def account_object(account: Account, attributes: Mapping[str, object], style: Style = USUAL) -> dict[str, object]:
    """Return an account as it stands in a contact; `remote_id` is null while ungrouped (observed, RUD-cap)."""
    return {
        "uuid": account.uuid,
        "remote_id": account.remote_id,
        "domain": account.domain,
        "display_name": display_name(account.traits, style),
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
    style: Style = USUAL,
) -> dict[str, object]:
    """Return a contact, as in `GET /contact` (documented) or as in a webhook (observed, RUD-cap).

    A webhook also has the times of each membership (f12), and `cookie_uuid` where a browser client was involved.
    """
    shown: dict[str, object] = {"uuid": contact.uuid}
    if webhook and contact.traces.cookie_uuid is not None:
        shown["cookie_uuid"] = contact.traces.cookie_uuid
    dated = webhook or style.dates_memberships
    shown |= {
        "remote_id": contact.remote_id,
        "email": contact.email,
        "display_name": display_name(contact.traits, style),
        "first_seen_at": iso(contact.first_seen_at),
        "last_seen_at": iso(contact.last_seen_at),
        "attributes": contact_attributes,
        "segments": [_membership_object(place, contact if dated else None) for place in contact.memberships],
        "account": account_object(account, account_attributes, style),
    }
    return shown


def segment_object(segment: Segment, style: Style = USUAL) -> dict[str, object]:
    """Return a segment as in `GET /segments` (documented; that its flag is a boolean: assumed)."""
    is_manual = int(segment.is_manual) if style.numbers_flags else segment.is_manual
    return {"uuid": segment.uuid, "name": segment.name, "is_manual": is_manual}


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
    *,
    style: Style = USUAL,
) -> dict[str, object]:
    """Return an item of `GET /responses`, keys and zone-less times as in the documented sample.

    `attributes` are the contact's; None leaves the key out (`with_attributes=0`). A response that was never shown (only
    a dialect makes such, g9) has no times of showing.
    """
    time = style.response_time
    item = {
        "uuid": response.uuid,
        "first_shown_at": time(response.first_shown_at) if response.show_counter else None,
        "last_shown_at": time(response.last_shown_at) if response.show_counter else None,
        "show_counter": response.show_counter if style.counts_shows else None,
        "first_data_reception_at": _moment(response.first_data_reception_at, time),
        "last_data_reception_at": _moment(response.last_data_reception_at, time),
        "completed_at": _moment(response.completed_at, time),
        "received_at": _moment(response.received_at, time),
        "dismissed_at": _moment(response.dismissed_at, time),
        "form": form_object(form),
        "data": data_object(response.data, style),
        "contact": _respondent(contact, account, attributes, style),
    }
    if style.lists_tags:
        item["tags"] = [tag_object(tag, style) for tag in response.tags]
    return item


def _respondent(
    contact: Contact, account: Account, attributes: Mapping[str, object] | None, style: Style
) -> dict[str, object]:
    person: dict[str, object] = {
        "uuid": contact.uuid,
        "remote_id": contact.remote_id,
        "email": contact.email,
        "display_name": display_name(contact.traits, style),
        "account": {
            "uuid": account.uuid,
            "remote_id": account.remote_id,
            "display_name": display_name(account.traits, style),
            "domain": account.domain,
        },
    }
    if attributes is not None:
        person["attributes"] = attributes
    return person


def webhook_response_object(response: Response, style: Style = USUAL) -> dict[str, object]:
    """Return the `response` of a webhook, keys and times as captured, `show_counter` null (observed, RUD-cap)."""
    seen = response.show_counter > 0
    return {
        "uuid": response.uuid,
        "first_shown_at": iso(response.first_shown_at) if seen else None,
        "last_shown_at": iso(response.last_shown_at) if seen else None,
        "show_counter": None,
        "first_data_reception_at": _moment(response.first_data_reception_at),
        "last_data_reception_at": _moment(response.last_data_reception_at),
        "completed_at": _moment(response.completed_at),
        "dismissed_at": _moment(response.dismissed_at),
        "received_at": _moment(response.received_at),
        "data": data_object(response.data, style),
        "tags": [tag_object(tag, style) for tag in response.tags],
    }


def data_object(data: Mapping[str, AnswerValue], style: Style = USUAL) -> object:
    """Return the answers of a response: all text, as in every sample, but for lists of choices (assumed, g6)."""
    if not data:
        return [] if style.lists_nothing else data
    if not (style.numbers or style.joins_choices):
        return data
    return {name: _answer(value, style) for name, value in data.items()}


def tag_object(tag: Tag, style: Style = USUAL) -> object:
    """Return a tag (assumed, g6: only empty lists of tags were observed)."""
    return tag.name if style.tags_by_name else {"uuid": tag.uuid, "name": tag.name}


def _answer(value: AnswerValue, style: Style) -> object:
    if isinstance(value, list):
        return ", ".join(value) if style.joins_choices else value
    if style.numbers and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def _membership_object(place: Membership, dated: Contact | None) -> dict[str, object]:
    shown: dict[str, object] = {"uuid": place.segment.uuid, "name": place.segment.name}
    if dated is not None:
        created_at, updated_at = place.times(dated)
        shown |= {"created_at": iso(created_at), "updated_at": iso(updated_at)}
    return shown


def _moment(at: Micros | None, time: Callable[[Micros], str] = iso) -> str | None:
    return None if at is None else time(at)
