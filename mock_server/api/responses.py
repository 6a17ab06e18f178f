"""Survey responses: `listResponses`, `storeResponse`, `tagResponse`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.api.call import Call
from mock_server.errors import Invalid
from mock_server.state.clock import parse_time
from mock_server.state.environment import Environment
from mock_server.state.objects import response_object
from mock_server.state.records import Micros, Response
from mock_server.state.responses import ResponseQuery
from mock_server.wire import paging

__all__ = ["list_responses", "moment", "one_and_many", "store_response", "tag_response"]


def list_responses(call: Call) -> dict[str, Any]:
    """Return one page of the responses, newest first, with a cursor to the next (documented)."""
    values = call.values
    query = ResponseQuery(
        form_uuids=one_and_many(values, "form_uuid"),
        segment_uuids=one_and_many(values, "segment_uuid"),
        tag_uuid=values.get("tag_uuid"),
        date_range_start=moment(values, "date_range_start"),
        date_range_end=moment(values, "date_range_end"),
        include=values["include"],
        search=values.get("search"),
        response_data=values.get("response_data") or {},
        contact_data=values.get("contact_data") or {},
        account_data=values.get("account_data") or {},
    )
    order = f"responses/{query.include}"
    window = paging.window(values, order)
    found = call.environment.responses(query, window)
    items: list[object] = [_item(call.environment, row, bool(values.get("with_attributes"))) for row in found.items]
    return paging.envelope(items, found, window, cursor=order)


def store_response(call: Call) -> dict[str, str]:
    """Store a completed response; every name that is not reserved is an answer (documented). Fires nothing (g9)."""
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


def _item(environment: Environment, row: Response, with_attributes: bool) -> dict[str, Any]:
    contact = environment.contact_by_uuid(row.contact_uuid)
    account = environment.account_of(contact)
    attributes = environment.contact_attributes(contact) if with_attributes else None
    return response_object(row, environment.form(row.form_uuid), contact, account, attributes)
