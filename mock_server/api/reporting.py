"""Reports: `getReporting`."""

from __future__ import annotations

from typing import Any

from mock_server.api.call import Call
from mock_server.api.responses import end_of_range, moment
from mock_server.state.records import Window
from mock_server.state.reporting import default_range, report
from mock_server.state.responses import ResponseQuery

__all__ = ["get_reporting"]

_ALL = Window(page=1, length=1 << 60)


def get_reporting(call: Call) -> dict[str, Any]:
    """Return the figures of the wanted type over the wanted responses (documented), by default of 7 days."""
    values, environment = call.values, call.environment
    first, last = default_range(environment.clock.now())
    start, end = moment(values, "date_range_start"), moment(values, "date_range_end")
    after = end_of_range(call)
    query = ResponseQuery(
        form_uuids=tuple(values.get("form_uuids") or ()),
        segment_uuids=tuple(values.get("segment_uuids") or ()),
        date_range_start=first if start is None else start,
        date_range_end=last if after is None else after,
        # Views are counted over every showing, everything else over what holds data.
        include="all" if values["type"] == "count" else "partials",
        response_data=values.get("response_data") or {},
        contact_data=values.get("contact_data") or {},
        account_data=values.get("account_data") or {},
    )
    rows = environment.responses(query, _ALL).items
    tags = frozenset(values.get("tag_uuids") or ())
    figures = report(
        values["type"],
        [row for row in rows if not tags or any(tag.uuid in tags for tag in row.tags)],
        environment.forms(_ALL, "all_with_archived").items,
        start=first if start is None else start,
        end=last if end is None else end,
        question_identifiers=values.get("question_identifiers") or (),
    )
    if call.manners.lists_nothing and figures.get("data") == {}:
        figures["data"] = []
    return figures
