"""Reports: `getReporting`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mock_server.api.call import Call
from mock_server.api.responses import end_of_range, moment
from mock_server.state.responses import ResponseQuery

__all__ = ["get_reporting"]


def get_reporting(call: Call) -> dict[str, Any]:
    """Return the figures of the wanted type over the wanted responses (documented), by default of 7 days."""
    from mock_server.state.reporting import default_range, report  # it counts in fractions, which take 5 ms to import

    values, environment = call.values, call.environment
    first, last = default_range(environment.clock.now())
    start, end = moment(values, "date_range_start"), moment(values, "date_range_end")
    after = end_of_range(call)
    query = ResponseQuery(
        form_uuids=tuple(values.get("form_uuids") or ()),
        segment_uuids=tuple(values.get("segment_uuids") or ()),
        tag_uuids=tuple(values.get("tag_uuids") or ()),
        date_range_start=first if start is None else start,
        date_range_end=last if after is None else after,
        include="partials",
        response_data=values.get("response_data") or {},
        contact_data=values.get("contact_data") or {},
        account_data=values.get("account_data") or {},
    )
    figures = report(
        values["type"],
        environment.matching(query),
        environment.all_forms(),
        start=first if start is None else start,
        end=last if end is None else end,
        question_identifiers=values.get("question_identifiers") or (),
        # The range is over the times of data, for views over those of showing.
        shown=environment.matching(replace(query, include="all")),
    )
    if call.manners.lists_nothing and figures.get("data") == {}:
        figures["data"] = []
    return figures
