"""Survey responses: `listResponses`, `storeResponse`, `tagResponse`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_server.api.call import Call
from mock_server.errors import Invalid
from mock_server.state.clock import parse_time
from mock_server.state.environment import Environment
from mock_server.state.objects import response_object
from mock_server.state.records import Micros, Response
from mock_server.state.responses import ResponseQuery

__all__ = ["end_of_range", "list_responses", "moment", "one_and_many", "store_response", "tag_response"]

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


def list_responses(call: Call) -> dict[str, Any]:
    """Return one page of the responses, newest first, with a cursor to the next (documented)."""
    values = call.values
    query = ResponseQuery(
        form_uuids=one_and_many(values, "form_uuid"),
        segment_uuids=one_and_many(values, "segment_uuid"),
        tag_uuids=(values["tag_uuid"],) if values.get("tag_uuid") else (),
        date_range_start=moment(values, "date_range_start"),
        date_range_end=end_of_range(call),
        include=values["include"],
        search=values.get("search"),
        response_data=values.get("response_data") or {},
        contact_data=values.get("contact_data") or {},
        account_data=values.get("account_data") or {},
    )
    order = f"responses/{query.include}"
    window = call.window(order)
    found = call.environment.responses(query, window)
    items: list[object] = [_item(call.environment, row, bool(values.get("with_attributes"))) for row in found.items]
    return call.page(items, found, window, cursor=order)


def store_response(call: Call) -> dict[str, str]:
    """Store a completed response; every name that is not reserved is an answer (documented)."""
    values = call.values
    response = call.environment.store_response(
        call.identity,
        values["form_uuid"],
        call.extra,
        date=moment(values, "date"),
        prevent_duplicates=values["prevent_duplicates"],
        tags=values.get("tags") or (),
        account=call.account,
    )
    return {"message": "ok", "uuid": response.uuid}


def tag_response(call: Call) -> dict[str, str]:
    """Add tags to a response, making those that are new; doing it again changes nothing (documented)."""
    call.environment.tag_response(call.values["uuid"], call.values["tags"])
    return {"message": "ok"}


def one_and_many(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the union of `name` and its array form `names[]` (assumed)."""
    one = values.get(name)
    return (*(() if one is None else (one,)), *(values.get(f"{name}s") or ()))


def moment(values: Mapping[str, Any], name: str) -> Micros | None:
    """Return a time parameter in microseconds, None where it was not given.

    Raises:
        Invalid: when it is no time.
    """
    text = values.get(name)
    if text is None:
        return None
    at = parse_time(text)
    if at is None:
        raise Invalid(f"The {name} field must be an ISO 8601 date or date-time.", name)
    return at


def end_of_range(call: Call) -> Micros | None:
    """Return the first moment after the range: `date_range_end` itself (documented), unless that is to be in it (f8).

    Raises:
        Invalid: when it is no time.
    """
    end = moment(call.values, "date_range_end")
    if end is None or not call.manners.whole_last_day:
        return end
    return end + (_DAY if len(call.values["date_range_end"]) == len("2026-01-31") else _SECOND)


def _item(environment: Environment, row: Response, with_attributes: bool) -> dict[str, Any]:
    contact = environment.contact_by_uuid(row.contact_uuid)
    account = environment.account_of(contact)
    attributes = environment.contact_attributes(contact) if with_attributes else None
    form, style = environment.form(row.form_uuid), environment.ways.style
    if environment.rendering == "full":
        style = replace(style, lists_tags=True)
    return response_object(row, form, contact, account, attributes, style=style)
